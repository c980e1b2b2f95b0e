//! The plan: a config that has passed, as values that things are built from.
//!
//! Invariants, which validation established and nobody needs to check again:
//! - at least one route and one upstream; what a route's action names is an index into `upstreams`;
//! - every upstream has 1 to [`REPLICAS_MAX`](crate::balance::REPLICAS_MAX) replicas, no address and no name twice;
//! - weights are 1 to [`WEIGHT_MAX`](crate::balance::WEIGHT_MAX), all 1 under round-robin, and add up to no more than
//!   [`RING_WEIGHT_MAX`](crate::balance::RING_WEIGHT_MAX) on a ring, whatever names stand for;
//! - `table` is made of the routes' rules, so a `RouteId` it finds is an index into `routes`;
//! - names are unique; every duration is above zero; `idle_max ≤ connections_max`, `pending_max ≤ in_flight_max`.
//!
//! [`Plan`] displays as YAML that loads to an equal plan, with every default written out; `{:#}` masks what may be secret.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::cidr::Cidr;
use super::fallback::Fallback;
use crate::balance;
use crate::breaker;
use crate::health;
use crate::limit;
use crate::retry;
use crate::route::{Action, Rewrite, Rule, Table};
use crate::transform::{Forwarded, Headers};

/// Everything a config says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub listen: Listen,
    pub upstreams: Vec<Upstream>,
    pub routes: Vec<Route>,
    pub table: Table,
    /// `None`: off.
    pub access_log: Option<AccessLog>,
    /// `None`: requests are part of no trace, and what they say of one is passed on like any other field.
    pub trace: Option<Trace>,
    /// Peers who are believed about the hops before them.
    pub trusted_proxies: Vec<Cidr>,
    pub server: ServerLimits,
    pub shutdown: Shutdown,
}

/// Where to listen. Port 0 is any free port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    pub http: SocketAddr,
    /// `None`: no admin listener.
    pub admin: Option<SocketAddr>,
    /// Whether connections begin with a PROXY header, from `trusted_proxies` or, without these, from everybody.
    pub proxy_protocol: bool,
}

/// How a process ends that is told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shutdown {
    /// For how long it says that it is not ready, and accepts connections all the same; those that are open are closed at
    /// moments spread over it. May be none.
    pub lead: Duration,
    /// How long requests may take from then on.
    pub deadline: Duration,
}

/// A named set of replicas that all answer the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    pub name: String,
    pub replicas: Vec<Replica>,
    /// How long an answer for a name among them is believed. `None`: as long as the resolver says.
    pub resolve_every: Option<Duration>,
    pub lb: balance::Kind,
    /// `None`: a client goes wherever balancing sends it, each time.
    pub sticky: Option<Sticky>,
    /// How long a replica that comes back takes to get its full share. `None`: no time.
    pub slow_start: Option<Duration>,
    /// Whether, when no replica is usable, all are tried.
    pub panic: bool,
    pub pool: Pool,
    /// How long an answer's head may take once its request has left. `None`: as long as the attempt may.
    pub first_byte_timeout: Option<Duration>,
    pub health: health::Params,
    /// `None`: it is asked whatever it answers.
    pub breaker: Option<Breaker>,
    /// An adaptive limit on its requests without an answer. `None`: only `pool.in_flight_max` bounds them.
    pub concurrency: Option<limit::Params>,
}

/// When an upstream, or a replica of it, is not asked at all for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    pub params: breaker::Params,
    /// The statuses that are errors.
    pub statuses: health::Statuses,
    /// Whether each replica has one of its own, in place of one for all of them.
    pub per_replica: bool,
}

/// A cookie that keeps a client with its replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sticky {
    /// Its name.
    pub cookie: String,
    /// How long a client that does not come back is remembered; in whole seconds.
    pub ttl: Duration,
    /// Where the key is that signs it. `None`: a key of the process's own.
    pub key_file: Option<PathBuf>,
}

/// An address that serves an upstream's requests, or a name that stands for any number of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// For labels and logs: the address as text, made once. Of a name, `host:port` in lower case.
    pub name: String,
    /// `None`: the name has to be looked up, and again once in a while.
    pub addr: Option<SocketAddr>,
    /// Its share, relative to the others'; from 1 to [`WEIGHT_MAX`](crate::balance::WEIGHT_MAX). Of a name, each address's.
    pub weight: u32,
}

/// Bounds on the connections to one upstream, over all workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Idle connections kept for later.
    pub idle_max: usize,
    /// How long an idle connection is kept.
    pub idle_timeout: Duration,
    /// How old a connection may become before it is replaced, give or take a tenth. `None`: any age.
    pub age_max: Option<Duration>,
    /// How many requests a connection carries before it is replaced. `None`: any number.
    pub requests_max: Option<usize>,
    /// Connections, busy and idle together.
    pub connections_max: usize,
    /// Requests under way, waiting for a connection included.
    pub in_flight_max: usize,
    /// Requests that wait for a connection; 0 refuses them at once.
    pub pending_max: usize,
    /// How long a request may wait for a connection.
    pub pending_timeout: Duration,
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
}

/// What happens to the requests that a rule matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub name: String,
    pub rule: Rule,
    pub action: Action,
    /// Of the path that upstreams see; `None` where the action has none.
    pub rewrite: Option<Rewrite>,
    /// From the end of the request's head to the answer's head, all attempts together.
    pub timeout: Duration,
    /// How long a body may make no progress, either way.
    pub idle_timeout: Duration,
    pub retry: retry::Params,
    /// From an attempt's start to its answer's head; below `timeout`. `None`: an attempt may take all that is left.
    pub try_timeout: Option<Duration>,
    /// A field of requests that says how long their client waits, in lower case; it shortens `timeout`.
    pub deadline_header: Option<Box<str>>,
    /// Who goes first where an upstream's adaptive limit is near.
    pub priority: limit::Priority,
    /// A field in which trusted peers say another class, in lower case.
    pub priority_header: Option<Box<str>>,
    /// Whether answers say what took the time.
    pub server_timing: bool,
    /// Whether requests get an `X-Request-Id`.
    pub request_id: bool,
    /// What upstreams are told of the hops before them.
    pub forwarded: Forwarded,
    /// Whether they get `X-Real-IP`.
    pub real_ip: bool,
    pub headers: Headers,
    /// Bytes that a request's body may have. `None`: bodies are streamed, so no bound is needed.
    pub body_max: Option<u64>,
    /// Where copies of some of them go.
    pub mirror: Option<Mirror>,
    /// Whether trailers pass, both ways.
    pub trailers: bool,
    /// To what its requests may ask to be switched. `None`: to nothing.
    pub upgrade: Option<Upgrade>,
    /// Which of its requests are recorded. `None`: it is not traced.
    pub trace: Option<Sample>,
    /// `None`: what fails is answered with what there is.
    pub fallback: Option<Box<Fallback>>,
}

/// Protocols that requests may be switched to, and how long nothing may move in such a tunnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade {
    /// In lower case. Empty: any but those of [`default`](super::defaults::upgrade::NEVER).
    pub protocols: Vec<String>,
    pub idle_timeout: Duration,
}

/// Which requests are recorded that no caller has decided about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// None of them.
    Parent,
    Share(health::Share),
}

/// The traces that requests are part of, and where they are recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Of routes that do not say it themselves, and of requests without a route.
    pub sample: Sample,
    pub export: TraceExport,
}

/// A collector of OTLP over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceExport {
    /// `host:port`, an address or a name.
    pub authority: String,
    pub path: String,
    /// The `service.name` under which it finds us.
    pub service: String,
    /// Fields of each request to it, in lower case, and the files that have their values.
    pub headers: Vec<(String, PathBuf)>,
}

/// A share of a route's requests that another upstream gets as well, and nobody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mirror {
    /// Index into [`Plan::upstreams`].
    pub upstream: usize,
    pub share: health::Share,
    /// Bytes that a copied body may have; a longer one is not copied.
    pub body_max: u64,
    /// Copies under way; more are not made.
    pub in_flight_max: usize,
    /// From a copy to the end of its answer.
    pub timeout: Duration,
}

/// One JSON line per request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLog {
    pub target: LogTarget,
}

/// Where log lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogTarget {
    Stdout,
    File(PathBuf),
}

/// What a client's connection may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerLimits {
    /// From accept to the first byte of the first request.
    pub first_byte_timeout: Duration,
    /// From the first byte of a request to the end of its headers.
    pub header_timeout: Duration,
    /// How long a connection may stay open between requests.
    pub idle_timeout: Duration,
    /// How long a client may send nothing of a body that is waited for.
    pub body_timeout: Duration,
    /// Bytes per second of a body that has been waited for as long as `body_timeout`; 0 is without a bound.
    pub body_rate_min: u64,
    /// How long a client may take nothing of an answer.
    pub write_timeout: Duration,
    /// Header fields of a request.
    pub headers_max: usize,
    /// Bytes of a request's head.
    pub header_bytes_max: usize,
    /// Open client connections, over all workers.
    pub connections_max: usize,
    /// Of one address, or of one /64 of IPv6, that is no trusted proxy. `None`: no bound.
    pub connections_per_ip_max: Option<usize>,
}

impl Listen {
    /// Which of the listeners this is, if it is one for certain. A gateway that is its own upstream sends every request
    /// round until something runs out, and one that forwards to its admin listener opens that to its clients.
    pub fn own(&self, addr: SocketAddr) -> Option<&'static str> {
        if reaches(self.http, addr) {
            return Some("listen.http");
        }
        self.admin
            .is_some_and(|admin| reaches(admin, addr))
            .then_some("listen.admin")
    }
}

/// Whether who connects to `addr` is certain to reach the socket bound to `listener`. A listener on all
/// addresses is reached at this machine's, of which only loopback is known here.
fn reaches(listener: SocketAddr, addr: SocketAddr) -> bool {
    let (own, other) = (listener.ip().to_canonical(), addr.ip().to_canonical());
    let here = own == other || (own.is_unspecified() && other.is_loopback());
    listener.port() == addr.port() && here
}

impl Sample {
    /// Whether a trace that begins here is recorded. `chance` is the end of its id: whoever decides by the same share decides the
    /// same.
    pub(crate) fn takes(self, chance: u64) -> bool {
        // the seven bytes that are chance by the recommendation, whoever made them
        const WHOLE: u64 = 1 << 56;
        match self {
            Self::Parent => false,
            Self::Share(share) => !share.reached(chance % WHOLE, WHOLE),
        }
    }
}

impl Route {
    /// The index of the upstream that it falls back on.
    pub fn falls_back_on(&self) -> Option<usize> {
        self.fallback.as_ref()?.upstream()
    }
}

impl Upstream {
    /// Those of its replicas that have to be looked up.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.replicas.iter().filter(|replica| replica.addr.is_none());
        names.map(|replica| replica.name.as_str())
    }

    /// Whether there are any.
    pub fn is_named(&self) -> bool {
        self.names().next().is_some()
    }
}

impl Plan {
    /// Whether a peer's `X-Forwarded-*` are believed.
    pub fn trusts(&self, peer: std::net::IpAddr) -> bool {
        self.trusted_proxies.iter().any(|range| range.contains(peer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_traces_are_taken_as_their_share_says() {
        let steps = |sample: Sample| {
            (0..10_000_u128)
                .filter(|n| sample.takes(((n << 56) / 10_000) as u64))
                .count()
        };
        let share = |part| Sample::Share(health::Share::try_new(part).unwrap());
        let taken = [Sample::Parent, share(0.0001), share(0.25), share(1.0)].map(steps);
        // a step's first number is rounded down into the step before
        assert!(
            taken[0] == 0
                && (1..=2).contains(&taken[1])
                && taken[2].abs_diff(2_500) < 2
                && taken[3] == 10_000,
            "{taken:?}"
        );
    }

    #[test]
    fn a_listener_is_reached_at_its_own_address() {
        for (listener, addr, expected) in [
            ("10.0.0.1:80", "10.0.0.1:80", true),
            ("10.0.0.1:80", "10.0.0.1:81", false),
            ("0.0.0.0:80", "127.0.0.1:80", true),
            ("[::]:80", "[::1]:80", true),
            // another machine, as far as can be told from here
            ("0.0.0.0:80", "10.0.0.1:80", false),
        ] {
            assert_eq!(
                reaches(listener.parse().unwrap(), addr.parse().unwrap()),
                expected,
                "{listener} {addr}"
            );
        }
    }
}
