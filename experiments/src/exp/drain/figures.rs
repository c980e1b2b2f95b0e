//! What is counted.

use crate::exp::simulated::Data;

/// Of one variant, over all runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) runs: u64,
    pub(super) requests: u64,
    pub(super) failed: u64,
    /// Gateways that were told to stop.
    pub(super) stops: u64,
}

pub(super) fn counts(data: &Data, variant: &str) -> Counts {
    let wholes = || data.wholes.iter().filter(|whole| whole.variant == variant);
    let stops = data
        .faults
        .iter()
        .filter(|fault| fault.variant == variant && fault.kind == "stop");
    Counts {
        runs: wholes().count() as u64,
        requests: wholes().map(|whole| whole.requests).sum(),
        // what has no good answer, for whatever reason
        failed: wholes()
            .map(|whole| whole.requests.saturating_sub(whole.ok))
            .sum(),
        stops: stops.count() as u64,
    }
}
