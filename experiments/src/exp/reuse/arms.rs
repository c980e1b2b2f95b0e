//! The arms: one gateway, four pools.

use crate::exp::real::{Before, Way};
use std::net::SocketAddr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arm {
    /// Keeps every connection.
    Kept,
    /// Keeps one, where two or so are busy at a time.
    Small,
    /// Keeps none.
    Off,
    /// Keeps fifty and never has more, before ten thousand clients.
    Crowd,
}

/// Connections that [`Arm::Crowd`] may have to its upstream.
pub(super) const CROWD_UPSTREAM: usize = 50;

impl Arm {
    pub(super) const ALL: [Self; 4] = [Self::Kept, Self::Small, Self::Off, Self::Crowd];
    /// Those whose CPU time is taken: where all connections are busy, too few kept ones are hardly more than none.
    pub(super) const SATURATED: [Self; 2] = [Self::Kept, Self::Off];
    /// Those that meet the same load, and are timed.
    pub(super) const POOLS: [Self; 3] = [Self::Kept, Self::Small, Self::Off];
}

impl Way for Arm {
    const EXPERIMENT: &'static str = "reuse";

    fn key(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Small => "small",
            Self::Off => "off",
            Self::Crowd => "crowd",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Kept => "keep-alive",
            Self::Small => "idle pool of 1",
            Self::Off => "no keep-alive",
            Self::Crowd => "a crowd over 50",
        }
    }

    fn before(self) -> Before {
        Before::Gateway
    }

    /// A millisecond each, so that several requests are under way at a time and a small pool is too small.
    fn behaviour(self) -> &'static str {
        "latency=1ms body=1KiB"
    }

    fn gateway_config(self, replicas: &[SocketAddr]) -> String {
        let pool = match self {
            Self::Kept => {
                "idle_max: 256, idle_timeout: 1h, connections_max: 256, in_flight_max: 1024".to_owned()
            }
            Self::Small => {
                "idle_max: 1, idle_timeout: 1h, connections_max: 256, in_flight_max: 1024".to_owned()
            }
            Self::Off => "idle_max: 0, connections_max: 256, in_flight_max: 1024".to_owned(),
            Self::Crowd => format!(
                "idle_max: {CROWD_UPSTREAM}, connections_max: {CROWD_UPSTREAM}, in_flight_max: 20000, pending_max: 20000, \
                 pending_timeout: 60s"
            ),
        };
        let replicas: Vec<String> = replicas.iter().map(|addr| format!("\"{addr}\"")).collect();
        format!(
            "listen: {{ http: 127.0.0.1:0, admin: 127.0.0.1:0 }}
upstreams:
  stub:
    replicas: [ {} ]
    pool: {{ {pool} }}
routes:
  - {{ name: reuse, match: {{ path: / }}, upstream: stub, timeout: 120s, request_id: false, forwarded: false }}
server: {{ connections_max: 20000 }}
",
            replicas.join(", ")
        )
    }
}
