//! The arms: bare proxying, by this gateway and by those it would be chosen over.

use crate::exp::real::{Before, Way, bare_config};
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
        bare_config(replicas)
    }
}
