//! 101 as a client.

use crate::support::{Any, Caller, Source};
use http1::connection::Close;
use http1::head::FieldValue;
use http1::write::{FramedRequest, RequestHead};

const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nupgrade: test\r\nconnection: upgrade\r\n\r\n";

fn asks(length: Option<u64>) -> FramedRequest {
    let mut head = RequestHead::new(Vec::new(), "GET", "/").unwrap();
    head.upgrade(FieldValue::constant("test"));
    head.finish(length)
}

#[test]
fn the_stream_and_what_came_behind_the_head_are_handed_over() {
    let mut calling = Caller::new(4096).call(asks(Some(0)), None::<Any>);
    let got = calling.exchange(&format!("HTTP/1.1 100 Continue\r\n\r\n{SWITCH}leftover"));
    assert!(got.contains("connection: upgrade\r\n"), "{got}");
    let receiving = calling.task.output.take().unwrap().result.unwrap();
    assert_eq!(receiving.status(), 101);
    let (_, leftover) = receiving.into_upgraded().unwrap();
    assert_eq!(leftover, b"leftover");
}

#[test]
fn it_is_not_for_another_request() {
    let mut calling = Caller::new(4096).call(asks(Some(0)), None::<Any>);
    calling.exchange(SWITCH);
    let receiving = calling.task.output.take().unwrap().result.unwrap();
    assert_eq!(receiving.finish().map(drop), Err(Close::Upgraded));
}

#[test]
fn another_answer_is_no_switch() {
    let mut calling = Caller::new(4096).call(asks(Some(0)), None::<Any>);
    calling.exchange("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let receiving = calling.task.output.take().unwrap().result.unwrap();
    assert!(receiving.into_upgraded().is_none());
}

/// The server would take the rest of the request for the other protocol's first bytes.
#[test]
fn a_request_that_was_not_sent_whole_switches_nothing() {
    let (source, _handle) = Source::new(Some(3));
    let mut calling = Caller::new(4096).call(asks(Some(3)), Some(Any::of(source)));
    calling.exchange(SWITCH);
    let receiving = calling.task.output.take().unwrap().result.unwrap();
    assert!(receiving.into_upgraded().is_none());
}
