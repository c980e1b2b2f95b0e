//! What of `canary` is compared with earlier runs: what a mirror costs.

use super::arms::Arm;
use crate::exp::real::{Data, Way as _};
use crate::failure::Failure;
use crate::report::Source;
use crate::trend::Comparable;

pub(super) fn figures(source: &Source) -> Result<Vec<Comparable>, Failure> {
    let data = Data::read(&source.directory)?;
    let counted = Arm::COUNTED.into_iter();
    let found = counted.filter_map(|arm| {
        let value = data.value(arm, "instructions")?;
        let figure = format!("{}/instructions", arm.key());
        Some(Comparable::steady(figure, "instructions per request", value, 0.0))
    });
    Ok(found.collect())
}
