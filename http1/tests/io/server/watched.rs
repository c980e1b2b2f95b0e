//! Connections held to their deadlines, at made-up times.

use crate::support::{Any, Rig, Setup, Source, SourceHandle, answer, ok, read_to_end};
use http1::connection::Close;
use http1::io::{Deadlines, Full, Late, Waiting, Watched};
use std::cell::RefCell;
use std::time::Duration;
use tokio::time::Instant;

const DEADLINES: Deadlines = Deadlines {
    first_byte: Duration::from_secs(5),
    head: Duration::from_secs(10),
    idle: Duration::from_secs(60),
    body: Duration::from_secs(20),
    body_rate_min: 100,
    write: Duration::from_secs(30),
    linger: Duration::from_secs(2),
};

struct Owner {
    rig: Rig,
    watched: Watched,
    now: Instant,
}

impl Owner {
    fn new(rig: Rig) -> Self {
        // any instant will do
        let now = Instant::now();
        Self {
            rig,
            watched: Watched::new(now),
            now,
        }
    }

    fn look(&mut self) -> Option<Late> {
        self.watched.look(&self.rig.watch, self.now, &DEADLINES)
    }

    /// Seconds pass, and each second something may happen; what it was late for, and after how many.
    fn pass(&mut self, seconds: u64, mut each: impl FnMut(&mut Rig, u64)) -> Option<(u64, Waiting)> {
        for second in 1..=seconds {
            self.now += Duration::from_secs(1);
            each(&mut self.rig, second);
            if let Some(Late(waiting)) = self.look() {
                return Some((second, waiting));
            }
        }
        None
    }

    /// It is late for this, this many seconds from now, if nothing happens.
    #[track_caller]
    fn check_late(&mut self, seconds: u64, waiting: Waiting) {
        self.look();
        let late = self.pass(1000, |_, _| ());
        let (after, what) = late.expect("it is late at some time");
        assert_eq!(what, waiting);
        assert!((seconds..=seconds + 1).contains(&after), "after {after}");
    }
}

const GET: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const POST: &str = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n";

fn small() -> Rig {
    Setup::default().serve(|_, _| Box::pin(async { ok("ok") }))
}

/// An answer in pieces, over a connection of this capacity.
fn streams(capacity: usize) -> (Rig, SourceHandle) {
    let (source, handle) = Source::new(None);
    let source = RefCell::new(Some(source));
    let rig = Setup::capacity(capacity).serve(move |_, _| {
        let body = Any::of(source.take().unwrap());
        Box::pin(async move { Ok(answer(200, body)) })
    });
    (rig, handle)
}

#[test]
fn each_wait_has_its_own() {
    for (bytes, seconds, waiting) in [
        ("", 5, Waiting::FirstByte),
        ("G", 10, Waiting::Head),
        (GET, 60, Waiting::Idle),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n",
            20,
            Waiting::Body,
        ),
        (POST, 2, Waiting::Linger),
        ("bad\r\n\r\n", 2, Waiting::Linger),
    ] {
        let mut owner = Owner::new(small());
        owner.rig.exchange(bytes);
        owner.check_late(seconds, waiting);
    }
}

#[test]
fn a_deadline_counts_from_its_own_beginning() {
    let mut owner = Owner::new(small());
    assert_eq!(owner.pass(4, |_, _| ()), None);
    owner.rig.exchange(GET);
    assert_eq!(owner.pass(59, |_, _| ()), None);
    owner.rig.exchange(GET);
    assert_eq!(owner.pass(59, |_, _| ()), None);
    owner.rig.exchange("G");
    owner.check_late(10, Waiting::Head);
}

#[test]
fn dribbled_bytes_do_not_extend_a_head() {
    let mut owner = Owner::new(small());
    owner.rig.exchange("GET /");
    owner.look();
    let late = owner.pass(100, |rig, _| {
        rig.exchange("x");
    });
    assert_eq!(late, Some((11, Waiting::Head)));
}

#[test]
fn empty_lines_are_no_first_byte() {
    let mut owner = Owner::new(small());
    owner.rig.exchange("\r\n");
    owner.check_late(5, Waiting::FirstByte);
}

#[test]
fn a_handler_may_take_its_time() {
    let (mut rig, source) = streams(4096);
    rig.exchange(GET);
    let mut owner = Owner::new(rig);
    assert_eq!(owner.pass(10_000, |_, _| ()), None);
    source.push("x");
    owner.rig.exchange("");
    assert_eq!(owner.pass(10_000, |_, _| ()), None);
}

#[test]
fn a_slow_body_is_late_and_an_honest_one_is_not() {
    for (bytes_each, expected) in [
        (10, Some((21, Waiting::Body))),
        (99, Some((21, Waiting::Body))),
        (100, None),
        (500, None),
    ] {
        let mut owner = Owner::new(Setup::default().serve(read_to_end));
        owner.rig.exchange(POST);
        owner.look();
        let late = owner.pass(180, |rig, _| {
            rig.exchange(&"x".repeat(bytes_each));
        });
        assert_eq!(late, expected, "{bytes_each}");
    }
}

#[test]
fn framing_is_no_progress() {
    let mut owner = Owner::new(Setup::default().serve(read_to_end));
    owner
        .rig
        .exchange("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1;");
    owner.look();
    let late = owner.pass(100, |rig, _| {
        rig.exchange("x");
    });
    assert_eq!(late, Some((21, Waiting::Body)));
}

#[test]
fn a_slow_body_that_streams_back_is_late() {
    for bytes in ["", "x"] {
        let rig = Setup::default().serve(|_, body| Box::pin(async move { Ok(answer(200, Any::of(body))) }));
        let mut owner = Owner::new(rig);
        owner.rig.exchange(POST);
        owner.look();
        let late = owner.pass(100, |rig, _| {
            rig.exchange(bytes);
        });
        assert_eq!(late, Some((21, Waiting::Body)), "{bytes:?}");
    }
}

/// Many small bodies, each of them quick, are not one slow body.
#[test]
fn bodies_are_judged_one_by_one() {
    let mut owner = Owner::new(Setup::default().serve(read_to_end));
    let post = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n";
    owner.rig.exchange(post);
    owner.look();
    let late = owner.pass(600, |rig, _| {
        let got = rig.exchange(&format!("0123456789{post}"));
        assert!(got.ends_with("0123456789"), "{got}");
    });
    assert_eq!(late, None);
}

#[test]
fn an_answer_that_is_not_taken_is_late() {
    let rig = Setup::capacity(64)
        .serve(|_, _| Box::pin(async { Ok(answer(200, Any::of(Full::new("x".repeat(10_000))))) }));
    let mut owner = Owner::new(rig);
    owner.rig.push(GET);
    owner.check_late(30, Waiting::Write);
}

#[test]
fn a_reader_that_takes_a_byte_now_and_then_is_waited_for() {
    let rig = Setup::capacity(64)
        .serve(|_, _| Box::pin(async { Ok(answer(200, Any::of(Full::new("x".repeat(10_000))))) }));
    let mut owner = Owner::new(rig);
    owner.rig.push(GET);
    owner.look();
    let late = owner.pass(600, |rig, second| {
        if second % 29 == 0 {
            assert_eq!(rig.peer.pull(1), 1);
            rig.task.run();
        }
    });
    assert_eq!(late, None);
}

/// Anything may wake the task; only a byte that was taken is progress.
#[test]
fn other_wake_ups_do_not_extend_a_write() {
    let rig = Setup::capacity(64)
        .serve(|_, _| Box::pin(async { Ok(answer(200, Any::of(Full::new("x".repeat(10_000))))) }));
    let mut owner = Owner::new(rig);
    owner.rig.push(GET);
    owner.look();
    let late = owner.pass(100, |rig, _| rig.task.nudge());
    assert_eq!(late, Some((31, Waiting::Write)));
}

/// A client that sends on, byte by byte, while it takes nothing of what streams back.
#[test]
fn dribbled_bytes_do_not_extend_a_write() {
    for framing in ["content-length: 100000", "transfer-encoding: chunked"] {
        let rig =
            Setup::capacity(512).serve(|_, body| Box::pin(async move { Ok(answer(200, Any::of(body))) }));
        let mut owner = Owner::new(rig);
        owner
            .rig
            .push(&format!("POST / HTTP/1.1\r\nhost: a\r\n{framing}\r\n\r\n"));
        for _ in 0..100 {
            owner.rig.push("a\r\n0123456789\r\n");
        }
        owner.look();
        let late = owner.pass(100, |rig, second| {
            let bytes = "a\r\n0123456789\r\n".as_bytes();
            rig.peer.push(&bytes[second as usize % 15..][..1]);
            rig.task.run();
            rig.task.nudge();
        });
        let (after, what) = late.expect("it is late");
        assert_eq!(what, Waiting::Write, "{framing}");
        assert!((30..=32).contains(&after), "{framing}: {after}");
    }
}

#[test]
fn looking_rarely_is_late_and_never_early() {
    let mut owner = Owner::new(small());
    owner.rig.exchange(GET);
    owner.look();
    owner.now += Duration::from_secs(60);
    assert_eq!(owner.look(), None);
    // it did something just before the look
    owner.rig.exchange(GET);
    owner.now += Duration::from_secs(60);
    assert_eq!(owner.look(), None);
    owner.now += Duration::from_secs(61);
    assert_eq!(owner.look(), Some(Late(Waiting::Idle)));
}

#[test]
fn an_owner_ends_what_is_idle_at_once_and_the_rest_with_its_answer() {
    // what has come before that, the reason at once, and with what comes next
    let next = "/ HTTP/1.1\r\nhost: a\r\n\r\n";
    for (before, at_once, then) in [
        ("", Some(Close::Retired), None),
        (GET, Some(Close::Retired), None),
        ("GET ", None, Some((next, Close::Answered))),
    ] {
        let mut rig = small();
        rig.exchange(before);
        assert!(rig.watch.end_when_idle());
        rig.task.run();
        assert_eq!(rig.reason(), at_once, "{before:?}");
        if let Some((next, reason)) = then {
            let got = rig.exchange(next);
            assert!(got.contains("\r\nconnection: close\r\n"), "{got}");
            assert_eq!(rig.finish(), Some(reason));
        }
    }
}

#[test]
fn a_request_that_has_come_meanwhile_is_answered() {
    let mut rig = small();
    rig.exchange(GET);
    rig.watch.end_after_answer();
    rig.task.run();
    assert_eq!(rig.reason(), None);
    rig.send(GET.as_bytes());
    assert!(rig.watch.end_when_idle());
    let got = rig.exchange("");
    assert!(got.contains("\r\nconnection: close\r\n"), "{got}");
    assert_eq!(rig.finish(), Some(Close::Answered));
}
