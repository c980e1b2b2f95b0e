//! Hedging: a second attempt while the first is still under way, because it is slower than most.
//!
//! Where one replica in many is slow now and then, waiting a little and asking another cuts the longest waits for a few percent
//! more load (J. Dean, L. A. Barroso, "The Tail at Scale", 2013): with `after: p95` about five. How long to wait is a time, or a
//! running quantile of what attempts take ([`Running`]), which follows an upstream that gets slower as a whole: then nobody is slower
//! than most, and the budget holds whoever is left.
//!
//! A hedge is a retry that does not wait for the first attempt's end: it counts in `max`, in the budget from the moment
//! it is decided, and it is made of requests that may be repeated and can be. Of each request there is one at most: a third
//! attempt beside two that are slow meets what is slow about the request.

use super::quantile::{Quantile, Running};
use crate::planted::{Bug, planted_or};
use std::fmt;
use std::time::Duration;

/// No hedge is made sooner: timers tell milliseconds apart, and what is faster needs no help.
pub const MIN_DEFAULT: Duration = Duration::from_millis(1);

/// When an attempt is hedged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hedge {
    After(Duration),
    /// When it has taken longer than this share of attempts, and no sooner than `min`.
    Slower {
        than: Quantile,
        min: Duration,
    },
}

impl Hedge {
    /// How long an attempt is waited for; `None` while that is not known.
    pub fn after(&self, running: Option<&Running>) -> Option<Duration> {
        let after = match self {
            Hedge::After(after) => Some(*after),
            Hedge::Slower { min, .. } => running.and_then(Running::estimate).map(|known| known.max(*min)),
        };
        after.map(|after| planted_or(Bug::HedgeAtOnce, Duration::ZERO, after))
    }

    /// The quantile that has to be known.
    pub fn quantile(&self) -> Option<Quantile> {
        match self {
            Hedge::After(_) => None,
            Hedge::Slower { than, .. } => Some(*than),
        }
    }
}

/// As the config takes it.
impl fmt::Display for Hedge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = humantime::format_duration;
        match self {
            Hedge::After(after) => write!(f, "{{ after: {} }}", shown(*after)),
            Hedge::Slower { than, min } => write!(f, "{{ after: {than}, min: {} }}", shown(*min)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Decision, Params};
    use super::*;
    use proptest::prelude::*;

    const MS: Duration = Duration::from_millis(1);

    fn slower(min: Duration) -> Hedge {
        let than = Quantile::read("p95").expect("one");
        Hedge::Slower { than, min }
    }

    #[test]
    fn it_waits_for_a_time_or_until_a_quantile_is_known() {
        assert_eq!(Hedge::After(50 * MS).after(None), Some(50 * MS));
        let hedge = slower(5 * MS);
        let mut running = Running::new(hedge.quantile().expect("one"));
        assert_eq!(hedge.after(Some(&running)), None);
        (0..100).for_each(|_| running.observe(MS));
        assert_eq!(hedge.after(Some(&running)), Some(5 * MS));
        let known = running.estimate().expect("known");
        assert_eq!(slower(Duration::ZERO).after(Some(&running)), Some(known));
        assert_eq!(hedge.to_string(), "{ after: p95, min: 5ms }");
        assert_eq!(Hedge::After(50 * MS).to_string(), "{ after: 50ms }");
    }

    proptest! {
        /// Whatever may be hedged may be retried by the strict rule; and never a POST without a key.
        #[test]
        fn a_hedge_is_a_retry(
            hedges: bool, max in 0..=10_u64, attempts in 1_u8.., idempotent: bool, keyed: bool, replayable: bool,
        ) {
            let mut params = Params::try_new(max, true).expect("in range");
            params.hedge = hedges.then_some(Hedge::After(MS));
            let hedged = params.hedge(attempts, idempotent, keyed, replayable);
            let retried = params.decide(attempts, idempotent, keyed, crate::retry::Outcome::Timeout, replayable);
            prop_assert_eq!(hedged, if hedges { retried } else { Decision::Stop });
            prop_assert!(hedged == Decision::Stop || idempotent || keyed);
        }
    }
}
