//! One number for all traces of a sweep, whatever the order in which they were made.
//!
//! Each run gives SHA-256 of scenario, seed and its trace's hash; these are XORed. No run comes twice, so nothing cancels
//! out, and two sweeps of the same seeds have equal digests only if every single trace is equal. It guards against mistakes,
//! not against forgers.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

const BYTES: usize = 32;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest([u8; BYTES]);

impl Digest {
    /// Of one run; `what` is its trace's hash, or what came in place of a trace.
    pub fn of(scenario: &str, seed: u64, what: &str) -> Self {
        Self(Sha256::digest(format!("{scenario}\n{seed}\n{what}")).into())
    }

    pub fn add(&mut self, other: Self) {
        for (byte, other) in self.0.iter_mut().zip(other.0) {
            *byte ^= other;
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no digest: it has {} hexadecimal digits", 2 * BYTES);
        let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect();
        let digits = digits
            .filter(|digits| digits.len() == 2 * BYTES)
            .ok_or_else(wrong)?;
        let mut bytes = [0; BYTES];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair[0] << 4 | pair[1];
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(runs: &[(&str, u64, &str)]) -> Digest {
        let mut sum = Digest::default();
        runs.iter()
            .for_each(|(scenario, seed, what)| sum.add(Digest::of(scenario, *seed, what)));
        sum
    }

    #[test]
    fn order_is_nothing_and_everything_else_counts() {
        let whole = sum(&[("a", 1, "x"), ("a", 2, "x"), ("b", 1, "y")]);
        assert_eq!(whole, sum(&[("b", 1, "y"), ("a", 2, "x"), ("a", 1, "x")]));
        let others: [&[(&str, u64, &str)]; 3] = [
            &[("a", 1, "x"), ("a", 2, "x"), ("b", 1, "z")],
            &[("a", 1, "x"), ("a", 3, "x"), ("b", 1, "y")],
            &[("a", 1, "x"), ("a", 2, "x")],
        ];
        assert!(others.iter().all(|other| sum(other) != whole));
        assert_eq!(whole.to_string().parse(), Ok(whole));
        for wrong in ["", "ab", &"g".repeat(64), &"é".repeat(32)] {
            assert!(wrong.parse::<Digest>().is_err(), "{wrong}");
        }
    }
}
