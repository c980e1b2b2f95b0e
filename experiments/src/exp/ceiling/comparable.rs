//! What of `ceiling` is compared with earlier runs: what is left of a stub's own rate, and allocations.

use super::arms::Arm;
use super::data::Data;
use crate::failure::Failure;
use crate::report::Source;
use crate::trend::Comparable;

/// What comes once in many requests.
const ALLOCATIONS_SLACK: f64 = 0.05;

pub(super) fn figures(source: &Source) -> Result<Vec<Comparable>, Failure> {
    let data = Data::read(&source.directory)?;
    let mut found = Vec::new();
    for (arm, base, name) in [
        (Arm::ThroughWork, Arm::DirectWork, "working-stub"),
        (Arm::Through, Arm::Direct, "free-stub"),
    ] {
        let ratio = data.ratio(source.run.seed, arm, base);
        let ratio = Comparable::of(format!("{name}/ratio-to-direct"), "% of direct", ratio);
        found.extend(ratio.map(Comparable::more_is_better));
    }
    if let Some(allocations) = data.allocations() {
        let unit = "allocations per request";
        found.push(Comparable::steady(
            "through/allocations",
            unit,
            allocations,
            ALLOCATIONS_SLACK,
        ));
    }
    Ok(found)
}
