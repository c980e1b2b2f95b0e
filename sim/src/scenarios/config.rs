//! What the gateway is told, twice: as the facts that oracles hold it to, and as its own config.
//!
//! Both are made from one description, so that they cannot say different things; and oracles never ask the gateway
//! what it has read.

use super::lives::Lives;
use super::names::{REPLICA_PORT, upstream_name};
use super::text;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
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
}

/// One upstream with its one route, which takes every path that begins with `/NAME`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    pub name: String,
    /// In the config's order.
    pub replicas: Vec<String>,
    /// How one is picked, as the gateway's config says it.
    #[serde(default = "round_robin")]
    pub lb: String,
    /// Whether replicas whose requests fail are left alone for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ejects: Option<Ejects>,
    /// Retries after the first attempt.
    pub retries: u8,
    /// Whether requests without idempotency are left alone.
    pub only_idempotent: bool,
    /// Of one attempt; none for as long as the route has, and where there are no retries, for only with them has the
    /// gateway's config a place for it.
    #[serde(default, with = "text::optional", skip_serializing_if = "Option::is_none")]
    pub try_timeout: Option<Duration>,
    /// Of the route: to the head of the answer.
    #[serde(with = "text")]
    pub timeout: Duration,
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

/// For how long at most, and how many at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ejects {
    #[serde(with = "text")]
    pub cooldown_max: Duration,
    /// Of the upstream's replicas; one of two or more in any case.
    pub share: f64,
}

fn round_robin() -> String {
    "round-robin".into()
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
            lb: round_robin(),
            ejects: None,
            retries: 0,
            only_idempotent: true,
            try_timeout: None,
            timeout: Duration::from_secs(4),
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
}

impl Config {
    /// The config of these upstreams. A time of one attempt where no other could follow is dropped from both.
    pub fn new(name: &str, mut upstreams: Vec<Upstream>) -> Self {
        for upstream in &mut upstreams {
            upstream.try_timeout = upstream.try_timeout.filter(|_| upstream.retries > 0);
        }
        Self {
            name: name.into(),
            yaml: yaml(&upstreams),
            upstreams,
        }
    }

    /// One that must be refused, and so changes nothing.
    pub fn broken(name: &str) -> Self {
        Self {
            name: name.into(),
            yaml: "listen: { http: ${listen} }\nroutes: [ { name: nowhere, upstream: missing } ]\n".into(),
            upstreams: Vec::new(),
        }
    }

    pub fn is_broken(&self) -> bool {
        self.upstreams.is_empty()
    }
}

fn yaml(upstreams: &[Upstream]) -> String {
    let mut yaml = "listen: { http: ${listen}, admin: ${admin} }\nupstreams:\n".to_owned();
    let ms = |d: Duration| format!("{}ms", d.as_millis());
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
        if let Some(Ejects { cooldown_max, share }) = &upstream.ejects {
            let _ = writeln!(
                yaml,
                "    health: {{ passive: {{ errors: 3, connect_failures: 2, window: 2s, min_requests: 10, cooldown: {}, \
                 cooldown_max: {}, ejected_max: {share} }} }}",
                ms(*cooldown_max / 4),
                ms(*cooldown_max)
            );
        }
    }
    yaml.push_str("routes:\n");
    for upstream in upstreams {
        let _ = writeln!(
            yaml,
            "  - name: {0}\n    match: {{ path: /{0} }}\n    upstream: {0}\n    timeout: {1}\n    idle_timeout: {2}",
            upstream.name,
            ms(upstream.timeout),
            ms(upstream.idle_timeout)
        );
        if upstream.retries > 0 {
            let tries = upstream
                .try_timeout
                .map_or(String::new(), |d| format!(", try_timeout: {}", ms(d)));
            let _ = writeln!(
                yaml,
                "    retries: {{ max: {}, only_idempotent: {}{tries} }}",
                upstream.retries, upstream.only_idempotent
            );
        }
    }
    yaml
}

fn replicas(upstream: &Upstream) -> Vec<String> {
    if upstream.by_name {
        return vec![format!("\"{}:{REPLICA_PORT}\"", upstream_name(&upstream.name))];
    }
    let replicas = upstream.replicas.iter();
    replicas.map(|name| format!("\"${{{name}}}\"")).collect()
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
