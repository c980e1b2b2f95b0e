//! Which faults lie on which link, counted, and what the link is because of them.
//!
//! turmoil keeps one state per direction, so two overlapping faults would undo each other: the end of a
//! short partition would repair a long one. Here faults are counted, and the state is derived from the counts. A
//! full partition outweighs the rest. A hold and a one-way cut may not meet on a pair: turmoil has no state
//! for that, so the second is refused.
//!
//! Pure: it says what a link is; the driver tells turmoil.

use std::fmt;
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
    /// The direction from the first host to the second loses everything.
    OneWay,
    /// Both directions keep everything until the release: a black hole that ends.
    Hold,
}

/// The two directions of a link: from the host of the lower number to the higher, and back.
pub(super) type BothWays = [LinkState; 2];

/// Every link of a simulated network.
pub(super) struct Links {
    hosts: usize,
    links: Vec<Link>,
}

#[derive(Clone, Default)]
struct Link {
    partitions: u32,
    holds: u32,
    cuts: [u32; 2],
    /// Times a direction became cut: whoever sent before and hears nothing after can tell why.
    cut_epoch: u64,
    latency: (Duration, Duration),
}

/// Why a fault was not laid or lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkError {
    HoldMeetsOneWay,
    NothingToLift,
}

impl Links {
    /// Links between hosts 1 to `hosts`, all open.
    pub(super) fn new(hosts: usize, latency: (Duration, Duration)) -> Self {
        let link = Link {
            latency,
            ..Link::default()
        };
        Self {
            hosts,
            links: vec![link; hosts * hosts],
        }
    }

    /// What the direction `from` → `to` does now.
    pub(super) fn state(&self, from: u64, to: u64) -> LinkState {
        self.link(from, to).derived()[usize::from(from > to)]
    }

    /// Whether either direction loses segments.
    pub(super) fn is_cut(&self, a: u64, b: u64) -> bool {
        self.link(a, b).derived().contains(&LinkState::Cut)
    }

    pub(super) fn cut_epoch(&self, a: u64, b: u64) -> u64 {
        self.link(a, b).cut_epoch
    }

    /// Shortest and longest latency.
    pub(super) fn latency(&self, a: u64, b: u64) -> (Duration, Duration) {
        self.link(a, b).latency
    }

    pub(super) fn set_latency(&mut self, a: u64, b: u64, latency: (Duration, Duration)) {
        self.link_mut(a, b).latency = latency;
    }

    /// Lays one more fault; answers with the state before and after.
    pub(super) fn push(
        &mut self,
        fault: LinkFault,
        a: u64,
        b: u64,
    ) -> Result<(BothWays, BothWays), LinkError> {
        let link = self.link_mut(a, b);
        let before = link.derived();
        match fault {
            LinkFault::Hold if link.cuts != [0, 0] => return Err(LinkError::HoldMeetsOneWay),
            LinkFault::OneWay if link.holds > 0 => return Err(LinkError::HoldMeetsOneWay),
            _ => *link.counter(fault, a > b) += 1,
        }
        let after = link.derived();
        let newly_cut = (0..2).any(|way| before[way] != LinkState::Cut && after[way] == LinkState::Cut);
        link.cut_epoch += u64::from(newly_cut);
        Ok((before, after))
    }

    /// Lifts one fault that was laid with the same arguments.
    pub(super) fn pop(
        &mut self,
        fault: LinkFault,
        a: u64,
        b: u64,
    ) -> Result<(BothWays, BothWays), LinkError> {
        let link = self.link_mut(a, b);
        let before = link.derived();
        let counter = link.counter(fault, a > b);
        *counter = counter.checked_sub(1).ok_or(LinkError::NothingToLift)?;
        Ok((before, link.derived()))
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

impl Link {
    fn derived(&self) -> BothWays {
        if self.partitions > 0 {
            return [LinkState::Cut; 2];
        }
        if self.holds > 0 {
            return [LinkState::Held; 2];
        }
        self.cuts
            .map(|cuts| if cuts > 0 { LinkState::Cut } else { LinkState::Open })
    }

    fn counter(&mut self, fault: LinkFault, backwards: bool) -> &mut u32 {
        match fault {
            LinkFault::Partition => &mut self.partitions,
            LinkFault::Hold => &mut self.holds,
            LinkFault::OneWay => &mut self.cuts[usize::from(backwards)],
        }
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LinkError::HoldMeetsOneWay => {
                "lay a hold and a one-way cut on one pair at once: turmoil cannot; use a partition for one of them"
            }
            LinkError::NothingToLift => "lift a fault that was never laid on this pair",
        })
    }
}

impl std::error::Error for LinkError {}

#[cfg(test)]
mod tests {
    use super::LinkFault::{Hold, OneWay, Partition};
    use super::LinkState::{Cut, Held, Open};
    use super::*;

    fn links() -> Links {
        Links::new(3, (Duration::ZERO, Duration::ZERO))
    }

    #[test]
    fn overlapping_faults_end_each_on_its_own() {
        let mut links = links();
        links.push(Partition, 1, 2).expect("free");
        links.push(Partition, 2, 1).expect("partitions add up");
        assert_eq!(links.pop(Partition, 1, 2), Ok(([Cut; 2], [Cut; 2])));
        assert!(links.is_cut(1, 2));
        assert_eq!(links.pop(Partition, 1, 2), Ok(([Cut; 2], [Open; 2])));
        assert_eq!(links.pop(Partition, 1, 2), Err(LinkError::NothingToLift));
    }

    #[test]
    fn one_way_cut_is_one_way_and_lies_under_a_partition() {
        let mut links = links();
        links.push(OneWay, 3, 1).expect("free");
        assert_eq!((links.state(3, 1), links.state(1, 3)), (Cut, Open));
        links.push(Partition, 1, 3).expect("partition outweighs");
        assert_eq!((links.state(3, 1), links.state(1, 3)), (Cut, Cut));
        links.pop(Partition, 1, 3).expect("laid");
        assert_eq!((links.state(3, 1), links.state(1, 3)), (Cut, Open));
        assert_eq!(
            links.pop(OneWay, 1, 3),
            Err(LinkError::NothingToLift),
            "the other direction"
        );
        assert_eq!(
            (links.state(1, 2), links.state(2, 3)),
            (Open, Open),
            "other links are untouched"
        );
    }

    #[test]
    fn hold_comes_back_after_a_partition_and_refuses_a_one_way_cut() {
        let mut links = links();
        links.push(Hold, 1, 2).expect("free");
        assert_eq!(links.push(OneWay, 1, 2), Err(LinkError::HoldMeetsOneWay));
        links.push(Partition, 1, 2).expect("partition outweighs");
        assert_eq!(links.state(1, 2), Cut);
        links.pop(Partition, 1, 2).expect("laid");
        assert_eq!(links.state(1, 2), Held);
        links.pop(Hold, 1, 2).expect("laid");
        links.push(OneWay, 1, 2).expect("free again");
        assert_eq!(links.push(Hold, 2, 1), Err(LinkError::HoldMeetsOneWay));
    }

    #[test]
    fn cut_epoch_counts_new_cuts_only() {
        let mut links = links();
        assert_eq!(links.cut_epoch(1, 2), 0);
        links.push(Partition, 1, 2).expect("free");
        links.push(OneWay, 1, 2).expect("under the partition");
        assert_eq!(links.cut_epoch(2, 1), 1);
    }
}
