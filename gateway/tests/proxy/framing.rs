//! Bodies keep their bytes and get framing of their own.

use crate::harness::{Gateway, OK, Step, Upstream, body, field, run, status};

#[test]
fn a_body_of_known_length_keeps_it() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        let answer = gateway
            .ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
            .await;
        assert_eq!(status(&answer), "200");
        let seen = upstream.last();
        assert_eq!(
            (field(&seen, "content-length").as_deref(), body(&seen)),
            (Some("5"), "hello")
        );
        assert_eq!(field(&seen, "transfer-encoding"), None);
    });
}

#[test]
fn chunks_are_made_anew() {
    run(async {
        // the upstream's reader stops at the head: a chunked body has no length
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        let request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
                       3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        let answer = gateway.ask(request).await;
        assert_eq!(status(&answer), "200");
        let seen = upstream.last();
        assert_eq!(field(&seen, "transfer-encoding").as_deref(), Some("chunked"));
        assert_eq!(field(&seen, "content-length"), None);
        assert!(!seen.contains("ext=1"), "chunk extensions are hop-by-hop: {seen}");
    });
}

#[test]
fn a_close_delimited_answer_arrives_whole() {
    run(async {
        let upstream = Upstream::start(&[Step::AnswerAndClose("HTTP/1.1 200 OK\r\n\r\nuntil close")]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        let answer = gateway.get("/").await;
        assert_eq!(field(&answer, "transfer-encoding").as_deref(), Some("chunked"));
        assert!(body(&answer).contains("until close"), "{answer}");
        assert!(answer.ends_with("0\r\n\r\n"), "{answer}");
    });
}

#[test]
fn a_truncated_answer_is_never_complete() {
    run(async {
        const TRUNCATED: &str = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
        let upstream = Upstream::start(&[Step::AnswerAndClose(TRUNCATED)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        let answer = gateway.get("/").await;
        assert_eq!(field(&answer, "content-length").as_deref(), Some("10"));
        assert!(body(&answer).len() < 10, "{answer}");
        assert_eq!(
            gateway
                .metric("tollgate_requests_broken_total{route=\"all\"}")
                .await,
            1
        );
    });
}

#[test]
fn heads_without_bodies_stay_without() {
    run(async {
        let upstream = Upstream::start(&[
            Step::Answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"),
            Step::Answer("HTTP/1.1 204 No Content\r\n\r\n"),
            Step::Answer("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n"),
        ])
        .await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        let mut client = gateway.connect().await;
        client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        // a HEAD's answer announces a length that does not follow, so it is read to its blank line only
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            assert_ne!(
                tokio::io::AsyncReadExt::read_buf(&mut client.0, &mut head)
                    .await
                    .expect("read"),
                0
            );
        }
        let head = String::from_utf8(head).expect("text");
        assert_eq!(
            (status(&head), field(&head, "content-length").as_deref()),
            ("200", Some("10"))
        );
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(status(&client.answer().await), "204");
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(status(&client.answer().await), "304");
        assert_eq!(upstream.connections.get(), 1);
        assert_eq!(
            gateway
                .metric("tollgate_requests_aborted_total{route=\"all\"}")
                .await,
            0
        );
    });
}

#[test]
fn a_body_above_the_routes_bound_is_413() {
    run(async {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let gateway = Gateway::start(&[upstream.addr], ", body_max: 4", "").await;
        let announced = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
        assert_eq!(status(&gateway.ask(announced).await), "413");
        assert_eq!(
            upstream.requests(),
            0,
            "nothing is sent when the length is known to be too large"
        );
        let chunked =
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        assert_eq!(status(&gateway.ask(chunked).await), "413");
    });
}
