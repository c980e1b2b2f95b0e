//! The arms: with the gateway and without, before a stub that works and one that is free; the same gateway with one thing changed;
//! and what is varied: the size of an answer, the number of workers, the size of the site.

use crate::exp::real::{Before, FLEET, Site, Way, bare_config};
use std::net::SocketAddr;

/// How much lower the priority is of [`Arm::NiceWork`].
pub(super) const NICE: &str = "5";
/// Of [`Arm::FewWork`], for 64 clients.
const FEW: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Arm {
    /// Without a gateway, a stub that works 50 µs for each request.
    DirectWork,
    ThroughWork,
    /// The gateway started by `nice`.
    NiceWork,
    /// Few connections to the upstream.
    FewWork,
    /// The gateway that was given to be compared with.
    BeforeWork,
    /// Without a gateway, a stub that answers at once.
    Direct,
    Through,
    /// Answers of 64 bytes, and of 64 KiB.
    Small,
    Large,
    /// Two workers, on both cores.
    Workers,
    /// As many routes, upstreams and replicas as a small site has.
    Fleet,
}

impl Arm {
    /// Those of the comparison with direct.
    pub(super) const COMPARED: [Self; 4] = [Self::DirectWork, Self::ThroughWork, Self::Direct, Self::Through];
    /// What is varied, the arm first from which one thing each is.
    pub(super) const VARIED: [Self; 5] = [
        Self::Through,
        Self::Small,
        Self::Large,
        Self::Workers,
        Self::Fleet,
    ];

    /// Among what is varied.
    pub(super) fn varied_title(self) -> &'static str {
        match self {
            Self::Through => "one route, one worker, answers of 1 KiB",
            _ => self.title(),
        }
    }

    pub(super) fn workers(self) -> u16 {
        if self == Self::Workers { 2 } else { 1 }
    }
}

impl Way for Arm {
    const EXPERIMENT: &'static str = "ceiling";

    fn key(self) -> &'static str {
        match self {
            Self::DirectWork => "direct-work",
            Self::ThroughWork => "through-work",
            Self::NiceWork => "nice-work",
            Self::FewWork => "few-work",
            Self::BeforeWork => "before-work",
            Self::Direct => "direct",
            Self::Through => "through",
            Self::Small => "small",
            Self::Large => "large",
            Self::Workers => "workers",
            Self::Fleet => "fleet",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::DirectWork => "direct, 50 µs of work",
            Self::ThroughWork => "gateway, 50 µs of work",
            Self::NiceWork => "gateway by `nice -n 5`, 50 µs of work",
            Self::FewWork => "gateway with 16 upstream connections, 50 µs of work",
            Self::BeforeWork => "gateway before, 50 µs of work",
            Self::Direct => "direct, free stub",
            Self::Through => "gateway, free stub",
            Self::Small => "answers of 64 B",
            Self::Large => "answers of 64 KiB",
            Self::Workers => "two workers, on both cores",
            Self::Fleet => "50 routes × 10 upstreams × 3",
        }
    }

    fn before(self) -> Before {
        match self {
            Self::DirectWork | Self::Direct => Before::Nothing,
            _ => Before::Gateway,
        }
    }

    fn behaviour(self) -> &'static str {
        match self {
            Self::DirectWork | Self::ThroughWork | Self::NiceWork | Self::FewWork | Self::BeforeWork => {
                "work=50us body=1KiB"
            }
            Self::Direct | Self::Through | Self::Workers | Self::Fleet => "body=1KiB",
            Self::Small => "body=64B",
            Self::Large => "body=64KiB",
        }
    }

    fn gateway_config(self, replicas: &[SocketAddr]) -> String {
        match self {
            Self::Fleet => {
                let site = Site {
                    route: Site::bare().route,
                    ..Site::fleet()
                };
                site.config("fleet", replicas)
            }
            Self::FewWork => {
                let few = format!("idle_max: {FEW}, idle_timeout: 1h, connections_max: {FEW}");
                bare_config(replicas).replace("idle_max: 256, idle_timeout: 1h, connections_max: 256", &few)
            }
            _ => bare_config(replicas),
        }
    }

    fn replicas(self) -> usize {
        if self == Self::Fleet { FLEET.1 * FLEET.2 } else { 1 }
    }

    fn paths(self) -> Vec<String> {
        match self {
            Self::Fleet => Site::fleet().paths,
            _ => Site::bare().paths,
        }
    }

    /// Pools of 30 replicas take longer to be full.
    fn lengths(self) -> [u64; 2] {
        match self {
            Self::Fleet => [5_000, 9_000],
            _ => [1_000, 5_000],
        }
    }
}
