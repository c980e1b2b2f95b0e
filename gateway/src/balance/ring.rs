//! Consistent hashing: a ring of points, and a key belongs to the replica whose point comes next (Karger et al., 1997;
//! points by weight as in ketama), with bounded load on demand (Mirrokni, Thorup, Zadimoghaddam, 2018).
//!
//! A replica's points depend on its address and its weight alone, so taking one away moves its own keys and no
//! others. With [`POINTS`] points each a replica's share of the keys is within some 8 % of its due (one standard
//! deviation, 1/√160).
//!
//! A replica that is not open is walked past: its keys go to whoever comes next on the ring, and come back with it.
//! One in slow start is walked past by the keys that are not yet within its share; which those are depends on the
//! key, so each comes back once.
//!
//! Bounded load: with a factor c no replica gets a request that would bring it above ⌈c · (m + 1) · w / W⌉, where m
//! requests are in flight at open replicas, w is its weight and W that of all of them. The bounds add up to more than
//! m, so somebody is always below his own.
//!
//! Cost: a binary search and a few steps; the ring takes 9 bytes per point.

use rand::Rng;

use super::chance::scaled;
use super::fleet::{Fleet, open};
use super::hash;
use super::kind::LoadFactor;
use super::set::ReplicaSet;
use super::slow_start::SHARE_FULL;
use crate::planted::{Bug, planted};

/// Points of a replica of weight 1; ketama has as many.
const POINTS: u64 = 160;

/// What the weights of an upstream with a ring may add up to: 64 replicas of weight 16, or 1.5 MB of points.
pub const RING_WEIGHT_MAX: u64 = 1_024;

#[derive(Debug)]
pub struct Ring {
    /// Ascending.
    points: Box<[u64]>,
    /// Whose each point is. A replica's number fits a byte.
    owners: Box<[u8]>,
    load_factor: Option<LoadFactor>,
}

impl Ring {
    /// `members`: each replica's identity and weight.
    pub fn new<'a>(members: impl Iterator<Item = (&'a str, u32)>, load_factor: Option<LoadFactor>) -> Ring {
        let mut points: Vec<(u64, u8)> = Vec::new();
        for ((identity, weight), owner) in members.zip(0..=u8::MAX) {
            let point = hash::points(identity);
            points.extend((0..POINTS * u64::from(weight)).map(|number| (point(number), owner)));
        }
        points.sort_unstable();
        let (points, owners): (Vec<_>, Vec<_>) = points.into_iter().unzip();
        Ring {
            points: points.into(),
            owners: owners.into(),
            load_factor,
        }
    }

    /// A request without a key has nothing to be true to and falls on the ring by chance.
    pub fn pick(&self, fleet: &impl Fleet, key: Option<u64>, chance: &mut impl Rng) -> Option<usize> {
        let key = key.unwrap_or_else(|| chance.next_u64());
        if planted(Bug::RingRehashed) {
            let open = open(fleet);
            return open.iter().nth((key % open.count().max(1) as u64) as usize);
        }
        let factor = self.load_factor.filter(|_| !planted(Bug::BoundedLoadIgnored));
        let bounds = factor.map(|factor| Bounds::new(factor, fleet));
        let start = self.points.partition_point(|point| *point < key);
        let (before, after) = self.owners.split_at(start);
        let (mut seen, mut with_room, mut any) = (ReplicaSet::NONE, None, None);
        for owner in after.iter().chain(before) {
            let replica = usize::from(*owner);
            if seen.contains(replica) {
                continue;
            }
            seen.insert(replica);
            if fleet.is_open(replica) {
                any = any.or(Some(replica));
                if bounds
                    .as_ref()
                    .is_none_or(|bounds| bounds.has_room(replica, fleet))
                {
                    if is_within(key, fleet.share(replica)) {
                        return Some(replica);
                    }
                    with_room = with_room.or(Some(replica));
                }
            }
            if seen.count() == fleet.len() {
                break;
            }
        }
        // everybody with room is in slow start; or, by a race with other workers only, nobody has room
        with_room.or(any)
    }
}

/// What each replica may have in flight.
struct Bounds {
    factor: LoadFactor,
    /// m + 1.
    load: u128,
    /// W.
    weight: u128,
}

impl Bounds {
    fn new(factor: LoadFactor, fleet: &impl Fleet) -> Bounds {
        let add = |(load, weight), replica| {
            (
                load + u128::from(fleet.in_flight(replica)),
                weight + u128::from(fleet.weight(replica)),
            )
        };
        let (load, weight) = open(fleet).iter().fold((1, 0), add);
        Bounds { factor, load, weight }
    }

    fn has_room(&self, replica: usize, fleet: &impl Fleet) -> bool {
        let due = u128::from(self.factor.thousandths()) * self.load * u128::from(fleet.weight(replica));
        u128::from(fleet.in_flight(replica)) < due.div_ceil(self.weight.max(1) * 1_000)
    }
}

/// Whether a key is among the first `share` of all keys, in an order that has nothing to do with the ring's.
fn is_within(key: u64, share: u64) -> bool {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    share >= SHARE_FULL || scaled(key.wrapping_mul(GOLDEN), SHARE_FULL) < share
}
