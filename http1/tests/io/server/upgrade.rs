//! 101 and what comes behind it (RFC 9110 §7.8).

use crate::support::{Any, Setup, answer, collect};
use http1::connection::Close;
use http1::io::{Body, Full};
use std::pin::Pin;
use std::task::{Context, Waker};
use tokio::io::AsyncWrite;

const ASKS: &str = "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: test\r\n\r\n";

#[test]
fn the_stream_and_what_was_received_behind_the_request_are_handed_over() {
    for capacity in [1, 64, 4096] {
        let mut rig = Setup::capacity(capacity).serve(|_, _| {
            Box::pin(async {
                // time for the rest to arrive
                let mut once = false;
                std::future::poll_fn(|cx| {
                    cx.waker().wake_by_ref();
                    if std::mem::replace(&mut once, true) {
                        std::task::Poll::Ready(())
                    } else {
                        std::task::Poll::Pending
                    }
                })
                .await;
                Ok(answer(101, Any::of(Full::new(""))))
            })
        });
        let sent = rig.send(format!("{ASKS}leftover").as_bytes());
        assert_eq!(
            rig.peer.take(),
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: test\r\nx: y\r\nconnection: upgrade\r\n\r\n"
        );
        assert_eq!(rig.reason(), Some(Close::Upgraded));
        let upgraded = rig.task.output.take().unwrap().upgraded.unwrap();
        let (mut stream, leftover) = (upgraded.stream, upgraded.received);
        assert!(b"leftover".starts_with(&leftover));
        assert!(leftover.len() >= (sent - ASKS.len()).saturating_sub(capacity));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut stream).poll_write(&mut cx, b"t").is_ready());
        rig.peer.pull(10);
        assert_eq!(rig.peer.take(), "t");
    }
}

/// Nothing is switched, and nothing of a 101 is sent.
#[track_caller]
fn check_unasked(request: &str) {
    let mut rig = Setup::default().serve(|_, _| Box::pin(async { Ok(answer(101, Any::of(Full::new("")))) }));
    assert_eq!(rig.exchange(request), "", "{request:?}");
    assert_eq!(rig.reason(), Some(Close::Failed), "{request:?}");
    assert!(rig.task.output.take().unwrap().upgraded.is_none());
}

#[test]
fn a_switch_that_nobody_asked_for_closes() {
    check_unasked("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    check_unasked("GET / HTTP/1.1\r\nhost: a\r\nupgrade: test\r\n\r\n");
    check_unasked("GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\n\r\n");
    check_unasked("GET / HTTP/1.0\r\nconnection: upgrade\r\nupgrade: test\r\n\r\n");
}

/// What is left of the request's body would be taken for the first bytes of the other protocol.
#[test]
fn a_switch_before_the_body_was_read_closes() {
    let head = "POST / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: test\r\n";
    check_unasked(&format!("{head}content-length: 3\r\n\r\nabc"));
    check_unasked(&format!(
        "{head}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    ));
    check_unasked(&format!(
        "{head}expect: 100-continue\r\ncontent-length: 3\r\n\r\n"
    ));
}

#[test]
fn a_switch_behind_a_body_hands_over_what_is_behind_it() {
    for framing in [
        "content-length: 3\r\n\r\nabc",
        "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    ] {
        let mut rig = Setup::default().serve(|_, mut body| {
            Box::pin(async move {
                collect(&mut body).await.unwrap();
                Ok(answer(101, Any::of(Full::new(""))))
            })
        });
        let head = "POST / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: test\r\n";
        rig.exchange(&format!("{head}{framing}leftover"));
        let upgraded = rig.task.output.take().unwrap().upgraded.unwrap();
        assert_eq!(upgraded.received, b"leftover");
    }
}

/// `poll_fn` and its like keep what they captured after they are done, until they are dropped.
#[test]
fn a_handler_that_is_done_does_not_keep_the_stream() {
    let mut rig = Setup::default().serve(|_, body| {
        Box::pin(std::future::poll_fn(move |_| {
            let _held = &body;
            std::task::Poll::Ready(Ok(answer(101, Any::of(Full::new("")))))
        }))
    });
    rig.exchange(ASKS);
    assert_eq!(rig.reason(), Some(Close::Upgraded));
}

#[test]
fn an_answer_that_keeps_the_stream_switches_nothing() {
    let mut rig = Setup::default().serve(|_, body| {
        let mut body = Some(body);
        Box::pin(std::future::poll_fn(move |_| {
            let body = body.take().unwrap();
            std::task::Poll::Ready(Ok(answer(101, Any::of(body))))
        }))
    });
    assert_eq!(rig.exchange(ASKS), "");
    assert_eq!(rig.reason(), Some(Close::Failed));
}

/// The body of a 101 is for whoever goes on, and is not sent.
#[test]
fn the_body_of_the_switch_is_given_back() {
    let mut rig =
        Setup::default().serve(|_, _| Box::pin(async { Ok(answer(101, Any::of(Full::new("kept")))) }));
    assert!(!rig.exchange(ASKS).contains("kept"));
    let upgraded = rig.task.output.take().unwrap().upgraded.unwrap();
    assert_eq!(upgraded.body.length(), Some(4));
}

#[test]
fn a_refused_switch_keeps_the_connection() {
    let mut rig =
        Setup::default().serve(|_, _| Box::pin(async { Ok(answer(200, Any::of(Full::new("no")))) }));
    assert!(rig.exchange(&ASKS.repeat(2)).ends_with("no"));
    assert_eq!(rig.finish(), Some(Close::Ended));
}
