//! Ids of traces and spans, by chance from a seed: they tell spans apart and keep nobody out.

use crate::ids::hex;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::cell::RefCell;
use world::Seed;

/// As hexadecimal digits in lower case, never all zero.
pub(crate) type TraceId = [u8; 32];
pub(crate) type SpanId = [u8; 16];

pub(crate) struct TraceIds(RefCell<ChaCha8Rng>);

impl TraceIds {
    /// `seed` is the worker's own.
    pub(crate) fn new(seed: Seed) -> Self {
        Self(RefCell::new(seed.child("trace").rng()))
    }

    /// A new trace, and a number by chance that is part of its id: whoever samples by it does so the same way everywhere.
    pub(crate) fn trace(&self) -> (TraceId, u64) {
        let mut rng = self.0.borrow_mut();
        let (first, last) = (rng.next_u64(), not_zero(&mut rng));
        let mut id = [0; 32];
        id[..16].copy_from_slice(&hex(first));
        id[16..].copy_from_slice(&hex(last));
        (id, last)
    }

    pub(crate) fn span(&self) -> SpanId {
        hex(not_zero(&mut self.0.borrow_mut()))
    }
}

fn not_zero(rng: &mut ChaCha8Rng) -> u64 {
    // one time in 2^64 it is
    rng.next_u64().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_distinct_and_replayable() {
        let draw = |seed| {
            let ids = TraceIds::new(Seed(seed));
            (0..100).map(|_| (ids.trace(), ids.span())).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let mut spans: Vec<_> = draw(1).into_iter().map(|(_, span)| span).collect();
        spans.sort_unstable();
        spans.dedup();
        assert_eq!(spans.len(), 100);
    }
}
