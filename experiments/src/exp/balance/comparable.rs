//! What of `balance` is compared with earlier runs: what clients wait for on each fleet.

use super::figures::{Figure, level};
use super::{FLEETS, WAYS};
use crate::exp::simulated::Data;
use crate::failure::Failure;
use crate::report::Source;
use crate::trend::Comparable;

pub(super) fn figures(source: &Source) -> Result<Vec<Comparable>, Failure> {
    let data = Data::read(&source.directory)?;
    let mut found = Vec::new();
    for (fleet, _) in FLEETS {
        for (way, _) in WAYS {
            let variant = format!("{way}-{fleet}");
            let p99 = level(&data, source.run.seed, &variant, Figure::P99);
            found.extend(Comparable::of(format!("{variant}/p99"), "ms", p99));
        }
    }
    Ok(found)
}
