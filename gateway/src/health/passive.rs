//! One replica's conduct towards requests: trusted, ejected for a cooldown, on probation.
//!
//! Three signs, each for what the others are slow to see: failures to connect in a row (a dead process is sure after two),
//! errors of any kind in a row (a broken one), and a share of errors in a window (one that fails every other request, and
//! never often enough in a row).
//!
//! ```text
//!           a sign, and the fleet allows it            cooldown over
//! trusted ─────────────────────────────────▶ ejected ───────────────▶ probation ──▶ trusted, after
//!                                               ▲       the first error   │         `errors` good ones in a row
//!                                               └─────────────────────────┘
//! ```
//!
//! On probation (half-open) requests come as to any other replica, and the first error ejects again: what was broken a
//! moment ago gets no second benefit of the doubt.
//!
//! **Cooldown**: `cooldown × 2^step`, at most `cooldown_max`, and up to a tenth more by chance, so that replicas that fell
//! together do not all return at once. Each ejection is a step up. For every last cooldown's time that a replica has been in
//! use since its return, its next ejection is a step down first: what failed an hour ago counts no more.

use super::{Fault, Passive};
use crate::event::EjectionCause;
use crate::planted::{Bug, planted, planted_or};
use std::time::Duration;
use tokio::time::Instant;

use super::window::Window;

#[derive(Debug, Clone, Default)]
pub(super) struct Conduct {
    errors: u32,
    connect_failures: u32,
    window: Window,
    /// How often the next cooldown is doubled, before what good conduct takes off.
    step: u32,
    state: State,
    last: Option<Return>,
}

#[derive(Debug, Clone, Copy, Default)]
enum State {
    #[default]
    Trusted,
    Ejected {
        until: Instant,
        cooldown: Duration,
    },
    /// So many more good ones to go.
    Probation {
        left: u32,
    },
}

/// The last time that it came back.
#[derive(Debug, Clone, Copy)]
struct Return {
    at: Instant,
    cooldown: Duration,
}

impl Conduct {
    pub(super) fn is_ejected(&self) -> bool {
        matches!(self.state, State::Ejected { .. })
    }

    pub(super) fn ejected_until(&self) -> Option<Instant> {
        match self.state {
            State::Ejected { until, .. } => Some(until),
            State::Trusted | State::Probation { .. } => None,
        }
    }

    pub(super) fn is_on_probation(&self) -> bool {
        matches!(self.state, State::Probation { .. })
    }

    /// Whether a success would change anything; while not, nobody need tell of one.
    pub(super) fn wants_successes(&self) -> bool {
        self.errors > 0 || self.is_on_probation()
    }

    pub(super) fn succeeded(&mut self, began: Instant) {
        if self.is_past(began) {
            return;
        }
        if !planted(Bug::ErrorsNeverReset) {
            (self.errors, self.connect_failures) = (0, 0);
        }
        if let State::Probation { left } = self.state {
            self.state = match left.saturating_sub(1) {
                0 => State::Trusted,
                left => State::Probation { left },
            };
        }
    }

    /// Requests that were good, for the ratio.
    pub(super) fn served(&mut self, now: Instant, requests: u64, params: &Passive) {
        if !self.is_ejected() {
            self.window.add(now, params.window, requests, 0);
        }
    }

    /// An error; the sign to eject the replica, if it is one.
    pub(super) fn failed(
        &mut self,
        began: Instant,
        now: Instant,
        fault: Fault,
        params: &Passive,
    ) -> Option<EjectionCause> {
        if self.is_past(began) {
            return None;
        }
        self.errors = self.errors.saturating_add(1);
        self.connect_failures = match fault {
            Fault::NotConnected => self.connect_failures.saturating_add(1),
            Fault::Broken | Fault::TimedOut | Fault::Status(_) | Fault::Body => 0,
        };
        self.window.add(now, params.window, 1, 1);
        if self.connect_failures >= params.connect_failures {
            return Some(EjectionCause::ConnectFailures);
        }
        if self.errors >= params.errors || self.is_on_probation() {
            return Some(EjectionCause::Errors);
        }
        let (requests, errors) = self.window.sum(now, params.window);
        let is_bad = requests >= params.min_requests && params.error_ratio.reached(errors, requests);
        is_bad.then_some(EjectionCause::ErrorRatio)
    }

    /// `word` is any random number.
    pub(super) fn eject(&mut self, now: Instant, word: u64, params: &Passive) {
        if let Some(Return { at, cooldown }) = self.last {
            let well = now.saturating_duration_since(at).as_nanos() / cooldown.as_nanos().max(1);
            self.step = self.step.saturating_sub(u32::try_from(well).unwrap_or(u32::MAX));
        }
        let doubled = params.cooldown.saturating_mul(
            1_u32
                .checked_shl(planted_or(Bug::CooldownNeverGrows, 0, self.step))
                .unwrap_or(u32::MAX),
        );
        let cooldown = doubled.min(params.cooldown_max);
        if doubled < params.cooldown_max {
            self.step += 1;
        }
        let jitter = cooldown / 10_000 * (word % 1_001) as u32;
        self.state = State::Ejected {
            until: now + cooldown + jitter,
            cooldown,
        };
        (self.errors, self.connect_failures) = (0, 0);
        self.window.clear();
    }

    /// Lets it return when its cooldown is over.
    pub(super) fn tick(&mut self, now: Instant, params: &Passive) {
        if let State::Ejected { until, cooldown } = self.state
            && now >= until
        {
            self.state = State::Probation { left: params.errors };
            self.last = Some(Return { at: now, cooldown });
        }
    }

    /// Whether an exchange that began then says nothing about the replica as it is now.
    fn is_past(&self, began: Instant) -> bool {
        self.is_ejected() || self.last.is_some_and(|last| began < last.at)
    }
}
