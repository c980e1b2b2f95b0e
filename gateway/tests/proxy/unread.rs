//! Answers that come before the body was read: it is read past up to a bound, or the connection is closed; what
//! follows it is the next request, and its bytes never are.

use crate::harness::{Gateway, body, field, run, status, yaml};
use crate::recorder::{Recorder, answers};

/// A body that looks like a request to whoever takes it for one.
const LOOKS_LIKE_ONE: &str = "GET /only/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

/// What is read past, at most.
const DRAINED_MAX: usize = 64 * 1024;

/// A gateway that routes `/only` and nothing else, with small bodies only.
async fn behind() -> (Recorder, Gateway) {
    let recorder = Recorder::start().await;
    let yaml = yaml(&[recorder.addr], ", body_max: 8B", "").replace("path: /", "path: /only");
    let gateway = Gateway::from_yaml(&yaml).await;
    (recorder, gateway)
}

fn post(target: &str, length: usize, more: &str) -> String {
    format!("POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n{more}\r\n")
}

const NEXT: &str = "GET /only/next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Sends one request and another behind it; the first is answered with `status`, the second only if `kept`.
async fn check(request: &str, status: &str, kept: bool) {
    let (recorder, gateway) = behind().await;
    let shown = request.get(..120).unwrap_or(request);
    let answer = gateway.ask(&format!("{request}{NEXT}")).await;
    let statuses: Vec<_> = answers(&answer).into_iter().map(|(status, _)| status).collect();
    let (expected, lines) = match kept {
        true => (vec![status, "200"], vec!["GET /only/next"]),
        false => (vec![status], vec![]),
    };
    assert_eq!(statuses, expected, "{shown:?}");
    assert_eq!(recorder.lines(), lines, "{shown:?}");
    let says_close = field(&answer, "connection").as_deref() == Some("close");
    assert_eq!(says_close, !kept, "{answer}");
}

#[test]
fn a_small_body_is_read_past_and_the_next_request_answered() {
    run(async {
        let body = LOOKS_LIKE_ONE;
        check(&(post("/nowhere", body.len(), "") + body), "404", true).await;
        check(
            &(post("/nowhere", DRAINED_MAX, "") + &"x".repeat(DRAINED_MAX)),
            "404",
            true,
        )
        .await;
        check(&post("/nowhere", 0, ""), "404", true).await;
    });
}

#[test]
fn a_large_body_closes_the_connection() {
    run(async {
        let large = LOOKS_LIKE_ONE.repeat(5_000);
        check(&(post("/nowhere", large.len(), "") + &large), "404", false).await;
        check(
            &(post("/nowhere", DRAINED_MAX + 1, "") + &"x".repeat(DRAINED_MAX + 1)),
            "404",
            false,
        )
        .await;
        // announced and not sent: the answer does not wait for it
        check(&post("/nowhere", 1 << 40, ""), "404", false).await;
        // nobody knows how large
        let chunked = "POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        check(chunked, "404", false).await;
    });
}

#[test]
fn refusals_by_the_gateway_close_it_whatever_the_size() {
    run(async {
        let body = LOOKS_LIKE_ONE;
        check(&(post("/only/large", body.len(), "") + body), "413", false).await;
        check(&(post("/only/../x", body.len(), "") + body), "400", false).await;
        let connect = format!(
            "CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        check(&connect, "405", false).await;
    });
}

#[test]
fn a_chunked_body_that_turns_out_too_large_is_413_and_no_request_of_the_upstreams() {
    run(async {
        let (recorder, gateway) = behind().await;
        let head = "POST /only/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let answer = gateway
            .ask(&format!("{head}4\r\ngood\r\n5\r\nhello\r\n0\r\n\r\n{NEXT}"))
            .await;
        assert_eq!(answers(&answer).len(), 1, "{answer}");
        assert_eq!(
            (status(&answer), body(&answer)),
            ("413", "{\"error\":\"payload_too_large\"}\n")
        );
        assert_eq!(recorder.lines(), [""; 0]);
    });
}

#[test]
fn reasons_are_counted() {
    run(async {
        let (_recorder, gateway) = behind().await;
        for (request, reason) in [
            (post("/nowhere", DRAINED_MAX + 1, ""), "body_unread"),
            (post("/nowhere", 5, "Expect: 100-continue\r\n"), "unexpected"),
            (post("/only/x", 9, ""), "answered"),
            (post("/only/x", 5, "Connection: close\r\n") + "hello", "asked"),
        ] {
            gateway.ask(&request).await;
            let closes = format!("tollgate_client_closes_total{{reason=\"{reason}\"}}");
            while gateway.metric(&closes).await != 1 {}
        }
    });
}

#[test]
fn a_client_that_expects_is_invited_when_its_body_is_wanted() {
    run(async {
        let (recorder, gateway) = behind().await;
        let mut client = gateway.connect().await;
        client.send(&post("/only/x", 5, "Expect: 100-Continue\r\n")).await;
        assert_eq!(client.answer().await, "HTTP/1.1 100 Continue\r\n\r\n");
        client.send("hello").await;
        let answer = client.answer().await;
        assert_eq!((status(&answer), body(&answer)), ("200", "POST /only/x 5"));
        assert!(
            !recorder.text().to_ascii_lowercase().contains("expect"),
            "we wait for nobody's leave"
        );
        // the connection goes on, and without an expectation there is no invitation
        client.send(&(post("/only/y", 2, "") + "hi" + NEXT)).await;
        let rest = client.rest().await;
        assert_eq!(answers(&rest).len(), 2, "{rest}");
        assert_eq!(
            recorder.lines(),
            ["POST /only/x", "POST /only/y", "GET /only/next"]
        );
    });
}

#[test]
fn a_body_that_came_uninvited_is_taken_and_a_refused_one_is_not() {
    run(async {
        let expecting = "Expect: 100-continue\r\n";
        let (recorder, gateway) = behind().await;
        let answer = gateway
            .ask(&(post("/only/x", 5, expecting) + "hello" + NEXT))
            .await;
        let answer = answer
            .strip_prefix("HTTP/1.1 100 Continue\r\n\r\n")
            .unwrap_or(&answer);
        assert_eq!(answers(answer).len(), 2, "{answer}");
        assert_eq!(recorder.seen()[0].content, "hello");
        // final at once, and closed: the body may follow or not
        for (request, status) in [
            (post("/nowhere", 5, expecting), "404"),
            (post("/only/x", 9, expecting), "413"),
            (
                post("/nowhere", LOOKS_LIKE_ONE.len(), expecting) + LOOKS_LIKE_ONE,
                "404",
            ),
        ] {
            check(&request, status, false).await;
        }
    });
}

#[test]
fn an_expectation_without_a_body_or_in_http_1_0_is_none() {
    run(async {
        let (_recorder, gateway) = behind().await;
        for request in [
            "GET /only/x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
            "POST /only/x HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
        ] {
            assert_eq!(status(&gateway.ask(request).await), "200", "{request}");
        }
    });
}
