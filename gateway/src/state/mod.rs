//! What outlives a reload: the global bounds and counters of routes and upstreams, kept by name.
//!
//! Bounds are global over workers: one atomic per upstream and bound. Counters are sharded: each worker writes
//! its own cells and only the metrics text adds them up.

mod bound;
mod cells;
mod per_ip;
mod registry;
mod replica;

pub(crate) use bound::{Bound, Held};
pub(crate) use cells::{
    BUCKET_BOUNDS, Cell64, Classes, Closes, Durations, PerWorker, Timeouts, TurnedAway, WAITS, Why,
};
pub(crate) use per_ip::{HeldIp, PerIp};
pub(crate) use registry::{ClientState, RouteCells, RouteState, States, UpstreamCells, UpstreamState};
pub(crate) use replica::ReplicaState;
