//! The arms: the same request on the same stub, with one more layer in between each time; and, for the engine that all
//! parts stand on, servers that answer it themselves.

use crate::exp::real::{Before, Way};
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
            Self::Fleet | Self::Guarded => (0..FLEET.0).map(path).collect(),
            _ => vec!["/".to_owned()],
        }
    }

    fn gateway_config(self, replicas: &[SocketAddr]) -> String {
        let (upstreams, routes, each, log) = match self {
            Self::Fleet => (FLEET.1, self.paths(), "request_id: true, forwarded: false", LOG),
            Self::Guarded => (FLEET.1, self.paths(), GUARDED_ROUTE, LOG),
            Self::Logged => (1, self.paths(), "request_id: true, forwarded: true", LOG),
            // the others have none
            _ => (1, self.paths(), "request_id: false, forwarded: false", ""),
        };
        let mut config = "listen: { http: 127.0.0.1:0, admin: 127.0.0.1:0 }\nupstreams:\n".to_owned();
        for (number, replicas) in replicas.chunks(replicas.len().div_ceil(upstreams)).enumerate() {
            let replicas: Vec<String> = replicas.iter().map(|addr| format!("\"{addr}\"")).collect();
            config += &format!(
                "  stub-{number}:\n    replicas: [ {} ]\n    \
                 pool: {{ idle_max: 256, connections_max: 256, in_flight_max: 1024 }}\n",
                replicas.join(", ")
            );
            if self == Self::Guarded {
                config += GUARDED_UPSTREAM;
            }
        }
        config += "routes:\n";
        for (number, path) in routes.iter().enumerate() {
            config += &format!(
                "  - {{ name: tax-{number}, match: {{ path: {path} }}, upstream: stub-{}, timeout: 60s, {each} }}\n",
                number % upstreams
            );
        }
        config + log
    }
}

const GUARDED_ROUTE: &str = "request_id: true, forwarded: false, idle_timeout: 30s, \
     retries: { max: 2, try_timeout: 2s, budget: { ratio: 0.2, min_per_second: 3, ttl: 10s } }";
const GUARDED_UPSTREAM: &str = "    first_byte_timeout: 5s
    breaker: { error_ratio: 0.5, min_requests: 20, slow_after: 1s, slow_ratio: 0.5 }
";

const LOG: &str = "access_log: { path: access.log }\n";

/// Routes, upstreams, and replicas of each, in [`Arm::Fleet`] and [`Arm::Guarded`].
const FLEET: (usize, usize, usize) = (50, 10, 3);

/// Of one of those routes.
fn path(route: usize) -> String {
    format!("/service-{route}")
}
