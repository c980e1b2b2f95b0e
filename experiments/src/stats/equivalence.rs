//! "Unchanged" as something that can fail: the whole interval must lie inside a stated band.
//!
//! An interval that merely contains 0 shows nothing: a short, noisy run would always "pass". This is the
//! interval form of two one-sided tests (Schuirmann, 1987).

use super::bootstrap::Interval;

/// Whether a difference stays within ± a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Equivalence {
    /// The whole interval is inside the band.
    Equivalent,
    /// The whole interval is outside.
    Different,
    /// The interval crosses an edge of the band: the run was too short or too noisy to tell.
    TooWide,
}

/// `band` is the half width around 0, in the interval's unit; its edges belong to it.
pub fn equivalence(interval: Interval, band: f64) -> Equivalence {
    if interval.low >= -band && interval.high <= band {
        Equivalence::Equivalent
    } else if interval.low > band || interval.high < -band {
        Equivalence::Different
    } else {
        Equivalence::TooWide
    }
}
