//! From figures over seeds to claims.

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
