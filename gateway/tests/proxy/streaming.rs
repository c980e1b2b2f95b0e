//! Bodies stream with back-pressure: what nobody reads is not read from the other side either.

use crate::harness::{Gateway, field, run, status, yaml};
use crate::upgrades::{accept, behind, read, read_head, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

static PIECE: [u8; 64 * 1024] = [b'x'; 64 * 1024];

const EVENTS: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Far above what the sockets' and the gateway's buffers hold together, far below what a gateway that buffers
/// would swallow.
pub(crate) const SWALLOWED_MAX: usize = 64 << 20;

/// Writes until the other side takes no more, and tells how much it took.
pub(crate) async fn fill(stream: &mut TcpStream) -> usize {
    let mut taken = 0;
    while taken <= SWALLOWED_MAX {
        let turn = std::time::Duration::from_millis(200);
        match tokio::time::timeout(turn, stream.write(&PIECE)).await {
            Ok(written) => taken += written.expect("written"),
            Err(_) => return taken,
        }
    }
    taken
}

#[test]
fn a_client_that_does_not_read_stops_the_upstream() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let gateway = Gateway::start(&[listener.local_addr().expect("bound")], "", "").await;
        let mut client = gateway.connect().await;
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let (mut upstream, _) = listener.accept().await.expect("the gateway dials");
        let mut request = [0; 1024];
        assert_ne!(upstream.read(&mut request).await.expect("read"), 0);
        let length = 1_u64 << 40;
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        upstream.write_all(head.as_bytes()).await.expect("written");
        assert!(fill(&mut upstream).await < SWALLOWED_MAX);
    });
}

#[test]
fn an_upstream_that_does_not_read_stops_the_client() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let gateway = Gateway::start(&[listener.local_addr().expect("bound")], "", "").await;
        let mut client = gateway.connect().await;
        let length = 1_u64 << 40;
        client
            .send(&format!(
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n"
            ))
            .await;
        let (_upstream, _) = listener.accept().await.expect("the gateway dials");
        assert!(fill(&mut client.0).await < SWALLOWED_MAX);
    });
}

#[test]
fn an_answer_flows_before_it_is_complete() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let gateway = Gateway::start(&[listener.local_addr().expect("bound")], "", "").await;
        let mut client = gateway.connect().await;
        client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let (mut upstream, _) = listener.accept().await.expect("the gateway dials");
        let mut request = [0; 1024];
        assert_ne!(upstream.read(&mut request).await.expect("read"), 0);
        let head =
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        upstream.write_all(head).await.expect("written");
        for event in 1..=3 {
            upstream
                .write_all(format!("9\r\ndata: {event}\n\n\r\n").as_bytes())
                .await
                .expect("written");
            let mut seen = Vec::new();
            let expected = format!("data: {event}\n\n");
            // the next event is not sent before this one has come through
            while !String::from_utf8_lossy(&seen).contains(&expected) {
                assert_ne!(client.0.read_buf(&mut seen).await.expect("read"), 0);
            }
        }
    });
}

/// HTTP/1.0 knows no chunks: its answer ends with the connection, and flows as it comes all the same.
#[test]
fn a_client_of_http_1_0_gets_a_stream_that_ends_with_the_connection() {
    run(async {
        let (listener, gateway) = behind("").await;
        let mut client = gateway.connect().await;
        client.send("GET /events HTTP/1.0\r\nHost: a\r\n\r\n").await;
        let (mut upstream, _) = accept(&listener).await;
        upstream.write_all(EVENTS).await.expect("written");
        let head = read_head(&mut client.0).await;
        assert_eq!(field(&head, "connection").as_deref(), Some("close"));
        assert!(field(&head, "transfer-encoding").is_none(), "{head}");
        upstream.write_all(b"3\r\na\n\n\r\n").await.expect("written");
        assert_eq!(read(&mut client.0, 3).await, "a\n\n");
        upstream.write_all(b"0\r\n\r\n").await.expect("written");
        assert_eq!(client.rest().await, "");
    });
}

/// Whatever ends a stream in the middle, its client never sees the last chunk.
#[test]
fn a_stream_that_stops_is_broken_off() {
    run(async {
        for leaves in [true, false] {
            let (listener, gateway) = behind(", idle_timeout: 100ms").await;
            let mut client = gateway.connect().await;
            client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n").await;
            let (mut upstream, _) = accept(&listener).await;
            upstream.write_all(EVENTS).await.expect("written");
            upstream.write_all(b"3\r\na\n\n\r\n").await.expect("written");
            let _kept = (!leaves).then_some(upstream);
            let answer = client.rest().await;
            assert!(answer.ends_with("3\r\na\n\n\r\n"), "{answer}");
            let broken = "tollgate_requests_broken_total{route=\"all\"}";
            assert_eq!(gateway.metric(broken).await, 1);
        }
    });
}

/// A client that leaves between two events is noticed before the next one.
#[test]
fn a_stream_whose_client_leaves_is_let_go() {
    run(async {
        let (listener, gateway) = behind("").await;
        let mut client = gateway.connect().await;
        client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let (mut upstream, _) = accept(&listener).await;
        upstream.write_all(EVENTS).await.expect("written");
        read_head(&mut client.0).await;
        drop(client);
        assert_eq!(upstream.read(&mut [0; 8]).await.unwrap_or(0), 0);
        until(&gateway, "tollgate_upstream_in_flight{upstream=\"u\"}", 0).await;
    });
}

/// Streams that were held when a config came go on, even if their route is gone.
#[test]
fn events_flow_over_a_hundred_reloads() {
    run(async {
        let (listener, gateway) = behind("").await;
        let mut client = gateway.connect().await;
        client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let (mut upstream, _) = accept(&listener).await;
        upstream.write_all(EVENTS).await.expect("written");
        read_head(&mut client.0).await;
        let addr = listener.local_addr().expect("bound");
        for reload in 0..100 {
            let other = if reload % 2 == 0 { "/other" } else { "/events" };
            let config = yaml(&[addr], "", "").replace("path: /", &format!("path: {other}"));
            gateway.app.apply(config.as_bytes()).expect("applied");
            // a request, by which the worker notices
            assert_eq!(status(&gateway.get("/").await), "404");
            upstream.write_all(b"3\r\na\n\n\r\n").await.expect("written");
            assert_eq!(read(&mut client.0, 8).await, "3\r\na\n\n\r\n");
        }
    });
}
