//! A scenario as data: who is there, what they are told, what is broken when, and what must come of it.
//!
//! Nothing here knows the simulator or a socket: the same description is played by `sim` on simulated hosts
//! and by the experiments' stand on real ones. Names of hosts are `gateway`, the replicas' own, and
//! `client0`, `client1`, …. Times count from the start of the load, which is the start of the simulation.

use super::config::{Config, Upstream};
use super::expectation::Expectation;
use super::fault::Fault;
use super::names::{GATEWAY, client_name};
use super::text;
use super::tunnels::{ECHO, TUNNELS, Tunnels};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A scenario under one setting of what it compares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    pub name: String,
    pub scenario: Scenario,
}

/// Everything that is needed to play it, and what to expect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub network: Network,
    /// Threads of the gateway, which share bounds and nothing else.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub workers: usize,
    /// What the gateway can be given; the first is in force at the start, and after a restart the one applied last.
    pub configs: Vec<Config>,
    /// Gateways between that one and the replicas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    pub replicas: Vec<Replica>,
    pub load: Load,
    /// Beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tunnels: Option<Tunnels>,
    /// The plan, in order of time.
    pub faults: Vec<Fault>,
    pub heal: Heal,
    pub expectations: Vec<Expectation>,
}

const fn one() -> usize {
    1
}

fn is_one(workers: &usize) -> bool {
    *workers == 1
}

/// Gateways that are replicas of an upstream of the gateway that clients talk to: what [`Config`]s say of it and of its workers
/// is not of these, and the fault `stop` may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behind {
    /// Their hosts' names.
    pub gateways: Vec<String>,
    /// Of each of them; its replicas are the scenario's. Their admin listeners are open to the network.
    pub config: Config,
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

/// One process of an upstream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replica {
    pub name: String,
    /// As `upstream-stub --behaviour` takes it.
    pub behaviour: String,
    /// As `upstream-stub --script` takes it; empty for none. Faults of the plan are laid over it.
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
    pub host: String,
    /// What is asked for, by weight; never empty.
    pub asks: Vec<Ask>,
    /// Most connections over all clients.
    pub connections: usize,
    /// A rate that changes over time, as `loadgen --schedule` takes it, in place of `rate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// Requests written out one by one, in order of time, in place of rate, schedule and weights: what a shrunk load is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arrivals: Vec<Arrival>,
}

/// One kind of request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Relative to the others.
    pub weight: f64,
    pub method: String,
    pub path: String,
    /// Length of its body, which is the request's own; none for 0.
    pub bytes: usize,
    /// It carries an `Idempotency-Key` of its own.
    pub keyed: bool,
    /// In place of the load's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Names and values, none of them a template.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Each client that makes it is one visitor, who sends the cookies back that he was given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub visits: bool,
}

impl Ask {
    /// A plain GET.
    pub fn get(path: &str) -> Self {
        Self {
            weight: 1.0,
            method: "GET".into(),
            path: path.into(),
            bytes: 0,
            keyed: false,
            host: None,
            headers: Vec::new(),
            visits: false,
        }
    }

    /// A POST without body and key.
    pub fn post(path: &str) -> Self {
        Self {
            method: "POST".into(),
            ..Self::get(path)
        }
    }
}

/// One request of a load that is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrival {
    pub at_us: u64,
    /// Its place among the load's `asks`.
    pub ask: usize,
}

/// The end of all faults, and what must follow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heal {
    /// When whatever is broken by then is mended, and nothing is broken any more.
    #[serde(with = "text")]
    pub at: Duration,
    /// By then, counted from the heal, the system has recovered.
    #[serde(with = "text")]
    pub within: Duration,
    /// The share of requests intended after that which get a 2xx; 0 where a scenario shows that it does not recover.
    pub at_least: f64,
}

impl Scenario {
    /// The number of the host of that name in a trace: replicas come first, with the end of tunnels, then gateways
    /// that are replicas themselves, then the gateway, then the clients, of tunnels last.
    pub fn host_number(&self, name: &str) -> Option<u64> {
        self.host_names()
            .position(|host| host == name)
            .map(|place| place as u64 + 1)
    }

    /// Every host, in the order in which they are added and numbered from 1.
    pub fn host_names(&self) -> impl Iterator<Item = String> + '_ {
        let replicas = self.replicas.iter().map(|replica| replica.name.clone());
        let ends = |name: &str| self.tunnels.as_ref().map(|_| name.to_owned());
        replicas
            .chain(ends(ECHO))
            .chain(self.behind().iter().cloned())
            .chain([GATEWAY.to_owned()])
            .chain((0..self.load.clients).map(client_name))
            .chain(ends(TUNNELS))
    }

    /// The gateway's number in a trace.
    pub fn gateway_number(&self) -> u64 {
        (self.replicas.len() + usize::from(self.tunnels.is_some()) + self.behind().len()) as u64 + 1
    }

    /// The gateways that are replicas themselves.
    pub fn behind(&self) -> &[String] {
        self.behind.as_ref().map_or(&[], |behind| &behind.gateways)
    }

    /// The upstreams of all configs by name, each once; their places are their numbers in a trace.
    pub fn upstreams(&self) -> Vec<&Upstream> {
        let mut upstreams: Vec<&Upstream> = Vec::new();
        for upstream in self.configs.iter().flat_map(|config| &config.upstreams) {
            if upstreams.iter().all(|known| known.name != upstream.name) {
                upstreams.push(upstream);
            }
        }
        upstreams
    }

    /// The longest that any config says of this time.
    pub fn longest(&self, time: impl Fn(&Upstream) -> Duration) -> Duration {
        let upstreams = self.configs.iter().flat_map(|config| &config.upstreams);
        upstreams.map(time).max().unwrap_or_default()
    }

    /// When the load ends.
    pub fn end(&self) -> Duration {
        self.load.duration
    }
}
