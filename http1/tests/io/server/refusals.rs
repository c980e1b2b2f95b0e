//! What is no request: one answer, and the end.

use crate::support::{Setup, ok, read_to_end};
use http1::connection::Close;

/// It is refused with this status, wherever the pieces end, and nothing behind it is looked at.
#[track_caller]
fn check(bytes: &str, status: u16) {
    for capacity in [1, 3, 64, 4096] {
        let mut rig = Setup::capacity(capacity).serve(|_, _| Box::pin(async { ok("ok") }));
        let all = format!("{bytes}GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n");
        rig.exchange(&all);
        rig.exchange("GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n");
        assert_eq!(rig.finish(), Some(Close::Refused), "{bytes:?}");
        assert!(rig.peer.ended);
    }
    let mut rig = Setup::default().serve(|_, _| Box::pin(async { ok("ok") }));
    let got = rig.exchange(bytes);
    assert!(
        got.starts_with(&format!("HTTP/1.1 {status} ")),
        "{bytes:?}: {got}"
    );
    assert!(got.contains("\r\nconnection: close\r\n"), "{got}");
    assert!(got.ends_with("\r\n\r\nrefused"), "{got}");
    assert_eq!(got.matches("HTTP/1.1").count(), 1, "{got}");
}

#[test]
fn malformed_heads_are_answered_and_closed() {
    check("GET / HTTP/1.1\r\n\r\n", 400);
    check("GET / HTTP/1.1\nhost: a\n\n", 400);
    check("GET / HTTP/1.1\r\nhost : a\r\n\r\n", 400);
    check("GET / HTTP/2.0\r\nhost: a\r\n\r\n", 505);
    check("\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n", 400);
    check(
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\na",
        400,
    );
    check(
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\na",
        400,
    );
    check(
        "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
        501,
    );
    check(
        &format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "x".repeat(9000)),
        414,
    );
    check(
        &format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "x".repeat(33_000)),
        431,
    );
    check(
        &format!("GET / HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(100)),
        431,
    );
}

#[test]
fn heads_up_to_the_limit_are_served() {
    for capacity in [1, 64, 1 << 20] {
        let mut rig = Setup::capacity(capacity).serve(|_, _| Box::pin(async { ok("ok") }));
        let head = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "x".repeat(32_000));
        for _ in 0..2 {
            assert!(rig.exchange(&head).ends_with("ok"));
        }
        assert!(rig.exchange(&head.repeat(3)).ends_with("ok"));
        assert_eq!(rig.finish(), Some(Close::Ended));
    }
}

#[test]
fn a_body_without_sense_reaches_the_handler_and_closes() {
    let head = "POST /p HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    for body in [
        "x\r\n",
        "1\r\nab",
        "1 \r\n",
        "0\r\nhost: b\r\n\r\n",
        "1000000000000000\r\n",
    ] {
        let mut rig = Setup::default().serve(read_to_end);
        let got = rig.exchange(&format!("{head}{body}"));
        assert!(got.starts_with("HTTP/1.1 400 "), "{body:?}: {got}");
        assert!(got.contains("connection: close"), "{got}");
        assert_eq!(rig.finish(), Some(Close::Refused), "{body:?}");
    }
}

#[test]
fn a_refusal_behind_a_request_comes_behind_its_answer() {
    let mut rig = Setup::default().serve(|_, _| Box::pin(async { ok("ok") }));
    let got = rig.exchange("GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/9.9\r\n\r\n");
    let (first, second) = got.split_once("okHTTP/1.1 505").expect("two answers");
    assert!(!first.contains("close") && second.contains("close"), "{got}");
}

#[test]
fn clients_that_break_off_get_no_answer() {
    for (bytes, reason) in [
        ("", Close::Ended),
        ("\r\n", Close::Ended),
        ("GET / HT", Close::Aborted),
        ("GET / HTTP/1.1\r\nhost: a\r\n", Close::Aborted),
    ] {
        let mut rig = Setup::default().serve(|_, _| Box::pin(async { ok("ok") }));
        assert_eq!(rig.exchange(bytes), "");
        assert_eq!(rig.finish(), Some(reason), "{bytes:?}");
        assert_eq!(rig.peer.take(), "");
    }
}

#[test]
fn a_refusal_is_not_answered_as_the_request_before_it_was() {
    let mut rig = Setup::default().serve(|_, _| Box::pin(async { ok("ok") }));
    let got = rig.exchange("HEAD / HTTP/1.1\r\nhost: a\r\n\r\nbad\r\n\r\n");
    assert!(got.ends_with("\r\n\r\nrefused"), "the 400 has its body: {got}");
    let mut rig = Setup::default().serve(|_, _| Box::pin(async { ok("ok") }));
    let got = rig.exchange("HEAD / HTTP/1.1\r\n\r\n");
    assert!(
        got.starts_with("HTTP/1.1 400 ") && got.ends_with("\r\n\r\n"),
        "it has none: {got}"
    );
}
