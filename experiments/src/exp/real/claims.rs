//! What the claims of experiments on sockets have in common: what a scale or a build may not judge.

use super::data::Data;
use crate::claims::{Claim, Verdict};
use crate::provenance::Run;

/// The cargo profile that is shipped, and measured for the record.
const PROFILE_OF_RECORD: &str = "dist";

pub(in crate::exp) const ONLY_FULL: &str = "latency is judged in a full run";

/// Of a full run's rounds, how many may meet a noisy machine before the rest is a selection.
pub(in crate::exp) const GOOD_ROUNDS_PERCENT_MIN: f64 = 80.0;

/// Of all rounds, those in which every instrument was good, in percent.
pub(in crate::exp) fn good_share(data: &Data) -> f64 {
    100.0 * data.good_rounds().len() as f64 / data.all_rounds().len().max(1) as f64
}

/// A claim about latency: judged in a full run alone, on two cores, and where most rounds had good instruments.
pub(in crate::exp) fn of_good_rounds(claim: Claim, data: &Data, run: &Run) -> Claim {
    if !run.scale.judges_latency() {
        let why = format!("{ONLY_FULL}; {}", claim.note);
        return claim.not_judged(&why);
    }
    if run.host.cores < 2 {
        return claim.not_judged("one core carries all parts");
    }
    if good_share(data) < GOOD_ROUNDS_PERCENT_MIN {
        return claim.invalid("too many rounds had bad instruments");
    }
    claim
}

/// Judged of the profile of record alone: how much is inlined over crates is a tenth of the figure.
pub(in crate::exp) fn of_what_ships(claim: Claim, run: &Run) -> Claim {
    if run.profile == PROFILE_OF_RECORD || claim.verdict == Verdict::NotJudged {
        return claim;
    }
    let why = format!(
        "{}; judged of the `{PROFILE_OF_RECORD}` profile, which is what ships",
        claim.note
    );
    claim.not_judged(&why)
}
