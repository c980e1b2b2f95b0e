//! A scenario as data: who is there, what they are told, what is broken when, and what must come of it.
//!
//! Nothing here knows the simulator or a socket: the same description is played by `sim` on simulated hosts
//! and by the experiments' stand on real ones. Names of hosts are `gateway`, the replicas' own, and
//! `client0`, `client1`, …. Times count from the start of the load, which is the start of the simulation.

use super::text;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// The host that runs the gateway.
pub const GATEWAY: &str = "gateway";
/// The port on which clients find the gateway.
pub const GATEWAY_PORT: u16 = 8_080;
/// The port on which every replica listens.
pub const REPLICA_PORT: u16 = 8_081;

/// The host of the `index`-th client.
pub fn client_name(index: usize) -> String {
    format!("client{index}")
}

/// A scenario under one setting of what it compares.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    pub name: String,
    pub scenario: Scenario,
}

/// Everything that is needed to play it, and what to expect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub network: Network,
    /// The gateway's config. `${listen}` stands for where it is to listen for clients, `${admin}` for its admin
    /// address, and `${NAME}` for the address of the replica of that name.
    pub gateway: String,
    pub replicas: Vec<Replica>,
    pub load: Load,
    /// In order of time.
    pub faults: Vec<TimedFault>,
    pub expectations: Vec<Expectation>,
}

/// What lies between the hosts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Shortest time from host to host.
    #[serde(with = "text")]
    pub latency_min: Duration,
    /// Longest time from host to host; most segments are nearer to the shortest.
    #[serde(with = "text")]
    pub latency_max: Duration,
    /// Reads and writes are cut at random places.
    pub fragment: bool,
}

/// One process of the upstream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replica {
    pub name: String,
    /// As `upstream-stub --behaviour` takes it.
    pub behaviour: String,
    /// As `upstream-stub --script` takes it; empty for none.
    pub script: String,
}

/// An open-model load on the gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// Hosts that share the load evenly.
    pub clients: usize,
    /// Requests per second over all clients.
    pub rate: f64,
    /// Evenly spaced instead of Poisson.
    pub constant: bool,
    #[serde(with = "text")]
    pub duration: Duration,
    /// For the complete answer, from the intended time.
    #[serde(with = "text")]
    pub timeout: Duration,
    pub method: String,
    pub path: String,
    pub host: String,
    pub headers: Vec<(String, String)>,
    /// Most connections over all clients.
    pub connections: usize,
}

/// A fault, or the end of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimedFault {
    #[serde(with = "text")]
    pub at: Duration,
    pub fault: Fault,
}

/// What can be done to the hosts and what lies between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// The program is killed; the host stays up and refuses connections.
    Crash { host: String },
    /// The program is started again.
    Bounce { host: String },
    /// The host is gone without a word.
    PowerOff { host: String },
    /// It comes back and its program starts again.
    PowerOn { host: String },
    /// Both directions lose everything.
    Partition { a: String, b: String },
    /// The end of a partition.
    Heal { a: String, b: String },
    /// One direction loses everything.
    Cut { from: String, to: String },
    /// The end of a cut.
    Mend { from: String, to: String },
    /// Both directions keep everything until the release.
    Hold { a: String, b: String },
    /// The end of a hold.
    Release { a: String, b: String },
    /// Segments travel this long from here on.
    Latency {
        a: String,
        b: String,
        #[serde(with = "text")]
        min: Duration,
        #[serde(with = "text")]
        max: Duration,
    },
    /// From here on reads and writes are cut at random places, or no longer.
    Fragment { on: bool },
    /// The wall clock is off by so much from here on.
    Clock { host: String, offset_ms: i64 },
}

/// What must hold, judged on the trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Expectation {
    /// Every planned request has exactly one outcome, and replicas see no request that nobody planned.
    Conservation,
    /// When this host was killed, replicas on it had at least so many requests in hand.
    InFlightAtCrash { host: String, at_least: u64 },
    /// Attempts upstream per request, both counted in the window, lie in this range, ends included.
    Amplification {
        window: Window,
        at_least: f64,
        at_most: f64,
    },
    /// The share of requests intended in the window that got a 2xx lies in this range, ends included.
    Success {
        window: Window,
        at_least: f64,
        at_most: f64,
    },
    /// As `Success`, for the time after faults healed: a violation is a loss of liveness.
    Recovers { window: Window, at_least: f64 },
}

/// From one time of the run to another, the end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    #[serde(with = "text")]
    pub from: Duration,
    #[serde(with = "text")]
    pub to: Duration,
}

impl Window {
    pub fn new(from: Duration, to: Duration) -> Self {
        Self { from, to }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, to] = [self.from, self.to].map(humantime::format_duration);
        write!(f, "from {from} to {to}")
    }
}
