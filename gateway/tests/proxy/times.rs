//! Which timeout fired, as log, metric and `Server-Timing` tell it; a client's deadline; and bodies that are sent again.
//!
//! Nothing is judged by a time that is short but for what has to come too late.

use crate::harness::{Client, Gateway, OK, Step, Upstream, body, field, run, status, yaml_with};
use std::net::SocketAddr;
use std::time::Duration;

const UNAVAILABLE: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
/// Of a body that does not go on.
const BEGUN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok";

/// Asks once, by a gateway with more YAML for the upstream and for the route: the answer, and the `timeout` of the log.
async fn asked(replica: SocketAddr, upstream: &str, route: &str, request: &str) -> (String, String) {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("log");
    let top = format!("access_log: {{ path: {} }}", path.display());
    let gateway = Gateway::from_yaml(&yaml_with(&[replica], upstream, route, &top)).await;
    let answer = gateway.ask(request).await;
    let mut counted = Vec::new();
    for kind in [
        "connect",
        "first-byte",
        "try",
        "route",
        "idle",
        "pending",
        "deadline",
    ] {
        let metric = format!("tollgate_upstream_timeouts_total{{upstream=\"u\",kind=\"{kind}\"}}");
        if gateway.metric(&metric).await > 0 {
            counted.push(kind);
        }
    }
    // an attempt without a head is one that failed, whichever time was over
    let silent = counted.iter().filter(|kind| **kind != "idle").count();
    assert_eq!(timed_out(&gateway).await, silent, "{counted:?}");
    gateway.app.stop(Duration::ZERO);
    gateway.served.await.expect("no panic").expect("no error");
    gateway.app.finish_log();
    let log = std::fs::read_to_string(path).expect("a log");
    let line: serde_json::Value =
        serde_json::from_str(log.lines().next_back().expect("a line")).expect("JSON");
    let logged = line["timeout"].as_str().unwrap_or_default().to_owned();
    assert_eq!(counted.join(","), logged, "metric and log");
    (answer, logged)
}

/// As the status page has it.
async fn timed_out(gateway: &Gateway) -> usize {
    let request = "GET /status.json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = Client::to(gateway.admin).await.ask_and_close(request).await;
    let feed: serde_json::Value = serde_json::from_str(body(&answer)).expect("JSON");
    let count = feed["upstreams"][0]["counts"]["failures"]["timed_out"].as_u64();
    count.expect("a count") as usize
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const IMPATIENT: &str = "GET / HTTP/1.1\r\nHost: a\r\nX-Request-Timeout: 50\r\nConnection: close\r\n\r\n";

#[test]
fn log_metric_and_server_timing_name_what_was_waited_for() {
    run(async {
        let deadline = "deadline_header: X-Request-Timeout";
        for (step, upstream, route, request, code, expected) in [
            (Step::Answer(OK), "", "", GET, "200", ""),
            (
                Step::Silence,
                ", first_byte_timeout: 50ms",
                "",
                GET,
                "504",
                "first-byte",
            ),
            (
                Step::Silence,
                "",
                "retries: { max: 0, try_timeout: 50ms }",
                GET,
                "504",
                "try",
            ),
            (Step::Silence, "", "timeout: 50ms", GET, "504", "route"),
            (Step::Silence, "", deadline, IMPATIENT, "504", "deadline"),
            (Step::Answer(BEGUN), "", "idle_timeout: 50ms", GET, "200", "idle"),
        ] {
            let steps: &'static [Step] = Box::leak(Box::new([step]));
            let replica = Upstream::start(steps).await;
            let comma = if route.is_empty() { "" } else { ", " };
            let route = format!("{comma}{route}, server_timing: true");
            let (answer, logged) = asked(replica.addr, upstream, &route, request).await;
            assert_eq!((status(&answer), &*logged), (code, expected), "{route}{upstream}");
            let timing = field(&answer, "server-timing").expect("a Server-Timing");
            assert!(
                timing.starts_with("gateway;dur=") && timing.contains(", upstream;dur="),
                "{timing}"
            );
            assert!(timing.contains(", attempts;desc=\"1\""), "{timing}");
            // of a body that stands still the head has gone
            let told = (!expected.is_empty() && expected != "idle")
                .then(|| format!(", timeout;desc=\"{expected}\""));
            assert!(
                timing.ends_with(&told.unwrap_or("attempts;desc=\"1\"".into())),
                "{timing}"
            );
        }
        // nobody is told who did not ask
        let replica = Upstream::start(&[Step::Answer(OK)]).await;
        let (answer, _) = asked(replica.addr, "", "", GET).await;
        assert_eq!(field(&answer, "server-timing"), None);
    });
}

#[test]
fn an_attempt_that_was_rescued_shows_too() {
    run(async {
        let replica = Upstream::start(&[Step::Silence, Step::Answer(OK)]).await;
        let route = ", server_timing: true, retries: { max: 1, try_timeout: 300ms, backoff: { base: 0 } }";
        let (answer, logged) = asked(replica.addr, "", route, GET).await;
        assert_eq!((status(&answer), &*logged), ("200", "try"));
        let timing = field(&answer, "server-timing").expect("a Server-Timing");
        assert!(
            timing.ends_with(", attempts;desc=\"2\", timeout;desc=\"try\""),
            "{timing}"
        );
    });
}

#[test]
fn first_byte_is_waited_for_only_behind_the_whole_request() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let yaml = yaml_with(&[upstream.addr], ", first_byte_timeout: 50ms", "", "");
        let gateway = Gateway::from_yaml(&yaml).await;
        let mut client = gateway.connect().await;
        client
            .send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nh")
            .await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        client.send("i").await;
        assert_eq!(status(&client.rest().await), "200");
    });
}

#[test]
fn a_deadline_shortens_and_the_upstream_is_told_what_is_left() {
    run(async {
        for (header, value, told) in [
            ("X-Request-Timeout", "2000", "00002000"),
            ("X-Request-Timeout", "2s", "00002000"),
            // what is longer, or no time, says nothing
            ("X-Request-Timeout", "1h", "00005000"),
            ("X-Request-Timeout", "soon", "00005000"),
            ("Grpc-Timeout", "2S", "00002000m"),
            ("Grpc-Timeout", "2000", "00005000m"),
        ] {
            let upstream = Upstream::start(&[Step::Answer(OK)]).await;
            let route = format!(", timeout: 5s, deadline_header: {header}");
            let gateway = Gateway::start(&[upstream.addr], &route, "").await;
            let request = GET.replace("Host: a", &format!("Host: a\r\n{header}: {value}"));
            assert_eq!(status(&gateway.ask(&request).await), "200");
            let seen = upstream.last();
            assert_eq!(field(&seen, header).as_deref(), Some(told), "{seen}");
            assert_eq!(
                seen.to_lowercase().matches(&header.to_lowercase()).count(),
                1,
                "{seen}"
            );
        }
        // no time at all is no reason to ask anybody
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let (answer, logged) = asked(
            upstream.addr,
            "",
            ", deadline_header: x-request-timeout",
            &IMPATIENT.replace(": 50", ": 0"),
        )
        .await;
        assert_eq!((status(&answer), &*logged), ("504", "deadline"));
        assert_eq!(upstream.requests(), 0);
    });
}

#[test]
fn a_later_attempt_is_told_that_less_is_left() {
    run(async {
        const SOON: &str = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
        let upstream = Upstream::start(&[Step::Answer(SOON), Step::Answer(OK)]).await;
        let route = ", timeout: 25s, deadline_header: X-Left, retries: { max: 1 }";
        let gateway = Gateway::start(&[upstream.addr], route, "").await;
        assert_eq!(status(&gateway.get("/").await), "200");
        let left = |request: &String| field(request, "x-left").and_then(|left| left.parse::<u64>().ok());
        let left: Vec<_> = upstream.seen.borrow().iter().filter_map(left).collect();
        assert!(left[0] == 25_000 && left[1] <= 24_000, "{left:?}");
    });
}

/// A PUT with a body of this text, in chunks or not.
fn put(text: &str, chunked: bool) -> String {
    let framing = if chunked {
        "Transfer-Encoding: chunked".to_owned()
    } else {
        format!("Content-Length: {}", text.len())
    };
    let text = if chunked {
        format!("{:x}\r\n{text}\r\n0\r\n\r\n", text.len())
    } else {
        text.to_owned()
    };
    format!("PUT / HTTP/1.1\r\nHost: a\r\n{framing}\r\nConnection: close\r\n\r\n{text}")
}

#[test]
fn a_body_that_was_kept_is_sent_again() {
    run(async {
        for (step, retries, chunked, method, code, attempts) in [
            (Step::Close, "body_max: 4", false, "PUT", "200", 2),
            (Step::Answer(UNAVAILABLE), "body_max: 4", false, "PUT", "200", 2),
            (
                Step::Answer(UNAVAILABLE),
                "body_max: 4, only_idempotent: false",
                false,
                "POST",
                "200",
                2,
            ),
            // a byte too long
            (Step::Close, "body_max: 3", false, "PUT", "502", 1),
            // not asked for
            (Step::Close, "body_max: 0", false, "PUT", "502", 1),
            // kept, and not idempotent
            (Step::Close, "body_max: 4", false, "POST", "502", 1),
            (Step::Close, "body_max: 4", true, "PUT", "200", 2),
        ] {
            let steps: &'static [Step] = Box::leak(Box::new([step, Step::Answer(OK)]));
            let upstream = Upstream::start(steps).await;
            let route = format!(", retries: {{ max: 1, {retries} }}");
            let gateway = Gateway::start(&[upstream.addr], &route, "").await;
            let answer = gateway.ask(&put("body", chunked).replace("PUT", method)).await;
            assert_eq!(status(&answer), code, "{retries} {method}");
            // the upstream of these tests takes chunks for requests
            if !chunked {
                assert_eq!(upstream.requests(), attempts, "{retries} {method}");
                let seen = upstream.seen.borrow();
                assert!(seen.iter().all(|request| body(request) == "body"), "{seen:?}");
            }
        }
    });
}

#[test]
fn of_a_body_under_way_what_has_gone_is_sent_again_and_then_the_rest() {
    run(async {
        let first = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let replicas = [first.local_addr().expect("bound"), upstream.addr];
        let gateway = Gateway::start(&replicas, ", retries: { max: 1, body_max: 1KiB }", "").await;
        let mut client = gateway.connect().await;
        client
            .send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\nConnection: close\r\n\r\nhalf")
            .await;
        // reads half of it and hangs up
        let (mut stream, _) = first.accept().await.expect("a connection");
        let mut seen = Vec::new();
        while !seen.ends_with(b"half") {
            tokio::io::AsyncReadExt::read_buf(&mut stream, &mut seen)
                .await
                .expect("read");
        }
        drop(stream);
        let retries = "tollgate_retries_total{route=\"all\"}";
        while gateway.metric(retries).await == 0 {}
        client.send("rest").await;
        assert_eq!(status(&client.rest().await), "200");
        assert_eq!(body(&upstream.last()), "halfrest");
    });
}

#[test]
fn what_a_client_breaks_off_is_not_sent_again() {
    run(async {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let route = ", retries: { max: 3, body_max: 1KiB, backoff: { base: 0 } }";
        let gateway = Gateway::start(&[upstream.addr], route, "").await;
        let broken =
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\nnonsense\r\n";
        assert_eq!(status(&gateway.ask(broken).await), "400");
        assert_eq!(gateway.metric("tollgate_retries_total{route=\"all\"}").await, 0);
    });
}
