//! What of `hedge` is compared with earlier runs: each hedge against none, within each seed.

use super::figures::{Figure, ratio};
use super::{NONE, VARIANTS};
use crate::exp::simulated::Data;
use crate::failure::Failure;
use crate::report::Source;
use crate::trend::Comparable;

pub(super) fn figures(source: &Source) -> Result<Vec<Comparable>, Failure> {
    let data = Data::read(&source.directory)?;
    let seed = source.run.seed;
    let hedges = VARIANTS.into_iter().filter(|(variant, _)| *variant != NONE);
    let found = hedges.flat_map(|(variant, _)| {
        [
            (Figure::P999, "p99.9-to-none"),
            (Figure::Attempts, "attempts-to-none"),
        ]
        .map(|(figure, what)| {
            Comparable::of(
                format!("{variant}/{what}"),
                "×",
                ratio(&data, seed, variant, figure),
            )
        })
    });
    Ok(found.flatten().collect())
}
