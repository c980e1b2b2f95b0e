//! Who is owed turns: the account of any way of picking that is fair by weight, whatever order it keeps.
//!
//! With every turn all that took part are owed their weight, and who was picked pays the sum. What a fair way owes stays
//! within a bound, and what an unfair one owes grows without end. Where it is not known for sure who took part, or
//! whether there was a turn at all, an account is a range, cut to the bound after every turn: when nothing is left of one,
//! no fair way can have picked like that.
//!
//! The bound is for smooth weighted round-robin among any candidates that come and go: n times the sum of the weights
//! (the test plays that against it, with weights that change).

/// One replica that took part in a turn, or may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) place: usize,
    pub(super) due: i64,
    pub(super) is_sure: bool,
}

pub(super) struct Ledger {
    /// By place: at least, and at most.
    owed: Vec<(i64, i64)>,
    bound: i64,
}

impl Ledger {
    /// Of one that has just begun; `whole` is the sum of all weights.
    pub(super) fn new(replicas: usize, whole: i64) -> Self {
        Self {
            owed: vec![(0, 0); replicas],
            bound: whole.saturating_mul(replicas as i64),
        }
    }

    /// A turn went to `chosen`: who is owed more, or less, than any fair way can owe; and how much more at least.
    pub(super) fn turn(&mut self, chosen: usize, parts: &[Part]) -> Option<(usize, i64)> {
        let others = || parts.iter().filter(|part| part.place != chosen);
        let most: i64 = others().map(|part| part.due).sum();
        let least: i64 = others().filter(|part| part.is_sure).map(|part| part.due).sum();
        for part in others() {
            let (low, high) = &mut self.owed[part.place];
            *high += part.due;
            if part.is_sure {
                *low += part.due;
            }
        }
        self.owed[chosen].0 -= most;
        self.owed[chosen].1 -= least;
        self.cut()
    }

    /// A turn went to `chosen`, or none was taken.
    pub(super) fn perhaps(&mut self, chosen: usize, parts: &[Part]) {
        for part in parts {
            let (low, high) = &mut self.owed[part.place];
            match part.place == chosen {
                true => *low -= parts.iter().map(|part| part.due).sum::<i64>() - part.due,
                false => *high += part.due,
            }
            *low = (*low).max(-self.bound);
            *high = (*high).min(self.bound);
        }
    }

    /// Cuts the ranges to the bound. After a violation nothing is known any more.
    fn cut(&mut self) -> Option<(usize, i64)> {
        let bound = self.bound;
        let beyond = self
            .owed
            .iter()
            .position(|(low, high)| *low > bound || *high < -bound);
        let found = beyond.map(|place| {
            let (low, high) = self.owed[place];
            (place, if low > bound { low } else { high })
        });
        for (low, high) in &mut self.owed {
            match found {
                Some(_) => (*low, *high) = (-bound, bound),
                None => (*low, *high) = ((*low).max(-bound), (*high).min(bound)),
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sure(place: usize, due: i64) -> Part {
        let is_sure = true;
        Part { place, due, is_sure }
    }

    proptest! {
        /// Smooth weighted round-robin among whoever is there, each with a share of its own that changes.
        #[test]
        fn a_fair_way_holds(
            weights in prop::collection::vec(1..=4_i64, 1..=8),
            turns in prop::collection::vec((any::<u8>(), any::<u8>(), 100..=1_000_i64), 1..800),
        ) {
            let whole = weights.iter().sum::<i64>() * 1_000;
            let mut ledger = Ledger::new(weights.len(), whole);
            let mut owed = vec![0_i64; weights.len()];
            for (there, fuzzy, share) in turns {
                let full = |place: usize| if place == 0 { share } else { 1_000 };
                let there = |place: &usize| there & 1 << place != 0;
                let parts: Vec<_> = (0..weights.len()).filter(there).map(|place| sure(place, weights[place] * full(place))).collect();
                if parts.is_empty() {
                    continue;
                }
                parts.iter().for_each(|part| owed[part.place] += part.due);
                let best = parts.iter().rev().max_by_key(|part| owed[part.place]).map_or(0, |part| part.place);
                owed[best] -= parts.iter().map(|part| part.due).sum::<i64>();
                // more may have taken part than have
                let all = (0..weights.len()).filter_map(|place| {
                    let known = parts.iter().find(|part| part.place == place).copied();
                    let maybe = Part { is_sure: false, ..sure(place, weights[place] * full(place)) };
                    known.map(|part| Part { is_sure: fuzzy & 1 << place == 0, ..part }).or(Some(maybe).filter(|_| fuzzy & 1 << place != 0))
                });
                let all: Vec<_> = all.collect();
                prop_assert_eq!(ledger.turn(best, &all), None);
                for (place, (low, high)) in ledger.owed.iter().enumerate() {
                    prop_assert!((*low..=*high).contains(&owed[place]));
                }
            }
        }
    }

    #[test]
    fn an_unfair_way_is_caught() {
        // both alike, where one weighs three times as much
        let parts = [sure(0, 1_000), sure(1, 3_000)];
        let mut ledger = Ledger::new(2, 4_000);
        let caught = (0..200).find(|turn| ledger.turn(turn % 2, &parts).is_some());
        assert!(caught.is_some_and(|turn| turn < 20), "{caught:?}");
        // turns that may have been none tell nothing
        let mut ledger = Ledger::new(2, 4_000);
        (0..200).for_each(|_| ledger.perhaps(0, &parts));
        assert_eq!(ledger.turn(0, &parts), None);
    }
}
