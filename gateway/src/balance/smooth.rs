//! Smooth weighted round-robin, as nginx has it: shares are exact, and a heavy replica's turns are spread.
//!
//! Each pick, every candidate gains its weight and the one that has most is picked and pays the sum of what was
//! gained. Gains and payments cancel, so while the candidates stay the same the state comes back to its beginning
//! after as many picks as the weights add up to (divided by their common factor), and in any such cycle each replica
//! is picked exactly its weight's number of times. That holds from any point of the cycle on, and it holds when all
//! weights are scaled: [`Fleet::weight`] is scaled by a constant.
//!
//! Candidates that come and go only shift who is owed what. The picked one has at least the average, so the sum of
//! squares grows by no more than a constant per pick: 2⁶³ is out of reach.
//!
//! Retries have a state of their own, for the reason that round-robin's have.

use super::fleet::Fleet;
use super::set::{REPLICAS_MAX, ReplicaSet};

/// What each replica of an upstream is owed, on one worker.
#[derive(Debug)]
pub struct Smooth {
    owed: Box<[i64]>,
    owed_retry: Box<[i64]>,
    /// Who is asked first: it wins a tie.
    start: usize,
}

impl Smooth {
    /// For `count` replicas; `start` as round-robin's.
    pub fn new(count: usize, start: usize) -> Smooth {
        let count = count.min(REPLICAS_MAX);
        Smooth {
            owed: vec![0; count].into(),
            owed_retry: vec![0; count].into(),
            start: start % count.max(1),
        }
    }

    /// One of `candidates`, which are all open.
    pub fn pick(&mut self, candidates: ReplicaSet, fleet: &impl Fleet) -> Option<usize> {
        let owed = if fleet.is_retry() {
            &mut self.owed_retry
        } else {
            &mut self.owed
        };
        let (mut total, mut best) = (0, None);
        for replica in (self.start..owed.len()).chain(0..self.start) {
            if !candidates.contains(replica) {
                continue;
            }
            // far below 2^63: bounded by the largest weight times the full share
            let weight = fleet.weight(replica) as i64;
            total += weight;
            owed[replica] += weight;
            if best.is_none_or(|best: usize| owed[replica] > owed[best]) {
                best = Some(replica);
            }
        }
        let best = best?;
        owed[best] -= total;
        Some(best)
    }
}
