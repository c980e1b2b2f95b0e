//! What of `reuse` is compared with earlier runs: the share that found a connection open, and what that saves.

use super::arms::Arm;
use super::data::Data;
use crate::exp::real::{Data as Timed, busy_ratio};
use crate::failure::Failure;
use crate::report::Source;
use crate::trend::Comparable;

/// In points: a run of some seconds has some tens of thousands of requests.
const REUSE_SLACK: f64 = 0.01;

pub(super) fn figures(source: &Source) -> Result<Vec<Comparable>, Failure> {
    let data = Data::read(&source.directory)?;
    let timed = Timed::read(&source.directory)?;
    let mut found = Vec::new();
    if let Some(steady) = data.steady(Arm::Kept) {
        let missed = 100.0 - steady.reuse_percent();
        found.push(Comparable::steady("kept/not-reused", "%", missed, REUSE_SLACK));
    }
    let cpu = busy_ratio(&timed, source.run.seed, Arm::Kept, Arm::Off);
    found.extend(Comparable::of("kept/cpu-vs-off", "×", cpu));
    Ok(found)
}
