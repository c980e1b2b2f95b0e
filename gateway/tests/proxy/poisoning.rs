//! No client ever gets what another one asked for: what an upstream says unasked ends its connection.

use crate::harness::{Gateway, OK, Step, body, run, status};
use crate::upstreams::{behind, closes, leak};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// One good answer, after which its connection is closed for this reason.
async fn closed(answer: Step, request: &str, reason: &str) {
    let (upstream, gateway) = behind(answer).await;
    let first = gateway
        .ask(&format!(
            "{request} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        ))
        .await;
    assert!(matches!(status(&first), "200" | "204" | "304"), "{first}");
    assert!(!first.contains("poison"), "{first}");
    let next = gateway.get("/next").await;
    assert_eq!((status(&next), body(&next)), ("200", "ok"), "{reason}");
    assert_eq!(upstream.connections.get(), 2, "{reason}");
    assert_eq!(closes(&gateway, reason).await, 1, "{reason}");
}

#[test]
fn what_stands_behind_an_answer_is_nobodys() {
    run(async {
        let poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
        for answer in [
            format!("{OK}{poison}"),
            format!("{OK}\r\n"),
            format!("{OK}x"),
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n{poison}"),
            format!("HTTP/1.1 204 No Content\r\n\r\n{poison}"),
            format!("HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\n{poison}"),
            "HTTP/1.1 204 No Content\r\nContent-Length: 6\r\n\r\npoison".to_owned(),
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\npoison".to_owned(),
            format!("HTTP/1.1 100 Continue\r\nContent-Length: 6\r\n\r\n{OK}"),
        ] {
            closed(Step::Answer(leak(&answer)), "GET /", "unsolicited").await;
        }
        closed(Step::Answer(poison), "HEAD /", "unsolicited").await;
    });
}

#[test]
fn what_comes_unasked_on_an_idle_connection_is_nobodys_either() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let gateway = Gateway::start(&[listener.local_addr().expect("bound")], "", "").await;
        let mut request = [0; 1024];
        let mut client = gateway.connect().await;
        client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let (mut first, _) = listener.accept().await.expect("the gateway dials");
        assert_ne!(first.read(&mut request).await.expect("read"), 0);
        first.write_all(OK.as_bytes()).await.expect("written");
        assert_eq!(body(&client.answer().await), "ok");
        let poison = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
        first.write_all(poison).await.expect("written");
        client
            .send("POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
            .await;
        let (mut second, _) = listener.accept().await.expect("the gateway dials again");
        assert_ne!(second.read(&mut request).await.expect("read"), 0);
        second.write_all(OK.as_bytes()).await.expect("written");
        assert_eq!(body(&client.answer().await), "ok");
        assert_eq!(closes(&gateway, "ended").await, 1);
    });
}

#[test]
fn reasons_to_close_that_break_no_rule() {
    run(async {
        let asked = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
        closed(Step::Answer(asked), "GET /", "asked").await;
        closed(
            Step::Answer("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            "GET /",
            "asked",
        )
        .await;
        closed(
            Step::AnswerAndClose("HTTP/1.1 200 OK\r\n\r\nok"),
            "GET /",
            "delimited",
        )
        .await;
    });
}
