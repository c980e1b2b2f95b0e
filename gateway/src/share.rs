//! A share of a whole, above zero and up to all of it, in steps of a hundredth of a percent.
//!
//! An integer, so that what is compared and decided is exact and the same everywhere.

use std::fmt;

const WHOLE: u64 = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u16);

impl Share {
    pub const HUNDREDTH: Share = Share(WHOLE as u16 / 100);
    pub const HALF: Share = Share(WHOLE as u16 / 2);
    pub const ALL: Share = Share(WHOLE as u16);

    /// From a number above 0 and up to 1, to the nearest step.
    pub fn try_new(part: f64) -> Result<Share, BadShare> {
        let steps = (part * WHOLE as f64).round();
        // a number that is none fails both comparisons
        if steps >= 1.0 && steps <= WHOLE as f64 {
            Ok(Share(steps as u16))
        } else {
            Err(BadShare)
        }
    }

    /// This share of `count`, rounded down.
    pub fn of(self, count: usize) -> usize {
        let part = count as u64 * u64::from(self.0) / WHOLE;
        usize::try_from(part).unwrap_or(usize::MAX)
    }

    /// Whether `part` of `whole` is at least this share.
    pub fn reached(self, part: u64, whole: u64) -> bool {
        u128::from(part) * u128::from(WHOLE) >= u128::from(whole) * u128::from(self.0)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", f64::from(self.0) / WHOLE as f64)
    }
}

/// No share: not above 0, or above 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadShare;

impl fmt::Display for BadShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is out of range: a share is from 0.0001 to 1")
    }
}

impl std::error::Error for BadShare {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_written_and_taken_exactly() {
        for (part, shown, of_7) in [
            (1.0, "1", 7),
            (0.5, "0.5", 3),
            (0.3333, "0.3333", 2),
            (0.0001, "0.0001", 0),
        ] {
            let share = Share::try_new(part).unwrap();
            assert_eq!((share.to_string().as_str(), share.of(7)), (shown, of_7));
            assert_eq!(Share::try_new(share.to_string().parse().unwrap()), Ok(share));
        }
        for part in [0.0, -0.5, 1.01, 50.0, f64::NAN, f64::INFINITY, 0.000_01] {
            assert_eq!(Share::try_new(part), Err(BadShare), "{part}");
        }
        assert!(Share::HALF.reached(1, 2) && !Share::HALF.reached(1, 3) && Share::ALL.reached(3, 3));
    }
}
