//! What of `retry-storm` is compared with earlier runs: how far naive retries amplify, and when the full policy has recovered.

use super::figures::{amplification, level, recovery};
use super::{FULL, NAIVE};
use crate::exp::simulated::Data;
use crate::failure::Failure;
use crate::report::Source;
use crate::trend::Comparable;

pub(super) fn figures(source: &Source) -> Result<Vec<Comparable>, Failure> {
    let data = Data::read(&source.directory)?;
    let seed = source.run.seed;
    let amplified = level(&amplification(&data, NAIVE), seed, "amplification", NAIVE);
    let recovered = level(&recovery(&data, FULL), seed, "recovery", FULL);
    let found = [
        Comparable::of("naive/amplification", "attempts per request", amplified),
        Comparable::of("full/recovery", "s", recovered),
    ];
    Ok(found.into_iter().flatten().collect())
}
