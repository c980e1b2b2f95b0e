//! Scenarios: descriptions of a system, its load, its faults and what must come of it, as data.
//!
//! They know neither the simulator nor sockets, so `experiments` plays the same ones on real processes. The
//! registry is the one list of them.

mod knobs;
mod model;
mod registry;
mod retry_storm;
mod text;

pub use knobs::KnobErrors;
pub use model::{
    Expectation, Fault, GATEWAY, GATEWAY_PORT, Load, Network, REPLICA_PORT, Replica, Scenario, TimedFault,
    Variant, Window, client_name,
};
pub use registry::{Built, Entry, SCENARIOS, find};
