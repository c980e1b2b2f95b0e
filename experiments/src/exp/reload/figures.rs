//! What is counted.

use super::{BROKEN, VARIANT};
use crate::exp::simulated::Data;
use crate::stand::simulated::Reload;

/// Over all runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) runs: u64,
    pub(super) requests: u64,
    pub(super) failed: u64,
    /// Good configs that came into force, and those that did not.
    pub(super) taken: u64,
    pub(super) good_refused: u64,
    pub(super) broken: u64,
    pub(super) broken_taken: u64,
    /// What the oracle of tunnels looked at.
    pub(super) tunnels: u64,
}

pub(super) fn counts(data: &Data) -> Counts {
    let wholes = || data.wholes.iter().filter(|whole| whole.variant == VARIANT);
    let count = |is_meant: fn(&&Reload) -> bool| data.reloads.iter().filter(is_meant).count() as u64;
    Counts {
        runs: wholes().count() as u64,
        requests: wholes().map(|whole| whole.requests).sum(),
        // what has no good answer, for whatever reason
        failed: wholes()
            .map(|whole| whole.requests.saturating_sub(whole.ok))
            .sum(),
        taken: count(|of| of.config != BROKEN && !of.is_refused),
        good_refused: count(|of| of.config != BROKEN && of.is_refused),
        broken: count(|of| of.config == BROKEN),
        broken_taken: count(|of| of.config == BROKEN && !of.is_refused),
        tunnels: data
            .violations(VARIANT, "tunnels")
            .map_or(0, |(looked_at, _)| looked_at),
    }
}
