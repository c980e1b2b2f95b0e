//! Scenarios: descriptions of a system, its load, its faults and what must come of it, as data.
//!
//! They know neither the simulator nor sockets, so `experiments` plays the same ones on real processes. The
//! registry is the one list of them.

mod bounds;
mod config;
mod crash;
mod expectation;
mod fault;
mod knobs;
mod lives;
mod model;
mod names;
mod plan;
mod registry;
mod retry_storm;
mod slow_upstream;
mod swarm;
mod text;

pub use config::{Config, Ejects, Upstream};
pub use expectation::{Expectation, Window};
pub use fault::{Fault, FaultKind, NamesFail, What};
pub use knobs::KnobErrors;
pub use lives::Lives;
pub use model::{Arrival, Ask, Heal, Load, Network, Replica, Scenario, Variant};
pub use names::{GATEWAY, GATEWAY_PORT, NAMES_VALID_FOR, REPLICA_PORT, client_name, upstream_name};
pub use plan::{Ground, OCCURRENCES_MAX, generate};
pub use registry::{Built, Entry, SCENARIOS, find};
