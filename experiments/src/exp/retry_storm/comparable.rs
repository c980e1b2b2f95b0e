//! What of `retry-storm` is compared with earlier runs: how far naive retries amplify, when the full policy has recovered, and what an overload leaves of
//! goodput.

use super::figures::{amplification, level, recovery};
use super::hysteresis::{PART, least_kept};
use super::{FULL, NAIVE};
use crate::exp::simulated::Data;
use crate::failure::Failure;
use crate::report::Source;
use crate::trend::Comparable;

pub(super) fn figures(source: &Source) -> Result<Vec<Comparable>, Failure> {
    let data = Data::read(&source.directory)?;
    let up_and_down = Data::read_part(&source.directory, PART)?;
    let seed = source.run.seed;
    let amplified = level(&amplification(&data, NAIVE), seed, "amplification", NAIVE);
    let recovered = level(&recovery(&data, FULL), seed, "recovery", FULL);
    let kept = level(&least_kept(&up_and_down, FULL), seed, "kept-after-overload", FULL);
    let kept = Comparable::of("full/kept-after-overload", "×", kept);
    let found = [
        Comparable::of("naive/amplification", "attempts per request", amplified),
        Comparable::of("full/recovery", "s", recovered),
        kept.map(Comparable::more_is_better),
    ];
    Ok(found.into_iter().flatten().collect())
}
