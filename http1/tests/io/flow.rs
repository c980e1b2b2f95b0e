//! Bytes one way, and both ways: what follows a 101.

use crate::support::{Peer, Tape, Task, Wire};
use http1::io::{Buffers, Flow, FlowError};
use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use tokio::io::duplex;

/// A flow between two wires, each with its peer.
struct Rig {
    task: Task<Result<(), FlowError>>,
    from: Peer,
    to: Peer,
    from_tape: Rc<Tape>,
    to_tape: Rc<Tape>,
    moved: Rc<Cell<u64>>,
}

fn rig(capacity: usize, buffered: bool, received: &[u8]) -> Rig {
    let ((near, from), (far, to)) = (duplex(capacity), duplex(capacity));
    let (mut near, mut far) = (Wire::new(near), Wire::new(far));
    far.buffered = buffered;
    let (from_tape, to_tape) = (Rc::clone(&near.tape), Rc::clone(&far.tape));
    let buffers = Buffers::default();
    let mut flow = Flow::new(received, &buffers);
    let moved = Rc::new(Cell::new(0));
    let tell = Rc::clone(&moved);
    let task = Task::new(poll_fn(move |cx| {
        let polled = flow.poll(&mut near, &mut far, &buffers, cx);
        tell.set(flow.moved());
        polled
    }));
    Rig {
        task,
        from: Peer::new(from),
        to: Peer::new(to),
        from_tape,
        to_tape,
        moved,
    }
}

/// Bytes of which no two places close together look alike.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|place| (place * 31 % 251) as u8).collect()
}

impl Rig {
    /// Sends all of it, and takes all that comes; both as much at a time as `step`.
    fn carry(&mut self, mut bytes: &[u8], step: usize) {
        loop {
            let pushed = self.from.push(&bytes[..bytes.len().min(step)]);
            bytes = &bytes[pushed..];
            let ran = self.task.run();
            let pulled = self.to.pull(step);
            if pushed == 0 && pulled == 0 && !ran {
                break;
            }
        }
        assert!(bytes.is_empty(), "the flow took nothing more of {}", bytes.len());
    }
}

#[test]
fn what_was_received_goes_first_and_nothing_is_lost() {
    let sent = pattern(100_000);
    for (capacity, step, received) in [(1, 3, 7), (64, 5, 1), (4096, 4096, 0), (1 << 20, 1 << 20, 70_000)] {
        for buffered in [false, true] {
            let len = if capacity == 1 { 2_000 } else { sent.len() };
            let mut rig = rig(capacity, buffered, &sent[..received]);
            rig.carry(&sent[received..len], step);
            assert!(rig.to.got == sent[..len], "capacity {capacity}");
            assert_eq!(rig.moved.get(), len as u64);
            assert!(!rig.task.is_done() && !rig.to.ended);
        }
    }
}

#[test]
fn the_end_is_passed_on_behind_everything() {
    for capacity in [1, 64, 4096] {
        for slow_flushes in [0, 1] {
            let mut rig = rig(capacity, true, b"first ");
            rig.to_tape.slow_flushes.set(slow_flushes);
            rig.from.push(b"x");
            rig.from.shut();
            rig.carry(b"", 1);
            assert_eq!((rig.to.take(), rig.to.ended), ("first x".into(), true));
            assert!(matches!(rig.task.output, Some(Ok(()))));
        }
    }
}

#[test]
fn a_reader_that_stops_stops_the_writer() {
    let mut rig = rig(1024, false, b"");
    let (mut taken, piece) = (0, pattern(1024));
    for _ in 0..1000 {
        taken += rig.from.push(&piece);
        rig.task.nudge();
    }
    // a receive buffer, and what the two connections hold
    assert!(taken <= 20 * 1024, "{taken}");
    // and it goes on when the reader does
    let before = rig.moved.get();
    rig.to.pull(100);
    rig.task.run();
    assert_eq!(rig.moved.get(), before + 100);
}

#[test]
fn it_is_told_which_side_has_failed() {
    let mut broken = rig(64, false, b"");
    broken.from_tape.reads_fail.set(true);
    broken.task.run();
    assert!(matches!(broken.task.output, Some(Err(FlowError::From(_)))));
    let mut broken = rig(64, false, b"bytes");
    broken.to_tape.writes_fail_after.set(Some(2));
    broken.task.run();
    assert!(matches!(broken.task.output, Some(Err(FlowError::To(_)))));
    assert_eq!(broken.moved.get(), 2);
    let mut gone = rig(64, false, b"");
    gone.to.leave();
    gone.carry(b"bytes", 64);
    assert!(matches!(gone.task.output, Some(Err(FlowError::To(_)))));
}

/// Each way ends by itself: what comes back after the one has ended still arrives.
#[test]
fn two_ways_end_one_after_the_other() {
    let ((near, client), (far, server)) = (duplex(64), duplex(64));
    let (mut near, mut far) = (Wire::new(near), Wire::new(far));
    let (mut client, mut server) = (Peer::new(client), Peer::new(server));
    let buffers = Buffers::default();
    let (mut up, mut down) = (Flow::new(b"", &buffers), Flow::new(b"", &buffers));
    let mut task = Task::new(poll_fn(move |cx| {
        let up = up.poll(&mut near, &mut far, &buffers, cx);
        let down = down.poll(&mut far, &mut near, &buffers, cx);
        match (up, down) {
            (Poll::Ready(up), Poll::Ready(down)) => Poll::Ready((up.is_ok(), down.is_ok())),
            _ => Poll::Pending,
        }
    }));
    task.run();
    client.push(b"question");
    client.shut();
    task.run();
    server.pull(64);
    server.pull(64);
    assert_eq!((server.take(), server.ended), ("question".into(), true));
    assert!(!task.is_done());
    server.push(b"answer");
    server.shut();
    task.run();
    client.pull(64);
    client.pull(64);
    assert_eq!((client.take(), client.ended), ("answer".into(), true));
    assert_eq!(task.output, Some((true, true)));
}

/// Neither end ever waits, and still the turn ends: whoever is polled in the same task has one too.
#[test]
fn a_turn_ends_however_fast_both_ends_are() {
    let (mut from, mut to) = (tokio::io::repeat(b'x'), tokio::io::sink());
    let buffers = Buffers::default();
    let mut flow = Flow::new(b"", &buffers);
    let turns = Rc::new(Cell::new(0));
    let count = Rc::clone(&turns);
    let mut task = Task::new(poll_fn(move |cx| {
        count.set(count.get() + 1);
        let polled = flow.poll(&mut from, &mut to, &buffers, cx);
        assert!(polled.is_pending());
        if count.get() < 3 {
            Poll::Pending
        } else {
            Poll::Ready(flow.moved())
        }
    }));
    task.run();
    let moved = task.output.expect("it was woken for each turn");
    assert!(moved > 0 && moved <= 3 * 16 * 128 * 1024, "{moved}");
}
