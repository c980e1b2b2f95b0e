//! What of `overload` is compared with earlier runs: what shedding loses, and how long the served wait.

use super::figures::{admitted_p99, level, lost};
use super::{VARIANTS, is_shedding};
use crate::exp::simulated::Data;
use crate::failure::Failure;
use crate::report::Source;
use crate::trend::Comparable;

pub(super) fn figures(source: &Source) -> Result<Vec<Comparable>, Failure> {
    let data = Data::read(&source.directory)?;
    let seed = source.run.seed;
    let mut found = Vec::new();
    for (variant, _) in VARIANTS.into_iter().filter(|(variant, _)| is_shedding(variant)) {
        let p99 = level(&admitted_p99(&data, variant), seed, "p99", variant);
        found.extend(Comparable::of(
            format!("{variant}/lost"),
            "of the goodput at capacity",
            lost(&data, seed, variant),
        ));
        found.extend(Comparable::of(format!("{variant}/p99-of-served"), "ms", p99));
    }
    Ok(found)
}
