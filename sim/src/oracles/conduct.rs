//! What requests say of one replica: what speaks for an ejection at least and at most, and how long one has to last.
//!
//! Not everything is seen that the gateway sees, so everything is a range. An error is certain where its attempt was told
//! to be answered with one, and possible wherever anything broke off; a good answer is always told of. What lies beyond the
//! range is wrong: an ejection that even all possible errors do not explain, and one missing that the certain ones demand.

use super::facts::micros;
use scenarios::Ejects;
use std::collections::VecDeque;

/// Causes of ejections, as the trace has them.
pub(super) const CONNECTS: u64 = 0;
pub(super) const IN_A_ROW: u64 = 1;

/// The gateway enters good answers in its books ten times a second, and its window ends anywhere in its last tenth.
const BOOKS_US: u64 = 200_000;

/// The gateway looks ten times a second whether a cooldown is over.
const LOOKS_US: u64 = 150_000;

/// A tick of the simulation, on either side.
const TICKS_US: u64 = 2_000;

/// What became of an attempt, as far as it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Good,
    /// It failed to connect.
    Unconnected,
    /// It failed in another way.
    Error,
    /// It may have failed to connect, or in another way, or not by its replica's fault.
    Perhaps,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    In,
    /// Since then, for a cooldown between these.
    Out {
        since_us: u64,
        cooldown_us: [u64; 2],
    },
    /// In or out.
    Unsure,
}

/// The last time that it came back, between these, after a cooldown between those.
#[derive(Debug, Clone, Copy)]
struct Return {
    at_us: [u64; 2],
    cooldown_us: [u64; 2],
}

#[derive(Debug, Clone)]
pub(super) struct Conduct {
    state: State,
    last: Option<Return>,
    /// How often the next cooldown is doubled.
    steps: [u32; 2],
    /// In a row.
    errors: [u32; 2],
    connects: [u32; 2],
    /// Good ones since it is back.
    good: u32,
    /// For the ratio: times, and whether it was an error.
    log: VecDeque<(u64, bool)>,
}

impl Conduct {
    pub(super) fn new() -> Self {
        Self {
            state: State::In,
            last: None,
            steps: [0; 2],
            errors: [0; 2],
            connects: [0; 2],
            good: 0,
            log: VecDeque::new(),
        }
    }

    pub(super) fn is_in(&self) -> bool {
        self.state == State::In
    }

    pub(super) fn is_unsure(&self) -> bool {
        self.state == State::Unsure
    }

    /// Whether a cooldown certainly lasts still.
    pub(super) fn is_out(&self, now_us: u64) -> bool {
        match self.state {
            State::Out {
                since_us,
                cooldown_us: [least, _],
            } => now_us.saturating_add(TICKS_US) < since_us.saturating_add(least),
            State::In | State::Unsure => false,
        }
    }

    /// What became of an attempt that began then.
    pub(super) fn heard(&mut self, said: Said, begun_us: u64, now_us: u64, ejects: &Ejects) {
        let window_us = micros(ejects.window) + BOOKS_US;
        while self
            .log
            .front()
            .is_some_and(|(at, _)| at.saturating_add(window_us) < now_us)
        {
            self.log.pop_front();
        }
        // what began before its return says nothing, and between these nobody knows
        let [before, after] = self.last.map_or([0; 2], |last| last.at_us);
        let is_past = begun_us < before || self.is_out(now_us);
        let is_new = begun_us >= after && self.is_in();
        if is_past && said != Said::Good {
            return;
        }
        self.log.push_back((now_us, said != Said::Good));
        match said {
            Said::Good => {
                (self.errors[0], self.connects[0]) = (0, 0);
                if is_new {
                    (self.errors[1], self.connects[1]) = (0, 0);
                    self.good += 1;
                }
            }
            Said::Unconnected | Said::Error | Said::Perhaps => {
                let is_certain = is_new && said != Said::Perhaps;
                self.errors[0] += u32::from(is_certain);
                self.errors[1] += 1;
                let connects = &mut self.connects;
                match said {
                    Said::Unconnected => *connects = [connects[0] + u32::from(is_new), connects[1] + 1],
                    Said::Error if is_new => *connects = [0; 2],
                    _ => *connects = [0, connects[1] + 1],
                }
            }
        }
    }

    /// Whether there may be this cause to eject it.
    pub(super) fn explains(&self, cause: u64, now_us: u64, ejects: &Ejects) -> bool {
        match cause {
            CONNECTS => self.connects[1] >= ejects.connect_failures,
            IN_A_ROW => {
                let on_probation = self.last.is_some() && self.good < ejects.errors;
                self.errors[1] >= if on_probation { 1 } else { ejects.errors }
            }
            _ => self.ratio_may_be_reached(now_us, ejects),
        }
    }

    /// Why it has to be ejected by now, if the share allows it.
    pub(super) fn demands(&self, ejects: &Ejects) -> Option<String> {
        let is_exact = self.last.is_some_and(|last| last.at_us[0] == last.at_us[1]);
        let [errors, connects] = [self.errors[0], self.connects[0]];
        match self.state {
            State::Out { .. } | State::Unsure => None,
            State::In if errors >= ejects.errors => Some(format!("{errors} errors in a row")),
            State::In if connects >= ejects.connect_failures => {
                Some(format!("{connects} failures to connect in a row"))
            }
            State::In if is_exact && self.good < ejects.errors && errors > 0 => {
                Some("an error on probation".into())
            }
            State::In => None,
        }
    }

    pub(super) fn errors_at_most(&self) -> u32 {
        self.errors[1]
    }

    /// It is ejected. `went_on`: the gateway's clock did so since its last return.
    pub(super) fn eject(&mut self, now_us: u64, went_on: bool, ejects: &Ejects) {
        if let Some(Return { at_us, cooldown_us }) = self.last {
            let well = |since: u64, cooldown: u64| {
                u32::try_from(now_us.saturating_sub(since) / cooldown.max(1)).unwrap_or(u32::MAX)
            };
            let most = well(at_us[0].saturating_sub(TICKS_US), cooldown_us[0]);
            let least = match went_on {
                true => well(at_us[1].saturating_add(TICKS_US), cooldown_us[1]),
                false => 0,
            };
            self.steps = [
                self.steps[0].saturating_sub(most),
                self.steps[1].saturating_sub(least),
            ];
        }
        let (first_us, most_us) = (micros(ejects.cooldown()), micros(ejects.cooldown_max));
        let doubled = |step: u32| first_us.saturating_mul(1_u64.checked_shl(step).unwrap_or(u64::MAX));
        let cooldown_us = self.steps.map(|step| doubled(step).min(most_us));
        for step in &mut self.steps {
            *step += u32::from(doubled(*step) < most_us);
        }
        *self = Self {
            state: State::Out {
                since_us: now_us,
                cooldown_us,
            },
            last: None,
            steps: self.steps,
            ..Self::new()
        };
    }

    /// Since when it is what it is; 0 for one that always was.
    pub(super) fn since_us(&self) -> u64 {
        match (self.state, self.last) {
            (State::Out { since_us, .. }, _) => since_us,
            (_, Some(last)) => last.at_us[0],
            (_, None) => 0,
        }
    }

    /// It is in use again (`is_back`), or is not yet: what is wrong with the time that it was out. As its probes say it is
    /// up since then, if it is; nobody knows when its cooldown was over behind a time in which it was not. `went_on`: the
    /// gateway's clock did since it was ejected.
    pub(super) fn out_until(
        &mut self,
        now_us: u64,
        is_back: bool,
        up_since_us: Option<u64>,
        went_on: bool,
    ) -> Option<String> {
        let State::Out {
            since_us,
            cooldown_us: [least, most],
        } = self.state
        else {
            return (is_back && self.is_in()).then(|| "it was not ejected".into());
        };
        let out_us = now_us.saturating_sub(since_us);
        let is_short = is_back && out_us.saturating_add(TICKS_US) < least;
        let over_us = since_us.saturating_add(most.saturating_add(most / 10 + LOOKS_US));
        let due_us = up_since_us.map(|up| over_us.max(up.saturating_add(TICKS_US)));
        let is_long = went_on && due_us.is_some_and(|due| due < now_us);
        if is_back {
            let behind = up_since_us.is_none_or(|up| up > since_us);
            let first = if behind {
                since_us.saturating_add(least).min(now_us)
            } else {
                now_us
            };
            self.state = State::In;
            self.last = Some(Return {
                at_us: [first, now_us],
                cooldown_us: [least, most],
            });
        }
        (is_short || is_long).then(|| {
            let [out, least, most] = [out_us, least, most].map(|us| us as f64 / 1e6);
            let due = match least == most {
                true => format!("{least:.3} s"),
                false => format!("{least:.3} s to {most:.3} s"),
            };
            format!("it was out for {out:.3} s, and its cooldown is {due}")
        })
    }

    /// A reload took one of its watchers away while it was out for both.
    pub(super) fn is_now_unsure(&mut self) {
        self.state = State::Unsure;
    }

    /// It is told of again.
    pub(super) fn is_known_again(&mut self) {
        if self.is_unsure() {
            *self = Self::new();
        }
    }

    /// Whether any number of good answers and errors that may be in the window are enough of them, and enough errors.
    fn ratio_may_be_reached(&self, now_us: u64, ejects: &Ejects) -> bool {
        let certain_us = (micros(ejects.window) * 9 / 10).saturating_sub(BOOKS_US);
        let errors = self.log.iter().filter(|(_, is_error)| *is_error).count() as f64;
        let good = |since: u64| {
            let good = self.log.iter().filter(|(at, is_error)| !is_error && *at >= since);
            good.count() as f64
        };
        let most = good(0).min(errors / ejects.ratio - errors + 1e-6);
        let least = match self.last {
            // some of them may be of the time before its return
            Some(_) => 0.0,
            None => good(now_us.saturating_sub(certain_us)),
        };
        errors > 0.0 && least <= most && errors + most + 1e-6 >= ejects.min_requests as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn ejects() -> Ejects {
        Ejects {
            min_requests: 6,
            ..Ejects::new(Duration::from_millis(400), 0.5)
        }
    }

    /// After these, a millisecond apart: which causes there may be, and what has to be.
    fn check(said: &[Said], causes: [bool; 3], demands: Option<&str>) {
        let mut conduct = Conduct::new();
        let mut now_us = 0;
        for said in said {
            now_us += 1_000;
            conduct.heard(*said, now_us, now_us, &ejects());
        }
        let may = [0, 1, 2].map(|cause| conduct.explains(cause, now_us, &ejects()));
        assert_eq!(may, causes, "{said:?}");
        assert_eq!(conduct.demands(&ejects()).as_deref(), demands, "{said:?}");
    }

    #[test]
    fn causes_are_counted_in_a_row_and_in_the_window() {
        use Said::{Error, Good, Perhaps, Unconnected};
        check(&[Error, Error], [false; 3], None);
        check(
            &[Error, Error, Error],
            [false, true, false],
            Some("3 errors in a row"),
        );
        check(&[Error, Error, Good, Error], [false; 3], None);
        check(&[Error, Perhaps, Error], [false, true, false], None);
        check(
            &[Unconnected, Unconnected],
            [true, false, false],
            Some("2 failures to connect in a row"),
        );
        check(
            &[Unconnected, Error, Unconnected],
            [false, true, false],
            Some("3 errors in a row"),
        );
        check(&[Unconnected, Perhaps], [true, false, false], None);
        check(
            &[Good, Error, Good, Error, Good, Error],
            [false, false, true],
            None,
        );
        check(&[Good, Error, Good, Error, Good, Good, Error], [false; 3], None);
    }

    #[test]
    fn cooldowns_double_and_shrink_again() {
        let mut conduct = Conduct::new();
        let mut now_us = 1_000_000;
        for (cooldown_ms, stays_in_ms) in [(100, 0), (200, 50), (400, 450), (200, 1_000)] {
            conduct.eject(now_us, true, &ejects());
            assert!(conduct.is_out(now_us + cooldown_ms * 1_000 - 10_000));
            now_us += cooldown_ms * 1_000;
            let until = |at_us, up_since_us| {
                conduct
                    .clone()
                    .out_until(at_us, true, up_since_us, true)
                    .is_some()
            };
            let late_us = now_us + 300_000;
            assert!(
                !until(now_us, Some(0)) && until(now_us - 20_000, Some(0)),
                "{cooldown_ms}"
            );
            assert!(
                until(late_us, Some(0)) && !until(late_us, Some(late_us)),
                "{cooldown_ms}"
            );
            conduct.out_until(now_us, true, Some(0), true);
            now_us += stays_in_ms * 1_000;
        }
    }

    #[test]
    fn on_probation_one_error_is_enough_and_what_is_old_says_nothing() {
        let mut conduct = Conduct::new();
        conduct.eject(0, true, &ejects());
        conduct.out_until(100_000, true, Some(0), true);
        conduct.heard(Said::Error, 50_000, 110_000, &ejects());
        assert_eq!(conduct.demands(&ejects()), None);
        conduct.heard(Said::Error, 105_000, 111_000, &ejects());
        assert_eq!(
            conduct.demands(&ejects()).as_deref(),
            Some("an error on probation")
        );
        assert!(conduct.explains(IN_A_ROW, 111_000, &ejects()));
        for _ in 0..3 {
            conduct.heard(Said::Good, 112_000, 113_000, &ejects());
        }
        conduct.heard(Said::Error, 114_000, 114_000, &ejects());
        assert!(!conduct.explains(IN_A_ROW, 114_000, &ejects()));
    }

    #[test]
    fn nobody_returns_who_was_not_out() {
        assert!(Conduct::new().out_until(5, true, Some(0), true).is_some());
        assert_eq!(Conduct::new().out_until(5, false, Some(0), true), None);
    }
}
