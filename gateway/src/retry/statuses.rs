//! The statuses of answers that are worth another attempt.
//!
//! A set of bits, so that settings stay a small value that is copied.

use std::fmt;

const LEAST: u16 = 400;
const MOST: u16 = 599;

/// Statuses from 400 to 599; none, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statuses([u64; 4]);

impl Statuses {
    pub const NONE: Statuses = Statuses([0; 4]);

    /// What proxies and overloaded servers say of themselves. 500 is as a rule the request's own bug, which a second attempt
    /// meets again.
    pub const DEFAULT: Statuses = Statuses([0, 1 << (502 - 464) | 1 << (503 - 464) | 1 << (504 - 464), 0, 0]);

    /// Both ends of each range included.
    pub fn try_new(ranges: &[(u16, u16)]) -> Result<Statuses, BadRange> {
        let mut set = Statuses::NONE;
        for &(first, last) in ranges {
            if first < LEAST || last > MOST || first > last {
                return Err(BadRange(first, last));
            }
            for status in first..=last {
                let (word, bit) = place(status);
                set.0[word] |= bit;
            }
        }
        Ok(set)
    }

    pub fn contains(&self, status: u16) -> bool {
        if !(LEAST..=MOST).contains(&status) {
            return false;
        }
        let (word, bit) = place(status);
        self.0[word] & bit != 0
    }
}

fn place(status: u16) -> (usize, u64) {
    let bit = status - LEAST;
    (usize::from(bit / 64), 1 << (bit % 64))
}

/// As a list of numbers and ranges: `[429, 502-504]`.
impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        let mut comma = "";
        let mut first = LEAST;
        while first <= MOST {
            if !self.contains(first) {
                first += 1;
                continue;
            }
            let mut last = first;
            while self.contains(last + 1) {
                last += 1;
            }
            match last - first {
                0 => write!(f, "{comma}{first}")?,
                _ => write!(f, "{comma}{first}-{last}")?,
            }
            comma = ", ";
            first = last + 1;
        }
        f.write_str("]")
    }
}

/// A range that is none, or goes beyond the statuses that may be retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadRange(u16, u16);

impl fmt::Display for BadRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BadRange(first, last) = self;
        if first == last {
            write!(f, "{first} is no status of an error: {LEAST} to {MOST}")
        } else {
            write!(
                f,
                "{first}-{last} is no range of errors' statuses: both ends from {LEAST} to {MOST}, the lower one first"
            )
        }
    }
}

impl std::error::Error for BadRange {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_both_ends_of_each_range() {
        let default = Statuses::try_new(&[(502, 504)]);
        assert_eq!(default, Ok(Statuses::DEFAULT));
        let set = Statuses::try_new(&[(400, 400), (429, 429), (463, 465), (599, 599)]).expect("in range");
        let held: Vec<u16> = (0..u16::MAX).filter(|status| set.contains(*status)).collect();
        assert_eq!(held, [400, 429, 463, 464, 465, 599]);
        assert_eq!(set.to_string(), "[400, 429, 463-465, 599]");
        assert_eq!(Statuses::try_new(&[]).expect("none").to_string(), "[]");
        for bad in [(399, 500), (500, 600), (504, 502), (200, 200)] {
            assert_eq!(Statuses::try_new(&[bad]), Err(BadRange(bad.0, bad.1)));
        }
    }
}
