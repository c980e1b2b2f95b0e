//! Round-robin: each replica in turn.
//!
//! The state is the number of the replica whose turn it is. It is kept reduced rather than as an ever
//! growing counter, so that nothing happens at a wrap: over any window of picks with all open, the
//! counts of any two replicas differ by at most one.
//!
//! Retries take turns of their own, over the replicas that are not tried yet. If they moved the first turn on,
//! then with one replica of two dead every request would meet the dead one first: its retry would take the
//! other's turn each time.

use super::fleet::Fleet;
use super::set::REPLICAS_MAX;
use crate::planted::{Bug, planted};

/// The turn of one upstream on one worker.
#[derive(Debug)]
pub struct RoundRobin {
    next: usize,
    next_retry: usize,
}

impl RoundRobin {
    /// Starts at replica `start` (modulo how many there will be): workers that each have their own turn
    /// start at different replicas, or the first requests of all would meet at replica 0.
    pub fn new(start: usize) -> RoundRobin {
        RoundRobin {
            next: start,
            next_retry: start,
        }
    }

    pub fn pick(&mut self, fleet: &impl Fleet) -> Option<usize> {
        let count = fleet.len().min(REPLICAS_MAX);
        let next = if fleet.is_retry() {
            &mut self.next_retry
        } else {
            &mut self.next
        };
        if count == 0 {
            return None;
        }
        // the turn is below `count` except for a start
        let turn = if *next < count { *next } else { *next % count };
        let picked = (turn..count)
            .chain(0..turn)
            .find(|&replica| fleet.is_open(replica))?;
        if !planted(Bug::TurnStuck) {
            *next = if picked + 1 == count { 0 } else { picked + 1 };
        }
        Some(picked)
    }
}
