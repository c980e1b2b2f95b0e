//! Bounds on what a file may say was played: each is far above what any scenario has, and keeps arithmetic, memory and
//! time of the simulator finite.

use crate::document::Document;
use crate::world::HOSTS_MAX;
use scenarios::{Action, Ask, Config, Fault, Lb, Load, Rewrite, Route, Scenario, Upstream, What};
use std::time::Duration;
use workload::Profile;

/// Any time in a scenario. A simulated day takes hours.
const TIME_MAX: Duration = Duration::from_secs(86_400);
/// Of a gateway: as many as a small machine has cores.
const WORKERS_MAX: usize = 16;
/// Requests that a load plans, or has written out; ours have some ten thousand. All of them may be due at once: what the
/// hosts do about so many within one tick is less than the world takes for spinning.
pub const REQUESTS_MAX: usize = 100_000;
/// Of one request. It is made in memory, once for each arrival that is written out, or once for each ask.
const BODY_BYTES_MAX: usize = 16 << 20;
/// All of those together.
const REQUESTS_BYTES_MAX: usize = 1 << 30;
/// What a request has beside host, method, path and body, and more.
const REQUEST_BYTES: usize = 1_000;
/// Variants are played one after the other.
const VARIANTS_MAX: usize = 100;
/// The scenario's name becomes that of a file.
const NAME_BYTES_MAX: usize = 64;
/// Of lists that are gone through at every event or tick.
const ITEMS_MAX: usize = 10_000;
/// Of all configs: what each route makes of each ask is worked out before anything is judged.
const COURSES_MAX: usize = 10_000_000;
/// Of a ring's bound.
const LOAD_FACTOR_MAX: f64 = 100.0;

/// Everything that is wrong, each with its place.
pub(super) fn errors(document: &Document) -> Vec<String> {
    let mut all = Errors::default();
    if let Err(error) = document.planted() {
        all.add("", error);
    }
    if document.variants.is_empty() {
        all.add("variants", "there is none".into());
    }
    let variants = document.variants.len();
    if variants > VARIANTS_MAX {
        all.add(
            "variants",
            format!("{variants} are too many, {VARIANTS_MAX} is the most"),
        );
    }
    let name = &document.scenario;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !(1..=NAME_BYTES_MAX).contains(&name.len()) || !name.bytes().all(is_plain) {
        all.add(
            "scenario",
            format!("a name has 1 to {NAME_BYTES_MAX} letters, digits and hyphens"),
        );
    }
    for (index, variant) in document.variants.iter().enumerate() {
        all.under(&format!("variants[{index}].scenario"), |all| {
            scenario(&variant.scenario, all);
        });
    }
    all.told
}

#[derive(Default)]
struct Errors {
    place: String,
    told: Vec<String>,
}

impl Errors {
    fn add(&mut self, place: &str, what: String) {
        let place = match (self.place.as_str(), place) {
            ("", "") => return self.told.push(what),
            (place, "") | ("", place) => place.to_owned(),
            (outer, inner) => format!("{outer}.{inner}"),
        };
        self.told.push(format!("{place}: {what}"));
    }

    fn under(&mut self, place: &str, f: impl FnOnce(&mut Self)) {
        let inner = match self.place.as_str() {
            "" => place.to_owned(),
            outer => format!("{outer}.{place}"),
        };
        let outer = std::mem::replace(&mut self.place, inner);
        f(self);
        self.place = outer;
    }

    fn time(&mut self, place: &str, time: Duration) {
        if time > TIME_MAX {
            let most = humantime::format_duration(TIME_MAX);
            self.add(place, format!("{most} is the most"));
        }
    }

    fn share(&mut self, place: &str, share: f64) {
        if !(0.0..=1.0).contains(&share) {
            self.add(place, "it is a share, from 0 to 1".into());
        }
    }

    fn count(&mut self, place: &str, count: usize) {
        if count > ITEMS_MAX {
            self.add(place, format!("{count} are too many, {ITEMS_MAX} is the most"));
        }
    }
}

fn scenario(scenario: &Scenario, all: &mut Errors) {
    let network = &scenario.network;
    all.time("network.latency_max", network.latency_max);
    if network.latency_min > network.latency_max {
        all.add("network.latency_min", "it is above latency_max".into());
    }
    let clients = scenario.load.clients;
    if clients == 0 {
        all.add("load.clients", "there is none".into());
    }
    let ends = if scenario.tunnels.is_some() { 2 } else { 0 };
    let served = scenario
        .replicas
        .len()
        .saturating_add(scenario.behind().len() + ends);
    if served.saturating_add(clients) >= HOSTS_MAX {
        // the others look hosts up by name
        return all.add(
            "",
            format!("{HOSTS_MAX} hosts are the most: clients, replicas and gateways"),
        );
    }
    if !(1..=WORKERS_MAX).contains(&scenario.workers) {
        all.add("workers", format!("1 to {WORKERS_MAX} can be played"));
    }
    if scenario.configs.is_empty() {
        all.add("configs", "there is none".into());
    }
    all.count("configs", scenario.configs.len());
    for (index, config) in scenario.configs.iter().enumerate() {
        all.under(&format!("configs[{index}]"), |all| {
            upstreams(scenario, config, all)
        });
    }
    if let Some(behind) = &scenario.behind {
        all.under("behind.config", |all| upstreams(scenario, &behind.config, all));
    }
    if let Some(tunnels) = &scenario.tunnels {
        all.time("tunnels.idle_timeout", tunnels.idle_timeout);
        all.count("tunnels.count", tunnels.count);
    }
    courses(scenario, all);
    all.under("load", |all| load(&scenario.load, all));
    all.count("faults", scenario.faults.len());
    for (index, each) in scenario.faults.iter().enumerate() {
        all.under(&format!("faults[{index}]"), |all| fault(scenario, each, all));
    }
    all.count("expectations", scenario.expectations.len());
    all.time("heal.at", scenario.heal.at);
    all.time("heal.within", scenario.heal.within);
}

/// What each route makes of each ask: how much there is of it, and how much of that is text.
fn courses(scenario: &Scenario, all: &mut Errors) {
    let asks = scenario.load.asks.len();
    let routes = |config: &Config| config.routes.len().max(config.upstreams.len());
    let routes = scenario.configs.iter().map(routes).fold(0, usize::saturating_add);
    let count = routes.saturating_mul(asks);
    if count > COURSES_MAX {
        let most = format!("{count} are too many, {COURSES_MAX} is the most");
        all.add("", format!("of all configs, routes times asks: {most}"));
    }
    let longest = |config: &Config| config.routes.iter().map(text_of).max().unwrap_or(0);
    let longest = scenario
        .configs
        .iter()
        .map(longest)
        .fold(0, usize::saturating_add);
    let bytes = longest.saturating_mul(asks);
    if bytes > REQUESTS_BYTES_MAX {
        let most = format!("{bytes} bytes are too many, {REQUESTS_BYTES_MAX} is the most");
        all.add("", format!("of all configs, a route's text times asks: {most}"));
    }
}

/// Bytes that a route has for each ask that it takes.
fn text_of(route: &Route) -> usize {
    let action = match &route.action {
        Action::Respond { body, .. } => body.len(),
        Action::Redirect { prefix, .. } => prefix.len(),
        Action::Upstream(name) => name.len(),
        Action::Split { branches, .. } => branches.iter().map(|(name, _)| name.len()).sum(),
    };
    let rewrite = route.rewrite.as_ref().map_or(0, |rewrite| match rewrite {
        Rewrite::Path(text) | Rewrite::Prefix(text) => text.len(),
    });
    action + rewrite
}

/// Whoever is known by a name has to be somebody: for nobody there is `names-fail`.
fn stands_for(place: &str, replicas: &[String], all: &mut Errors) {
    if replicas.is_empty() {
        all.add(
            place,
            "the name stands for nobody: write a names-fail with `empty`".into(),
        );
    }
}

fn upstreams(scenario: &Scenario, config: &Config, all: &mut Errors) {
    all.count("upstreams", config.upstreams.len());
    all.count("routes", config.routes.len());
    for (index, route) in config.routes.iter().enumerate() {
        let Some(mirror) = &route.mirror else {
            continue;
        };
        all.under(&format!("routes[{index}].mirror"), |all| {
            all.time("timeout", mirror.timeout);
            all.count("in_flight_max", mirror.in_flight_max);
            all.share("share", mirror.share);
        });
    }
    for (index, upstream) in config.upstreams.iter().enumerate() {
        all.under(&format!("upstreams[{index}]"), |all| {
            numbers(upstream, all);
            if upstream.by_name {
                stands_for("replicas", &upstream.replicas, all);
            }
            if upstream.retries == 0 && upstream.try_timeout.is_some() {
                all.add(
                    "try_timeout",
                    "without retries an attempt has its request's time".into(),
                );
            }
            for name in &upstream.replicas {
                let is_replica = scenario.replicas.iter().any(|replica| replica.name == *name);
                if !is_replica && !scenario.behind().contains(name) {
                    all.add("replicas", format!("there is no replica {name:?}"));
                }
            }
        });
    }
}

/// Times and counts that oracles reckon with.
fn numbers(upstream: &Upstream, all: &mut Errors) {
    let seldom = |time: Option<Duration>| time.unwrap_or_default();
    for (name, time) in [
        ("timeout", upstream.timeout),
        ("idle_timeout", upstream.idle_timeout),
        ("connect_timeout", upstream.connect_timeout),
        ("try_timeout", seldom(upstream.try_timeout)),
        ("pending_timeout", upstream.pending_timeout),
        (
            "again.budget.ttl",
            seldom(upstream.again.budget.as_ref().map(|budget| budget.ttl)),
        ),
        (
            "again.backoff.max",
            seldom(upstream.again.backoff.as_ref().map(|backoff| backoff.max)),
        ),
        ("slow_start", seldom(upstream.slow_start)),
        (
            "sticky.ttl",
            seldom(upstream.sticky.as_ref().map(|sticky| sticky.ttl)),
        ),
        ("lives.idle_timeout", seldom(upstream.lives.idle_timeout)),
        ("lives.age_max", seldom(upstream.lives.age_max)),
    ] {
        all.time(name, time);
    }
    for (name, count) in [
        ("connections_max", upstream.connections_max),
        ("in_flight_max", upstream.in_flight_max),
        ("idle_max", upstream.idle_max),
        ("pending_max", upstream.pending_max),
        ("replicas", upstream.replicas.len()),
    ] {
        all.count(name, count);
    }
    for weight in upstream.weights.values() {
        all.count("weights", *weight as usize);
    }
    if let Lb::RingHash {
        load_factor: Some(factor),
        ..
    } = upstream.lb
        && !(1.0..=LOAD_FACTOR_MAX).contains(&factor)
    {
        all.add(
            "lb.ring-hash.load_factor",
            format!("1 to {LOAD_FACTOR_MAX} is meant"),
        );
    }
    if let Some(ejects) = &upstream.ejects {
        all.time("ejects.cooldown_max", ejects.cooldown_max);
        all.time("ejects.window", ejects.window);
        all.share("ejects.ratio", ejects.ratio);
        all.share("ejects.share", ejects.share);
    }
    if let Some(breaks) = &upstream.breaker {
        all.time("breaker.window", breaks.window);
        all.time("breaker.open_for", breaks.open_for);
        all.time("breaker.open_for_max", breaks.open_for_max);
        all.share("breaker.ratio", breaks.ratio);
        if let Some(slow) = &breaks.slow {
            all.time("breaker.slow.after", slow.after);
            all.share("breaker.slow.ratio", slow.ratio);
        }
    }
    if let Some(probes) = &upstream.probes {
        all.time("probes.interval", probes.interval);
        all.time("probes.timeout", probes.timeout);
    }
}

fn load(load: &Load, all: &mut Errors) {
    all.time("duration", load.duration);
    all.time("timeout", load.timeout);
    all.count("asks", load.asks.len());
    if load.asks.is_empty() {
        all.add("asks", "there is none".into());
    }
    for (index, ask) in load.asks.iter().enumerate() {
        if ask.bytes > BODY_BYTES_MAX {
            all.add(
                &format!("asks[{index}].bytes"),
                format!("{BODY_BYTES_MAX} is the most"),
            );
        }
    }
    requests(load, all);
    if !load.arrivals.is_sorted_by_key(|arrival| arrival.at_us) {
        all.add("arrivals", "they are not in order of time".into());
    }
    let wrong = |at: &usize| load.arrivals[*at].ask >= load.asks.len();
    if let Some(index) = (0..load.arrivals.len()).find(wrong) {
        all.add(
            &format!("arrivals[{index}].ask"),
            format!("there are {} asks, counted from 0", load.asks.len()),
        );
    }
}

/// How many, and what they take.
fn requests(load: &Load, all: &mut Errors) {
    let bytes = |ask: &Ask| {
        // a body beyond its bound is told on its own
        let body = ask.bytes.min(BODY_BYTES_MAX);
        let fields = ask.headers.iter().map(|(name, value)| name.len() + value.len());
        let host = ask.host.as_ref().unwrap_or(&load.host);
        let parts = [host.len(), ask.method.len(), ask.path.len(), body, fields.sum()];
        parts.into_iter().fold(REQUEST_BYTES, usize::saturating_add)
    };
    let each: Vec<usize> = load.asks.iter().map(bytes).collect();
    let sum = |sum: usize, bytes: &usize| sum.saturating_add(*bytes);
    let (place, made) = if load.arrivals.is_empty() {
        let (place, planned) = planned(load, all);
        if planned > REQUESTS_MAX as f64 {
            all.add(
                place,
                format!("{planned:.0} requests are too many, {REQUESTS_MAX} is the most"),
            );
        }
        ("asks", each.iter().fold(0, sum))
    } else {
        let written = load.arrivals.len();
        if written > REQUESTS_MAX {
            all.add(
                "arrivals",
                format!("{written} are too many, {REQUESTS_MAX} is the most"),
            );
        }
        let asked = load.arrivals.iter().filter_map(|arrival| each.get(arrival.ask));
        ("arrivals", asked.fold(0, sum))
    };
    if made > REQUESTS_BYTES_MAX {
        all.add(
            place,
            format!("{made} bytes of requests are too many, {REQUESTS_BYTES_MAX} is the most"),
        );
    }
}

/// How many a load has that is not written out, and what says so.
fn planned(load: &Load, all: &mut Errors) -> (&'static str, f64) {
    match load.schedule.as_deref().map(Profile::parse) {
        None => ("rate", load.rate * load.duration.as_secs_f64()),
        Some(Ok(profile)) => ("schedule", profile.count_by(load.duration)),
        Some(Err(errors)) => {
            all.add("schedule", errors.join("; "));
            ("schedule", 0.0)
        }
    }
}

fn fault(scenario: &Scenario, fault: &Fault, all: &mut Errors) {
    all.time("at", fault.at);
    all.time("lasts", fault.lasts);
    let (a, b) = fault.what.hosts();
    for host in [a, b].into_iter().flatten() {
        if scenario.host_number(host).is_none() {
            all.add("what", format!("there is no host {host:?}"));
        }
    }
    if let Some(upstream) = fault.what.upstream() {
        let is_named = |known: &&Upstream| known.by_name && known.name == upstream;
        if !scenario.upstreams().iter().any(is_named) {
            all.add(
                "what",
                format!("there is no upstream by the name of {upstream:?}"),
            );
        }
    }
    if let What::NamesChange { replicas, .. } = &fault.what {
        stands_for("what", replicas, all);
        for name in replicas {
            if scenario.replicas.iter().all(|replica| replica.name != *name) {
                all.add("what", format!("there is no replica {name:?}"));
            }
        }
    }
    let longest = match &fault.what {
        What::Reload { config } => {
            if scenario.configs.iter().all(|known| known.name != *config) {
                all.add("what", format!("there is no config {config:?}"));
            }
            Duration::ZERO
        }
        What::Latency { min, max, .. } => *min.max(max),
        What::Slow { goes, stands, .. } => *goes.max(stands),
        What::Stop { lead, deadline, .. } => *lead.max(deadline),
        What::Bounce { host } | What::Crash { host } | What::PowerLoss { host }
            if scenario.host_number(host) > Some(scenario.gateway_number()) =>
        {
            all.add("what", format!("{host} cannot be killed: clients are witnesses"));
            Duration::ZERO
        }
        _ => Duration::ZERO,
    };
    all.time("what", longest);
}

#[cfg(test)]
mod tests;
