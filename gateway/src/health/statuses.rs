//! A set of statuses, as a few ranges.

use std::fmt;

/// Ranges of one set: nobody lists more by hand, and each answer is compared with all of them.
pub const RANGES_MAX: usize = 16;

/// Of final answers; an interim one is never looked at.
const LEAST: u16 = 200;
const MOST: u16 = 599;

/// Ranges of statuses, both ends included; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses(Box<[(u16, u16)]>);

impl Statuses {
    pub fn try_new(ranges: &[(u16, u16)]) -> Result<Statuses, BadStatuses> {
        if ranges.is_empty() || ranges.len() > RANGES_MAX {
            return Err(BadStatuses::Count(ranges.len()));
        }
        for &(first, last) in ranges {
            if first < LEAST || last > MOST || first > last {
                return Err(BadStatuses::Range(first, last));
            }
        }
        Ok(Statuses(ranges.into()))
    }

    pub fn contains(&self, status: u16) -> bool {
        self.0
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&status))
    }
}

/// As a list of numbers and ranges: `[204, 300-399]`.
impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (place, (first, last)) in self.0.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(f, "{comma}{first}")?;
            if first != last {
                write!(f, "-{last}")?;
            }
        }
        f.write_str("]")
    }
}

/// What makes no set of statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadStatuses {
    /// So many ranges.
    Count(usize),
    Range(u16, u16),
}

impl fmt::Display for BadStatuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(0) => f.write_str("is empty: write at least one status, such as 503 or 500-599"),
            Self::Count(count) => write!(f, "{count} ranges are too many: at most {RANGES_MAX}"),
            Self::Range(first, last) if first == last => {
                write!(f, "{first} is out of range: {LEAST} to {MOST}")
            }
            Self::Range(first, last) => write!(
                f,
                "{first}-{last} is no range of statuses: both ends from {LEAST} to {MOST}, the lower one first"
            ),
        }
    }
}

impl std::error::Error for BadStatuses {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_both_ends_of_each_range() {
        let set = Statuses::try_new(&[(204, 204), (300, 399)]).unwrap();
        let held: Vec<u16> = (100..700).filter(|status| set.contains(*status)).collect();
        assert_eq!((held.len(), held[0], held[1], held[100]), (101, 204, 300, 399));
        assert_eq!(set.to_string(), "[204, 300-399]");
        for bad in [(199, 299), (200, 600), (300, 299), (100, 100)] {
            assert_eq!(Statuses::try_new(&[bad]), Err(BadStatuses::Range(bad.0, bad.1)));
        }
        assert_eq!(Statuses::try_new(&[]), Err(BadStatuses::Count(0)));
        assert_eq!(Statuses::try_new(&[(200, 200); 17]), Err(BadStatuses::Count(17)));
    }
}
