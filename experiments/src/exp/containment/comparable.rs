//! What of `containment` is compared with earlier runs: when the breaker opens, and what the neighbour feels.

use super::figures::{Figure, added, opens_after};
use super::{BREAKER, CATALOG, SLOW};
use crate::exp::simulated::Data;
use crate::failure::Failure;
use crate::report::Source;
use crate::trend::Comparable;

pub(super) fn figures(source: &Source) -> Result<Vec<Comparable>, Failure> {
    let data = Data::read(&source.directory)?;
    let seed = source.run.seed;
    let felt = added(&data, seed, BREAKER, CATALOG, Figure::P99);
    let found = [
        Comparable::of("breaker/opens-after", "s", opens_after(&data, seed, BREAKER)),
        Comparable::of("slow/opens-after", "s", opens_after(&data, seed, SLOW)),
        Comparable::of("breaker/neighbour-p99-added", "ms", felt),
    ];
    Ok(found.into_iter().flatten().collect())
}
