//! The states of one breaker.
//!
//! A permit carries the *era* in which it was given, which is the number of the stay in a state; each turn begins a new one. So a
//! verdict is known to be of the state that it would change, however late it comes.
//!
//! **Open time**: `open_for × 2^step`, at most `open_for_max`, and up to a tenth more by chance, so that gateways that shut at once do
//! not all probe at once. Each round of probes that fails is a step; closing goes back to the first.
//!
//! Attempts that were good and fast are not told here but counted by whoever holds this, because they decide nothing: he hands in
//! how many there are (`served`) when there is something to decide.

use super::params::Params;
use super::window::{Tally, Window};
use crate::event::BreakerState;
use crate::planted::{Bug, planted, planted_or};
use std::time::Duration;
use tokio::time::Instant;

/// How long whoever finds all probes out is told to wait: what decides may be over at any moment.
const PROBED_RETRY: Duration = Duration::from_secs(1);

#[derive(Debug, Clone)]
pub struct Machine {
    params: Params,
    era: u64,
    state: State,
    window: Window,
    /// How often the next open time is doubled.
    step: u32,
    since: Option<Instant>,
    why: Option<Why>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed,
    Open {
        until: Instant,
    },
    /// So many probes are out, and so many were good.
    HalfOpen {
        out: u32,
        good: u32,
    },
}

/// What is shown of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Closed,
    Open { until: Instant },
    HalfOpen { out: u32, good: u32 },
}

/// Why it opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// So many errors among so many attempts.
    Errors(Tally),
    /// So many slow ones.
    Slow(Tally),
    /// A probe failed.
    Probe,
}

/// What whoever asks for a permit gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Let through like any other.
    Counted,
    /// Let through as a probe, which has to come back.
    Probe,
    /// Not let through, and not for so long.
    Shut(Duration),
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    pub error: bool,
    /// It took as long as [`Slow::after`](super::Slow), or longer.
    pub slow: bool,
}

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub from: BreakerState,
    pub to: BreakerState,
}

impl Machine {
    pub fn new(params: Params) -> Machine {
        Machine {
            params,
            era: 0,
            state: State::Closed,
            window: Window::default(),
            step: 0,
            since: None,
            why: None,
        }
    }

    /// Goes on with other settings. A window of another length has other buckets, so what was counted is forgotten.
    pub fn set(&mut self, params: Params) {
        if params.window != self.params.window && matches!(self.state, State::Closed) {
            self.window.clear();
            self.era += 1;
        }
        self.params = params;
    }

    /// Begins anew, closed, with nothing counted.
    pub fn forget(&mut self) {
        *self = Machine {
            era: self.era + 1,
            ..Machine::new(self.params)
        };
    }

    pub fn era(&self) -> u64 {
        self.era
    }

    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    pub fn phase(&self) -> Phase {
        match self.state {
            State::Closed => Phase::Closed,
            State::Open { until } => Phase::Open { until },
            State::HalfOpen { out, good } => Phase::HalfOpen { out, good },
        }
    }

    /// The last turn's time; `None` before the first.
    pub fn since(&self) -> Option<Instant> {
        self.since
    }

    /// Why it is not closed, or why it was not.
    pub fn why(&self) -> Option<Why> {
        self.why
    }

    /// What of the window is known here.
    pub fn tally(&self, bucket: u64, served: u64) -> Tally {
        let mut tally = self.window.tally(bucket);
        tally.requests = tally.requests.saturating_add(served);
        tally
    }

    /// What [`Machine::ask`] would say.
    pub fn peek(&self, now: Instant) -> Asked {
        match self.state {
            State::Closed => Asked::Counted,
            State::Open { until } if now < until => Asked::Shut(until.saturating_duration_since(now)),
            State::Open { .. } => planted_or(Bug::BreakerHalfOpenSkipped, Asked::Counted, Asked::Probe),
            State::HalfOpen { out, good }
                if out + good < self.params.probes || planted(Bug::BreakerProbesIgnored) =>
            {
                Asked::Probe
            }
            State::HalfOpen { .. } => Asked::Shut(PROBED_RETRY),
        }
    }

    /// Asks for a permit.
    pub fn ask(&mut self, now: Instant) -> (Asked, Option<Turn>) {
        let asked = self.peek(now);
        let turn = match (asked, &mut self.state) {
            (Asked::Probe, State::HalfOpen { out, .. }) => {
                *out += 1;
                None
            }
            (Asked::Probe, _) => Some(self.turn(now, State::HalfOpen { out: 1, good: 0 })),
            (Asked::Counted, State::Open { .. }) => Some(self.close(now)),
            _ => None,
        };
        (asked, turn)
    }

    /// A probe of this era comes back without a verdict.
    pub fn give_back(&mut self, era: u64) {
        if let State::HalfOpen { out, .. } = &mut self.state
            && era == self.era
        {
            *out = out.saturating_sub(1);
        }
    }

    /// An attempt that was let through in this era has ended. `word` is any random number.
    pub fn settle(
        &mut self,
        era: u64,
        call: Call,
        now: Instant,
        bucket: u64,
        served: u64,
        word: u64,
    ) -> Option<Turn> {
        if era != self.era {
            return None;
        }
        match self.state {
            State::Closed => {
                let more = Tally {
                    requests: 1,
                    errors: call.error.into(),
                    slow: call.slow.into(),
                };
                self.window.add(bucket, more);
                self.judge(now, bucket, served, word)
            }
            State::HalfOpen { .. } if call.is_bad() => Some(self.open(now, Why::Probe, word)),
            State::HalfOpen { out, good } => {
                let (out, good) = (out.saturating_sub(1), good + 1);
                self.state = State::HalfOpen { out, good };
                let is_over = good >= self.params.probes && !planted(Bug::BreakerNeverCloses);
                is_over.then(|| self.close(now))
            }
            State::Open { .. } => None,
        }
    }

    /// An attempt of this era that was good until the head of its answer broke off behind it.
    pub fn broke(&mut self, era: u64, now: Instant, bucket: u64, served: u64, word: u64) -> Option<Turn> {
        if era != self.era {
            return None;
        }
        match self.state {
            State::Closed => {
                // it is among the requests already
                let more = Tally {
                    errors: 1,
                    ..Tally::default()
                };
                self.window.add(bucket, more);
                self.judge(now, bucket, served, word)
            }
            State::HalfOpen { .. } => Some(self.open(now, Why::Probe, word)),
            State::Open { .. } => None,
        }
    }

    /// Opens it if there is reason to.
    fn judge(&mut self, now: Instant, bucket: u64, served: u64, word: u64) -> Option<Turn> {
        let tally = self.tally(bucket, served);
        if tally.requests < self.params.min_requests {
            return None;
        }
        let errors = self.params.error_ratio.reached(tally.errors, tally.requests) && tally.errors > 0;
        let slow = self.params.slow;
        let slow = slow.is_some_and(|slow| slow.ratio.reached(tally.slow, tally.requests) && tally.slow > 0);
        if errors {
            Some(self.open(now, Why::Errors(tally), word))
        } else if slow {
            Some(self.open(now, Why::Slow(tally), word))
        } else {
            None
        }
    }

    fn open(&mut self, now: Instant, why: Why, word: u64) -> Turn {
        let Params {
            open_for,
            open_for_max,
            ..
        } = self.params;
        let doubled = open_for.saturating_mul(1_u32.checked_shl(self.step).unwrap_or(u32::MAX));
        if doubled < open_for_max {
            self.step += 1;
        }
        let open_for = doubled.min(open_for_max);
        let jitter = open_for / 10_000 * (word % 1_001) as u32;
        self.why = Some(why);
        self.window.clear();
        let until = now + open_for + jitter;
        self.turn(now, State::Open { until })
    }

    fn close(&mut self, now: Instant) -> Turn {
        self.step = 0;
        self.window.clear();
        self.turn(now, State::Closed)
    }

    fn turn(&mut self, now: Instant, state: State) -> Turn {
        let from = shown(self.state);
        (self.state, self.since) = (state, Some(now));
        self.era += 1;
        Turn {
            from,
            to: shown(state),
        }
    }
}

impl Call {
    fn is_bad(self) -> bool {
        self.error || self.slow
    }
}

fn shown(state: State) -> BreakerState {
    match state {
        State::Closed => BreakerState::Closed,
        State::Open { .. } => BreakerState::Open,
        State::HalfOpen { .. } => BreakerState::HalfOpen,
    }
}
