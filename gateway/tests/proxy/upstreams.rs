//! Answers of upstreams: what breaks the rules is 502 and the end of its connection; what only looks odd passes.

use crate::harness::{Gateway, OK, Step, Upstream, body, field, run, status};

/// An upstream that answers with this text first and properly from then on, and a gateway in front of it.
pub(crate) async fn behind(first: Step) -> (Upstream, Gateway) {
    let steps: &'static [Step] = Box::leak(Box::new([first, Step::Answer(OK)]));
    let upstream = Upstream::start(steps).await;
    let gateway = Gateway::start(&[upstream.addr], "", "").await;
    (upstream, gateway)
}

pub(crate) fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

/// Connections to the upstream that were closed for this reason.
pub(crate) async fn closes(gateway: &Gateway, reason: &str) -> u64 {
    let metric = format!("tollgate_pool_closes_total{{upstream=\"u\",reason=\"{reason}\"}}");
    gateway.metric(&metric).await
}

/// The answer is 502, and the next request has another connection and its own answer.
async fn bad(answer: &str) {
    let (upstream, gateway) = behind(Step::Answer(leak(answer))).await;
    let first = gateway.get("/first").await;
    assert_eq!(
        (status(&first), body(&first)),
        ("502", "{\"error\":\"bad_gateway\"}\n"),
        "{answer:?}"
    );
    let second = gateway.get("/second").await;
    assert_eq!((status(&second), body(&second)), ("200", "ok"), "{answer:?}");
    assert_eq!(upstream.connections.get(), 2, "{answer:?}");
    assert_eq!(
        gateway.metric("tollgate_pool_reuses_total{upstream=\"u\"}").await,
        0
    );
    assert_eq!(
        gateway
            .metric("tollgate_upstream_broken_total{upstream=\"u\"}")
            .await,
        1
    );
    assert_eq!(closes(&gateway, "refused").await, 1, "{answer:?}");
}

#[test]
fn answers_that_break_the_rules() {
    run(async {
        for fields in [
            "Content-Length: 2\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 2",
            "Content-Length: 2\r\nContent-Length: 2",
            "Content-Length: 2\r\nContent-Length: 3",
            "Content-Length: 2, 2",
            "Content-Length: -2",
            "Content-Length: two",
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: chunked, gzip",
            "Transfer-Encoding: xchunked",
            "Content-Length: 2\nX: y",
            "Content-Length : 2",
            "X: y\r\n z",
            "Connection: a b\r\nContent-Length: 2",
        ] {
            bad(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\nok")).await;
        }
    });
}

#[test]
fn status_lines_that_are_none() {
    run(async {
        for line in [
            "HTTP/1.1 99 Low",
            "HTTP/1.1 600 High",
            "HTTP/1.1 2000 Long",
            "HTTP/1.1 abc Text",
            "HTTP/1.1  200 OK",
            "HTTP/2 200 OK",
            "HTTP/2.0 200 OK",
            "HTTP/1.1",
            "ICY 200 OK",
            "nonsense",
            "\r\n\r\nHTTP/1.1 200 OK",
            "HTTP/1.1 101 Switching Protocols",
        ] {
            bad(&format!("{line}\r\nContent-Length: 2\r\n\r\nok")).await;
        }
        bad("HTTP/1.1 200 OK\nContent-Length: 2\n\nok").await;
        bad("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").await;
        bad(&("HTTP/1.1 100 Continue\r\n\r\n".repeat(9) + OK)).await;
        bad(&format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "y".repeat(70_000))).await;
    });
}

#[test]
fn heads_that_break_off() {
    run(async {
        for part in [
            "",
            "HTTP/1.1 2",
            "HTTP/1.1 200 OK\r\nContent-Le",
            "HTTP/1.1 100 Continue\r\n\r\n",
        ] {
            let (upstream, gateway) = behind(Step::AnswerAndClose(leak(part))).await;
            assert_eq!(status(&gateway.get("/").await), "502", "{part:?}");
            assert_eq!(body(&gateway.get("/").await), "ok");
            assert_eq!(upstream.connections.get(), 2);
            assert_eq!(closes(&gateway, "aborted").await, 1, "{part:?}");
        }
    });
}

/// An answer of which the client gets `expected` behind the status line, on a connection that is kept.
async fn kept(request: &str, answer: &'static str, expected: &str) -> String {
    let (upstream, gateway) = behind(Step::Answer(answer)).await;
    let first = gateway
        .ask(&format!("{request}\r\nHost: a\r\nConnection: close\r\n\r\n"))
        .await;
    assert_eq!(body(&first), expected, "{answer:?}");
    assert_eq!(body(&gateway.get("/next").await), "ok");
    assert_eq!(upstream.connections.get(), 1, "{answer:?}");
    first
}

#[test]
fn interim_answers_pass_and_the_connection_is_kept() {
    run(async {
        let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n\
                       HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        let (upstream, gateway) = behind(Step::Answer(interim)).await;
        let answer = gateway.get("/").await;
        let hints = "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
        let last = answer.strip_prefix(hints).unwrap_or_else(|| panic!("{answer}"));
        assert_eq!((status(last), body(last)), ("200", "ok"));
        assert_eq!(body(&gateway.get("/next").await), "ok");
        assert_eq!(upstream.connections.get(), 1);
    });
}

#[test]
fn lengths_without_bodies() {
    run(async {
        for (request, answer, length) in [
            (
                "HEAD / HTTP/1.1",
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
                Some("10"),
            ),
            (
                "HEAD / HTTP/1.1",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                None,
            ),
            // how long it would have been, nobody has said
            ("HEAD / HTTP/1.1", "HTTP/1.1 200 OK\r\n\r\n", None),
            (
                "GET / HTTP/1.1",
                "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n",
                Some("10"),
            ),
            ("GET / HTTP/1.1", "HTTP/1.1 204 No Content\r\n\r\n", None),
            (
                "GET / HTTP/1.1",
                "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
                None,
            ),
            (
                "GET / HTTP/1.1",
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                Some("0"),
            ),
        ] {
            let first = kept(request, answer, "").await;
            assert_eq!(
                field(&first, "content-length").as_deref(),
                length,
                "{answer:?}: {first}"
            );
        }
    });
}

#[test]
fn trailers_are_dropped() {
    run(async {
        let chunked = "HTTP/1.1 200 OK\r\nTrailer: X\r\nTransfer-Encoding: chunked\r\n\r\n\
                       2;a=b\r\nok\r\n0\r\nX: y\r\nContent-MD5: z\r\n\r\n";
        let first = kept("GET / HTTP/1.1", chunked, "2\r\nok\r\n0\r\n\r\n").await;
        assert_eq!(field(&first, "trailer"), None);
        let first = kept("GET / HTTP/1.0", chunked, "ok").await;
        assert_eq!(
            field(&first, "transfer-encoding"),
            None,
            "HTTP/1.0 knows no chunks: {first}"
        );
    });
}

#[test]
fn bodies_that_break_are_never_complete() {
    run(async {
        for bad in [
            "g\r\nok\r\n",
            "2\nok\r\n",
            "2\r\nokX\r\n0\r\n\r\n",
            "ffffffffffffffff\r\nok",
        ] {
            let answer = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n{bad}");
            let (upstream, gateway) = behind(Step::Answer(leak(&answer))).await;
            let first = gateway.get("/").await;
            assert!(!first.ends_with("0\r\n\r\n"), "{first}");
            assert_eq!(body(&gateway.get("/").await), "ok");
            assert_eq!(upstream.connections.get(), 2);
            assert_eq!(closes(&gateway, "refused").await, 1, "{bad:?}");
            assert_eq!(
                gateway
                    .metric("tollgate_requests_broken_total{route=\"all\"}")
                    .await,
                1
            );
        }
    });
}
