//! What is compared: attempts while the upstream is slow, and what is left of goodput behind it.

use super::{LATER_S, POLICIES};
use crate::exp::simulated::{self, Data, Level, Samples, Sums, over};
use world::Seed;

/// Attempts per request while the upstream is slow, seed by seed.
pub(super) fn amplification(data: &Data, policy: &str) -> Samples {
    let trigger = |seed| data.broken_s(policy, seed);
    over(data, (policy, None), trigger, Sums::attempts_per_request)
}

/// Goodput a minute after it is well, to what it was before it was slow.
///
/// `later_s` is from when to when, from when it is well.
pub(super) fn goodput_kept(data: &Data, policy: &str, later_s: (f64, f64)) -> Samples {
    let (before, after) = (
        goodput(data, policy, When::Before),
        goodput(data, policy, When::Later(later_s)),
    );
    let of_seed = |seed: u64| before.iter().find(|(of, _)| *of == seed);
    let kept = after
        .into_iter()
        .filter_map(|(seed, ok)| Some((seed, ok / of_seed(seed)?.1)));
    kept.collect()
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum When {
    Before,
    Slow,
    /// So many seconds after it is well, from and to.
    Later((f64, f64)),
}

impl When {
    pub(super) const ALL: [Self; 3] = [Self::Before, Self::Slow, Self::Later(LATER_S)];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Slow => "while it is slow",
            Self::Later(_) => "a minute later",
        }
    }
}

/// Good answers a second.
pub(super) fn goodput(data: &Data, policy: &str, when: When) -> Samples {
    let stretch = |seed| {
        let (from_s, to_s) = data.broken_s(policy, seed)?;
        Some(match when {
            When::Before => (0.0, from_s),
            When::Slow => (from_s, to_s),
            When::Later(later_s) => (to_s + later_s.0, to_s + later_s.1),
        })
    };
    over(data, (policy, None), stretch, Sums::goodput)
}

/// Seconds from when the upstream is well to when the last request is due that fails; 0 if none does by then.
pub(super) fn recovery(data: &Data, policy: &str) -> Samples {
    let wholes = data.wholes.iter().filter(|whole| whole.variant == policy);
    let found = wholes.filter_map(|whole| {
        let (_, well_s) = data.broken_s(policy, whole.seed)?;
        let last_s = whole.last_failed_us.map_or(0.0, |us| us as f64 / 1e6);
        Some((whole.seed, (last_s - well_s).max(0.0)))
    });
    found.collect()
}

/// When queueing theory has the line empty, in seconds after the upstream is well, if a request costs so many attempts at most: it grows by (s·r − 1)
/// seconds of work a second, and shrinks by (1 − s·ρ).
pub(super) fn line_empty(data: &Data, policy: &str, attempts: f64) -> Samples {
    let percent = |seed: u64, knob: &str| {
        let mut knobs = data.knobs.iter();
        let found = knobs.find(|of| of.seed == seed && of.knob == knob)?;
        Some(attempts * found.value.parse::<f64>().ok()? / 100.0)
    };
    let seeds = data.seeds().into_iter();
    let found = seeds.filter_map(|seed| {
        let (from_s, to_s) = data.broken_s(policy, seed)?;
        let (slowed, busy) = (percent(seed, "slowed_percent")?, percent(seed, "busy_percent")?);
        Some((seed, (to_s - from_s) * (slowed - 1.0) / (1.0 - busy)))
    });
    found.collect()
}

/// Where a figure lies; `what` names it.
pub(super) fn level(samples: &[(u64, f64)], seed: u64, what: &str, policy: &str) -> Option<Level> {
    let chance = Seed(seed).child("retry-storm").child(what).child(policy);
    simulated::level(samples, chance)
}

/// The policy's colour in all pictures.
pub(super) fn colour(policy: &str) -> usize {
    POLICIES.iter().position(|(of, _)| *of == policy).unwrap_or(0)
}
