//! What of `ceiling` is compared with earlier runs: what is left of a stub's own rate, allocations, and instructions.

use super::arms::Arm;
use super::data::Data;
use super::variation;
use crate::exp::real::Way as _;
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
    for arm in variation::COUNTED {
        if let Some(count) = data.figure(arm, "instructions") {
            let figure = format!("{}/instructions", arm.key());
            found.push(Comparable::steady(figure, "instructions per request", count, 0.0));
        }
    }
    Ok(found)
}
