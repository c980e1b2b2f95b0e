//! Sets in little memory: of ids, and of hosts or places as bits.
//!
//! Ids of a load come nearly in order, so the set of those that were ever seen is a few ranges, exactly.

use std::collections::BTreeMap;

/// A host, or a replica's place, in a set: there are fewer than 64 of either, and nothing beyond is in any.
pub(super) fn bit(number: u64) -> u64 {
    u32::try_from(number)
        .ok()
        .and_then(|number| 1_u64.checked_shl(number))
        .unwrap_or(0)
}

/// A set of integers as disjoint ranges that do not touch.
#[derive(Debug, Default)]
pub(super) struct Spans {
    /// First and last of each range.
    ranges: BTreeMap<u64, u64>,
}

impl Spans {
    pub(super) fn contains(&self, id: u64) -> bool {
        self.range_at_or_before(id).is_some_and(|(_, last)| id <= last)
    }

    /// Adds it; false if it was there.
    pub(super) fn insert(&mut self, id: u64) -> bool {
        let before = self.range_at_or_before(id);
        if before.is_some_and(|(_, last)| id <= last) {
            return false;
        }
        let mut range = (id, id);
        if let Some((first, last)) = before
            && last.checked_add(1) == Some(id)
        {
            range.0 = first;
        }
        if let Some(next) = id.checked_add(1)
            && let Some(last) = self.ranges.remove(&next)
        {
            range.1 = last;
        }
        self.ranges.insert(range.0, range.1);
        true
    }

    fn range_at_or_before(&self, id: u64) -> Option<(u64, u64)> {
        let range = self.ranges.range(..=id).next_back();
        range.map(|(first, last)| (*first, *last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_is_a_set(ids in prop::collection::vec(0..60_u64, 0..80)) {
            let (mut spans, mut model) = (Spans::default(), BTreeSet::new());
            for id in ids {
                prop_assert_eq!(spans.insert(id), model.insert(id));
                prop_assert!((0..60).all(|id| spans.contains(id) == model.contains(&id)));
                let gaps = model.iter().zip(model.iter().skip(1)).filter(|(a, b)| *a + 1 < **b).count();
                prop_assert_eq!(spans.ranges.len(), gaps + 1);
            }
        }
    }

    #[test]
    fn the_ends_of_the_integers_are_no_trouble() {
        let mut spans = Spans::default();
        for id in [u64::MAX, 0, u64::MAX - 1, 1] {
            assert!(spans.insert(id));
            assert!(!spans.insert(id));
        }
        assert_eq!([0, 63, 64, u64::MAX].map(bit), [1, 1 << 63, 0, 0]);
    }
}
