//! What of `peers` is compared with earlier runs: the gateway in units of each peer.

use super::arms::Arm;
use crate::exp::real::{Data, Way as _, busy_ratio};
use crate::failure::Failure;
use crate::report::Source;
use crate::trend::Comparable;

pub(super) fn figures(source: &Source) -> Result<Vec<Comparable>, Failure> {
    let data = Data::read(&source.directory)?;
    let mut found = Vec::new();
    for peer in data.counted(&Arm::PEERS) {
        let (key, unit) = (peer.key(), format!("× {}", peer.title()));
        let instructions = |arm| data.value(arm, "instructions");
        if let (Some(ours), Some(theirs)) = (instructions(Arm::Gateway), instructions(peer)) {
            let figure = format!("instructions-vs-{key}");
            found.push(Comparable::steady(figure, &unit, ours / theirs, 0.0));
        }
        let cpu = busy_ratio(&data, source.run.seed, Arm::Gateway, peer);
        found.extend(Comparable::of(format!("cpu-vs-{key}"), &unit, cpu));
    }
    Ok(found)
}
