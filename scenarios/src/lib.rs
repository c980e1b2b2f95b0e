//! Scenarios: descriptions of a system, its load, its faults and what must come of it, as data.
//!
//! They know neither the simulator nor sockets: `sim` plays them on simulated hosts and `experiments` on real processes. The
//! registry is the one list of them.
//!
//! Ranks, low to high; a module imports lower ones only:
//! `text`, `names`, `knobs` · what a config says, a policy each, `fault`, `expectation` · `config` · `model`, `policies` · `plan` · a file a scenario · `registry`

mod adapts;
mod again;
mod balance;
mod bounds;
mod breaker;
mod config;
mod containment;
mod crash;
mod drain;
mod expectation;
mod fault;
mod fleets;
mod health;
mod hedge;
mod herd;
mod hysteresis;
mod knobs;
mod lives;
mod model;
mod names;
mod overload;
mod picks;
mod plan;
mod policies;
mod registry;
mod reload;
mod retry_storm;
mod rolling;
mod route;
mod script;
mod slow_upstream;
mod swarm;
mod swarm_breaker;
mod swarm_health;
mod swarm_overload;
mod text;
mod tunnel_way;
mod tunnels;

pub use adapts::{Adapts, CLASSES};
pub use again::{Again, Backoff, Budget, Hedge};
pub use balance::{Key, Lb, Sticky};
pub use breaker::{Breaks, Slow};
pub use config::{Config, Upstream};
pub use expectation::{Expectation, Window};
pub use fault::{Fault, FaultKind, NamesFail, What};
pub use health::{Ejects, Probes};
pub use knobs::KnobErrors;
pub use lives::Lives;
pub use model::{Arrival, Ask, Behind, Heal, Load, Network, Replica, Scenario, Variant};
pub use names::{
    ADMIN_PORT, GATEWAY, GATEWAY_PORT, NAMES_VALID_FOR, REPLICA_PORT, client_name, upstream_name,
};
pub use plan::{Ground, OCCURRENCES_MAX, generate};
pub use registry::{Built, Entry, SCENARIOS, find};
pub use route::{Action, Condition, Degraded, Edits, FAILURES, Mirror, Part, Path, Rewrite, Route, Test};
pub use tunnel_way::Way;
pub use tunnels::{ECHO, PATHS, PROTOCOL, TUNNELS, Tunnels};
