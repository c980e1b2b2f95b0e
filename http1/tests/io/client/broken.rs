//! Connections that break, and what can be said of the request then.

use crate::support::{Any, Caller, Source, collect, request};
use http1::connection::Close;
use http1::head::Refusal;
use http1::io::{BodyError, Full, SendError};

#[track_caller]
fn check_broken(bytes: &str, refusal: Refusal) {
    for capacity in [1, 64, 4096] {
        let mut calling = Caller::new(capacity).call(request("GET", Some(0)), None::<Any>);
        let mut sent = 0;
        calling.exchange("");
        while sent < bytes.len() && calling.task.output.is_none() {
            sent += calling.peer.push(&bytes.as_bytes()[sent..]);
            calling.task.run();
        }
        if calling.task.output.is_none() {
            calling.peer.shut();
            calling.exchange("");
        }
        let sent = calling.task.output.take().expect("it has ended");
        assert!(sent.begun);
        match sent.result.map(drop) {
            Err(SendError::Broken(BodyError::Refused(why))) => assert_eq!(why, refusal, "{bytes:?}"),
            other => panic!("{bytes:?}: {other:?}"),
        }
    }
}

#[test]
fn an_end_before_the_answer_or_inside_its_head_breaks() {
    check_broken("", Refusal::Truncated);
    check_broken("HTTP/1.1 2", Refusal::Truncated);
    check_broken("HTTP/1.1 200 OK\r\n", Refusal::Truncated);
    check_broken("HTTP/1.1 100 Continue\r\n\r\n", Refusal::Truncated);
}

#[test]
fn what_is_no_answer_breaks() {
    check_broken("SSH-2.0-x\r\n", Refusal::StartLine);
    check_broken("HTTP/1.1 200 OK\nx: y\n\n", Refusal::LineEnding);
    check_broken(
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        Refusal::LengthAndCoding,
    );
    check_broken(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        Refusal::UpgradeUnasked,
    );
}

#[test]
fn an_end_inside_a_body_breaks_it() {
    for (bytes, refusal) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab",
            Refusal::Truncated,
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab",
            Refusal::Truncated,
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n",
            Refusal::Truncated,
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n",
            Refusal::Truncated,
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx",
            Refusal::ChunkSize,
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nhost: b\r\n\r\n",
            Refusal::Trailers,
        ),
    ] {
        let mut calling = Caller::new(4096).call(request("GET", Some(0)), None::<Any>);
        calling.exchange(bytes);
        let mut reading = calling.then(|sent| async move {
            let mut receiving = sent.result.unwrap();
            (collect(&mut receiving).await, receiving.finish().map(drop))
        });
        reading.peer.shut();
        reading.exchange("");
        let (body, finished) = reading.task.output.take().unwrap();
        match body {
            Err(BodyError::Refused(why)) => assert_eq!(why, refusal, "{bytes:?}"),
            other => panic!("{bytes:?}: {other:?}"),
        }
        assert!(finished.is_err(), "{bytes:?}");
    }
}

/// Not a byte was taken: the request may go elsewhere, with its body as it was.
#[track_caller]
fn check_unsent(length: Option<u64>, upload: Option<Any>, taken: impl Fn() -> u64) {
    let caller = Caller::new(4096);
    caller.tape.writes_fail_after.set(Some(0));
    let mut calling = caller.call(request("POST", length), upload);
    calling.exchange("");
    let sent = calling.task.output.take().unwrap();
    assert!(matches!(sent.result.map(drop), Err(SendError::Unsent(_))));
    assert!(!sent.begun);
    assert_eq!(taken(), 0, "the body was touched");
}

#[test]
fn a_first_write_that_fails_leaves_the_request_unsent() {
    check_unsent(Some(0), None, || 0);
    for length in [Some(6), None] {
        let (source, handle) = Source::new(length);
        check_unsent(length, Some(Any::of(source)), || handle.taken());
        let (source, handle) = Source::new(length);
        handle.push("abc");
        check_unsent(length, Some(Any::of(source)), || handle.taken());
        let (source, handle) = Source::new(length);
        handle.push("abc");
        handle.push("def");
        handle.end();
        check_unsent(length, Some(Any::of(source)), || handle.taken());
    }
}

#[test]
fn an_unsent_body_is_sent_whole_the_next_time() {
    for length in [Some(6), None] {
        let caller = Caller::new(4096);
        caller.tape.writes_fail_after.set(Some(0));
        let mut calling = caller.call(
            request("POST", length),
            Some(Any::of(Source::of(length, &["abc", "def"]))),
        );
        calling.exchange("");
        let upload = calling.task.output.take().unwrap().upload;
        assert!(upload.is_some());
        let mut calling = Caller::new(4096).call(request("POST", length), upload);
        let got = calling.exchange("");
        let body = got.split_once("\r\n\r\n").unwrap().1;
        let expected = if length.is_some() {
            "abcdef"
        } else {
            "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"
        };
        assert_eq!(body, expected);
    }
}

/// What an idle connection brings by itself is no answer to what is asked afterwards.
#[test]
fn what_was_there_before_the_request_is_no_answer() {
    for bytes in ["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", ""] {
        let mut caller = Caller::new(4096);
        caller.peer.push(bytes.as_bytes());
        if bytes.is_empty() {
            caller.peer.shut();
        }
        let mut calling = caller.call(request("POST", Some(2)), Some(Any::of(Full::new("ab"))));
        let got = calling.exchange("");
        let sent = calling.task.output.take().unwrap();
        assert!(
            matches!(sent.result.map(drop), Err(SendError::Unsent(_))),
            "{bytes:?}"
        );
        assert_eq!(got, "");
        assert!(!sent.begun && sent.upload.is_some());
    }
}

#[test]
fn a_later_write_that_fails_breaks() {
    let caller = Caller::new(4096);
    caller.tape.writes_fail_after.set(Some(1));
    let mut calling = caller.call(request("GET", Some(0)), None::<Any>);
    calling.exchange("");
    calling.peer.shut();
    calling.exchange("");
    let sent = calling.task.output.take().unwrap();
    assert!(matches!(sent.result.map(drop), Err(SendError::Broken(_))));
    assert!(sent.begun);
}

/// RFC 9112 §9.5: an answer that came all the same is an answer.
#[test]
fn an_answer_is_received_although_the_rest_could_not_be_sent() {
    for upload in [Some("x".repeat(1000)), None] {
        let caller = Caller::new(4096);
        caller.tape.writes_fail_after.set(Some(10));
        let length = upload.as_ref().map_or(0, |body| body.len() as u64);
        let mut calling = caller.call(
            request("POST", Some(length)),
            upload.map(|body| Any::of(Full::new(body))),
        );
        calling.exchange("HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno");
        let mut reading = calling.then(|sent| async move {
            let mut receiving = sent.result.unwrap();
            let body = collect(&mut receiving).await.unwrap();
            (body, receiving.finish().map(drop))
        });
        reading.exchange("");
        let (body, finished) = reading.task.output.take().unwrap();
        assert_eq!(body, b"no");
        assert_eq!(finished, Err(Close::BodyUnread));
    }
}
