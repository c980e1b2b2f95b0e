//! Request ids: 128 random bits as 32 hexadecimal digits.
//!
//! They tell requests apart in logs; they keep nobody out, so a seeded generator is good enough, and in the
//! simulator it makes them replayable. Workers draw from different child seeds.

use http::HeaderValue;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::cell::RefCell;
use world::Seed;

const DIGITS: &[u8; 16] = b"0123456789abcdef";
const LENGTH: usize = 32;

/// The longest id that is taken over from a trusted peer; longer ones are replaced.
const FOREIGN_LENGTH_MAX: usize = 128;

pub(crate) struct RequestIds(RefCell<ChaCha8Rng>);

impl RequestIds {
    pub(crate) fn new(seed: Seed) -> Self {
        Self(RefCell::new(seed.child("request-id").rng()))
    }

    pub(crate) fn next(&self) -> HeaderValue {
        let mut rng = self.0.borrow_mut();
        let mut text = [0_u8; LENGTH];
        for half in text.chunks_exact_mut(LENGTH / 2) {
            let bytes = rng.next_u64().to_be_bytes();
            for (pair, byte) in half.chunks_exact_mut(2).zip(bytes) {
                pair[0] = DIGITS[usize::from(byte >> 4)];
                pair[1] = DIGITS[usize::from(byte & 15)];
            }
        }
        HeaderValue::from_bytes(&text).unwrap_or_else(|_| HeaderValue::from_static("0"))
    }
}

/// Whether an id that a trusted peer sent may be kept: visible ASCII of a reasonable length.
pub(crate) fn acceptable(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    (1..=FOREIGN_LENGTH_MAX).contains(&bytes.len()) && bytes.iter().all(|b| (0x21..=0x7e).contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_distinct_hexadecimal_and_replayable() {
        let draw = |seed| {
            let ids = RequestIds::new(seed);
            (0..1_000)
                .map(|_| ids.next().to_str().expect("ascii").to_owned())
                .collect::<Vec<_>>()
        };
        let ids = draw(Seed(1));
        assert!(
            ids.iter()
                .all(|id| id.len() == LENGTH && id.bytes().all(|b| DIGITS.contains(&b)))
        );
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        assert_eq!(ids, draw(Seed(1)));
        assert_ne!(ids, draw(Seed(2)));
    }

    #[test]
    fn foreign_ids_are_bounded() {
        assert!(acceptable(&HeaderValue::from_static("abc-123")));
        assert!(!acceptable(&HeaderValue::from_static("")));
        assert!(!acceptable(&HeaderValue::from_static("a b")));
        assert!(!acceptable(
            &HeaderValue::from_str(&"x".repeat(129)).expect("ascii")
        ));
    }
}
