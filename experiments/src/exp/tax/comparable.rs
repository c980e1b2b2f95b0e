//! What of `tax` is compared with earlier runs: what was counted, and CPU time in units of nginx's.

use super::arms::Arm;
use super::features::Step;
use crate::exp::real::{Data, Way as _, busy_ratio};
use crate::failure::Failure;
use crate::report::Source;
use crate::trend::Comparable;

/// Figures that are counted, by unit, and what they may be off by because of what comes once in many requests.
const COUNTED: [(&str, &str, f64); 3] = [
    ("instructions", "instructions per request", 0.0),
    ("allocations", "allocations per request", 0.05),
    ("syscalls", "system calls per request", 0.05),
];

pub(super) fn figures(source: &Source) -> Result<Vec<Comparable>, Failure> {
    let data = Data::read(&source.directory)?;
    let mut found = Vec::new();
    // nginx's own count is not ours to compare: it moves from run to run
    for arm in Arm::GATEWAY.into_iter().chain([Arm::Stub]) {
        for (figure, unit, slack) in COUNTED {
            if let Some(value) = data.value(arm, figure) {
                found.push(Comparable::steady(
                    format!("{}/{figure}", arm.key()),
                    unit,
                    value,
                    slack,
                ));
            }
        }
        let cpu = busy_ratio(&data, source.run.seed, arm, Arm::Nginx);
        found.extend(Comparable::of(
            format!("{}/cpu-vs-nginx", arm.key()),
            "× nginx",
            cpu,
        ));
    }
    for step in Step::all() {
        if let Some(value) = data.value(step, "instructions") {
            let figure = format!("{}/instructions", step.key());
            found.push(Comparable::steady(figure, "instructions per request", value, 0.0));
        }
    }
    Ok(found)
}
