//! Round-robin: each replica in turn.
//!
//! The state is the number of the replica whose turn it is. It is kept reduced rather than as an ever
//! growing counter, so that nothing happens at a wrap: over any window of picks with nothing tried, the
//! counts of any two replicas differ by at most one.
//!
//! Retries take turns of their own, over the replicas that are not tried yet. If they moved the first turn on,
//! then with one replica of two dead every request would meet the dead one first: its retry would take the
//! other's turn each time.
//!
//! Atomics, so that it can be shared by workers or owned by one; the order of other memory never depends on
//! them, hence `Relaxed`.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::tried::{REPLICAS_MAX, Tried};
use crate::planted::{Bug, planted};

/// The turn of one upstream.
#[derive(Debug, Default)]
pub struct RoundRobin {
    next: AtomicU32,
    next_retry: AtomicU32,
}

impl RoundRobin {
    /// Starts at replica `start` (modulo how many there will be): workers that each have their own turn
    /// start at different replicas, or the first requests of all would meet at replica 0.
    pub const fn new(start: u32) -> RoundRobin {
        RoundRobin {
            next: AtomicU32::new(start),
            next_retry: AtomicU32::new(start),
        }
    }

    /// The next of replicas `0..candidates` that is not in `tried`; `None` when there is none.
    pub fn pick(&self, candidates: usize, tried: Tried) -> Option<usize> {
        let candidates = candidates.min(REPLICAS_MAX) as u32;
        let next = if tried.is_empty() {
            &self.next
        } else {
            &self.next_retry
        };
        let mut turn = next.load(Relaxed);
        loop {
            let picked = first_untried(turn, candidates, tried)?;
            let after = if picked + 1 == candidates { 0 } else { picked + 1 };
            // lost against another worker: its pick counts, ours is taken again from where it left the turn
            match next.compare_exchange_weak(turn, after, Relaxed, Relaxed) {
                Ok(_) => return Some(picked as usize),
                Err(now) => turn = now,
            }
        }
    }
}

fn first_untried(turn: u32, candidates: u32, tried: Tried) -> Option<u32> {
    if candidates == 0 {
        return None;
    }
    // the turn is below `candidates` except for a start, or after a reload took replicas away
    let turn = if turn < candidates {
        turn
    } else {
        turn % candidates
    };
    (turn..candidates)
        .chain(0..turn)
        .find(|&replica| !tried.contains(replica as usize) || planted(Bug::SameReplicaAgain))
}
