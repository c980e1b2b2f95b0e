//! What is known of one breaker, and a turn of it that is on trial.

use super::super::facts::{Facts, micros};
use super::super::outcomes::{Outcomes, Said};
use super::TICKS_US;
use crate::trace::Record;
use scenarios::Breaks;

/// The number of an upstream's name, and a replica's host or 0 for all of them.
pub(super) type Key = (usize, u64);

/// States, as the trace has them.
pub(super) const CLOSED: u64 = 0;
pub(super) const HALF_OPEN: u64 = 1;
pub(super) const OPEN: u64 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Closed,
    /// Between these.
    Open {
        until_us: [u64; 2],
    },
    HalfOpen,
}

pub(super) struct State {
    pub(super) phase: Phase,
    pub(super) stay: u64,
    pub(super) breaks: Breaks,
    /// How often the next open time is doubled.
    step: u32,
    /// While it is closed.
    pub(super) outcomes: Outcomes,
    /// While it is half-open: those that may be out, and how many were good.
    pub(super) probes: Vec<Probe>,
    pub(super) good: u32,
    /// When a connection to whom it is about ended last.
    pub(super) ended_us: Option<u64>,
    /// The gateway's host did, so that nothing of it was over in time.
    pub(super) stood_still: bool,
}

/// An attempt that was let through by a half-open breaker.
pub(super) struct Probe {
    /// Of its request.
    pub(super) id: u64,
    pub(super) number: u64,
    pub(super) load_id: Option<u64>,
    /// Nothing is known that may have ended it.
    pub(super) is_certain: bool,
    /// By then its request is over in any case.
    pub(super) until_us: u64,
}

impl State {
    pub(super) fn new(stay: u64, breaks: Breaks) -> Self {
        Self {
            phase: Phase::Closed,
            stay,
            breaks,
            step: 0,
            outcomes: Outcomes::default(),
            probes: Vec::new(),
            good: 0,
            ended_us: None,
            stood_still: false,
        }
    }

    pub(super) fn certainly_out(&self) -> u64 {
        self.probes.iter().filter(|probe| probe.is_certain).count() as u64
    }

    /// Goes on in another state; what it was before.
    pub(super) fn turn(&mut self, to: u64, at_us: u64, stay: u64) -> State {
        let mut next = State::new(stay, self.breaks.clone());
        next.step = self.step;
        match to {
            OPEN => {
                let open_for = micros(self.breaks.open_for).saturating_mul(1 << self.step.min(20));
                let open_for = open_for.min(micros(self.breaks.open_for_max));
                next.step = self.step.saturating_add(1);
                let least = at_us.saturating_add(open_for);
                next.phase = Phase::Open {
                    until_us: [least, least.saturating_add(open_for / 10)],
                };
            }
            HALF_OPEN => next.phase = Phase::HalfOpen,
            _ => next.step = 0,
        }
        std::mem::replace(self, next)
    }
}

impl Phase {
    pub(super) fn number(self) -> u64 {
        match self {
            Self::Closed => CLOSED,
            Self::HalfOpen => HALF_OPEN,
            Self::Open { .. } => OPEN,
        }
    }
}

/// A turn to open or to closed.
pub(super) struct Trial {
    pub(super) key: Key,
    before: State,
    to: u64,
    /// What the attempt that brought it about came to, and whether that may have been slow.
    said: Option<(Said, bool)>,
    pub(super) at_us: u64,
    pub(super) sequence: u64,
}

impl Trial {
    pub(super) fn new(key: Key, before: State, to: u64, record: &Record) -> Self {
        Self {
            key,
            before,
            to,
            said: None,
            at_us: record.at_us,
            sequence: record.sequence,
        }
    }

    /// Whether an attempt of this stay is one that it may be about.
    pub(super) fn is_of(&self, key: Key, stay: u64) -> bool {
        self.key == key && self.before.stay == stay
    }

    pub(super) fn heard(&mut self, said: Said, may_be_slow: bool, at_us: u64) {
        self.said = Some((said, may_be_slow));
        let breaks = &self.before.breaks;
        self.before.outcomes.add(at_us, said, may_be_slow, breaks);
    }

    /// What is wrong with it, if anything is.
    pub(super) fn wrong(&self) -> Option<String> {
        let breaks = &self.before.breaks;
        let broke_off = self
            .before
            .ended_us
            .is_some_and(|ended| ended.saturating_add(TICKS_US) >= self.at_us);
        match (self.before.phase, self.to) {
            (Phase::Closed, _) if !self.before.outcomes.explain(self.at_us, breaks) => {
                Some("opens, and nothing that was seen in its window explains it".into())
            }
            (Phase::HalfOpen, OPEN) => {
                let is_explained = match self.said {
                    Some((Said::Error | Said::Perhaps, _) | (_, true)) => true,
                    Some(_) | None => broke_off,
                };
                (!is_explained).then(|| "opens again, and no probe has failed".into())
            }
            (Phase::HalfOpen, CLOSED) => {
                let last = matches!(self.said, Some((Said::Good, _)));
                let good = self.before.good + u32::from(last);
                (good < breaks.probes)
                    .then(|| format!("closes after {good} of {} good probes", breaks.probes))
            }
            _ => None,
        }
    }
}

pub(super) fn name_of(state: u64) -> &'static str {
    match state {
        CLOSED => "closed",
        HALF_OPEN => "half-open",
        OPEN => "open",
        _ => "nothing known",
    }
}

impl Facts {
    /// For people: an upstream, or a replica of it.
    pub(in super::super) fn breaker(&self, (upstream, host): Key) -> String {
        match host {
            0 => self.upstream(upstream).to_owned(),
            host => format!("{} of {}", self.host(host), self.upstream(upstream)),
        }
    }
}
