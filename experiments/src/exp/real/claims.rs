//! What the claims of experiments on sockets have in common: what a scale or a build may not judge.

use crate::claims::{Claim, Verdict};
use crate::provenance::Run;

/// The cargo profile that is shipped, and measured for the record.
const PROFILE_OF_RECORD: &str = "dist";

pub(in crate::exp) const ONLY_FULL: &str = "latency is judged in a full run";

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
