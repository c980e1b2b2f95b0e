//! The arms: the same request on the same stub, with one more layer in between each time; and, for the engine that all
//! parts stand on, servers that answer it themselves.

use crate::exp::real::{Before, FLEET, Site, Way};
use std::net::SocketAddr;

/// The size that a way's behaviour says.
pub(super) const BODY_BYTES: usize = 1_024;

/// One way from the load generator to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Arm {
    /// No gateway: what everything else is compared with.
    Direct,
    /// The gateway with one bare route.
    Passthrough,
    /// + request id, `X-Forwarded-*` and access log.
    Logged,
    /// Request id and access log, on as many routes, upstreams and replicas as a small site has.
    Fleet,
    /// The same with every time-out, retries with a budget, and a breaker.
    Guarded,
    /// A reference: nginx with the configuration of the bare route.
    Nginx,
    /// The stub itself, watched: what our engine needs for a plain answer.
    Stub,
    /// Its reference: nginx answering by itself, with a body of the same size.
    NginxReturn,
}

impl Arm {
    /// Those with and without something before the stub: they are timed too.
    pub(super) const ALL: [Self; 4] = [Self::Direct, Self::Passthrough, Self::Logged, Self::Nginx];
    /// Those that answer by themselves: they are counted only.
    pub(super) const SERVERS: [Self; 2] = [Self::Stub, Self::NginxReturn];
    /// Those that run our gateway.
    pub(super) const GATEWAY: [Self; 4] = [Self::Passthrough, Self::Logged, Self::Fleet, Self::Guarded];
    /// Those with something before the stub: all are counted.
    pub(super) const PROXIES: [Self; 5] = [
        Self::Passthrough,
        Self::Logged,
        Self::Fleet,
        Self::Guarded,
        Self::Nginx,
    ];
    /// Proxies that are timed.
    pub(super) const TIMED: [Self; 3] = [Self::Passthrough, Self::Logged, Self::Nginx];

    /// Those of `arms` that can be measured here.
    pub(super) fn there(arms: &[Self], has_nginx: bool) -> Vec<Self> {
        let needs_nginx = |arm: &Self| matches!(arm, Self::Nginx | Self::NginxReturn);
        let there = arms.iter().filter(|arm| has_nginx || !needs_nginx(arm));
        there.copied().collect()
    }

    /// Those that are counted here.
    pub(super) fn counted(has_nginx: bool) -> Vec<Self> {
        Self::there(&[&Self::PROXIES[..], &Self::SERVERS].concat(), has_nginx)
    }
}

impl Way for Arm {
    const EXPERIMENT: &'static str = "tax";

    fn before(self) -> Before {
        match self {
            Self::Passthrough | Self::Logged | Self::Fleet | Self::Guarded => Before::Gateway,
            Self::Nginx => Before::Nginx,
            Self::Direct | Self::Stub | Self::NginxReturn => Before::Nothing,
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Passthrough => "passthrough",
            Self::Logged => "id-log",
            Self::Fleet => "fleet",
            Self::Guarded => "guarded",
            Self::Nginx => "nginx",
            Self::Stub => "stub",
            Self::NginxReturn => "nginx-return",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Passthrough => "passthrough",
            Self::Logged => "+ request id, forwarded, log",
            Self::Fleet => "50 routes × 10 upstreams × 3, id, log",
            Self::Guarded => "+ timeouts, retries, budget, breaker",
            Self::Nginx => "nginx (reference)",
            Self::Stub => "stub",
            Self::NginxReturn => "nginx, return 200 (reference)",
        }
    }

    /// Pools of 30 replicas take longer to be full.
    fn lengths(self) -> [u64; 2] {
        match self {
            Self::Fleet | Self::Guarded => [5_000, 9_000],
            _ => [1_000, 5_000],
        }
    }

    fn replicas(self) -> usize {
        match self {
            Self::Fleet | Self::Guarded => FLEET.1 * FLEET.2,
            _ => 1,
        }
    }

    fn paths(self) -> Vec<String> {
        match self {
            Self::Fleet | Self::Guarded => Site::fleet().paths,
            _ => Site::bare().paths,
        }
    }

    fn gateway_config(self, replicas: &[SocketAddr]) -> String {
        let site = match self {
            Self::Fleet => Site::fleet().logged(),
            Self::Guarded => Site {
                route: GUARDED_ROUTE.to_owned(),
                upstream: GUARDED_UPSTREAM.to_owned(),
                ..Site::fleet().logged()
            },
            Self::Logged => Site {
                route: "request_id: true, forwarded: true".to_owned(),
                ..Site::bare().logged()
            },
            // the others have none
            _ => Site::bare(),
        };
        site.config("tax", replicas)
    }
}

const GUARDED_ROUTE: &str = "request_id: true, forwarded: false, idle_timeout: 30s, \
     retries: { max: 2, try_timeout: 2s, budget: { ratio: 0.2, min_per_second: 3, ttl: 10s } }";
const GUARDED_UPSTREAM: &str = "    first_byte_timeout: 5s
    breaker: { error_ratio: 0.5, min_requests: 20, slow_after: 1s, slow_ratio: 0.5 }
";
