//! From figures over seeds to claims.

use super::data::Data;
use crate::claims::{Claim, Verdict};
use crate::scale::Scale;

/// By the worst run: a promise has no median.
pub(in crate::exp) fn worst(id: &str, claim: &str, values: &[f64], limit: f64, unit: &str) -> Claim {
    match values.iter().copied().reduce(f64::max) {
        None => Claim::unmeasured(id, claim, limit, unit, "no run measured it"),
        Some(most) => {
            let note = format!("the worst of {} runs", values.len());
            Claim::at_most(id, claim, most, limit, unit).with_note(note)
        }
    }
}

/// The same where much is promised.
pub(in crate::exp) fn least(id: &str, claim: &str, values: &[f64], limit: f64, unit: &str) -> Claim {
    match values.iter().copied().reduce(f64::min) {
        None => Claim::unmeasured(id, claim, limit, unit, "no run measured it"),
        Some(least) => {
            let note = format!("the least of {} runs", values.len());
            Claim::at_least(id, claim, least, limit, unit).with_note(note)
        }
    }
}

/// What an oracle says of some variants: that it was never violated.
pub(in crate::exp) fn never(
    data: &Data,
    (id, oracle): (&str, &str),
    variants: &[&str],
    claim: &str,
) -> Claim {
    let found = variants
        .iter()
        .filter_map(|variant| data.violations(variant, oracle));
    let all = found.reduce(|one, other| (one.0 + other.0, one.1 + other.1));
    match all {
        None => Claim::unmeasured(id, claim, 0.0, "violations", "no run measured it"),
        // an oracle that saw nothing says nothing
        Some((0, _)) => Claim::unmeasured(id, claim, 0.0, "violations", "there was nothing to look at"),
        Some((looked_at, violations)) => {
            let note = format!(
                "the oracle `{oracle}` looked at {looked_at}, over {} seeds",
                data.seeds().len()
            );
            Claim::at_most(id, claim, violations as f64, 0.0, "violations").with_note(note)
        }
    }
}

/// A smoke run judges what needs no interval.
pub(in crate::exp) fn of_few_seeds(claims: Vec<Claim>, scale: Scale) -> Vec<Claim> {
    let judged = |claim: Claim| match claim.verdict {
        Verdict::Invalid => claim.not_judged("a smoke run has too few seeds for an interval"),
        _ => claim,
    };
    match scale {
        Scale::Smoke => claims.into_iter().map(judged).collect(),
        Scale::Quick | Scale::Full => claims,
    }
}
