//! The arms: with the gateway and without, before a stub that works and one that is free.

use crate::exp::real::{Before, Way, bare_config};
use std::net::SocketAddr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arm {
    /// Without a gateway, a stub that works 50 µs for each request.
    DirectWork,
    ThroughWork,
    /// Without a gateway, a stub that answers at once.
    Direct,
    Through,
}

impl Arm {
    pub(super) const ALL: [Self; 4] = [Self::DirectWork, Self::ThroughWork, Self::Direct, Self::Through];
}

impl Way for Arm {
    const EXPERIMENT: &'static str = "ceiling";

    fn key(self) -> &'static str {
        match self {
            Self::DirectWork => "direct-work",
            Self::ThroughWork => "through-work",
            Self::Direct => "direct",
            Self::Through => "through",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::DirectWork => "direct, 50 µs of work",
            Self::ThroughWork => "gateway, 50 µs of work",
            Self::Direct => "direct, free stub",
            Self::Through => "gateway, free stub",
        }
    }

    fn before(self) -> Before {
        match self {
            Self::DirectWork | Self::Direct => Before::Nothing,
            Self::ThroughWork | Self::Through => Before::Gateway,
        }
    }

    fn behaviour(self) -> &'static str {
        match self {
            Self::DirectWork | Self::ThroughWork => "work=50us body=1KiB",
            Self::Direct | Self::Through => "body=1KiB",
        }
    }

    fn gateway_config(self, replicas: &[SocketAddr]) -> String {
        bare_config(replicas)
    }
}
