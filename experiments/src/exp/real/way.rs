//! One way from the load generator to an answer: what an arm of an experiment is to those who boot and drive it.

use std::net::SocketAddr;

/// What stands before the stub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::exp) enum Before {
    Nothing,
    /// Ours, with the config that the way gives.
    Gateway,
    Nginx,
    Haproxy,
    Caddy,
}

/// One way; a word of an experiment's own.
pub(in crate::exp) trait Way: Copy {
    /// Whose arms these are; all chance is drawn under this name.
    const EXPERIMENT: &'static str;

    /// As in the data files.
    fn key(self) -> &'static str;

    /// As people read it.
    fn title(self) -> &'static str;

    fn before(self) -> Before;

    /// The gateway's config for the stub's replicas; of ways through our gateway.
    fn gateway_config(self, replicas: &[SocketAddr]) -> String;

    /// What the stub answers with: 1 KiB at once, as in the figures that proxies are usually compared by.
    fn behaviour(self) -> &'static str {
        "body=1KiB"
    }

    /// How many replicas the stub has to have.
    fn replicas(self) -> usize {
        1
    }

    /// What is asked for in turn.
    fn paths(self) -> Vec<String> {
        vec!["/".to_owned()]
    }

    /// What each request says besides, as `name: value`.
    fn headers(self) -> Vec<String> {
        Vec::new()
    }

    /// Requests of the shorter and of the longer run whose slope is taken: enough that start-up is a small part of either,
    /// few enough that valgrind is done in seconds.
    fn lengths(self) -> [u64; 2] {
        [1_000, 5_000]
    }
}

/// The gateway with one route, to an upstream whose pool is never too small, and nothing else.
pub(in crate::exp) fn bare_config(replicas: &[SocketAddr]) -> String {
    let replicas: Vec<String> = replicas.iter().map(|addr| format!("\"{addr}\"")).collect();
    format!(
        "listen: {{ http: 127.0.0.1:0, admin: 127.0.0.1:0 }}
upstreams:
  stub:
    replicas: [ {} ]
    pool: {{ idle_max: 256, idle_timeout: 1h, connections_max: 256, in_flight_max: 1024 }}
routes:
  - {{ name: bare, match: {{ path: / }}, upstream: stub, timeout: 60s, request_id: false, forwarded: false }}
",
        replicas.join(", ")
    )
}
