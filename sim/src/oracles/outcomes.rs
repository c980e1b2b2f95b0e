//! What became of the attempts that one breaker let through while it was closed: what speaks for opening it, at least and at most.
//!
//! Not everything is seen that the gateway sees, so everything is a range. An error is certain where its attempt was told to be
//! answered with one; whatever else failed may be one, or nobody's fault and not counted; an answer that was good may have broken
//! off later. And where the window begins is known to a tenth of it. What lies beyond the range is wrong: opening what even all
//! possible errors do not explain, and leaving closed what the certain ones demand.

use super::facts::micros;
use scenarios::Breaks;
use std::collections::VecDeque;

/// A tick of the simulation, on either side.
const TICKS_US: u64 = 2_000;

/// Of a share, so that what the gateway compares exactly is compared exactly here.
const WHOLE: f64 = 10_000.0;

/// What became of an attempt, as far as it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Good,
    Error,
    /// An error, or nothing that counts.
    Perhaps,
    /// A connection to a replica ended: an answer that counts as good may have broken off.
    Ended,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Outcomes {
    /// Times, what was said, and whether the answer may have been slow.
    log: VecDeque<(u64, Said, bool)>,
}

impl Outcomes {
    pub(super) fn add(&mut self, at_us: u64, said: Said, may_be_slow: bool, breaks: &Breaks) {
        let far_us = micros(breaks.window).saturating_add(TICKS_US);
        while let Some((at, ..)) = self.log.front()
            && at.saturating_add(far_us) < at_us
        {
            self.log.pop_front();
        }
        self.log.push_back((at_us, said, may_be_slow));
    }

    /// Whether opening it now may be explained.
    pub(super) fn explain(&self, now_us: u64, breaks: &Breaks) -> bool {
        self.cuts(now_us, breaks, |sums| sums.explain(breaks))
            .any(|is_so| is_so)
    }

    /// Whether it has to be open by now, with the errors and attempts that show it.
    pub(super) fn demand(&self, now_us: u64, breaks: &Breaks) -> Option<(u64, u64)> {
        let mut shown = None;
        let all = self.cuts(now_us, breaks, |sums| {
            shown = Some((sums.errors, sums.certain()));
            sums.demand(breaks)
        });
        let all: Vec<bool> = all.collect();
        shown.filter(|_| !all.is_empty() && all.iter().all(|is_so| *is_so))
    }

    /// What holds of the window, wherever it begins.
    fn cuts(
        &self,
        now_us: u64,
        breaks: &Breaks,
        mut holds: impl FnMut(&Sums) -> bool,
    ) -> impl Iterator<Item = bool> {
        let window_us = micros(breaks.window);
        // it may begin after the first of these, and not before the second
        let near_us = now_us
            .saturating_add(TICKS_US)
            .saturating_sub(window_us - window_us / 10);
        let far_us = now_us.saturating_sub(window_us.saturating_add(TICKS_US));
        let mut sums = Sums::default();
        let mut results = Vec::new();
        for (at_us, said, may_be_slow) in self.log.iter().rev() {
            if *at_us < far_us {
                break;
            }
            if *at_us < near_us {
                results.push(holds(&sums));
            }
            sums.add(*said, *may_be_slow);
        }
        results.push(holds(&sums));
        results.into_iter()
    }
}

/// Of a window.
#[derive(Debug, Default)]
struct Sums {
    good: u64,
    errors: u64,
    perhaps: u64,
    ended: u64,
    slow: u64,
}

impl Sums {
    fn add(&mut self, said: Said, may_be_slow: bool) {
        match said {
            Said::Good => self.good += 1,
            Said::Error => self.errors += 1,
            Said::Perhaps => self.perhaps += 1,
            Said::Ended => self.ended += 1,
        }
        self.slow += u64::from(may_be_slow);
    }

    fn certain(&self) -> u64 {
        self.good + self.errors
    }

    fn explain(&self, breaks: &Breaks) -> bool {
        let requests = self.certain() + self.perhaps;
        if requests < breaks.min_requests {
            return false;
        }
        let errors = self.errors + self.perhaps + self.ended.min(self.good);
        let slow = breaks.slow.as_ref();
        errors > 0 && reached(breaks.ratio, errors, requests)
            || slow.is_some_and(|slow| self.slow > 0 && reached(slow.ratio, self.slow, self.certain()))
    }

    fn demand(&self, breaks: &Breaks) -> bool {
        let most = self.certain() + self.perhaps;
        self.certain() >= breaks.min_requests && self.errors > 0 && reached(breaks.ratio, self.errors, most)
    }
}

fn reached(share: f64, part: u64, whole: u64) -> bool {
    let steps = (share * WHOLE).round() as u64;
    part * WHOLE as u64 >= whole * steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Half of four in a second.
    fn breaks() -> Breaks {
        let ms = Duration::from_millis;
        Breaks {
            ratio: 0.5,
            min_requests: 4,
            window: ms(1_000),
            open_for: ms(100),
            open_for_max: ms(200),
            probes: 1,
            slow: None,
            per_replica: false,
        }
    }

    /// Whether these, at milliseconds, may explain and have to bring about that it opens at the last one.
    fn judge(said: &[(u64, Said)]) -> (bool, bool) {
        let mut outcomes = Outcomes::default();
        for (ms, said) in said {
            outcomes.add(ms * 1_000, *said, false, &breaks());
        }
        let now_us = said.last().map_or(0, |(ms, _)| ms * 1_000);
        (
            outcomes.explain(now_us, &breaks()),
            outcomes.demand(now_us, &breaks()).is_some(),
        )
    }

    #[test]
    fn certain_errors_demand_and_possible_ones_explain() {
        use Said::{Ended, Error, Good, Perhaps};
        assert_eq!(
            judge(&[(0, Good), (1, Good), (2, Error), (3, Error)]),
            (true, true)
        );
        assert_eq!(
            judge(&[(0, Good), (1, Good), (2, Good), (3, Error)]),
            (false, false)
        );
        assert_eq!(judge(&[(0, Error), (1, Error), (2, Error)]), (false, false));
        assert_eq!(
            judge(&[(0, Good), (1, Good), (2, Perhaps), (3, Error)]),
            (true, false)
        );
        assert_eq!(
            judge(&[(0, Good), (1, Good), (2, Good), (3, Error), (3, Ended)]),
            (true, false)
        );
    }

    #[test]
    fn the_windows_begin_is_known_to_a_tenth() {
        use Said::Error;
        let last = |ms| judge(&[(0, Error), (0, Error), (0, Error), (ms, Error)]);
        assert_eq!(
            (last(890), last(950), last(1_003)),
            ((true, true), (true, false), (false, false))
        );
    }

    #[test]
    fn slow_answers_explain_it_too() {
        let mut breaks = breaks();
        let mut outcomes = Outcomes::default();
        for us in 0..4 {
            outcomes.add(us, Said::Good, us > 0, &breaks);
        }
        assert!(!outcomes.explain(3, &breaks));
        breaks.slow = Some(scenarios::Slow {
            after: Duration::from_millis(1),
            ratio: 0.75,
        });
        assert!(outcomes.explain(3, &breaks));
    }
}
