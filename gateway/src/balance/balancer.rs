//! The state of one upstream's balancing, whichever [`Kind`] it is: what the proxy holds.

use super::kind::Kind;
use super::round_robin::RoundRobin;
use super::tried::Tried;

/// Picks replicas by the [`Kind`] it was built from.
#[derive(Debug)]
pub enum Balancer {
    RoundRobin(RoundRobin),
}

impl Balancer {
    /// `start`: where to begin, for kinds that have a turn; give each worker another.
    pub const fn new(kind: Kind, start: u32) -> Balancer {
        match kind {
            Kind::RoundRobin => Balancer::RoundRobin(RoundRobin::new(start)),
        }
    }

    /// One of replicas `0..candidates` that is not in `tried`; `None` when there is none.
    pub fn pick(&self, candidates: usize, tried: Tried) -> Option<usize> {
        match self {
            Balancer::RoundRobin(turn) => turn.pick(candidates, tried),
        }
    }
}
