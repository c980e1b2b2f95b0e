//! Bodies stream with back-pressure: what nobody reads is not read from the other side either.

use crate::harness::{Gateway, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

static PIECE: [u8; 64 * 1024] = [b'x'; 64 * 1024];

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
