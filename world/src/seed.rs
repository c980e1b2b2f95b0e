//! Seeds, and child seeds by name.
//!
//! A child depends on its parent's value and its own name, never on how many siblings were asked for
//! before it: a new consumer of chance cannot reshuffle the old ones. Names are mixed in by 64-bit FNV-1a
//! and the SplitMix64 finaliser (Steele et al., 2014), both fixed for ever: old seeds must replay.
//! This is not cryptography. Keys that keep an attacker out never come from here but from [`World::secret`](crate::World::secret).

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::fmt;

/// A root of reproducible chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seed(pub u64);

impl Seed {
    /// The seed called `name` under this one.
    pub fn child(self, name: &str) -> Self {
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(mix(self.0 ^ mix(hash)))
    }

    /// The `index`-th seed under this one: for streams, replicas, workers.
    pub fn nth(self, index: u64) -> Self {
        Self(mix(
            mix(self.0).wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        ))
    }

    pub fn rng(self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.0)
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// SplitMix64's finaliser: a bijection of `u64` in which every input bit reaches every output bit.
fn mix(z: u64) -> u64 {
    let z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;
    use std::collections::BTreeSet;

    #[test]
    fn children_depend_on_name_and_parent_only() {
        let root = Seed(7);
        assert_eq!(root.child("a"), root.child("a"));
        assert_ne!(root.child("a"), root.child("b"));
        assert_ne!(root.child("a"), Seed(8).child("a"));
        assert_ne!(root.child("a").child("b"), root.child("b").child("a"));
    }

    #[test]
    fn values_are_fixed_for_ever() {
        // an old seed must replay: these numbers may not change
        assert_eq!(Seed(1).child("balance"), Seed(CHILD));
        assert_eq!(Seed(1).nth(3), Seed(NTH));
        assert_eq!(Seed(1).rng().next_u64(), FIRST);
    }

    #[test]
    fn indexed_children_do_not_collide() {
        let all: BTreeSet<_> = (0..100_000).map(|i| Seed(42).nth(i)).collect();
        assert_eq!(all.len(), 100_000);
    }

    const CHILD: u64 = 9_137_917_171_161_781_045;
    const NTH: u64 = 14_341_179_868_655_528_873;
    const FIRST: u64 = 7424550030962593201;
}
