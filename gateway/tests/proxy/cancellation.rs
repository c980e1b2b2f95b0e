//! A client that goes away releases the upstream.

use crate::harness::{Gateway, Step, Upstream, run};
use tokio::io::AsyncReadExt;

#[test]
fn while_it_waits_for_the_answer() {
    run(async {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        let mut client = gateway.connect().await;
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        upstream.wait_requests(1).await;
        assert_eq!(
            gateway
                .metric("tollgate_upstream_in_flight{upstream=\"u\"}")
                .await,
            1
        );
        drop(client);
        upstream.wait_closed(1).await;
        assert_eq!(
            gateway
                .metric("tollgate_upstream_in_flight{upstream=\"u\"}")
                .await,
            0
        );
        assert_eq!(
            gateway
                .metric("tollgate_requests_aborted_total{route=\"all\"}")
                .await,
            1
        );
    });
}

#[test]
fn in_the_middle_of_its_own_body() {
    run(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let gateway = Gateway::start(&[listener.local_addr().expect("bound")], "", "").await;
        let mut client = gateway.connect().await;
        client
            .send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nhalf of it")
            .await;
        let (mut upstream, _) = listener.accept().await.expect("the gateway dials");
        let mut seen = Vec::new();
        while !seen.ends_with(b"half of it") {
            assert_ne!(upstream.read_buf(&mut seen).await.expect("read"), 0);
        }
        drop(client);
        let rest = upstream.read_buf(&mut seen).await;
        assert!(
            matches!(rest, Ok(0) | Err(_)),
            "the upstream connection is closed, not kept: {rest:?}"
        );
        while gateway
            .metric("tollgate_requests_aborted_total{route=\"all\"}")
            .await
            != 1
        {}
        assert_eq!(
            gateway
                .metric("tollgate_upstream_broken_total{upstream=\"u\"}")
                .await,
            0
        );
    });
}

#[test]
fn in_the_middle_of_the_answers_body() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(
            "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhalf",
        )])
        .await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        let mut client = gateway.connect().await;
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let mut seen = Vec::new();
        while !seen.ends_with(b"half") {
            assert_ne!(client.0.read_buf(&mut seen).await.expect("read"), 0);
        }
        drop(client);
        upstream.wait_closed(1).await;
        assert_eq!(
            gateway
                .metric("tollgate_upstream_in_flight{upstream=\"u\"}")
                .await,
            0
        );
    });
}
