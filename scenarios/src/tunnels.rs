//! Tunnels and streams of events beside a scenario's requests: who opens them, and what the gateway is told of them.
//!
//! They are held by a host of their own, end at a host of their own, and have an upstream of their own: requests are as they would be
//! without them.

use super::text::{self, ms};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The host that tunnels lead to.
pub const ECHO: &str = "echo";
/// The host that opens them.
pub const TUNNELS: &str = "tunnels";

/// What is switched to.
pub const PROTOCOL: &str = "echo";
/// The path of a route with `upgrade`, of one without, and of one for streams.
pub const PATHS: [&str; 3] = ["/tunnels", "/untunnelled", "/streams"];

/// How many there are, and what the gateway is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tunnels {
    /// At once.
    pub count: usize,
    /// How long nothing may move.
    #[serde(with = "text")]
    pub idle_timeout: Duration,
}

impl Tunnels {
    /// A config with upstream and routes for them, the upstream behind all others. One that is to be refused stays as it is.
    pub fn told(&self, yaml: &str) -> String {
        let [with, without, streams] = PATHS;
        // those that have ended hold their place for as long as it takes to notice
        let upstream = format!(
            "  {TUNNELS}:\n    replicas: [ \"${{{ECHO}}}\" ]\n    pool: {{ idle_max: 0, connections_max: {most}, \
             in_flight_max: {most} }}\n",
            most = 3 * self.count
        );
        let routes = format!(
            "  - name: {TUNNELS}\n    match: {{ path: {with} }}\n    upstream: {TUNNELS}\n    upgrade: {{ protocols: [ {PROTOCOL} ], \
             idle_timeout: {idle} }}\n  - name: un{TUNNELS}\n    match: {{ path: {without} }}\n    upstream: {TUNNELS}\n  - name: streams\n    match: {{ path: {streams} }}\n    \
             upstream: {TUNNELS}\n    idle_timeout: {idle}\n",
            idle = ms(self.idle_timeout)
        );
        match yaml.split_once("\nroutes:\n") {
            Some((before, after)) => format!("{before}\n{upstream}routes:\n{after}{routes}"),
            None => yaml.to_owned(),
        }
    }
}
