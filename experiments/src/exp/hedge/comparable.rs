//! What of the policies is compared with earlier runs: against no hedge, within each seed.

use super::figures::{Figure, ratio};
use super::{NONE, VARIANTS};
use crate::exp::simulated::Data;
use crate::failure::Failure;
use crate::report::Source;
use crate::trend::Comparable;

pub(super) fn figures(source: &Source) -> Result<Vec<Comparable>, Failure> {
    let data = Data::read(&source.directory)?;
    let mut found = Vec::new();
    for (variant, _) in VARIANTS.into_iter().filter(|(variant, _)| *variant != NONE) {
        for (figure, what) in [
            (Figure::P999, "p99.9-to-none"),
            (Figure::Attempts, "attempts-to-none"),
        ] {
            if let Some((value, Some(interval))) = ratio(&data, source.run.seed, variant, figure) {
                found.push(Comparable::between(
                    format!("{variant}/{what}"),
                    "×",
                    value,
                    interval,
                ));
            }
        }
    }
    Ok(found)
}
