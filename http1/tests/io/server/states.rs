//! What a connection says it waits for.

use crate::support::{Any, Handled, Rig, Setup, Source, SourceHandle, answer, collect, ok, read_to_end};
use http1::io::{Body, Full, Waiting};
use std::cell::RefCell;
use std::future::poll_fn;

const GET: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

/// After each of these it waits for that.
#[track_caller]
fn check(rig: &mut Rig, steps: &[(&str, Waiting)]) {
    for (bytes, waiting) in steps {
        rig.exchange(bytes);
        assert_eq!(rig.watch.waiting(), *waiting, "after {bytes:?}");
    }
}

#[test]
fn heads_and_bodies() {
    let mut rig = Setup::default().serve(read_to_end);
    check(
        &mut rig,
        &[
            ("", Waiting::FirstByte),
            ("\r\n", Waiting::FirstByte),
            ("G", Waiting::Head),
            ("ET / HTTP/1.1\r\nhost: a\r\n", Waiting::Head),
            ("\r\n", Waiting::Idle),
            ("\r\n", Waiting::Idle),
            (GET, Waiting::Idle),
            ("P", Waiting::Head),
            (
                "OST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n",
                Waiting::Body,
            ),
            ("ab", Waiting::Body),
            ("cd", Waiting::Idle),
            (
                "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n",
                Waiting::Body,
            ),
            ("2\r\nab\r\n", Waiting::Body),
            ("0\r\n", Waiting::Body),
            ("\r\nGET", Waiting::Head),
        ],
    );
}

#[test]
fn unread_bodies() {
    let mut rig = Setup::default().serve(|_, _| Box::pin(async { ok("ok") }));
    check(
        &mut rig,
        &[
            (
                "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n",
                Waiting::Body,
            ),
            ("abcd", Waiting::Idle),
            (
                "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n",
                Waiting::Linger,
            ),
            ("abcd", Waiting::Linger),
        ],
    );
    let mut rig = Setup::default().serve(|_, _| Box::pin(async { ok("ok") }));
    check(&mut rig, &[("bad\r\n\r\n", Waiting::Linger)]);
}

fn streams() -> (Rig, SourceHandle) {
    let (source, handle) = Source::new(None);
    let source = RefCell::new(Some(source));
    let rig = Setup::capacity(256).serve(move |_, _| {
        let body = Any::of(source.take().unwrap());
        Box::pin(async move { Ok(answer(200, body)) })
    });
    (rig, handle)
}

#[test]
fn answers() {
    let (mut rig, source) = streams();
    check(&mut rig, &[(GET, Waiting::Answer)]);
    source.push(&"x".repeat(200));
    rig.task.run();
    assert_eq!(rig.watch.waiting(), Waiting::Answer);
    source.push(&"x".repeat(100));
    rig.task.run();
    assert_eq!(rig.watch.waiting(), Waiting::Write);
    check(&mut rig, &[("", Waiting::Answer)]);
    source.end();
    check(&mut rig, &[("", Waiting::Idle)]);
}

#[test]
fn handlers() {
    let (signal, handle) = Source::new(None);
    let signal = RefCell::new(Some(signal));
    let mut rig = Setup::default().serve(move |_, mut body| -> Handled {
        let mut signal = signal.take().unwrap();
        Box::pin(async move {
            // it waits for the body, loses its patience, and waits for something else
            assert!(poll_fn(|cx| Poll::Ready(body.poll_ready(cx))).await.is_pending());
            poll_fn(|cx| signal.poll_ready(cx)).await.unwrap();
            drop(body);
            signal.consume(1);
            collect(&mut signal).await.unwrap();
            ok("ok")
        })
    });
    use std::task::Poll;
    check(
        &mut rig,
        &[(
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n",
            Waiting::Body,
        )],
    );
    handle.push("x");
    check(&mut rig, &[("", Waiting::Answer)]);
    handle.end();
    check(&mut rig, &[("", Waiting::Body), ("abcd", Waiting::Idle)]);
}

/// While an answer that is made of it streams, the client is waited for just as well.
#[test]
fn a_body_that_streams_back_is_waited_for() {
    let mut rig = Setup::default().serve(|_, body| Box::pin(async move { Ok(answer(200, Any::of(body))) }));
    check(
        &mut rig,
        &[
            (
                "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n",
                Waiting::Body,
            ),
            ("ab", Waiting::Body),
            ("cd", Waiting::Idle),
        ],
    );
}

#[test]
fn an_invitation_that_is_not_taken_is_a_write() {
    let mut rig = Setup::capacity(4).serve(|_, mut body| {
        Box::pin(async move {
            let _ = poll_fn(|cx| std::task::Poll::Ready(body.poll_ready(cx))).await;
            Ok(answer(200, Any::of(Full::new("no"))))
        })
    });
    rig.push("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n");
    assert_eq!(rig.watch.waiting(), Waiting::Write);
}
