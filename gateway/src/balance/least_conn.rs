//! Least connections: the replica with the fewest requests in its hands for its weight.
//!
//! It needs no measure of speed: what is slow keeps its requests longer and so gets fewer. Ties, which are the rule at
//! low load, go by smooth weighted round-robin among those that tie, so an idle fleet is shared by weight too.

use super::fleet::{Fleet, open};
use super::set::ReplicaSet;
use super::smooth::Smooth;
use crate::planted::{Bug, planted_or};

/// The ties of one upstream on one worker.
#[derive(Debug)]
pub struct LeastConn(Smooth);

impl LeastConn {
    pub fn new(count: usize, start: usize) -> LeastConn {
        LeastConn(Smooth::new(count, start))
    }

    pub fn pick(&mut self, fleet: &impl Fleet) -> Option<usize> {
        let mut least: Option<(u64, u64)> = None;
        let mut tied = ReplicaSet::NONE;
        for replica in open(fleet).iter() {
            let (busy, weight) = (fleet.in_flight(replica), fleet.weight(replica));
            // busy / weight, compared without dividing: both factors are below 2^32
            let (mine, its) = match least {
                None => (0, 1),
                Some((least_busy, least_weight)) => {
                    let (mine, its) = (busy * least_weight, least_busy * weight);
                    planted_or(Bug::LeastConnReversed, (its, mine), (mine, its))
                }
            };
            if mine < its {
                least = Some((busy, weight));
                tied = ReplicaSet::NONE;
            }
            if mine <= its {
                tied.insert(replica);
            }
        }
        self.0.pick(tied, fleet)
    }
}
