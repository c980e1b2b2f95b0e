//! What of `herd` is compared with earlier runs: what the first second carries, and what a cold replica gets.

use super::figures::{Runs, busiest, first_second, level};
use super::{BACKOFF, FULL, REPLICA, SLOWLY};
use crate::failure::Failure;
use crate::report::Source;
use crate::trend::Comparable;

pub(super) fn figures(source: &Source) -> Result<Vec<Comparable>, Failure> {
    let runs = Runs::read(&source.directory)?;
    let seed = source.run.seed;
    let first = |arm| level(&first_second(&runs, arm), seed, "first-second", arm);
    let cold = level(
        &busiest(&runs, SLOWLY, Some(REPLICA)),
        seed,
        "cold-busiest",
        SLOWLY,
    );
    let found = [
        Comparable::of("backoff/first-second", "× capacity", first(BACKOFF)),
        Comparable::of("full/first-second", "× capacity", first(FULL)),
        Comparable::of("slow-start/busiest-second", "× its capacity", cold),
    ];
    Ok(found.into_iter().flatten().collect())
}
