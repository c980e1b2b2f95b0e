//! What of `drain` is compared with earlier runs: requests that failed while gateways were replaced.

use super::ROLLING;
use super::figures::counts;
use crate::exp::simulated::Data;
use crate::failure::Failure;
use crate::report::Source;
use crate::trend::Comparable;

pub(super) fn figures(source: &Source) -> Result<Vec<Comparable>, Failure> {
    let data = Data::read(&source.directory)?;
    let failed = counts(&data, ROLLING).failed as f64;
    Ok(vec![Comparable::steady(
        "rolling/failed",
        "requests",
        failed,
        0.0,
    )])
}
