//! From a measured number to a verdict.

use super::{Claim, Verdict};
use crate::stats::{Equivalence, Interval, equivalence};

impl Claim {
    /// A number that must be at most `limit`, known exactly (a count, or a steady figure).
    pub fn at_most(id: &str, claim: &str, measured: f64, limit: f64, unit: &str) -> Self {
        Self::judged(id, claim, measured, limit, unit, measured <= limit)
    }

    /// A number that must be at least `limit`, known exactly.
    pub fn at_least(id: &str, claim: &str, measured: f64, limit: f64, unit: &str) -> Self {
        Self::judged(id, claim, measured, limit, unit, measured >= limit)
    }

    /// A claim that nothing was measured for.
    pub fn unmeasured(id: &str, claim: &str, limit: f64, unit: &str, why: &str) -> Self {
        let mut claim = Self::judged(id, claim, f64::NAN, limit, unit, false);
        claim.measured = None;
        claim.not_judged(why)
    }

    /// The same numbers, not judged.
    #[must_use]
    pub fn not_judged(mut self, why: &str) -> Self {
        self.verdict = Verdict::NotJudged;
        self.note = why.to_owned();
        self
    }

    /// The same numbers from instruments that were not good enough.
    #[must_use]
    pub fn invalid(mut self, why: &str) -> Self {
        self.verdict = Verdict::Invalid;
        self.note = why.to_owned();
        self
    }

    /// The same numbers as a goal, with where to read what holds it back.
    #[must_use]
    pub fn goal(mut self, why_missed: &str) -> Self {
        if self.verdict == Verdict::Refuted {
            self.verdict = Verdict::Missed;
            self.note = why_missed.to_owned();
        }
        self
    }

    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn judged(id: &str, claim: &str, measured: f64, limit: f64, unit: &str, holds: bool) -> Self {
        Self {
            id: id.to_owned(),
            claim: claim.to_owned(),
            measured: measured.is_finite().then_some(measured),
            limit: Some(limit),
            unit: unit.to_owned(),
            // a comparison with NaN is false, and no number is no verdict
            verdict: match (measured.is_finite(), holds) {
                (false, _) => Verdict::Invalid,
                (true, true) => Verdict::Holds,
                (true, false) => Verdict::Refuted,
            },
            note: String::new(),
        }
    }
}

/// A number that must stay below `limit` and is known with its interval: it holds when the whole interval is
/// below, is refuted when the whole interval is not, and is invalid when the interval is too wide to tell
/// or missing.
pub fn judge_interval(
    id: &str,
    claim: &str,
    measured: f64,
    interval: Option<Interval>,
    limit: f64,
    unit: &str,
) -> Claim {
    let judged = Claim::at_most(id, claim, measured, limit, unit);
    by_interval(judged, interval, |interval| match interval {
        Interval { high, .. } if high < limit => Some(Verdict::Holds),
        Interval { low, .. } if low >= limit => Some(Verdict::Refuted),
        _ => None,
    })
}

/// The same of a number that must be at least `limit`.
pub fn judge_interval_above(
    id: &str,
    claim: &str,
    measured: f64,
    interval: Option<Interval>,
    limit: f64,
    unit: &str,
) -> Claim {
    let judged = Claim::at_least(id, claim, measured, limit, unit);
    by_interval(judged, interval, |interval| match interval {
        Interval { low, .. } if low > limit => Some(Verdict::Holds),
        Interval { high, .. } if high <= limit => Some(Verdict::Refuted),
        _ => None,
    })
}

/// A difference that must stay within ± `band` to be called none, and is known with its interval: it holds when the whole interval is inside,
/// is refuted when the whole interval is outside, and is invalid when the interval crosses an edge or is missing.
pub fn judge_equivalence(
    id: &str,
    claim: &str,
    measured: f64,
    interval: Option<Interval>,
    band: f64,
    unit: &str,
) -> Claim {
    let judged = Claim::at_most(id, claim, measured, band, unit);
    by_interval(judged, interval, |interval| match equivalence(interval, band) {
        Equivalence::Equivalent => Some(Verdict::Holds),
        Equivalence::Different => Some(Verdict::Refuted),
        Equivalence::TooWide => None,
    })
}

/// A figure that is said to lie below another one, by its difference or ratio and the interval of that: it holds when the whole
/// interval is below `limit`, is refuted when the whole interval is above, and stays open where the interval contains the
/// limit, because then no difference is shown.
pub fn judge_side(
    id: &str,
    claim: &str,
    measured: f64,
    interval: Option<Interval>,
    limit: f64,
    unit: &str,
) -> Claim {
    let judged = Claim::at_most(id, claim, measured, limit, unit);
    let Some(interval) = interval else {
        return judged.not_judged(TOO_FEW);
    };
    let note = in_words(interval, unit);
    if interval.contains(limit) {
        return judged.not_judged(&format!("no difference shown: {note}"));
    }
    judged.with_note(note)
}

const TOO_FEW: &str = "too few rounds for an interval";

/// By an interval, of which `verdict` says `None` where it is too wide to tell.
fn by_interval(
    judged: Claim,
    interval: Option<Interval>,
    verdict: impl FnOnce(Interval) -> Option<Verdict>,
) -> Claim {
    let Some(interval) = interval else {
        return judged.invalid(TOO_FEW);
    };
    let note = in_words(interval, &judged.unit);
    match verdict(interval) {
        Some(verdict) => Claim { verdict, ..judged }.with_note(note),
        None => judged.invalid(&format!("{note} is too wide to tell")),
    }
}

fn in_words(Interval { low, high }: Interval, unit: &str) -> String {
    format!("95 % interval [{low:.3}, {high:.3}] {unit}")
}

/// The run as a whole was no good: nothing that it judged stands.
pub fn void_all(claims: Vec<Claim>, why: &str) -> Vec<Claim> {
    claims
        .into_iter()
        .map(|claim| {
            if claim.verdict == Verdict::NotJudged {
                claim
            } else {
                claim.invalid(why)
            }
        })
        .collect()
}
