//! What is known of single requests, for as long as it can matter: until some simulated time after their end.
//!
//! That is what keeps an oracle's memory from growing with the trace. Ids of a load, and a gateway's numbers, come nearly in
//! order, so facts lie in a row and are found by their place: a handful of oracles look there several times for each
//! request, and what they look for was written a moment ago. Ids that are far from the others, as only a trace from
//! elsewhere has them, are kept apart.

use std::collections::{BTreeMap, VecDeque};

/// Places by which the row grows at once; an id beyond is kept apart. A load is 64 streams, and none is so far ahead.
const GAP_MAX: usize = 4_096;

/// Facts by id.
pub(super) struct Recent<T> {
    kept_us: u64,
    /// The id of the row's first place.
    first: u64,
    row: VecDeque<Option<T>>,
    apart: BTreeMap<u64, T>,
    /// Ids by the time of their end.
    ended: VecDeque<(u64, u64)>,
}

impl<T> Recent<T> {
    /// Facts are kept for so long after the end: [`super::facts::Facts::kept_us`], or less.
    pub(super) fn new(kept_us: u64) -> Self {
        Self {
            kept_us,
            first: 0,
            row: VecDeque::new(),
            apart: BTreeMap::new(),
            ended: VecDeque::new(),
        }
    }

    pub(super) fn insert(&mut self, id: u64, facts: T) {
        let fits = |place: &usize| *place < self.row.len() + GAP_MAX;
        match self.offset(id).filter(fits) {
            Some(place) if !self.is_apart(id) => {
                if self.row.len() <= place {
                    self.row.resize_with(place + 1, || None);
                }
                self.row[place] = Some(facts);
            }
            _ => drop(self.apart.insert(id, facts)),
        }
    }

    pub(super) fn get(&self, id: u64) -> Option<&T> {
        match self.place(id) {
            Some(place) => self.row.get(place)?.as_ref(),
            None => self.apart.get(&id),
        }
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        match self.place(id) {
            Some(place) => self.row.get_mut(place)?.as_mut(),
            None => self.apart.get_mut(&id),
        }
    }

    /// Nothing more is expected of it; what ended long before `now_us` is forgotten.
    pub(super) fn end(&mut self, id: u64, now_us: u64) {
        self.ended.push_back((now_us, id));
        while let Some((at_us, id)) = self.ended.front().copied()
            && at_us.saturating_add(self.kept_us) < now_us
        {
            self.ended.pop_front();
            self.forget(id);
        }
    }

    /// From here on ids count anew.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.kept_us);
    }

    /// All of them.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.row.iter().flatten().chain(self.apart.values())
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.row.iter_mut().flatten().chain(self.apart.values_mut())
    }

    fn forget(&mut self, id: u64) {
        match self.place(id) {
            Some(place) => {
                if let Some(facts) = self.row.get_mut(place) {
                    *facts = None;
                }
                while let Some(None) = self.row.front() {
                    self.row.pop_front();
                    self.first += 1;
                }
            }
            None => drop(self.apart.remove(&id)),
        }
    }

    /// Its place in the row, unless it is kept apart.
    fn place(&self, id: u64) -> Option<usize> {
        let in_row = |place: &usize| *place < self.row.len();
        self.offset(id).filter(in_row).filter(|_| !self.is_apart(id))
    }

    fn offset(&self, id: u64) -> Option<usize> {
        usize::try_from(id.checked_sub(self.first)?).ok()
    }

    /// The row may have come near to an id that was far away when it came.
    fn is_apart(&self, id: u64) -> bool {
        !self.apart.is_empty() && self.apart.contains_key(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEPT_US: u64 = 1_000;

    #[test]
    fn what_has_ended_is_forgotten_after_a_while_and_no_sooner() {
        let mut recent = Recent::new(KEPT_US);
        for id in 0..3 {
            recent.insert(id, id * 10);
        }
        recent.end(1, 0);
        recent.end(0, KEPT_US);
        assert_eq!(recent.get(1), Some(&10));
        recent.end(7, KEPT_US + 1);
        assert_eq!(recent.get(1), None);
        assert_eq!((recent.get(0), recent.get(2)), (Some(&0), Some(&20)));
    }

    #[test]
    fn memory_is_that_of_what_is_kept() {
        let mut recent = Recent::new(60_000_000);
        for id in 0..100_000 {
            recent.insert(id, ());
            recent.end(id, id * 10_000);
        }
        assert!(recent.values().count() <= 6_002);
        assert!(recent.row.len() <= 6_002 && recent.ended.len() <= 6_002);
    }

    proptest! {
        #[test]
        fn it_is_a_map(steps in prop::collection::vec((0..3_u8, prop_oneof![9 => 0..40_u64, 3 => 4_080..4_120_u64, 1 => any::<u64>()]), 0..120)) {
            let (mut recent, mut model) = (Recent::new(KEPT_US), BTreeMap::new());
            let mut ended = Vec::new();
            for (now, (what, id)) in steps.into_iter().enumerate() {
                let now_us = now as u64 * 100;
                match what {
                    0 => {
                        recent.insert(id, now);
                        model.insert(id, now);
                    }
                    1 => {
                        recent.end(id, now_us);
                        ended.push((now_us, id));
                        ended.retain(|(at_us, id)| {
                            let kept = at_us + KEPT_US >= now_us;
                            if !kept {
                                model.remove(id);
                            }
                            kept
                        });
                    }
                    _ => {}
                }
                prop_assert_eq!(recent.get(id), model.get(&id));
                prop_assert_eq!(recent.get_mut(id).copied(), model.get(&id).copied());
                let mut values: Vec<_> = recent.values().copied().collect();
                let mut expected: Vec<_> = model.values().copied().collect();
                values.sort();
                expected.sort();
                prop_assert_eq!(values, expected);
            }
        }
    }
}
