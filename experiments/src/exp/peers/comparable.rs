//! What of `peers` is compared with earlier runs: what the gateway counts, and its CPU time in units of each peer's.

use super::arms::Arm;
use crate::exp::real::{Data, Way as _, busy_ratio};
use crate::failure::Failure;
use crate::report::Source;
use crate::trend::Comparable;

pub(super) fn figures(source: &Source) -> Result<Vec<Comparable>, Failure> {
    let data = Data::read(&source.directory)?;
    let mut found = Vec::new();
    if let Some(ours) = data.value(Arm::Gateway, "instructions") {
        found.push(Comparable::steady(
            "instructions",
            "instructions per request",
            ours,
            0.0,
        ));
    }
    for peer in data.counted(&Arm::PEERS) {
        let (key, unit) = (peer.key(), format!("× {}", peer.title()));
        let cpu = busy_ratio(&data, source.run.seed, Arm::Gateway, peer);
        found.extend(Comparable::of(format!("cpu-vs-{key}"), &unit, cpu));
    }
    Ok(found)
}
