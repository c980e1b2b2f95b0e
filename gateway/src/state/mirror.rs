//! What is known of the copies of a route's requests: how many, what became of them, and how their answers compare.

use super::{Bound, Cell64, Durations, PerWorker};
use crate::health::Share;
use std::sync::Arc;
use std::time::Duration;

/// Why a request was due and not copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Skip {
    /// As many copies as may were under way.
    InFlight,
    /// Its body is longer than is kept.
    Body,
    /// Its body did not come to its end.
    Incomplete,
}

impl Skip {
    pub(crate) const LABELS: [&str; 3] = ["in_flight", "body", "incomplete"];
}

/// Why a copy had no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lost {
    /// No replica to send it to, or none that could be connected to.
    NotConnected,
    /// A bound of the shadow upstream.
    Full,
    Broken,
    Timeout,
}

impl Lost {
    pub(crate) const LABELS: [&str; 4] = ["not_connected", "full", "broken", "timeout"];
}

/// What two answers to one request are compared by, or one of them alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    /// Of its body; `None` if that was not read to its end.
    pub(crate) bytes: Option<u64>,
    /// From the request to the head of its answer.
    pub(crate) taken: Duration,
}

/// Copies of one route's requests, by one worker.
#[derive(Debug, Default)]
pub(crate) struct MirrorCells {
    /// Requests of the route, copied or not.
    pub(crate) seen: Cell64,
    pub(crate) sent: Cell64,
    pub(crate) skipped: [Cell64; Skip::LABELS.len()],
    pub(crate) lost: [Cell64; Lost::LABELS.len()],
    /// Pairs of answers with the same status, and with another.
    pub(crate) status: [Cell64; 2],
    /// And with bodies of the same size.
    pub(crate) size: [Cell64; 2],
    /// Until the head of the shadow's answer, of each pair.
    pub(crate) shadow: Durations,
    /// And until that of the route's own.
    pub(crate) primary: Durations,
}

impl MirrorCells {
    /// Counts a request; whether it is one to be copied. A counter and no chance: of any n of a worker's requests in a row
    /// it is the share of n, give or take one.
    pub(crate) fn is_due(&self, share: Share) -> bool {
        let seen = self.seen.get() as usize;
        self.seen.add(1);
        share.of(seen.wrapping_add(1)) > share.of(seen)
    }

    pub(crate) fn skip(&self, why: Skip) {
        self.skipped[why as usize].add(1);
    }

    pub(crate) fn lose(&self, why: Lost) {
        self.lost[why as usize].add(1);
    }

    pub(crate) fn compare(&self, primary: &Answered, shadow: &Answered) {
        self.status[usize::from(primary.status != shadow.status)].add(1);
        if let (Some(primary), Some(shadow)) = (primary.bytes, shadow.bytes) {
            self.size[usize::from(primary != shadow)].add(1);
        }
        self.primary.record(primary.taken);
        self.shadow.record(shadow.taken);
    }
}

#[derive(Debug)]
pub(crate) struct MirrorState {
    /// Copies under way, over all workers.
    pub(crate) in_flight: Arc<Bound>,
    pub(crate) cells: PerWorker<MirrorCells>,
}

impl MirrorState {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            in_flight: Arc::default(),
            cells: PerWorker::new(workers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_exact() {
        for (share, of_1000) in [(1.0, 1_000), (0.1, 100), (0.25, 250), (0.333, 333), (0.0015, 1)] {
            let share = Share::try_new(share).expect("a share");
            let cells = MirrorCells::default();
            let due = (0..1_000).filter(|_| cells.is_due(share)).count();
            assert_eq!(due, of_1000, "{share}");
        }
    }

    #[test]
    fn sizes_that_are_not_known_are_not_compared() {
        let cells = MirrorCells::default();
        let answered = |status, bytes| Answered {
            status,
            bytes,
            taken: Duration::from_millis(1),
        };
        let primary = answered(200, Some(5));
        for shadow in [
            answered(200, Some(5)),
            answered(500, Some(5)),
            answered(200, Some(6)),
            answered(200, None),
        ] {
            cells.compare(&primary, &shadow);
        }
        let counts = |cells: &[Cell64; 2]| [cells[0].get(), cells[1].get()];
        assert_eq!((counts(&cells.status), counts(&cells.size)), ([3, 1], [2, 1]));
        assert_eq!(cells.shadow.sum_us.get(), 4_000);
    }
}
