//! Scenarios: descriptions of a system, its load, its faults and what must come of it, as data.
//!
//! They know neither the simulator nor sockets, so `experiments` plays the same ones on real processes. The
//! registry is the one list of them.

mod config;
mod crash;
mod expectation;
mod fault;
mod knobs;
mod model;
mod plan;
mod registry;
mod retry_storm;
mod slow_upstream;
mod swarm;
mod text;

pub use config::{Config, Upstream};
pub use expectation::{Expectation, Window};
pub use fault::{Fault, FaultKind, What};
pub use knobs::KnobErrors;
pub use model::{
    Arrival, Ask, GATEWAY, GATEWAY_PORT, Heal, Load, Network, REPLICA_PORT, Replica, Scenario, Variant,
    client_name,
};
pub use plan::{Ground, OCCURRENCES_MAX, generate};
pub use registry::{Built, Entry, SCENARIOS, find};
