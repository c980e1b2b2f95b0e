//! What the gateway is told, twice: as the facts that oracles hold it to, and as its own config.
//!
//! Both are made from one description, so that they cannot say different things; and oracles never ask the gateway
//! what it has read.

use super::adapts::Adapts;
use super::again::Again;
use super::balance::{Lb, Sticky};
use super::breaker::Breaks;
use super::health::{self, Ejects, Probes};
use super::lives::Lives;
use super::names::{REPLICA_PORT, upstream_name};
use super::route::{Action, Route};
use super::text::{self, ms};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

/// One config of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub name: String,
    /// `${listen}` stands for where the gateway is to listen for clients, `${admin}` for its admin
    /// address, and `${NAME}` for the address of the replica of that name.
    pub yaml: String,
    /// What it says. Empty for one that must be refused.
    pub upstreams: Vec<Upstream>,
    /// Empty where each upstream has one, which takes every path that begins with `/NAME`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// Its routes say in the answers of replicas whose they are: `X-Served-By` with the config's name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tells: bool,
}

/// One upstream, and what the routes to it are told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    pub name: String,
    /// In the config's order.
    pub replicas: Vec<String>,
    /// How one is picked.
    #[serde(default)]
    pub lb: Lb,
    /// Shares of replicas that are not 1, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sticky: Option<Sticky>,
    /// How long a replica that comes back gets less than its share.
    #[serde(default, with = "text::optional", skip_serializing_if = "Option::is_none")]
    pub slow_start: Option<Duration>,
    /// Whether replicas whose requests fail are left alone for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ejects: Option<Ejects>,
    /// Whether they are probed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probes: Option<Probes>,
    /// When it is not asked for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<Breaks>,
    /// How many of its requests may be without an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Adapts>,
    /// The class of requests that its routes say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// Whether requests go to any replica while none is usable.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub panic: bool,
    /// Retries after the first attempt.
    pub retries: u8,
    /// Whether requests without idempotency are left alone.
    pub only_idempotent: bool,
    /// What they cost, and when they come.
    #[serde(default, skip_serializing_if = "Again::is_default")]
    pub again: Again,
    /// Of one attempt; none for as long as the route has, and where there are no retries, for only with them has the
    /// gateway's config a place for it.
    #[serde(default, with = "text::optional", skip_serializing_if = "Option::is_none")]
    pub try_timeout: Option<Duration>,
    /// Of the route: to the head of the answer.
    #[serde(with = "text")]
    pub timeout: Duration,
    /// The same, by the field in which a client says how long it waits, if that is less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_header: Option<String>,
    /// Of one attempt, from when all of the request has left.
    #[serde(default, with = "text::optional", skip_serializing_if = "Option::is_none")]
    pub first_byte_timeout: Option<Duration>,
    /// Between two pieces of an answer's body.
    #[serde(with = "text")]
    pub idle_timeout: Duration,
    #[serde(with = "text")]
    pub connect_timeout: Duration,
    pub connections_max: usize,
    pub in_flight_max: usize,
    /// Idle connections that are kept.
    pub idle_max: usize,
    /// Requests that may wait for a connection. What is missing here and below is what a gateway does without being told.
    #[serde(default = "pending_max")]
    pub pending_max: usize,
    /// How long they may.
    #[serde(default = "pending_timeout", with = "text")]
    pub pending_timeout: Duration,
    /// How long its connections are kept.
    #[serde(default, skip_serializing_if = "Lives::is_default")]
    pub lives: Lives,
    /// The gateway is told its name instead of its replicas; these are what lookups bring as long as nothing else is said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_name: bool,
}

const fn pending_max() -> usize {
    128
}

const fn pending_timeout() -> Duration {
    Duration::from_secs(1)
}

impl Upstream {
    /// Without retries and with bounds that are not felt.
    pub fn new(name: &str, replicas: &[&str]) -> Self {
        Self {
            name: name.into(),
            replicas: replicas.iter().map(|&replica| replica.into()).collect(),
            lb: Lb::default(),
            weights: BTreeMap::new(),
            sticky: None,
            slow_start: None,
            ejects: None,
            probes: None,
            breaker: None,
            concurrency: None,
            priority: None,
            panic: false,
            retries: 0,
            only_idempotent: true,
            again: Again::default(),
            try_timeout: None,
            timeout: Duration::from_secs(4),
            deadline_header: None,
            first_byte_timeout: None,
            idle_timeout: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(1),
            connections_max: 1_000,
            in_flight_max: 1_000,
            idle_max: 64,
            pending_max: pending_max(),
            pending_timeout: pending_timeout(),
            lives: Lives::default(),
            by_name: false,
        }
    }

    /// A replica's share, relative to the others'.
    pub fn weight(&self, replica: &str) -> u32 {
        self.weights.get(replica).copied().unwrap_or(1)
    }
}

impl Config {
    /// The config of these upstreams. A time of one attempt where no other could follow is dropped from both,
    /// and so is a hedge that there cannot be.
    pub fn new(name: &str, upstreams: Vec<Upstream>) -> Self {
        Self::with_routes(name, upstreams, Vec::new())
    }

    /// The same with routes written out. What a split's route is told is the same for all of its branches.
    pub fn with_routes(name: &str, mut upstreams: Vec<Upstream>, routes: Vec<Route>) -> Self {
        for route in &routes {
            if let Action::Split { branches, .. } = &route.action {
                share_times(&mut upstreams, branches);
            }
        }
        for upstream in &mut upstreams {
            upstream.try_timeout = upstream.try_timeout.filter(|_| upstream.retries > 0);
            let most = upstream.try_timeout.unwrap_or(upstream.timeout);
            let may_hedge = upstream.retries > 0 && upstream.only_idempotent;
            let hedge = &mut upstream.again.hedge;
            hedge.take_if(|hedge| !may_hedge || hedge.least >= most);
        }
        Self {
            name: name.into(),
            yaml: yaml(&upstreams, &routes, None),
            upstreams,
            routes,
            tells: false,
        }
    }

    /// The same, and its answers tell, or they don't.
    pub fn telling(self, tells: bool) -> Self {
        let name = tells.then_some(self.name.as_str());
        Self {
            yaml: yaml(&self.upstreams, &self.routes, name),
            tells,
            ..self
        }
    }

    /// Its text with addresses: `admin` may say more than one, such as `1.2.3.4:5, admin_public: true`.
    pub fn addressed(&self, listen: SocketAddr, admin: &str, replicas: &[(&str, SocketAddr)]) -> String {
        let yaml = self.yaml.replace("${listen}", &listen.to_string());
        let yaml = yaml.replace("${admin}", admin);
        replicas.iter().fold(yaml, |yaml, (name, addr)| {
            yaml.replace(&format!("${{{name}}}"), &addr.to_string())
        })
    }

    /// All routes, written out or not.
    pub fn all_routes(&self) -> Vec<Route> {
        match self.routes.is_empty() {
            true => own_routes(&self.upstreams),
            false => self.routes.clone(),
        }
    }

    /// One that must be refused, and so changes nothing.
    pub fn broken(name: &str) -> Self {
        Self {
            name: name.into(),
            yaml: "listen: { http: ${listen} }\nroutes: [ { name: nowhere, upstream: missing } ]\n".into(),
            upstreams: Vec::new(),
            routes: Vec::new(),
            tells: false,
        }
    }

    pub fn is_broken(&self) -> bool {
        self.upstreams.is_empty()
    }
}

fn yaml(upstreams: &[Upstream], routes: &[Route], tells: Option<&str>) -> String {
    let mut yaml = "listen: { http: ${listen}, admin: ${admin} }\nupstreams:\n".to_owned();
    for upstream in upstreams {
        let replicas = replicas(upstream);
        // a string takes everything
        let _ = writeln!(
            yaml,
            "  {}:\n    replicas: [ {} ]\n    lb: {}\n    pool: {{ idle_max: {}, connections_max: {}, \
             in_flight_max: {}, connect_timeout: {}, pending_max: {}, pending_timeout: {}{} }}",
            upstream.name,
            replicas.join(", "),
            upstream.lb,
            upstream.idle_max,
            upstream.connections_max,
            upstream.in_flight_max,
            ms(upstream.connect_timeout),
            upstream.pending_max,
            ms(upstream.pending_timeout),
            upstream.lives.yaml()
        );
        if let Some(Sticky { cookie, ttl }) = &upstream.sticky {
            let _ = writeln!(yaml, "    sticky: {{ cookie: {cookie}, ttl: {} }}", ms(*ttl));
        }
        if let Some(slow_start) = upstream.slow_start {
            let _ = writeln!(yaml, "    slow_start: {}", ms(slow_start));
        }
        if let Some(timeout) = upstream.first_byte_timeout {
            let _ = writeln!(yaml, "    first_byte_timeout: {}", ms(timeout));
        }
        if upstream.panic {
            yaml.push_str("    panic: true\n");
        }
        if let Some(health) = health::yaml(upstream.ejects.as_ref(), upstream.probes.as_ref()) {
            let _ = writeln!(yaml, "    health: {health}");
        }
        if let Some(breaks) = &upstream.breaker {
            let _ = writeln!(yaml, "    breaker: {}", breaks.yaml());
        }
        if let Some(adapts) = &upstream.concurrency {
            let _ = writeln!(yaml, "    concurrency: {}", adapts.yaml());
        }
    }
    yaml.push_str("routes:\n");
    let own = match routes {
        [] => own_routes(upstreams),
        _ => Vec::new(),
    };
    for route in routes.iter().chain(&own) {
        let first = route.upstreams().next();
        let told = upstreams.iter().find(|told| Some(told.name.as_str()) == first);
        yaml.push_str(&route.yaml(&told.map_or(String::new(), times), tells));
    }
    yaml
}

/// Its replicas with their weights, or its name.
fn replicas(upstream: &Upstream) -> Vec<String> {
    if upstream.by_name {
        return vec![format!("\"{}:{REPLICA_PORT}\"", upstream_name(&upstream.name))];
    }
    let replicas = upstream.replicas.iter().map(|name| match upstream.weight(name) {
        1 => format!("\"${{{name}}}\""),
        weight => format!("{{ addr: \"${{{name}}}\", weight: {weight} }}"),
    });
    replicas.collect()
}

fn own_routes(upstreams: &[Upstream]) -> Vec<Route> {
    let names = upstreams.iter().map(|upstream| upstream.name.as_str());
    names.map(Route::of_upstream).collect()
}

/// What belongs to a route is that of the first branch.
fn share_times(upstreams: &mut [Upstream], branches: &[(String, u32)]) {
    let is_branch = |upstream: &Upstream| branches.iter().any(|(name, _)| *name == upstream.name);
    let mut names = branches.iter().map(|(name, _)| name);
    let first = names.find_map(|name| upstreams.iter().find(|upstream| upstream.name == *name));
    let Some(first) = first.cloned() else {
        return;
    };
    for upstream in upstreams.iter_mut().filter(|upstream| is_branch(upstream)) {
        upstream.retries = first.retries;
        upstream.only_idempotent = first.only_idempotent;
        upstream.again.clone_from(&first.again);
        upstream.try_timeout = first.try_timeout;
        upstream.timeout = first.timeout;
        upstream.priority.clone_from(&first.priority);
        upstream.idle_timeout = first.idle_timeout;
        upstream.deadline_header.clone_from(&first.deadline_header);
    }
}

/// What a route is told that its upstream's facts say.
fn times(told: &Upstream) -> String {
    let mut yaml = format!(
        "    timeout: {}\n    idle_timeout: {}\n",
        ms(told.timeout),
        ms(told.idle_timeout)
    );
    if let Some(name) = &told.deadline_header {
        let _ = writeln!(yaml, "    deadline_header: {name}");
    }
    if let Some(class) = &told.priority {
        let _ = writeln!(yaml, "    priority: {class}");
    }
    if told.retries > 0 {
        let tries = told
            .try_timeout
            .map_or(String::new(), |d| format!(", try_timeout: {}", ms(d)));
        let _ = writeln!(
            yaml,
            "    retries: {{ max: {}, only_idempotent: {}{tries}{} }}",
            told.retries,
            told.only_idempotent,
            told.again.yaml()
        );
    }
    yaml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_and_yaml_agree_on_the_time_of_an_attempt() {
        for (retries, told) in [(0, None), (1, Some(Duration::from_millis(400)))] {
            let upstream = Upstream {
                retries,
                try_timeout: Some(Duration::from_millis(400)),
                ..Upstream::new("all", &["r0"])
            };
            let config = Config::new("main", vec![upstream]);
            assert_eq!(config.upstreams[0].try_timeout, told, "{retries} retries");
            assert_eq!(config.yaml.contains("try_timeout: 400ms"), told.is_some());
        }
    }
}
