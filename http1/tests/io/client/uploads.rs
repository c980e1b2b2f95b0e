//! Requests with bodies.

use crate::support::{Any, Caller, Source, request};
use http1::io::{BodyError, SendError};

/// What this body is on the wire.
#[track_caller]
fn check(length: Option<u64>, pieces: &[&str], expected: &str) {
    for capacity in [1, 2, 13, 64, 4096] {
        for vectored in [true, false] {
            let caller = Caller::over(capacity, |wire| wire.vectored = vectored);
            let mut calling = caller.call(request("POST", length), Some(Any::of(Source::of(length, pieces))));
            let got = calling.exchange("");
            let (head, body) = got.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("POST / HTTP/1.1\r\nhost: a\r\n"), "{got}");
            assert_eq!(body, expected, "over {capacity}");
        }
    }
}

#[test]
fn bodies_leave_as_they_said() {
    check(Some(0), &[], "");
    check(Some(6), &["abc", "def"], "abcdef");
    check(Some(4), &["abc", "def"], "abcd");
    check(None, &[], "0\r\n\r\n");
    check(None, &["abc"], "3\r\nabc\r\n0\r\n\r\n");
    check(
        None,
        &["abc", "d", "ef"],
        "3\r\nabc\r\n1\r\nd\r\n2\r\nef\r\n0\r\n\r\n",
    );
}

#[test]
fn a_body_that_comes_late_is_waited_for() {
    for length in [Some(6), None] {
        let (source, handle) = Source::new(length);
        let mut calling = Caller::new(16).call(request("POST", length), Some(Any::of(source)));
        assert!(calling.exchange("").ends_with("\r\n\r\n"));
        handle.push("abc");
        assert!(calling.exchange("").contains("abc"));
        handle.push("def");
        handle.end();
        assert!(calling.exchange("").contains("def"));
        assert!(calling.task.output.is_none());
    }
}

#[track_caller]
fn check_fails(length: Option<u64>, fail: impl Fn(&crate::support::SourceHandle)) {
    let (source, handle) = Source::new(length);
    handle.push("abc");
    let mut calling = Caller::new(4096).call(request("POST", length), Some(Any::of(source)));
    let got = calling.exchange("");
    assert!(got.contains("abc"));
    fail(&handle);
    let rest = calling.exchange("");
    assert_eq!(rest, "", "what is incomplete stays so");
    let sent = calling.task.output.take().unwrap();
    assert!(matches!(
        sent.result.map(drop),
        Err(SendError::Upload(BodyError::Other(_)))
    ));
    calling.peer.pull(1);
    assert!(calling.peer.ended);
}

#[test]
fn a_body_that_fails_breaks_the_request_off() {
    check_fails(Some(6), crate::support::SourceHandle::fail);
    check_fails(None, crate::support::SourceHandle::fail);
    check_fails(Some(6), crate::support::SourceHandle::end);
}

#[test]
fn a_missing_body_is_an_error_and_not_a_shorter_request() {
    let mut calling = Caller::new(4096).call(request("POST", Some(3)), None::<Any>);
    calling.exchange("");
    assert!(matches!(
        calling.task.output.take().unwrap().result.map(drop),
        Err(SendError::Upload(_))
    ));
}
