//! Adaptive limits by sockets: who is refused, and how; who is not; and what moves the limit.
//!
//! A limit whose least and most are the same stays what it is. Where it is to move, the clock is put forward between
//! requests, so that windows end.

use crate::harness::{Client, Gateway, OK, Step, Upstream, body, field, run, status};
use crate::health::page;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

pub(crate) const CLASSES: [&str; 4] = ["critical", "high", "normal", "low"];

/// A gateway with a route for each class and the upstream's `concurrency` as given; `top` is more YAML at the top level, and `extra` for
/// the routes.
pub(crate) fn config(replica: SocketAddr, concurrency: &str, extra: &str, top: &str) -> String {
    let routes = CLASSES
        .map(|class| {
            format!(
                "  - {{ name: {class}, match: {{ path: /{class} }}, upstream: u, priority: {class}{extra} }}\n"
            )
        })
        .concat();
    format!(
        "listen: {{ http: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\n{top}\n\
         upstreams: {{ u: {{ replicas: [\"{replica}\"], concurrency: {{ {concurrency} }} }} }}\nroutes:\n{routes}"
    )
}

pub(crate) fn get(path: &str) -> String {
    format!("GET /{path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// So many requests that the upstream does not answer.
pub(crate) async fn hang(to: SocketAddr, upstream: &Upstream, path: &str, count: usize) -> Vec<Client> {
    let mut clients = Vec::new();
    let before = upstream.requests();
    for _ in 0..count {
        let mut client = Client::to(to).await;
        client.send(&get(path)).await;
        clients.push(client);
    }
    upstream.wait_requests(before + count).await;
    clients
}

/// The status that one more gets, or that the upstream was asked.
pub(crate) async fn fate(to: SocketAddr, upstream: &Upstream, path: &str) -> String {
    let mut client = Client::to(to).await;
    let before = upstream.requests();
    client.send(&get(path)).await;
    tokio::select! {
        answer = client.answer() => status(&answer).to_owned(),
        () = upstream.wait_requests(before + 1) => "asked".to_owned(),
    }
}

pub(crate) async fn limit(gateway: &Gateway) -> u64 {
    page(gateway).await["upstreams"][0]["concurrency"]["limit"]
        .as_u64()
        .expect("a limit")
}

pub(crate) async fn in_use(gateway: &Gateway) -> u64 {
    gateway
        .metric("tollgate_upstream_concurrency{upstream=\"u\"}")
        .await
}

async fn shed(gateway: &Gateway, class: &str) -> u64 {
    let name = format!("tollgate_upstream_shed_total{{upstream=\"u\",priority=\"{class}\"}}");
    gateway.metric(&name).await
}

/// Ends a window, or a wait for what was under way before it.
async fn pass() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_millis(150)).await;
    tokio::time::resume();
}

/// Windows of quick answers, one after the other on a connection, until the limit is beyond `than`; whether that came about.
pub(crate) async fn grows(gateway: &Gateway, than: u64) -> bool {
    let mut client = gateway.connect().await;
    // ends: a window is a few of these
    for _ in 0..40 {
        for _ in 0..12 {
            client.send(&get("critical")).await;
            assert_eq!(status(&client.answer().await), "200");
        }
        pass().await;
        if limit(gateway).await > than {
            return true;
        }
    }
    false
}

/// Whether a limit of eight comes down when answers do not come in time.
pub(crate) async fn falls() -> bool {
    let upstream = moody().await;
    let text = config(upstream, "min: 1, max: 8, start: 8", ", timeout: 20ms", "");
    let gateway = Gateway::from_yaml(&text).await;
    // a baseline
    let mut client = gateway.connect().await;
    for _ in 0..2 {
        for _ in 0..12 {
            client.send(&get("high")).await;
            client.answer().await;
        }
        pass().await;
    }
    for _ in 0..40 {
        let mut clients = Vec::new();
        for _ in 0..8 {
            let mut client = gateway.connect().await;
            client.send(&get("critical")).await;
            clients.push(client);
        }
        for client in &mut clients {
            client.answer().await;
        }
        pass().await;
        // half of it is a probe
        if limit(&gateway).await < 4 {
            return true;
        }
    }
    false
}

/// An upstream that answers all but critical requests.
async fn moody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("bound");
    tokio::task::spawn_local(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::task::spawn_local(async move {
                let mut read = Vec::new();
                while stream.read_buf(&mut read).await.is_ok_and(|count| count > 0) {
                    if !read.ends_with(b"\r\n\r\n") {
                        continue;
                    }
                    if !read.starts_with(b"GET /critical") {
                        stream.write_all(OK.as_bytes()).await.expect("written");
                    }
                    read.clear();
                }
            });
        }
    });
    addr
}

#[test]
fn the_least_are_refused_first_and_told_when_to_come_back() {
    run(async {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let text = config(upstream.addr, "min: 10, max: 10", "", "");
        let gateway = Gateway::from_yaml(&text).await;
        let mut clients = Vec::new();
        // of ten, the lowest class may use six, and each one above it more
        for (class, more) in [("low", 6), ("normal", 2), ("high", 1), ("critical", 1)] {
            clients.extend(hang(gateway.http, &upstream, class, more).await);
            let answer = gateway.get(&format!("/{class}")).await;
            assert_eq!(
                (status(&answer), body(&answer)),
                ("503", "{\"error\":\"overloaded\"}\n"),
                "{class}"
            );
            let seconds = field(&answer, "retry-after").and_then(|value| value.parse::<u64>().ok());
            assert!(seconds.is_some_and(|s| (1..=3).contains(&s)), "{answer}");
            assert!(field(&answer, "x-request-id").is_some(), "{answer}");
            assert_eq!(shed(&gateway, class).await, 1);
        }
        assert_eq!((upstream.requests(), in_use(&gateway).await), (10, 10));
        // clients that go away leave nothing behind
        drop(clients);
        upstream.wait_closed(10).await;
        assert_eq!(in_use(&gateway).await, 0);
        assert_eq!(fate(gateway.http, &upstream, "low").await, "asked");
    });
}

#[test]
fn waits_differ() {
    run(async {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let text = config(upstream.addr, "min: 1, max: 1", "", "");
        let gateway = Gateway::from_yaml(&text).await;
        let _client = hang(gateway.http, &upstream, "low", 1).await;
        let mut seen = [0; 4];
        for _ in 0..40 {
            let answer = gateway.get("/low").await;
            let seconds = field(&answer, "retry-after").and_then(|value| value.parse::<usize>().ok());
            seen[seconds.expect("one")] += 1;
        }
        assert!(
            seen[0] == 0 && seen[1..].iter().all(|count| *count > 4),
            "{seen:?}"
        );
    });
}

#[test]
fn a_refusal_keeps_the_connection_and_reads_no_body() {
    run(async {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let gateway = Gateway::from_yaml(&config(upstream.addr, "min: 1, max: 1", "", "")).await;
        let _held = hang(gateway.http, &upstream, "critical", 1).await;
        let mut client = gateway.connect().await;
        // refused by its head alone
        client
            .send("POST /critical HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n")
            .await;
        assert_eq!(status(&client.answer().await), "503");
        client.send("hi").await;
        client.send(&get("critical")).await;
        assert_eq!(status(&client.answer().await), "503");
    });
}

#[test]
fn each_twentieth_of_a_class_without_room_may_use_the_rest() {
    run(async {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let gateway = Gateway::from_yaml(&config(upstream.addr, "min: 10, max: 10", "", "")).await;
        let _held = hang(gateway.http, &upstream, "critical", 9).await;
        for _ in 0..19 {
            assert_eq!(status(&gateway.get("/low").await), "503");
        }
        assert_eq!(fate(gateway.http, &upstream, "low").await, "asked");
        assert_eq!(shed(&gateway, "low").await, 19);
    });
}

#[test]
fn a_trusted_peer_says_what_matters() {
    for (trusted, said, expected) in [
        ("127.0.0.0/8", "critical", "asked"),
        ("127.0.0.0/8", "LOW", "503"),
        ("127.0.0.0/8", "urgent", "503"),
        ("10.0.0.0/8", "critical", "503"),
    ] {
        run(async {
            let upstream = Upstream::start(&[Step::Silence]).await;
            let top = format!("trusted_proxies: [\"{trusted}\"]");
            let extra = ", priority_header: x-priority";
            let text = config(upstream.addr, "min: 10, max: 10", extra, &top);
            let gateway = Gateway::from_yaml(&text).await;
            let _held = hang(gateway.http, &upstream, "critical", 8).await;
            let mut client = gateway.connect().await;
            client
                .send(&format!(
                    "GET /normal HTTP/1.1\r\nHost: a\r\nX-Priority: {said}\r\n\r\n"
                ))
                .await;
            let seen = tokio::select! {
                answer = client.answer() => status(&answer).to_owned(),
                () = upstream.wait_requests(9) => "asked".to_owned(),
            };
            assert_eq!(seen, expected, "{said} of {trusted}");
        });
    }
}

#[test]
fn an_answer_that_streams_and_attempts_that_fail_hold_nothing() {
    run(async {
        const BEGUN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok";
        let upstream = Upstream::start(&[Step::Answer(BEGUN), Step::Close, Step::Silence]).await;
        let text = config(upstream.addr, "min: 1, max: 1", ", timeout: 20ms", "");
        let gateway = Gateway::from_yaml(&text).await;
        let mut client = gateway.connect().await;
        client.send(&get("low")).await;
        let mut head = [0; 12];
        client.0.read_exact(&mut head).await.expect("a head");
        assert_eq!(&head, b"HTTP/1.1 200");
        assert_eq!(in_use(&gateway).await, 0, "its answer has begun");
        for expected in ["502", "504", "504"] {
            assert_eq!(status(&gateway.get("/low").await), expected);
        }
        assert_eq!(in_use(&gateway).await, 0);
    });
}

#[test]
fn workers_share_a_limit() {
    run(async {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let text = config(upstream.addr, "min: 2, max: 2", "", "");
        let gateway = Gateway::with_workers(&text, 2).await;
        let _held = hang(gateway.workers[0], &upstream, "critical", 2).await;
        for to in &gateway.workers {
            assert_eq!(fate(*to, &upstream, "critical").await, "503");
        }
    });
}

#[test]
fn it_grows_where_answers_are_quick_and_a_reload_keeps_it() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let with = |most: u32| config(upstream.addr, &format!("min: 1, max: {most}, start: 1"), "", "");
        let gateway = Gateway::from_yaml(&with(50)).await;
        assert_eq!(limit(&gateway).await, 1);
        assert!(grows(&gateway, 1).await);
        let before = limit(&gateway).await;
        gateway.app.apply(with(49).as_bytes()).expect("valid");
        assert_eq!(status(&gateway.get("/low").await), "200");
        assert_eq!(limit(&gateway).await, before);
        gateway.app.apply(with(1).as_bytes()).expect("valid");
        assert_eq!(limit(&gateway).await, 1, "within what is in force");
        let baseline = &page(&gateway).await["upstreams"][0]["concurrency"]["baseline_ms"];
        assert!(baseline.as_f64().is_some_and(|ms| ms > 0.0), "{baseline}");
    });
}

#[test]
fn it_falls_where_answers_do_not_come() {
    run(async {
        assert!(falls().await);
    });
}
