//! The arms: one stub of two replicas, the first the upstream in use, the second the canary or the shadow.

use crate::exp::real::{Before, Way};
use std::net::SocketAddr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arm {
    /// One upstream: what mirrors are compared with.
    Plain,
    /// 95 to 5.
    Split,
    /// The same, each request saying that it wants the canary.
    Chosen,
    /// Every request is copied to the second replica.
    Mirrored,
    /// Every request is to be copied to a shadow that is not there.
    Dead,
}

/// Weights of the split.
pub(super) const WEIGHTS: (u32, u32) = (95, 5);
/// Nobody listens on the first port of all.
const NOBODY: &str = "127.0.0.1:1";

impl Arm {
    pub(super) const ALL: [Self; 5] = [Self::Plain, Self::Split, Self::Chosen, Self::Mirrored, Self::Dead];
    /// Those whose instructions are counted.
    pub(super) const COUNTED: [Self; 2] = [Self::Plain, Self::Mirrored];
    pub(super) const TIMED: [Self; 3] = [Self::Plain, Self::Mirrored, Self::Dead];
}

impl Way for Arm {
    const EXPERIMENT: &'static str = "canary";

    fn key(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Split => "split",
            Self::Chosen => "chosen",
            Self::Mirrored => "mirrored",
            Self::Dead => "dead-mirror",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Plain => "no mirror",
            Self::Split => "split 95 to 5",
            Self::Chosen => "split, header says canary",
            Self::Mirrored => "mirror",
            Self::Dead => "mirror, shadow dead",
        }
    }

    fn before(self) -> Before {
        Before::Gateway
    }

    fn replicas(self) -> usize {
        2
    }

    fn headers(self) -> Vec<String> {
        match self {
            Self::Chosen => vec!["x-canary: next".to_owned()],
            Self::Plain | Self::Split | Self::Mirrored | Self::Dead => Vec::new(),
        }
    }

    fn gateway_config(self, replicas: &[SocketAddr]) -> String {
        let addr = |place: usize| {
            replicas
                .get(place)
                .map_or_else(|| NOBODY.to_owned(), SocketAddr::to_string)
        };
        let second = if self == Self::Dead {
            NOBODY.to_owned()
        } else {
            addr(1)
        };
        let (stable, next) = WEIGHTS;
        let action = match self {
            Self::Plain => "upstream: shop".to_owned(),
            Self::Split | Self::Chosen => format!(
                "split: [ {{ upstream: shop, weight: {stable} }}, {{ upstream: next, weight: {next} }} ], \
                 override: {{ header: x-canary }}"
            ),
            Self::Mirrored | Self::Dead => {
                "upstream: shop, mirror: { upstream: next, in_flight_max: 1024, timeout: 10s }".to_owned()
            }
        };
        let pool = "pool: { idle_max: 256, idle_timeout: 1h, connections_max: 256, in_flight_max: 1024 }";
        format!(
            "listen: {{ http: 127.0.0.1:0, admin: 127.0.0.1:0 }}
upstreams:
  shop:
    replicas: [ \"{}\" ]
    {pool}
  next:
    replicas: [ \"{second}\" ]
    {pool}
routes:
  - {{ name: all, match: {{ path: / }}, {action}, timeout: 60s, request_id: false, forwarded: false }}
",
            addr(0)
        )
    }
}
