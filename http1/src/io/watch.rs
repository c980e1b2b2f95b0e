//! Deadlines without timers: a connection says what it waits for, its owner looks now and then.
//!
//! Setting a timer for each head, body and write costs more than serving the request. A [`Watch`] is a few cells that
//! the loop writes as it goes; a [`Watched`] is what the owner remembers of it from one look to the next. Looking every
//! `t`, a deadline is met between its time and `t` later, never earlier.

use std::cell::{Cell, OnceCell};
use std::task::Waker;
use std::time::Duration;
use tokio::time::Instant;

/// What a connection is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Waiting {
    /// The first byte of its first request.
    #[default]
    FirstByte,
    /// The rest of a head.
    Head,
    /// The next request.
    Idle,
    /// More of a request's body.
    Body,
    /// The handler, or more of the answer's body: nothing that the client could hurry.
    Answer,
    /// The client, to take what is written.
    Write,
    /// The client, to close after the last answer.
    Linger,
}

/// How soon the owner wants the connection to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Ending {
    #[default]
    Not,
    /// Its next answer is its last.
    AfterAnswer,
    /// And without a request it ends at once.
    WhenIdle,
}

/// The connection's side. All of it is cells: plain stores on the request's path.
#[derive(Debug, Default)]
pub struct Watch {
    waiting: Cell<Waiting>,
    /// Counts what was waited for and came.
    progress: Cell<u32>,
    /// Counts requests.
    message: Cell<u32>,
    /// Bytes received of the body at hand.
    body_bytes: Cell<u64>,
    ending: Cell<Ending>,
    cut_off: Cell<Option<&'static str>>,
    /// The task that serves the connection, from its first look on.
    task: OnceCell<Waker>,
}

impl Watch {
    pub fn waiting(&self) -> Waiting {
        self.waiting.get()
    }

    /// The next answer says `Connection: close`.
    pub fn end_after_answer(&self) {
        if self.ending.get() == Ending::Not {
            self.ending.set(Ending::AfterAnswer);
        }
    }

    /// And where no byte of a request has come, the connection ends as soon as its task has looked once more whether one
    /// has. False where nobody serves it yet who could.
    pub fn end_when_idle(&self) -> bool {
        self.ending.set(Ending::WhenIdle);
        self.task.get().map(Waker::wake_by_ref).is_some()
    }

    /// The owner is about to drop the connection, for this reason; it means nothing here.
    pub fn cut_off(&self, why: &'static str) {
        self.cut_off.set(Some(why));
    }

    /// Why the owner drops the connection, for whoever is dropped with it: not the peer was it who went away.
    pub fn is_cut_off(&self) -> Option<&'static str> {
        self.cut_off.get()
    }

    pub(super) fn ends_after_answer(&self) -> bool {
        self.ending.get() != Ending::Not
    }

    pub(super) fn ends_when_idle(&self) -> bool {
        self.ending.get() == Ending::WhenIdle
    }

    pub(super) fn is_served_by(&self, task: &Waker) {
        self.task.get_or_init(|| task.clone());
    }

    pub(super) fn waits_for(&self, what: Waiting) {
        if self.waiting.replace(what) != what {
            self.progressed();
        }
    }

    pub(super) fn progressed(&self) {
        self.progress.set(self.progress.get().wrapping_add(1));
    }

    pub(super) fn received_body(&self, bytes: usize) {
        self.body_bytes
            .set(self.body_bytes.get().wrapping_add(bytes as u64));
        // what is received while an answer is not taken is no progress of the answer
        if self.waiting.get() == Waiting::Body && bytes > 0 {
            self.progressed();
        }
    }

    pub(super) fn next_message(&self) {
        self.message.set(self.message.get().wrapping_add(1));
        self.body_bytes.set(0);
        self.waits_for(Waiting::Idle);
    }
}

/// How long each may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    pub first_byte: Duration,
    /// From the first byte of a head to its end.
    pub head: Duration,
    pub idle: Duration,
    /// Without a byte of a body.
    pub body: Duration,
    /// Bytes per second of a body that is waited for, once it has been waited for as long as `body`.
    pub body_rate_min: u64,
    /// Without the client taking a byte.
    pub write: Duration,
    pub linger: Duration,
}

/// Which deadline a connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late(pub Waiting);

/// The owner's side.
#[derive(Debug)]
pub struct Watched {
    progress: u32,
    since: Instant,
    message: u32,
    /// Time spent waiting for the body at hand.
    body_time: Duration,
    looked: Instant,
}

impl Watched {
    pub fn new(now: Instant) -> Self {
        Self {
            progress: 0,
            since: now,
            message: 0,
            body_time: Duration::ZERO,
            looked: now,
        }
    }

    /// Looks at a connection.
    pub fn look(&mut self, watch: &Watch, now: Instant, deadlines: &Deadlines) -> Option<Late> {
        let waiting = watch.waiting.get();
        let slow = self.body_is_slow(watch, waiting, now, deadlines);
        if watch.progress.get() != self.progress {
            self.progress = watch.progress.get();
            self.since = now;
        }
        let allowed = match waiting {
            Waiting::FirstByte => deadlines.first_byte,
            Waiting::Head => deadlines.head,
            Waiting::Idle => deadlines.idle,
            Waiting::Body => deadlines.body,
            Waiting::Write => deadlines.write,
            Waiting::Linger => deadlines.linger,
            Waiting::Answer => return None,
        };
        let late = slow || now.saturating_duration_since(self.since) > allowed;
        late.then_some(Late(waiting))
    }

    /// A body that comes a byte at a time always makes progress; what it does not do is keep a rate.
    fn body_is_slow(&mut self, watch: &Watch, waiting: Waiting, now: Instant, deadlines: &Deadlines) -> bool {
        let passed = now.saturating_duration_since(self.looked);
        self.looked = now;
        if watch.message.get() != self.message {
            // how much of the time that passed was this body's, nobody knows: it begins now
            self.message = watch.message.get();
            self.body_time = Duration::ZERO;
            return false;
        }
        if waiting != Waiting::Body {
            // while an answer is waited for, time does not count
            return false;
        }
        self.body_time += passed;
        let bytes = watch.body_bytes.get();
        let least = deadlines.body_rate_min.saturating_mul(self.body_time.as_secs());
        self.body_time > deadlines.body && bytes < least
    }
}
