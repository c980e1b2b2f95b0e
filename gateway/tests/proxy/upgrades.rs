//! Tunnels on sockets: nothing before the upstream's 101, every byte once it is there, either side's end passed on.

use crate::harness::{Client, Gateway, field, run, status, yaml, yaml_with};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const ASKS: &str =
    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo\r\n\r\n";
pub(crate) const SWITCH: &str =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n";
const IN_FLIGHT: &str = "tollgate_upstream_in_flight{upstream=\"u\"}";
const CONNECTIONS: &str = "tollgate_upstream_connections{upstream=\"u\"}";
const OPEN: &str = "tollgate_tunnels_open{route=\"all\"}";

/// A gateway on one route with these keys, and the listener of its only replica.
pub(crate) async fn behind(route: &str) -> (TcpListener, Gateway) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let gateway = Gateway::start(&[listener.local_addr().expect("bound")], route, "").await;
    (listener, gateway)
}

/// The next connection, and the head of the request on it.
pub(crate) async fn accept(listener: &TcpListener) -> (TcpStream, String) {
    let (mut stream, _) = listener.accept().await.expect("the gateway dials");
    let head = read_head(&mut stream).await;
    (stream, head)
}

/// A head and not a byte more.
pub(crate) async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a whole head"));
    }
    String::from_utf8(head).expect("text")
}

/// Both ends of a tunnel.
pub(crate) async fn open(listener: &TcpListener, gateway: &Gateway) -> (Client, TcpStream) {
    let mut client = gateway.connect().await;
    client.send(ASKS).await;
    let (mut upstream, _) = accept(listener).await;
    upstream.write_all(SWITCH.as_bytes()).await.expect("written");
    assert!(read_head(&mut client.0).await.starts_with("HTTP/1.1 101 "));
    (client, upstream)
}

/// Waits until a metric has this value.
pub(crate) async fn until(gateway: &Gateway, name: &str, value: u64) {
    while gateway.metric(name).await != value {
        tokio::task::yield_now().await;
    }
}

pub(crate) async fn read(stream: &mut TcpStream, len: usize) -> String {
    let mut bytes = vec![0; len];
    stream.read_exact(&mut bytes).await.expect("so many bytes");
    String::from_utf8(bytes).expect("text")
}

#[test]
fn heads_and_bytes_pass_as_they_are() {
    run(async {
        let (listener, gateway) = behind(", upgrade: [echo]").await;
        let mut client = gateway.connect().await;
        // what is nominated is the connection's, the protocol's own fields are not
        let asks = ASKS
            .replace("keep-alive, ", "keep-alive, X-Hop, ")
            .replace("\r\n\r\n", "\r\nX-Hop: 1\r\nSec-WebSocket-Key: k\r\n\r\nheld");
        client.send(&asks).await;
        let (mut upstream, head) = accept(&listener).await;
        let lower = head.to_ascii_lowercase();
        assert_eq!(field(&head, "upgrade").as_deref(), Some("echo"));
        assert_eq!(field(&head, "connection").as_deref(), Some("upgrade"));
        assert_eq!(field(&head, "sec-websocket-key").as_deref(), Some("k"));
        assert!(
            !lower.contains("x-hop") && !lower.contains("keep-alive"),
            "{head}"
        );
        assert!(
            lower.matches("upgrade: ").count() == 1 && !lower.contains("held"),
            "{head}"
        );
        let answer = SWITCH.replace("\r\n\r\n", "\r\nSec-WebSocket-Accept: a\r\n\r\nhello");
        upstream.write_all(answer.as_bytes()).await.expect("written");
        let head = read_head(&mut client.0).await;
        assert_eq!(status(&head), "101");
        assert_eq!(field(&head, "upgrade").as_deref(), Some("echo"));
        assert_eq!(field(&head, "connection").as_deref(), Some("upgrade"));
        assert_eq!(field(&head, "sec-websocket-accept").as_deref(), Some("a"));
        assert!(field(&head, "content-length").is_none() && field(&head, "transfer-encoding").is_none());
        // what had come before the tunnel began goes first
        assert_eq!(read(&mut client.0, 5).await, "hello");
        client.send(" and more").await;
        assert_eq!(read(&mut upstream, 13).await, "held and more");
        upstream
            .write_all(b"\0GET / HTTP/1.1\r\n\r\n")
            .await
            .expect("written");
        assert_eq!(read(&mut client.0, 19).await, "\0GET / HTTP/1.1\r\n\r\n");
    });
}

/// CVE-2026-2833: nothing goes up before the 101, however long that takes.
#[test]
fn bytes_wait_for_the_101() {
    run(async {
        let (listener, gateway) = behind(", upgrade: true").await;
        let mut client = gateway.connect().await;
        client
            .send(&format!("{ASKS}GET /admin HTTP/1.1\r\nHost: a\r\n\r\n"))
            .await;
        let (mut upstream, _) = accept(&listener).await;
        client.send("more").await;
        let mut byte = [0];
        let early = tokio::time::timeout(Duration::from_millis(50), upstream.read(&mut byte)).await;
        assert!(early.is_err(), "{early:?}");
        upstream.write_all(SWITCH.as_bytes()).await.expect("written");
        let expected = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\nmore";
        assert_eq!(read(&mut upstream, expected.len()).await, expected);
    });
}

#[test]
fn another_answer_opens_nothing_and_the_next_request_is_one() {
    run(async {
        let (listener, gateway) = behind(", upgrade: true").await;
        for answer in [
            "200 OK",
            "426 Upgrade Required",
            "403 Forbidden",
            "503 Unavailable",
        ] {
            let mut client = gateway.connect().await;
            client
                .send(&format!("{ASKS}GET /next HTTP/1.1\r\nHost: a\r\n\r\n"))
                .await;
            let (mut upstream, _) = accept(&listener).await;
            let text = format!(
                "HTTP/1.1 {answer}\r\nUpgrade: echo\r\nConnection: upgrade\r\nContent-Length: 2\r\n\r\nno"
            );
            upstream.write_all(text.as_bytes()).await.expect("written");
            let refused = client.answer().await;
            assert_eq!(status(&refused), &answer[..3]);
            assert!(
                refused.ends_with("no") && field(&refused, "upgrade").is_none(),
                "{refused}"
            );
            let next = read_head(&mut upstream).await;
            assert!(
                next.starts_with("GET /next ") && field(&next, "upgrade").is_none(),
                "{next}"
            );
            upstream
                .write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
                .await
                .expect("written");
            assert_eq!(status(&client.answer().await), "204");
        }
    });
}

#[test]
fn a_switch_to_something_else_is_502() {
    run(async {
        let (listener, gateway) = behind(", upgrade: true, retries: { max: 0 }").await;
        for (from, to) in [
            ("Upgrade: echo", "Upgrade: other"),
            ("Upgrade: echo", "Upgrade: echo, other"),
            ("Upgrade: echo\r\n", ""),
            ("Connection: Upgrade\r\n", ""),
            ("Connection: Upgrade", "Connection: Upgrade\r\nContent-Length: 3"),
        ] {
            let mut client = gateway.connect().await;
            client.send(&format!("{ASKS}secret")).await;
            let (mut upstream, _) = accept(&listener).await;
            let switch = format!("{}hello", SWITCH.replace(from, to));
            upstream.write_all(switch.as_bytes()).await.expect("written");
            let answer = client.answer().await;
            assert!(
                status(&answer) == "502" && !answer.contains("hello"),
                "{to}: {answer}"
            );
            assert_eq!(upstream.read(&mut [0; 8]).await.unwrap_or(0), 0, "{to}");
        }
    });
}

#[test]
fn what_is_not_allowed_is_a_request_like_any_other() {
    run(async {
        let socket = ASKS.to_owned();
        let with_body = ASKS
            .replace("\r\n\r\n", "\r\nContent-Length: 2\r\n\r\nhi")
            .replace("GET", "POST");
        let h2c = ASKS.replace("echo", "h2c");
        let old = ASKS.replace("HTTP/1.1", "HTTP/1.0");
        for (route, request) in [
            ("", &socket),
            (", upgrade: false", &socket),
            (", upgrade: [websocket]", &socket),
            (", upgrade: true", &with_body),
            (", upgrade: true", &h2c),
            (", upgrade: true", &old),
        ] {
            let (listener, gateway) = behind(route).await;
            let mut client = gateway.connect().await;
            client.send(request).await;
            let (mut upstream, head) = accept(&listener).await;
            assert!(field(&head, "upgrade").is_none(), "{route}: {head}");
            upstream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                .await
                .expect("written");
            assert_eq!(status(&client.answer().await), "200", "{route}");
        }
    });
}

#[test]
fn the_end_of_either_side_is_passed_on_and_the_other_goes_on() {
    run(async {
        let (listener, gateway) = behind(", upgrade: true").await;
        let (mut client, mut upstream) = open(&listener, &gateway).await;
        client.send("question").await;
        client.0.shutdown().await.expect("half-closed");
        let mut heard = String::new();
        upstream.read_to_string(&mut heard).await.expect("until the end");
        assert_eq!(heard, "question");
        upstream.write_all(b"answer").await.expect("written");
        assert_eq!(read(&mut client.0, 6).await, "answer");
        drop(upstream);
        assert_eq!(client.rest().await, "");
        until(&gateway, OPEN, 0).await;
        let (mut client, mut upstream) = open(&listener, &gateway).await;
        upstream.write_all(b"bye").await.expect("written");
        upstream.shutdown().await.expect("half-closed");
        assert_eq!(client.rest().await, "bye");
        client.send("last words").await;
        client.0.shutdown().await.expect("closed");
        let mut heard = String::new();
        upstream.read_to_string(&mut heard).await.expect("until the end");
        assert_eq!(heard, "last words");
    });
}

#[test]
fn it_holds_its_place_until_it_ends() {
    run(async {
        let (listener, gateway) = behind(", upgrade: true").await;
        let (client, upstream) = open(&listener, &gateway).await;
        for held in [IN_FLIGHT, CONNECTIONS, OPEN] {
            assert_eq!(gateway.metric(held).await, 1, "{held}");
        }
        drop((client, upstream));
        for held in [IN_FLIGHT, CONNECTIONS, OPEN] {
            until(&gateway, held, 0).await;
        }
        assert_eq!(gateway.metric("tollgate_tunnels_total{route=\"all\"}").await, 1);
        // its connection is not used again
        let mut client = gateway.connect().await;
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        accept(&listener).await;
    });
}

/// A bound of one is one tunnel: the next request is told at once.
#[test]
fn it_counts_against_the_bounds_of_its_upstream() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("bound");
        let pool = ", pool: { in_flight_max: 1, pending_max: 0, connections_max: 1, idle_max: 1 }";
        let gateway = Gateway::from_yaml(&yaml_with(&[addr], pool, ", upgrade: true", "")).await;
        let (client, upstream) = open(&listener, &gateway).await;
        assert_eq!(status(&gateway.get("/").await), "503");
        drop((client, upstream));
        until(&gateway, IN_FLIGHT, 0).await;
        open(&listener, &gateway).await;
    });
}

#[test]
fn who_leaves_takes_the_other_along() {
    run(async {
        let (listener, gateway) = behind(", upgrade: true").await;
        let (client, mut upstream) = open(&listener, &gateway).await;
        // without a goodbye: what it had not read becomes a reset
        upstream.write_all(b"unread").await.expect("written");
        client.0.peek(&mut [0; 8]).await.expect("it has come");
        drop(client);
        assert_eq!(upstream.read(&mut [0; 8]).await.unwrap_or(0), 0);
        until(&gateway, IN_FLIGHT, 0).await;
        let aborted = gateway
            .metric("tollgate_requests_aborted_total{route=\"all\"}")
            .await;
        let (mut client, upstream) = open(&listener, &gateway).await;
        client.send("unread").await;
        upstream.peek(&mut [0; 8]).await.expect("it has come");
        drop(upstream);
        assert_eq!(client.rest().await, "");
        until(&gateway, IN_FLIGHT, 0).await;
        let broken = gateway
            .metric("tollgate_requests_broken_total{route=\"all\"}")
            .await;
        assert_eq!((aborted, broken), (1, 1));
    });
}

#[test]
fn a_tunnel_in_which_nothing_moves_is_ended_and_one_that_moves_outlives_the_timeouts() {
    run(async {
        let keys = ", timeout: 50ms, idle_timeout: 50ms, upgrade: { idle_timeout: 300ms }";
        let (listener, gateway) = behind(keys).await;
        let (mut client, mut upstream) = open(&listener, &gateway).await;
        let begun = tokio::time::Instant::now();
        for turn in 0..4 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            // either way counts
            if turn % 2 == 0 {
                client.send("x").await;
                read(&mut upstream, 1).await;
            } else {
                upstream.write_all(b"x").await.expect("written");
                read(&mut client.0, 1).await;
            }
        }
        let idle = tokio::time::Instant::now();
        assert_eq!(client.rest().await, "");
        assert!(
            idle.elapsed() >= Duration::from_millis(290),
            "{:?}",
            idle.elapsed()
        );
        assert!(begun.elapsed() >= Duration::from_millis(690));
        assert_eq!(upstream.read(&mut [0; 8]).await.expect("closed"), 0);
        until(&gateway, OPEN, 0).await;
    });
}

/// Who does not read stops who writes, either way.
#[test]
fn a_reader_that_stops_stops_the_writer() {
    run(async {
        let (listener, gateway) = behind(", upgrade: true").await;
        let (mut client, mut upstream) = open(&listener, &gateway).await;
        for stream in [&mut client.0, &mut upstream] {
            let taken = crate::streaming::fill(stream).await;
            assert!(taken < crate::streaming::SWALLOWED_MAX, "{taken}");
        }
        until(&gateway, OPEN, 1).await;
    });
}

#[test]
fn a_drain_waits_for_tunnels_until_its_deadline() {
    run(async {
        let (listener, mut gateway) = behind(", upgrade: true").await;
        let (mut client, mut upstream) = open(&listener, &gateway).await;
        gateway.app.stop(Duration::from_millis(300));
        let begun = tokio::time::Instant::now();
        client.send("still here").await;
        assert_eq!(read(&mut upstream, 10).await, "still here");
        (&mut gateway.served).await.expect("ran").expect("served");
        assert!(begun.elapsed() >= Duration::from_millis(290));
        // and one that ends lets it go
        let (listener, gateway) = behind(", upgrade: true").await;
        let ends = open(&listener, &gateway).await;
        gateway.app.stop(Duration::from_secs(60));
        drop(ends);
        gateway.served.await.expect("ran").expect("served");
    });
}

#[test]
fn it_lives_on_over_reloads_that_take_its_route_and_upstream_away() {
    run(async {
        let (listener, gateway) = behind(", upgrade: true").await;
        let addr = listener.local_addr().expect("bound");
        let (mut client, mut upstream) = open(&listener, &gateway).await;
        for reload in 0..100 {
            let there = yaml(&[addr], ", upgrade: true", "").replace("path: /", "path: /chat");
            let gone = there
                .replace("u: {", "v: {")
                .replace("upstream: u", "upstream: v")
                .replace("all", "other");
            let config = if reload % 2 == 0 { gone } else { there };
            gateway.app.apply(config.as_bytes()).expect("applied");
            // a request, by which the worker notices
            assert_eq!(status(&gateway.get("/").await), "404");
            client.send("ping").await;
            assert_eq!(read(&mut upstream, 4).await, "ping");
            upstream.write_all(b"pong").await.expect("written");
            assert_eq!(read(&mut client.0, 4).await, "pong");
        }
    });
}

#[test]
fn the_log_has_a_line_when_it_ends_with_the_bytes_of_both_ways() {
    run(async {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("access.log");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("bound");
        let top = format!("access_log: {{ path: '{}' }}", path.display());
        let gateway = Gateway::start(&[addr], ", upgrade: true", &top).await;
        let (mut client, mut upstream) = open(&listener, &gateway).await;
        client.send("12345").await;
        read(&mut upstream, 5).await;
        upstream.write_all(b"123").await.expect("written");
        read(&mut client.0, 3).await;
        let (up, down) = (
            "tollgate_tunnel_bytes_total{route=\"all\",direction=\"up\"}",
            "tollgate_tunnel_bytes_total{route=\"all\",direction=\"down\"}",
        );
        assert_eq!((gateway.metric(up).await, gateway.metric(down).await), (5, 3));
        drop((client, upstream));
        until(&gateway, OPEN, 0).await;
        gateway.app.stop(Duration::ZERO);
        gateway.served.await.expect("ran").expect("served");
        assert!(gateway.app.finish_log());
        let log = std::fs::read_to_string(&path).expect("written");
        assert!(
            log.contains("\"status\":101,\"bytes\":3,\"bytes_up\":5,"),
            "{log}"
        );
        assert!(log.contains("\"outcome\":\"complete\""), "{log}");
    });
}
