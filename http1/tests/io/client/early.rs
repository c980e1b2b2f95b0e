//! Answers that come before the request has been sent whole.

use crate::support::{Any, Caller, Calling, Sent, Source, SourceHandle, collect, request};
use http1::connection::Close;
use http1::io::{Body, Full};
use std::future::poll_fn;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n";

fn uploads(length: Option<u64>) -> (Calling<Sent>, SourceHandle) {
    let (source, handle) = Source::new(length);
    (
        Caller::new(4096).call(request("POST", length), Some(Any::of(source))),
        handle,
    )
}

/// Reads the body and finishes.
fn read(calling: Calling<Sent>) -> Calling<(Vec<u8>, Result<(), Close>)> {
    calling.then(|sent| async move {
        let mut receiving = sent.result.unwrap();
        let body = collect(&mut receiving).await.unwrap();
        (body, receiving.finish().map(drop))
    })
}

#[test]
fn the_upload_goes_on_while_the_answer_streams() {
    for length in [Some(6), None] {
        let (mut calling, source) = uploads(length);
        source.push("abc");
        assert!(calling.exchange("").contains("abc"));
        calling.exchange(OK);
        let mut reading = read(calling);
        reading.exchange("ok");
        source.push("def");
        source.end();
        let rest = reading.exchange("");
        assert_eq!(
            rest,
            if length.is_some() {
                "def"
            } else {
                "3\r\ndef\r\n0\r\n\r\n"
            }
        );
        reading.exchange("ok");
        let (body, finished) = reading.task.output.take().unwrap();
        assert_eq!(body, b"okok");
        assert_eq!(finished, Ok(()));
    }
}

#[test]
fn an_upload_that_nobody_ended_ends_the_connection() {
    for length in [Some(6), None] {
        let (mut calling, source) = uploads(length);
        source.push("abc");
        calling.exchange(OK);
        let mut reading = read(calling);
        reading.exchange("okok");
        let (body, finished) = reading.task.output.take().unwrap();
        assert_eq!(body, b"okok");
        assert_eq!(finished, Err(Close::BodyUnread));
        assert!(source.is_dropped());
    }
}

#[test]
fn an_upload_that_fails_behind_the_answers_head_does_not_break_it() {
    let (mut calling, source) = uploads(Some(6));
    source.push("abc");
    calling.exchange(OK);
    let mut reading = read(calling);
    source.fail();
    reading.exchange("okok");
    let (body, finished) = reading.task.output.take().unwrap();
    assert_eq!(body, b"okok");
    assert_eq!(finished, Err(Close::BodyUnread));
}

/// The server answers before it has taken even the head: what is left of that must not be followed by another.
#[test]
fn a_head_that_was_not_sent_whole_ends_the_connection() {
    for upload in [None, Some(Any::of(Full::new("")))] {
        let mut calling = Caller::new(64).call(
            {
                let mut head = http1::write::RequestHead::new(Vec::new(), "GET", "/").unwrap();
                let value = "v".repeat(1000);
                head.add(
                    http1::head::FieldName::constant("x"),
                    http1::head::FieldValue::new(value.as_bytes()).unwrap(),
                );
                head.finish(Some(0))
            },
            upload,
        );
        calling.task.run();
        calling.peer.push(b"HTTP/1.1 431 X\r\ncontent-length: 0\r\n\r\n");
        calling.task.run();
        let receiving = calling.task.output.take().unwrap().result.unwrap();
        assert_eq!(receiving.finish().map(drop), Err(Close::BodyUnread));
    }
}

/// What was left of the head goes out while the answer is read.
#[test]
fn the_rest_of_a_head_is_sent_while_the_answer_streams() {
    let mut head = http1::write::RequestHead::new(Vec::new(), "GET", "/").unwrap();
    let value = "v".repeat(1000);
    head.add(
        http1::head::FieldName::constant("x"),
        http1::head::FieldValue::new(value.as_bytes()).unwrap(),
    );
    let mut calling = Caller::new(64).call(head.finish(Some(0)), None::<Any>);
    calling.task.run();
    calling.peer.push(OK.as_bytes());
    calling.task.run();
    let mut reading = read(calling);
    let got = reading.exchange("");
    assert!(got.ends_with("v\r\n\r\n"), "{got}");
    reading.exchange("okok");
    assert_eq!(reading.task.output.take().unwrap().1, Ok(()));
}

#[test]
fn bytes_and_their_end_can_be_taken_in_any_amounts() {
    let mut calling = Caller::new(4096).call(request("GET", Some(0)), None::<Any>);
    calling.exchange(&format!("{OK}okok"));
    let mut reading = calling.then(|sent| async move {
        let mut receiving = sent.result.unwrap();
        for left in (0..4).rev() {
            assert!(poll_fn(|cx| receiving.poll_ready(cx)).await.unwrap());
            assert_eq!(receiving.bytes().len(), left + 1);
            receiving.consume(1);
            assert_eq!(receiving.length(), Some(left as u64));
        }
        assert!(!poll_fn(|cx| receiving.poll_ready(cx)).await.unwrap());
        assert!(receiving.bytes().is_empty());
        receiving.finish().map(drop)
    });
    reading.exchange("");
    assert_eq!(reading.task.output.take(), Some(Ok(())));
}
