//! What is open: requests at clients, in the gateway and at replicas, each on a thread of its host while it lasts.

use super::writer::Place;
use std::collections::{BTreeMap, BTreeSet};

/// The most that may be open of one sort; the oldest has to end for the next.
pub(super) const OPEN_MAX: usize = 1 << 16;

/// Arrows from one request: one that is sent again without end has its first ones.
pub(super) const ARROWS_MAX: usize = 64;

/// Threads of one process, handed out lowest first, from 1.
#[derive(Debug, Default)]
pub(super) struct Slots {
    free: BTreeSet<u64>,
    handed_out: u64,
}

impl Slots {
    /// The slot, and whether it is handed out for the first time.
    pub(super) fn take(&mut self) -> (u64, bool) {
        match self.free.pop_first() {
            Some(slot) => (slot, false),
            None => {
                self.handed_out += 1;
                (self.handed_out, true)
            }
        }
    }

    pub(super) fn give(&mut self, slot: u64) {
        self.free.insert(slot);
    }
}

/// A client's request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) place: Place,
    pub(super) from_us: u64,
    pub(super) name: String,
    pub(super) sent_us: u64,
    /// The arrows from it: one for each time it has come to the gateway.
    pub(super) arrows: Vec<u64>,
}

/// An attempt of the gateway.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tried {
    pub(super) number: u64,
    pub(super) from_us: u64,
    pub(super) name: String,
    /// The arrows from it: one for each time it has come to a replica.
    pub(super) arrows: Vec<u64>,
}

/// A request in the gateway.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Routed {
    pub(super) place: Place,
    pub(super) from_us: u64,
    pub(super) load_id: Option<u64>,
    /// The arrow that leads to it.
    pub(super) arrow: Option<u64>,
    pub(super) tried: Option<Tried>,
}

/// A request at a replica.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Served {
    pub(super) place: Place,
    pub(super) from_us: u64,
    pub(super) load_id: Option<u64>,
    pub(super) arrow: Option<u64>,
    pub(super) status: u64,
}

/// Everything that is open in one simulation.
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) slots: BTreeMap<u64, Slots>,
    /// By the client's id.
    pub(super) asked: BTreeMap<u64, Asked>,
    /// By the gateway's number.
    pub(super) routed: BTreeMap<u64, Routed>,
    /// The gateway's number by the client's id: the latest.
    pub(super) number_of: BTreeMap<u64, u64>,
    /// By host and its own number.
    pub(super) served: BTreeMap<(u64, u64), Served>,
    /// Faults that lie on something, by their place in the plan, with their names.
    pub(super) faults: BTreeMap<u64, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_slot_is_taken() {
        let mut slots = Slots::default();
        assert_eq!(
            [slots.take(), slots.take(), slots.take()],
            [(1, true), (2, true), (3, true)]
        );
        slots.give(2);
        slots.give(1);
        assert_eq!(
            [slots.take(), slots.take(), slots.take()],
            [(1, false), (2, false), (4, true)]
        );
    }
}
