//! The arms: bare proxying, by this gateway and by those it would be chosen over.

use crate::exp::real::{Before, Way};
use crate::provenance;
use std::net::SocketAddr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arm {
    Gateway,
    Nginx,
    Haproxy,
    Caddy,
}

impl Arm {
    pub(super) const ALL: [Self; 4] = [Self::Gateway, Self::Nginx, Self::Haproxy, Self::Caddy];
    pub(super) const PEERS: [Self; 3] = [Self::Nginx, Self::Haproxy, Self::Caddy];

    /// Whether this machine has it.
    pub(super) fn is_there(self) -> bool {
        match self {
            Self::Gateway => true,
            Self::Nginx | Self::Haproxy | Self::Caddy => provenance::find(self.key()).is_some(),
        }
    }
}

impl Way for Arm {
    const EXPERIMENT: &'static str = "peers";

    fn key(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
            Self::Caddy => "caddy",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Gateway => "Tollgate",
            Self::Nginx => "nginx",
            Self::Haproxy => "HAProxy",
            Self::Caddy => "Caddy",
        }
    }

    fn before(self) -> Before {
        match self {
            Self::Gateway => Before::Gateway,
            Self::Nginx => Before::Nginx,
            Self::Haproxy => Before::Haproxy,
            Self::Caddy => Before::Caddy,
        }
    }

    /// A bare route: nothing that the others are not asked for.
    fn gateway_config(self, replicas: &[SocketAddr]) -> String {
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
}
