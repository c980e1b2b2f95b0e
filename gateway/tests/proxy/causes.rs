//! Why a request failed: the client is told a status and a code, the access log the cause.

use crate::harness::{Gateway, Step, Upstream, nowhere, run, status, yaml_with};
use std::net::SocketAddr;
use std::time::Duration;

struct Scene {
    gateway: Gateway,
    dir: tempfile::TempDir,
}

impl Scene {
    /// With more YAML for the upstream and for the route.
    async fn start(replica: SocketAddr, upstream: &str, route: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let top = format!(
            "access_log: {{ path: {} }}\nserver: {{ body_timeout: 50ms }}",
            dir.path().join("log").display()
        );
        let gateway = Gateway::from_yaml(&yaml_with(&[replica], upstream, route, &top)).await;
        Self { gateway, dir }
    }

    /// The `detail` of each request that was logged.
    async fn details(self) -> Vec<String> {
        self.gateway.app.stop(Duration::ZERO);
        self.gateway.served.await.expect("no panic").expect("no error");
        self.gateway.app.finish_log();
        let log = std::fs::read_to_string(self.dir.path().join("log")).expect("a log");
        let detail = |line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            line["detail"].as_str().unwrap_or_default().to_owned()
        };
        log.lines().map(detail).collect()
    }
}

/// The cause of a failure with this status.
async fn cause(replica: SocketAddr, upstream: &str, route: &str, expected: &str) -> String {
    let scene = Scene::start(replica, upstream, route).await;
    assert_eq!(status(&scene.gateway.get("/").await), expected);
    scene.details().await.pop().expect("a line")
}

#[test]
fn three_kinds_of_503_are_told_apart() {
    run(async {
        let refused = cause(nowhere().await, "", "", "503").await;
        assert_eq!(refused, "connection refused");
        let down = ", health: { path: /, initially: unhealthy }";
        assert_eq!(
            cause(nowhere().await, down, "", "503").await,
            "no replica is usable"
        );
        let silent = Upstream::start(&[Step::Silence]).await;
        let scene = Scene::start(silent.addr, ", pool: { in_flight_max: 1, idle_max: 1 }", "").await;
        let mut first = scene.gateway.connect().await;
        first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        silent.wait_requests(1).await;
        assert_eq!(status(&scene.gateway.get("/").await), "503");
        drop(first);
        let aborted = "tollgate_requests_aborted_total{route=\"all\"}";
        while scene.gateway.metric(aborted).await == 0 {}
        let details = scene.details().await;
        let full = "a bound of the upstream's pool is reached";
        assert!(details.iter().any(|detail| detail == full), "{details:?}");
    });
}

#[test]
fn so_are_those_of_502_and_504() {
    run(async {
        let twice: &[Step] = &[Step::Answer(
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        )];
        for (steps, expected) in [
            (twice, "more than one Content-Length (RFC 9112 §6.3)"),
            (&[Step::Close], "closed in the middle of a message (RFC 9112 §8)"),
        ] {
            let upstream = Upstream::start(steps).await;
            assert_eq!(cause(upstream.addr, "", "", "502").await, expected);
        }
        let silent = Upstream::start(&[Step::Silence]).await;
        let late = cause(silent.addr, "", ", timeout: 50ms", "504").await;
        assert_eq!(late, "no answer's head in time");
    });
}

/// All of these are `aborted`, and in nobody's statistics of upstreams.
#[test]
fn who_is_sent_away_is_told_from_who_goes() {
    run(async {
        let silent = Upstream::start(&[Step::Silence]).await;
        let scene = Scene::start(silent.addr, "", "").await;
        let aborted = "tollgate_requests_aborted_total{route=\"all\"}";
        let mut slow = scene.gateway.connect().await;
        let half = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf";
        assert_eq!(slow.ask_and_close(half).await, "");
        let mut gone = scene.gateway.connect().await;
        gone.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        silent.wait_requests(1).await;
        drop(gone);
        while scene.gateway.metric(aborted).await < 2 {}
        let expected = ["the client's body did not come in time", ""];
        assert_eq!(scene.details().await, expected);
    });
}
