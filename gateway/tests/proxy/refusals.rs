//! Heads that are no requests: one answer, a closed connection, nothing sent on, and a trace in metrics and log.
//!
//! Behind each stands another request. Whoever reads the first one differently would take it, or a part of the body,
//! for a request of its own; the recorder must not see a byte of either.

use crate::harness::{Gateway, body, field, run, status, yaml};
use crate::recorder::{Recorder, answers};

const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

/// Status, code, and a part of the detail.
type Refused = (&'static str, &'static str, &'static str);

/// Sends what is refused, with a request behind it, and sees to the answer.
async fn refused(gateway: &Gateway, head: &str, expected: Refused) {
    let (expected, code, _) = expected;
    let answer = gateway.ask(&format!("{head}\r\n\r\n{SMUGGLED}")).await;
    let shown = head.get(..200).unwrap_or(head);
    assert_eq!(
        answers(&answer).len(),
        1,
        "one answer and no more to {shown:?}: {answer}"
    );
    assert_eq!(status(&answer), expected, "{shown:?}");
    assert_eq!(body(&answer), format!("{{\"error\":\"{code}\"}}\n"), "{shown:?}");
    assert_eq!(field(&answer, "connection").as_deref(), Some("close"));
    assert_eq!(
        field(&answer, "content-type").as_deref(),
        Some("application/json")
    );
    assert!(field(&answer, "date").is_some());
}

/// One theme: every head refused, counted by status class and by `reason`, and logged with its detail.
async fn check(reason: &str, cases: &[(String, Refused)]) {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("log");
    let recorder = Recorder::start().await;
    let top = format!("access_log: {{ path: {} }}", path.display());
    let gateway = Gateway::from_yaml(&yaml(&[recorder.addr], "", &top)).await;
    for (head, expected) in cases {
        refused(&gateway, head, *expected).await;
    }
    let of_class = |class: char| cases.iter().filter(|(_, case)| case.0.starts_with(class)).count() as u64;
    for (label, count) in [("4xx", of_class('4')), ("5xx", of_class('5'))] {
        let metric = format!("tollgate_requests_total{{route=\"(none)\",status=\"{label}\"}}");
        assert_eq!(gateway.metric(&metric).await, count);
    }
    let closes = format!("tollgate_client_closes_total{{reason=\"{reason}\"}}");
    while gateway.metric(&closes).await < cases.len() as u64 {}
    assert_eq!(recorder.text(), "", "not a byte goes on");
    assert_eq!(recorder.connections(), 0);
    gateway.app.stop(std::time::Duration::ZERO);
    gateway.served.await.expect("no panic").expect("no error");
    gateway.app.finish_log();
    let log = std::fs::read_to_string(&path).expect("a log");
    assert_eq!(log.lines().count(), cases.len());
    for (line, (head, (status, code, detail))) in log.lines().zip(cases) {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["status"].to_string(), *status, "{line}");
        assert_eq!(
            (line["error"].as_str(), line["route"].as_str()),
            (Some(*code), Some("(none)"))
        );
        let logged = line["detail"].as_str().unwrap_or_default();
        assert!(logged.contains(detail), "{line} for {head:?}");
    }
}

fn bad(detail: &'static str) -> Refused {
    ("400", "bad_request", detail)
}

/// A POST with these fields; behind it the bytes that one reading makes its body.
fn post(fields: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n0")
}

fn get(fields: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}")
}

#[test]
fn two_framings_and_framings_that_are_none() {
    run(async {
        let both = bad("RFC 9112 §6.1");
        let (coding, name, value) = (
            bad("last transfer coding"),
            bad("RFC 9112 §5.1"),
            bad("RFC 9110 §5.5"),
        );
        let (length, repeated) = (
            bad("Content-Length is no number"),
            bad("more than one Content-Length"),
        );
        let unknown = ("501", "not_implemented", "RFC 9112 §6.1");
        let cases = [
            (post("Content-Length: 6\r\nTransfer-Encoding: chunked"), both),
            (post("Transfer-Encoding: chunked\r\nContent-Length: 6"), both),
            (post("Transfer-Encoding: x\r\nContent-Length: 0"), both),
            (
                post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
                coding,
            ),
            (
                post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
                coding,
            ),
            (post("Transfer-Encoding: chunked, identity"), coding),
            (post("Transfer-Encoding: chunked, chunked"), coding),
            (post("Transfer-Encoding: xchunked"), coding),
            (post("Transfer-Encoding: \"chunked\""), coding),
            (post("Transfer-Encoding: chunked;q=1"), coding),
            (post("Transfer-Encoding:"), coding),
            (post("Transfer-Encoding: identity, chunked"), unknown),
            (
                post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"),
                unknown,
            ),
            (post("Transfer-Encoding : chunked"), name),
            (post("Transfer-Encoding\t: chunked"), name),
            (post(" Transfer-Encoding: chunked"), name),
            (post("X: y\r\n Transfer-Encoding: chunked"), name),
            (post("X: y\r\n\tTransfer-Encoding: chunked"), name),
            (post("Transfer-Encoding: \u{b}chunked"), value),
            (post("Transfer-Encoding: chunked\0"), value),
            (post("Content-Length: 5\r\nContent-Length: 5"), repeated),
            (post("Content-Length: 5\r\ncontent-length: 6"), repeated),
            (post("Content-Length: 5, 5"), repeated),
            (post("Content-Length: 5,6"), repeated),
            (post("Content-Length: +5"), length),
            (post("Content-Length: -5"), length),
            (post("Content-Length: 0x5"), length),
            (post("Content-Length: 5 5"), length),
            (post("Content-Length:"), length),
            (post("Content-Length: 9223372036854775808"), length),
            (post("Content-Length: 18446744073709551621"), length),
            (
                "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0".to_owned(),
                bad("Transfer-Encoding in HTTP/1.0"),
            ),
        ];
        check("refused", &cases).await;
    });
}

#[test]
fn line_endings_and_what_no_field_holds() {
    run(async {
        let (line, name, value) = (bad("RFC 9112 §2.2"), bad("RFC 9112 §5.1"), bad("RFC 9110 §5.5"));
        let cases = [
            ("GET / HTTP/1.1\nHost: a".to_owned(), line),
            ("GET / HTTP/1.1\r\nHost: a\nX: y".to_owned(), line),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: y\n".to_owned(), line),
            ("GET / HTTP/1.1\r\nHost: a\r\n\n".to_owned(), line),
            (
                "GET / HTTP/1.1\nHost: a\n\nGET /smuggled HTTP/1.1\nHost: a\n".to_owned(),
                line,
            ),
            (get("X: y\rTransfer-Encoding: chunked"), value),
            (get("X: y\0"), value),
            (get("X: y\u{7f}"), value),
            (get("X : y"), name),
            (get(": y"), name),
            (get("X"), name),
            (get("X\0: y"), name),
            (get("X: y\r\n z"), name),
        ];
        check("refused", &cases).await;
    });
}

#[test]
fn start_lines_hosts_and_connection_options() {
    run(async {
        let (start, target) = (bad("RFC 9112 §3, §4"), bad("RFC 9112 §3.2"));
        let (missing, repeated) = (bad("no Host"), bad("more than one Host"));
        let (invalid, options) = (bad("Host is no host"), bad("RFC 9110 §7.6.1"));
        let version = ("505", "version_not_supported", "RFC 9112 §2.3");
        let cases = [
            ("GET  / HTTP/1.1\r\nHost: a".to_owned(), start),
            ("GET\t/ HTTP/1.1\r\nHost: a".to_owned(), start),
            ("G@T / HTTP/1.1\r\nHost: a".to_owned(), start),
            ("GET /".to_owned(), start),
            ("GET / HTTP/1.1 \r\nHost: a".to_owned(), bad("RFC 9112 §2.2")),
            ("GET / HTTP/2.0\r\nHost: a".to_owned(), version),
            ("GET / HTTP/1.2\r\nHost: a".to_owned(), version),
            ("GET a HTTP/1.1\r\nHost: a".to_owned(), target),
            ("GET /#x HTTP/1.1\r\nHost: a".to_owned(), target),
            ("GET http://u@a/ HTTP/1.1\r\nHost: a".to_owned(), target),
            ("GET http:///x HTTP/1.1\r\nHost: a".to_owned(), target),
            ("GET / HTTP/1.1\r\nX: y".to_owned(), missing),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a".to_owned(), repeated),
            ("GET / HTTP/1.1\r\nHost: a\r\nhost: b".to_owned(), repeated),
            (
                "GET http://b/ HTTP/1.1\r\nHost: a\r\nHost: b".to_owned(),
                repeated,
            ),
            ("GET http://b/ HTTP/1.1\r\nX: y".to_owned(), missing),
            ("GET / HTTP/1.0\r\nHost: a\r\nHost: a".to_owned(), repeated),
            ("GET / HTTP/1.1\r\nHost: a b".to_owned(), invalid),
            ("GET / HTTP/1.1\r\nHost: a, b".to_owned(), invalid),
            ("GET / HTTP/1.1\r\nHost: a/b".to_owned(), invalid),
            ("GET / HTTP/1.1\r\nHost: u@a".to_owned(), invalid),
            ("GET / HTTP/1.1\r\nHost: a:99999".to_owned(), invalid),
            (get("Connection: close, a b"), options),
            (get("Connection: \"close\""), options),
            (
                get("Expect: 200-ok"),
                ("417", "expectation_failed", "RFC 9110 §10.1.1"),
            ),
            (
                post("Content-Length: 1\r\nExpect: 100-continue, x"),
                ("417", "expectation_failed", "RFC 9110 §10.1.1"),
            ),
        ];
        check("refused", &cases).await;
    });
}

#[test]
fn what_is_too_large() {
    run(async {
        let large = ("431", "header_fields_too_large", "RFC 6585 §5");
        let fields = |count: usize| (0..count).map(|n| format!("X{n}: y\r\n")).collect::<String>();
        let cases = [
            (
                format!("GET /{} HTTP/1.1\r\nHost: a", "x".repeat(9_000)),
                ("414", "uri_too_long", "RFC 9110 §15.5.15"),
            ),
            (get(fields(100).trim_end()), large),
            (get(&format!("X: {}", "y".repeat(33 << 10))), large),
            (get(&format!("{}: y", "X".repeat(33 << 10))), large),
        ];
        check("refused", &cases).await;
    });
}

#[test]
fn what_the_gateway_itself_refuses() {
    run(async {
        let path = bad("ambiguous path");
        let line = |line: &str| format!("{line} HTTP/1.1\r\nHost: a");
        let cases = [
            (line("GET /a/../b"), path),
            (line("GET /a//b"), path),
            (line("GET /%2e%2e/b"), path),
            (line("GET /a%2fb"), path),
            (line("GET /a%5cb"), path),
            (line("GET /a%00"), path),
            (line("GET ftp://a/"), bad("invalid target")),
            (line("CONNECT a:443"), ("405", "method_not_allowed", "")),
        ];
        check("answered", &cases).await;
    });
}
