//! What a sender holds while its reader has stopped.

use crate::support::{Any, Caller, Pattern, Setup, answer, request};
use http1::io::Full;
use std::cell::RefCell;
use std::rc::Rc;

const GET: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

/// Bytes that may be taken from a body beyond what the connection took: what is gathered, and a piece.
const AHEAD_MAX: u64 = 200 * 1024;

/// The reader takes nothing, and the task is woken again and again by something else.
#[track_caller]
fn check_server(piece: usize, known: bool) {
    let body = Pattern::new(64 << 20, piece, known);
    let taken = Rc::clone(&body.taken);
    let body = RefCell::new(Some(body));
    let mut rig = Setup::capacity(1024).serve(move |_, _| {
        let body = Any::of(body.take().unwrap());
        Box::pin(async move { Ok(answer(200, body)) })
    });
    rig.push(GET);
    for _ in 0..1000 {
        rig.task.nudge();
    }
    assert!(
        taken.get() <= 1024 + AHEAD_MAX,
        "{} in pieces of {piece}",
        taken.get()
    );
    // nor does it grow while the reader takes a little
    let mut pulled = 0;
    for _ in 0..6_000 {
        pulled += rig.peer.pull(100) as u64;
        rig.task.run();
        rig.task.nudge();
        let ahead = taken.get().saturating_sub(pulled);
        assert!(ahead <= 1024 + AHEAD_MAX, "{ahead}");
    }
    assert!(pulled > 500_000);
}

#[test]
fn an_answer_waits_for_its_reader() {
    for known in [true, false] {
        for piece in [10, 1000, 16 * 1024, 100 * 1024] {
            check_server(piece, known);
        }
    }
}

#[test]
fn a_piece_of_any_size_is_not_copied_whole() {
    check_server(32 << 20, false);
}

#[test]
fn an_upload_waits_for_its_reader() {
    for known in [true, false] {
        for piece in [10, 16 * 1024, 32 << 20] {
            let body = Pattern::new(64 << 20, piece, known);
            let taken = Rc::clone(&body.taken);
            let length = known.then_some(64 << 20);
            let mut calling = Caller::new(1024).call(request("POST", length), Some(Any::of(body)));
            for _ in 0..1000 {
                calling.task.nudge();
            }
            assert!(taken.get() <= 1024 + AHEAD_MAX, "{}", taken.get());
        }
    }
}

/// A handler that reads nothing: the client gets no further than a buffer.
#[test]
fn a_request_waits_for_its_handler() {
    let mut rig = Setup::capacity(1024).serve(|_, body| {
        Box::pin(async move {
            std::future::pending::<()>().await;
            drop(body);
            Ok(answer(200, Any::of(Full::new(""))))
        })
    });
    rig.push("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000000\r\n\r\n");
    let sent = rig.push(&"x".repeat(1 << 20));
    assert!(sent <= 20 * 1024, "{sent}");
}
