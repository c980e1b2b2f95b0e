//! What outlives a reload: the global bounds and counters of routes and upstreams, kept by name.
//!
//! Bounds are global over workers: one atomic per upstream and bound, and behind the one on connections a queue of those
//! who wait for one. Counters are sharded: each worker writes its own cells and only the metrics text adds them up.

mod answers;
mod asked;
mod bound;
mod breaker;
#[cfg(test)]
mod breaker_tests;
mod budget;
mod cells;
mod concurrency;
mod health;
mod latency;
mod life;
mod mirror;
mod per_ip;
mod registry;
mod replica;
mod served;
#[cfg(test)]
mod served_tests;
mod slots;
#[cfg(test)]
mod slots_tests;
mod sync;

pub(crate) use answers::Answers;
pub(crate) use asked::Asked;
pub(crate) use bound::{Bound, Held};
pub(crate) use breaker::{Breaker, Permit};
pub(crate) use budget::RetryBudget;
pub(crate) use cells::{
    BUCKET_BOUNDS, Cell64, Classes, Closes, Denials, Denied, Durations, Fired, Firings, Hedged, Hedges,
    PerWorker, Timeouts, TurnedAway, WAITS, Why,
};
pub(crate) use concurrency::Concurrency;
pub(crate) use health::Health;
pub(crate) use life::Life;
pub(crate) use mirror::{Answered, Lost, MirrorCells, MirrorState, Skip};
pub(crate) use per_ip::{HeldIp, PerIp};
pub(crate) use registry::{ClientState, RouteCells, RouteState, States, UpstreamCells, UpstreamState};
pub(crate) use replica::{Replica, ReplicaState};
pub(crate) use slots::{Granted, Home, Slot, Slots, Ticket};
