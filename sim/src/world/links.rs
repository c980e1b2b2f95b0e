//! What each link of a simulated network is at the moment: open, cut or held, and how long a segment travels.
//!
//! turmoil keeps one state per direction, so two overlapping faults would undo each other: the end of a
//! short partition would repair a long one. Here is only what follows from all faults together (`faults` derives
//! it); whoever sends asks this table.

use std::time::Duration;

/// What one direction of a link does with a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// Delivers it.
    Open = 0,
    /// Loses it.
    Cut = 1,
    /// Keeps it until released.
    Held = 2,
}

/// What can be done to the link between two hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkFault {
    /// Both directions lose everything.
    Partition,
    /// The direction from the first host to the second loses everything; under a hold it waits for the release.
    OneWay,
    /// Both directions keep everything until the release: a black hole that ends.
    Hold,
}

/// The two directions of a link: from the host of the lower number to the higher, and back.
pub(super) type BothWays = [LinkState; 2];

/// Every link of a simulated network.
pub(super) struct Links {
    hosts: usize,
    /// The latency of each without any fault.
    base: (Duration, Duration),
    links: Vec<Link>,
}

#[derive(Clone)]
struct Link {
    state: BothWays,
    /// Times a direction became cut: whoever sent before and hears nothing after can tell why.
    cut_epoch: u64,
    latency: (Duration, Duration),
}

impl Links {
    /// Links between hosts 1 to `hosts`, all open.
    pub(super) fn new(hosts: usize, latency: (Duration, Duration)) -> Self {
        let link = Link {
            state: [LinkState::Open; 2],
            cut_epoch: 0,
            latency,
        };
        Self {
            hosts,
            base: latency,
            links: vec![link; hosts * hosts],
        }
    }

    /// What the direction `from` → `to` does now.
    pub(super) fn state(&self, from: u64, to: u64) -> LinkState {
        self.link(from, to).state[usize::from(from > to)]
    }

    pub(super) fn both_ways(&self, a: u64, b: u64) -> BothWays {
        self.link(a, b).state
    }

    /// Whether either direction loses segments.
    pub(super) fn is_cut(&self, a: u64, b: u64) -> bool {
        self.link(a, b).state.contains(&LinkState::Cut)
    }

    pub(super) fn cut_epoch(&self, a: u64, b: u64) -> u64 {
        self.link(a, b).cut_epoch
    }

    /// Shortest and longest latency.
    pub(super) fn latency(&self, a: u64, b: u64) -> (Duration, Duration) {
        self.link(a, b).latency
    }

    /// The latency of a link on which no fault lies.
    pub(super) fn base_latency(&self) -> (Duration, Duration) {
        self.base
    }

    pub(super) fn set_latency(&mut self, a: u64, b: u64, latency: (Duration, Duration)) {
        self.link_mut(a, b).latency = latency;
    }

    pub(super) fn set_state(&mut self, a: u64, b: u64, state: BothWays) {
        let link = self.link_mut(a, b);
        link.cut_epoch += u64::from((0..2).any(|way| newly_cut(way, link.state, state)));
        link.state = state;
    }

    fn index(&self, a: u64, b: u64) -> usize {
        let (low, high) = (a.min(b) as usize - 1, a.max(b) as usize - 1);
        low * self.hosts + high
    }

    fn link(&self, a: u64, b: u64) -> &Link {
        &self.links[self.index(a, b)]
    }

    fn link_mut(&mut self, a: u64, b: u64) -> &mut Link {
        let index = self.index(a, b);
        &mut self.links[index]
    }
}

/// Whether a direction loses from here on what is on its way.
pub(super) fn newly_cut(way: usize, before: BothWays, after: BothWays) -> bool {
    before[way] != LinkState::Cut && after[way] == LinkState::Cut
}

#[cfg(test)]
mod tests {
    use super::LinkState::{Cut, Held, Open};
    use super::*;

    #[test]
    fn directions_and_pairs_are_told_apart() {
        let mut links = Links::new(3, (Duration::ZERO, Duration::ZERO));
        links.set_state(3, 1, [Open, Cut]);
        assert_eq!((links.state(3, 1), links.state(1, 3)), (Cut, Open));
        assert!(links.is_cut(1, 3) && !links.is_cut(1, 2) && !links.is_cut(2, 3));
    }

    #[test]
    fn cut_epoch_counts_new_cuts_only() {
        let mut links = Links::new(2, (Duration::ZERO, Duration::ZERO));
        for (state, epoch) in [
            ([Open, Cut], 1),
            ([Cut, Cut], 2),
            ([Cut, Cut], 2),
            ([Held, Held], 2),
            ([Cut, Cut], 3),
        ] {
            links.set_state(1, 2, state);
            assert_eq!(links.cut_epoch(2, 1), epoch, "{state:?}");
        }
    }
}
