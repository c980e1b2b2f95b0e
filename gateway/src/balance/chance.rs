//! Numbers below a bound from random words.
//!
//! By the high half of a product instead of a remainder: one multiplication, and the bias is below n / 2⁶⁴. Written
//! out so that a seed gives the same picks whatever version of a library is used.

use rand::Rng;

/// Below `bound`, which is at least 1.
pub(super) fn below(bound: u64, chance: &mut impl Rng) -> u64 {
    scaled(chance.next_u64(), bound)
}

/// A uniform word to a uniform number below `bound`.
pub(super) fn scaled(word: u64, bound: u64) -> u64 {
    ((u128::from(word) * u128::from(bound)) >> 64) as u64
}
