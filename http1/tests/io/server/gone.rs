//! Clients that go away.

use crate::support::{Any, Handled, Rig, Setup, Source, SourceHandle, answer, collect};
use http1::connection::Close;
use http1::io::Options;
use std::cell::RefCell;

/// A handler that waits for a signal before it answers; the signal also shows whether it was dropped.
fn waits(options: Options) -> (Rig, SourceHandle) {
    let (signal, handle) = Source::new(None);
    let signal = RefCell::new(Some(signal));
    let rig = Setup {
        options,
        ..Setup::default()
    }
    .serve(move |_, _| -> Handled {
        let mut signal = signal.take().unwrap();
        Box::pin(async move {
            let said = collect(&mut signal).await.unwrap();
            Ok(answer(200, Any::of(http1::io::Full::new(said))))
        })
    });
    (rig, handle)
}

const HALF_CLOSE: fn() -> Options = || Options {
    half_close: true,
    ..Options::default()
};

#[test]
fn a_handler_is_dropped_when_its_client_goes() {
    for closes in [crate::support::Peer::shut, crate::support::Peer::leave] {
        let (mut rig, signal) = waits(Options::default());
        rig.exchange("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
        assert!(!signal.is_dropped());
        closes(&mut rig.peer);
        rig.task.run();
        assert!(signal.is_dropped());
        assert_eq!(rig.reason(), Some(Close::Aborted));
    }
}

#[test]
fn also_behind_bytes_that_it_had_pipelined() {
    let (mut rig, signal) = waits(Options::default());
    rig.exchange("GET / HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HT");
    rig.exchange("TP/1.1\r\n");
    rig.peer.shut();
    rig.task.run();
    assert!(signal.is_dropped());
    assert_eq!(rig.reason(), Some(Close::Aborted));
}

#[test]
fn a_stream_that_fails_is_gone_as_well() {
    let (mut rig, signal) = waits(HALF_CLOSE());
    rig.exchange("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    rig.tape.reads_fail.set(true);
    rig.task.nudge();
    assert!(signal.is_dropped());
    assert_eq!(rig.reason(), Some(Close::Aborted));
}

#[test]
fn half_closed_clients_get_their_answer_where_that_is_wanted() {
    for (behind, reason) in [("", Close::Ended), ("GET / HT", Close::Aborted)] {
        let (mut rig, signal) = waits(HALF_CLOSE());
        rig.exchange(&format!("GET / HTTP/1.1\r\nhost: a\r\n\r\n{behind}"));
        rig.peer.shut();
        rig.send(b"");
        assert_eq!(rig.reason(), None);
        signal.push("late");
        signal.end();
        assert!(rig.exchange("").ends_with("\r\n\r\nlate"));
        assert_eq!(rig.reason(), Some(reason), "{behind:?}");
    }
}

#[test]
fn an_answer_is_dropped_while_its_body_is_waited_for() {
    let (source, handle) = Source::new(None);
    let source = RefCell::new(Some(source));
    let mut rig = Setup::default().serve(move |_, _| {
        let body = Any::of(source.take().unwrap());
        Box::pin(async move { Ok(answer(200, body)) })
    });
    rig.exchange("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    handle.push("some");
    assert_eq!(rig.exchange(""), "4\r\nsome\r\n");
    rig.peer.shut();
    rig.task.run();
    assert!(handle.is_dropped());
    assert_eq!(rig.reason(), Some(Close::Aborted));
}

#[test]
fn an_answer_that_nobody_takes_ends_when_the_client_goes() {
    let mut rig = Setup::capacity(64)
        .serve(|_, _| Box::pin(async { Ok(answer(200, Any::of(http1::io::Full::new("x".repeat(1000))))) }));
    rig.push("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(rig.reason(), None);
    rig.peer.leave();
    rig.task.run();
    assert_eq!(rig.reason(), Some(Close::Aborted));
}

#[test]
fn a_body_that_is_broken_off_fails_for_whoever_reads_it() {
    for framing in ["content-length: 5", "transfer-encoding: chunked"] {
        for body in ["", "5", "5\r\n", "5\r\na"] {
            let mut rig = Setup::default().serve(crate::support::read_to_end);
            rig.exchange(&format!("POST / HTTP/1.1\r\nhost: a\r\n{framing}\r\n\r\n{body}"));
            rig.peer.shut();
            let got = rig.exchange("");
            if !got.is_empty() {
                assert!(got.starts_with("HTTP/1.1 400 "), "{got}");
                assert!(got.contains("connection: close"), "{got}");
            }
            assert_eq!(rig.reason(), Some(Close::Aborted), "{framing} {body:?}");
        }
    }
}

#[test]
fn the_future_can_be_dropped_at_any_time() {
    let (mut rig, signal) = waits(Options::default());
    rig.exchange("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    rig.task.abandon();
    assert!(signal.is_dropped());
    rig.peer.pull(1);
    assert!(rig.peer.ended);
}
