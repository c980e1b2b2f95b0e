//! Balancing: which of an upstream's replicas gets the next attempt.
//!
//! Pure: replicas are numbered 0..n by their place in the upstream, what is known of them is a [`Fleet`], chance
//! and the request's hash are given, and the answer is a number or nothing. Who is dialled, and what became of it,
//! is the proxy's business; who is well is health's, and comes in as [`Fleet::is_open`].
//!
//! Invariants, for every kind:
//! - only an open replica is picked, and [`Balancer::pick`] is `None` only when there is none;
//! - what is picked depends on the fleet, the picks before, the hash and the chance given, and on nothing else;
//! - a pick looks at each replica a bounded number of times and allocates nothing.
//!
//! [`Sticky`] is beside the kinds: a cookie that names the replica a client has been with, which comes before any
//! of them.

mod balancer;
mod chance;
mod ewma;
mod fleet;
mod hash;
mod kind;
mod least_conn;
mod random;
mod ring;
mod round_robin;
mod set;
mod slow_start;
mod smooth;
mod sticky;
mod two_choices;

#[cfg(test)]
mod tests;

pub use balancer::{Balancer, Member};
pub use ewma::{decayed, observed};
pub use fleet::Fleet;
pub use hash::{hash, hash_ip};
pub use kind::{HashKey, Kind, LoadFactor, UnknownKind};
pub use ring::RING_WEIGHT_MAX;
pub use set::{REPLICAS_MAX, ReplicaSet, Tried};
pub use slow_start::{SHARE_FULL, share};
pub use sticky::{COOKIE_BYTES, Sticky};

/// The largest weight: finer than a thousandth no share is ever meant.
pub const WEIGHT_MAX: u32 = 1_000;
