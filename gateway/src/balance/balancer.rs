//! The state of one upstream's balancing, whichever [`Kind`] it is: what the proxy holds, one per worker.

use rand::Rng;

use super::fleet::{Fleet, open};
use super::kind::Kind;
use super::least_conn::LeastConn;
use super::random::Random;
use super::ring::Ring;
use super::round_robin::RoundRobin;
use super::smooth::Smooth;
use super::two_choices::TwoChoices;

/// What is known of a replica before any pick.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// Its address: where it is on a ring follows from it.
    pub identity: &'a str,
    pub weight: u32,
}

/// Picks replicas by the [`Kind`] it was built from.
#[derive(Debug)]
pub enum Balancer {
    RoundRobin(RoundRobin),
    Smooth(Smooth),
    LeastConn(LeastConn),
    TwoChoices(TwoChoices),
    Ring(Ring),
    Random(Random),
}

impl Balancer {
    /// `start`: where to begin, for kinds that have a turn; give each worker another. `slow_start`: whether shares
    /// ever are less than full.
    pub fn new<'a>(
        kind: &Kind,
        members: impl ExactSizeIterator<Item = Member<'a>>,
        start: usize,
        slow_start: bool,
    ) -> Balancer {
        let count = members.len();
        let members = members.map(|member| (member.identity, member.weight));
        match *kind {
            // equal weights make the same turns, and can be less than full
            Kind::RoundRobin if slow_start => Balancer::Smooth(Smooth::new(count, start)),
            Kind::RoundRobin => Balancer::RoundRobin(RoundRobin::new(start)),
            Kind::Weighted => Balancer::Smooth(Smooth::new(count, start)),
            Kind::LeastConn => Balancer::LeastConn(LeastConn::new(count, start)),
            Kind::P2c { ewma } => Balancer::TwoChoices(TwoChoices { ewma }),
            Kind::RingHash { load_factor, .. } => Balancer::Ring(Ring::new(members, load_factor)),
            Kind::IpHash => Balancer::Ring(Ring::new(members, None)),
            Kind::Random => Balancer::Random(Random),
        }
    }

    /// One of the replicas that are open; `None` when none is. `key` is the request's hash, for kinds that have one.
    pub fn pick(&mut self, fleet: &impl Fleet, key: Option<u64>, chance: &mut impl Rng) -> Option<usize> {
        match self {
            Balancer::RoundRobin(turns) => turns.pick(fleet),
            Balancer::Smooth(smooth) => smooth.pick(open(fleet), fleet),
            Balancer::LeastConn(least) => least.pick(fleet),
            Balancer::TwoChoices(two) => two.pick(fleet, chance),
            Balancer::Ring(ring) => ring.pick(fleet, key, chance),
            Balancer::Random(random) => random.pick(fleet, chance),
        }
    }
}
