//! Clients that take their time: each deadline ends a connection by itself, and never early.
//!
//! In each test one deadline is short and the others are an hour, so that a connection that ends shows which it was;
//! the clock is only asked whether it ended too early. What goes on is held beside short deadlines on everything else.

use crate::harness::{Client, Gateway, body, run, status};
use crate::recorder::Recorder;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{Instant, interval};

const SHORT: Duration = Duration::from_millis(300);

/// Short where nothing may be ended: so long does no machine stop.
const SECOND: Duration = Duration::from_secs(1);

/// The deadlines of the config.
const DEADLINES: [&str; 5] = [
    "first_byte_timeout",
    "header_timeout",
    "idle_timeout",
    "body_timeout",
    "write_timeout",
];

/// A config in which the deadlines named are short and the others an hour.
fn deadlines(short: &[&str], rate: u64) -> String {
    deadlines_of(SHORT, short, rate)
}

fn deadlines_of(time: Duration, short: &[&str], rate: u64) -> String {
    let each = DEADLINES.map(|key| {
        let time = if short.contains(&key) {
            time
        } else {
            Duration::from_secs(3_600)
        };
        format!("{key}: {}ms", time.as_millis())
    });
    format!("server: {{ {}, body_rate_min: {rate} }}", each.join(", "))
}

/// So many connections were ended while this was waited for.
async fn counted(gateway: &Gateway, waited_for: &str, count: u64) {
    let metric = format!("tollgate_client_timeouts_total{{waited_for=\"{waited_for}\"}}");
    assert_eq!(gateway.metric(&metric).await, count, "{waited_for}");
}

/// Waits until the gateway has closed; everything it said.
async fn ends(client: &mut Client, start: Instant, not_before: Duration) -> String {
    let said = client.rest().await;
    assert!(
        start.elapsed() >= not_before,
        "too early: after {:?}",
        start.elapsed()
    );
    said
}

/// Sends a byte now and then until the gateway hangs up.
async fn trickle(client: &mut Client, bytes: &[u8], every: Duration) {
    let mut ticks = interval(every);
    for byte in bytes {
        ticks.tick().await;
        if client.0.write_all(&[*byte]).await.is_err() {
            return;
        }
    }
}

const EVERY: Duration = Duration::from_millis(20);

#[test]
fn the_first_byte() {
    run(async {
        let (recorder, gateway) = Recorder::behind("", &deadlines(&["first_byte_timeout"], 0)).await;
        let start = Instant::now();
        let mut silent = gateway.connect().await;
        assert_eq!(ends(&mut silent, start, SHORT).await, "");
        counted(&gateway, "first_byte", 1).await;
        // with one byte it is another deadline's, and so is a second request
        let mut slow = gateway.connect().await;
        slow.send("G").await;
        tokio::time::sleep(2 * SHORT).await;
        slow.send("ET /1 HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(status(&slow.answer().await), "200");
        tokio::time::sleep(2 * SHORT).await;
        slow.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(status(&slow.answer().await), "200");
        assert_eq!(recorder.lines(), ["GET /1", "GET /2"]);
        counted(&gateway, "first_byte", 1).await;
    });
}

#[test]
fn the_head() {
    run(async {
        let (recorder, gateway) = Recorder::behind("", &deadlines(&["header_timeout"], 0)).await;
        // a client that says nothing yet has the first byte's deadline
        let mut silent = gateway.connect().await;
        // bytes that come do not help: a head has one deadline for all of it
        let start = Instant::now();
        let mut slow = gateway.connect().await;
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "y".repeat(1_000));
        trickle(&mut slow, head.as_bytes(), EVERY).await;
        assert_eq!(ends(&mut slow, start, SHORT).await, "");
        // the second head of a connection has it too, from its first byte on
        let mut second = gateway.connect().await;
        second.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(status(&second.answer().await), "200");
        tokio::time::sleep(2 * SHORT).await;
        let start = Instant::now();
        second.send("GET /2 HTTP/1.1\r\nHo").await;
        assert_eq!(ends(&mut second, start, SHORT).await, "");
        assert_eq!(recorder.lines(), ["GET /1"]);
        counted(&gateway, "head", 2).await;
        silent.send("GET /3 HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(status(&silent.answer().await), "200");
        counted(&gateway, "first_byte", 0).await;
    });
}

#[test]
fn idleness() {
    run(async {
        let (_recorder, gateway) = Recorder::behind("", &deadlines(&["idle_timeout"], 0)).await;
        let mut client = gateway.connect().await;
        let start = Instant::now();
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(status(&client.answer().await), "200");
        assert_eq!(ends(&mut client, start, SHORT).await, "");
        counted(&gateway, "idle", 1).await;
    });
}

#[test]
fn a_body_that_stops() {
    run(async {
        let (recorder, gateway) = Recorder::behind("", &deadlines(&["body_timeout"], 0)).await;
        let start = Instant::now();
        let mut client = gateway.connect().await;
        client
            .send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
            .await;
        assert_eq!(ends(&mut client, start, SHORT).await, "");
        recorder.wait_closed(1).await;
        assert_eq!(recorder.lines(), [""; 0]);
        counted(&gateway, "body", 1).await;
        let closed = "tollgate_requests_aborted_total{route=\"all\"}";
        assert_eq!(gateway.metric(closed).await, 1);
    });
}

#[test]
fn a_body_that_is_read_past_stops_too() {
    run(async {
        let recorder = Recorder::start().await;
        let yaml = crate::harness::yaml(&[recorder.addr], "", &deadlines(&["body_timeout"], 0));
        let gateway = Gateway::from_yaml(&yaml.replace("path: /", "path: /only")).await;
        let start = Instant::now();
        let mut client = gateway.connect().await;
        client
            .send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
            .await;
        let said = ends(&mut client, start, SHORT).await;
        assert_eq!(status(&said), "404");
        counted(&gateway, "body", 1).await;
    });
}

#[test]
fn a_body_that_drips() {
    run(async {
        let (recorder, gateway) = Recorder::behind("", &deadlines(&["body_timeout"], 1_000)).await;
        let start = Instant::now();
        let mut client = gateway.connect().await;
        client
            .send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n")
            .await;
        trickle(&mut client, &[b'x'; 10_000], EVERY).await;
        // a rate shows after a second
        assert_eq!(ends(&mut client, start, SECOND).await, "");
        recorder.wait_closed(1).await;
        assert_eq!(recorder.lines(), [""; 0]);
        counted(&gateway, "body", 1).await;
    });
}

#[test]
fn a_body_that_keeps_its_rate_or_may_have_any_goes_through() {
    run(async {
        for (rate, piece) in [(100, "x".repeat(20)), (0, "x".to_owned())] {
            let (_recorder, gateway) = Recorder::behind("", &deadlines_of(SECOND, &DEADLINES, rate)).await;
            let mut client = gateway.connect().await;
            let length = 100 * piece.len();
            client
                .send(&format!(
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n"
                ))
                .await;
            let mut ticks = interval(EVERY);
            for _ in 0..100 {
                ticks.tick().await;
                client.send(&piece).await;
            }
            let answer = client.answer().await;
            assert_eq!(
                (status(&answer), body(&answer)),
                ("200", format!("POST / {length}").as_str())
            );
        }
    });
}

#[test]
fn an_upstream_that_thinks_costs_the_client_nothing() {
    run(async {
        let (recorder, gateway) = Recorder::behind("", &deadlines_of(SECOND, &DEADLINES, 1_000)).await;
        let mut client = gateway.connect().await;
        client
            .send("POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
            .await;
        recorder.wait_seen(1).await;
        tokio::time::sleep(5 * SECOND / 2).await;
        recorder.release();
        assert_eq!(body(&client.answer().await), "POST /hold 5");
    });
}

/// An upstream that sends without end, as fast as it is read; it tells when it is let go.
async fn endless() -> (std::net::SocketAddr, tokio::task::JoinHandle<Instant>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("bound");
    let task = tokio::task::spawn_local(async move {
        let (mut stream, _) = listener.accept().await.expect("the gateway dials");
        let mut request = [0; 1024];
        assert_ne!(stream.read(&mut request).await.expect("read"), 0);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 1_u64 << 40);
        let _ = stream.write_all(head.as_bytes()).await;
        while stream.write_all(&[b'x'; 64 * 1024]).await.is_ok() {}
        Instant::now()
    });
    (addr, task)
}

#[test]
fn a_reader_that_stops() {
    run(async {
        let (addr, upstream) = endless().await;
        let gateway = Gateway::start(&[addr], "", &deadlines(&["write_timeout"], 0)).await;
        let start = Instant::now();
        let mut client = gateway.connect().await;
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let let_go = upstream.await.expect("no panic");
        assert!(let_go - start >= SHORT, "too early: after {:?}", let_go - start);
        let aborted = "tollgate_requests_aborted_total{route=\"all\"}";
        assert_eq!(gateway.metric(aborted).await, 1);
        counted(&gateway, "write", 1).await;
    });
}

#[test]
fn a_reader_that_takes_a_little_at_a_time_is_no_stall() {
    run(async {
        let (addr, upstream) = endless().await;
        let short = deadlines_of(SECOND, &DEADLINES, 1_000);
        let gateway = Gateway::start(&[addr], "", &short).await;
        let mut client = gateway.connect().await;
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let mut ticks = interval(Duration::from_millis(50));
        let mut piece = vec![0; 1024 * 1024];
        for _ in 0..50 {
            ticks.tick().await;
            client.0.read_exact(&mut piece).await.expect("more");
        }
        assert!(!upstream.is_finished());
    });
}
