//! Handlers that look at the request's body at odd times: nothing they may do by the types may panic, or reach into
//! another request.

use crate::support::{Any, Handled, Setup, Source, Wire, answer, collect, ok};
use http1::connection::Close;
use http1::io::{Body, Incoming};
use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

const POST: &str = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc";

/// A handler that does `early` with the body while it is called, and then reads it.
#[track_caller]
fn check_early(early: impl Fn(&mut Incoming<Wire>) + 'static) {
    let mut rig = Setup::default().serve(move |_, mut body| {
        early(&mut body);
        Box::pin(async move { ok(std::str::from_utf8(&collect(&mut body).await.unwrap()).unwrap()) })
    });
    assert!(rig.exchange(POST).ends_with("abc"));
    assert!(rig.exchange(&POST.repeat(2)).ends_with("abc"));
    assert_eq!(rig.finish(), Some(Close::Ended));
}

#[test]
fn the_body_may_be_looked_at_while_the_handler_is_called() {
    check_early(|body| assert_eq!(body.length(), Some(3)));
    check_early(|body| assert!(!body.is_done()));
    check_early(|body| assert!(body.bytes().is_empty()));
    check_early(|body| body.consume(1));
    check_early(|body| {
        let polled = body.poll_ready(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    });
}

#[test]
fn it_may_be_dropped_there_and_anywhere() {
    let mut rig = Setup::default().serve(|_, body| {
        drop(body);
        Box::pin(async { ok("dropped") })
    });
    assert!(rig.exchange(POST).ends_with("dropped"));
    let mut rig = Setup::default().serve(|_, body| {
        let mut body = Some(body);
        Box::pin(poll_fn(move |cx| {
            let mut dropped = body.take().unwrap();
            let _ = dropped.poll_ready(cx);
            Poll::Ready(ok("dropped"))
        }))
    });
    assert!(rig.exchange(&POST.repeat(2)).ends_with("dropped"));
    assert_eq!(rig.finish(), Some(Close::Ended));
}

#[test]
fn a_piece_may_be_held_while_something_else_is_waited_for() {
    let (signal, handle) = Source::new(None);
    let signal = RefCell::new(Some(signal));
    let mut rig = Setup::default().serve(move |_, mut body| -> Handled {
        let mut signal = signal.take().unwrap();
        Box::pin(async move {
            assert!(poll_fn(|cx| body.poll_ready(cx)).await.unwrap());
            let text = {
                let piece = body.bytes();
                collect(&mut signal).await.unwrap();
                String::from_utf8(piece.to_vec()).unwrap()
            };
            ok(&text)
        })
    });
    assert_eq!(rig.exchange(POST), "");
    // more comes meanwhile
    assert_eq!(rig.exchange("GET / HTTP/1.1"), "");
    handle.end();
    assert!(rig.exchange("").ends_with("abc"));
}

#[test]
fn a_body_that_is_kept_beyond_its_answer_ends_the_connection() {
    let kept = Rc::<RefCell<Option<Incoming<Wire>>>>::default();
    let mut rig = Setup::default().serve({
        let kept = Rc::clone(&kept);
        move |asked, body| {
            kept.borrow_mut().get_or_insert(body);
            Box::pin(async move { ok(&asked.target) })
        }
    });
    let got = rig.exchange(&format!(
        "{POST}POST /2 HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\n\r\nsecret"
    ));
    assert!(got.ends_with("\r\n\r\n/"), "only the first was answered: {got}");
    assert_eq!(rig.finish(), Some(Close::BodyUnread));
    let mut body = kept.take().unwrap();
    let polled = body.poll_ready(&mut Context::from_waker(Waker::noop()));
    assert!(
        matches!(polled, Poll::Ready(Err(_))),
        "it is not to be read any more"
    );
}

/// Some of it is read by the handler, the rest by the answer.
#[test]
fn a_body_may_change_hands() {
    let mut rig = Setup::capacity(8).serve(|_, mut body| {
        Box::pin(async move {
            assert!(poll_fn(|cx| body.poll_ready(cx)).await.unwrap());
            body.consume(1);
            Ok(answer(200, Any::of(body)))
        })
    });
    for _ in 0..2 {
        let got = rig.exchange(POST);
        assert!(got.ends_with("content-length: 2\r\n\r\nbc"), "{got}");
    }
    assert_eq!(rig.finish(), Some(Close::Ended));
}

#[test]
fn more_cannot_be_consumed_than_there_is() {
    let mut rig = Setup::default().serve(|_, mut body| {
        Box::pin(async move {
            assert!(poll_fn(|cx| body.poll_ready(cx)).await.unwrap());
            body.consume(usize::MAX);
            body.consume(1);
            assert!(body.is_done());
            assert!(!poll_fn(|cx| body.poll_ready(cx)).await.unwrap());
            ok("done")
        })
    });
    let got = rig.exchange(&POST.repeat(2));
    assert_eq!(got.matches("done").count(), 2, "{got}");
    assert_eq!(rig.finish(), Some(Close::Ended));
}
