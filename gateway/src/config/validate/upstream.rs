//! `upstreams`: named sets of replicas.

use std::collections::BTreeMap;
use std::time::Duration;

use super::balance::balancing;
use super::breaker::breaker;
use super::concurrency::concurrency;
use super::health::health;
use super::pool::pool;
use crate::balance::{REPLICAS_MAX, WEIGHT_MAX};
use crate::config::defaults::UPSTREAMS_MAX;
use crate::config::defaults::resolve::{VALID_LEAST, VALID_MOST};
use crate::config::plan::{Listen, Replica, Upstream};
use crate::config::raw::Value;
use crate::config::reader::{Errors, Found, Keys};
use crate::config::scalar;
use crate::config::target::{self, Target};

const KEYS: Keys = Keys {
    known: &[
        "replicas",
        "resolve",
        "lb",
        "sticky",
        "slow_start",
        "panic",
        "pool",
        "first_byte_timeout",
        "health",
        "breaker",
        "concurrency",
    ],
    planned: &["tls"],
};

const REPLICA_KEYS: Keys = Keys {
    known: &["addr", "weight"],
    planned: &["name"],
};

const RESOLVE_KEYS: Keys = Keys {
    known: &["every"],
    planned: &[],
};

/// The upstreams, and the place that each name in the file has among them. A name whose upstream is wrong
/// is there too, so that references to it are not reported as dangling.
#[derive(Debug, Default)]
pub(super) struct Upstreams<'a> {
    pub(super) built: Vec<Upstream>,
    pub(super) places: BTreeMap<&'a str, usize>,
}

pub(super) fn upstreams<'a>(
    found: &Found<'a>,
    listen: Option<&Listen>,
    errors: &mut Errors,
) -> Upstreams<'a> {
    let mut upstreams = Upstreams::default();
    let Some(entries) = found.entries(errors) else {
        return upstreams;
    };
    if entries.is_empty() {
        found.error(errors, "there is no upstream: at least one is needed");
    }
    if entries.len() > UPSTREAMS_MAX {
        found.error(
            errors,
            format!(
                "{} upstreams are too many: at most {UPSTREAMS_MAX}",
                entries.len()
            ),
        );
        return upstreams;
    }
    for (place, (entry, found)) in entries.into_iter().enumerate() {
        if let Err(message) = scalar::check_name(&entry.key) {
            errors.push(&found.path, entry.key_at, format!("upstream name {message}"));
        }
        upstreams.places.insert(&entry.key, place);
        upstreams
            .built
            .extend(upstream(&entry.key, &found, listen, errors));
    }
    upstreams
}

fn upstream(name: &str, found: &Found<'_>, listen: Option<&Listen>, errors: &mut Errors) -> Option<Upstream> {
    let fields = found.fields(&KEYS, errors)?;
    let replicas = fields
        .require("replicas", "replicas: [\"10.0.1.10:8080\"]", errors)
        .and_then(|found| replicas(&found, listen, errors))
        .unwrap_or_default();
    let balancing = balancing(&fields, &replicas, errors);
    let resolve_every = fields
        .get("resolve", errors)
        .and_then(|found| resolve_every(&found, &replicas, errors));
    Some(Upstream {
        name: name.to_owned(),
        replicas,
        resolve_every,
        lb: balancing.lb,
        sticky: balancing.sticky,
        slow_start: balancing.slow_start,
        panic: balancing.panic,
        pool: pool(fields.get("pool", errors).as_ref(), errors),
        first_byte_timeout: fields.read("first_byte_timeout", errors, scalar::duration),
        health: health(fields.get("health", errors).as_ref(), errors),
        breaker: fields
            .get("breaker", errors)
            .and_then(|found| breaker(&found, errors)),
        concurrency: fields
            .get("concurrency", errors)
            .and_then(|found| concurrency(&found, errors)),
    })
}

fn replicas(found: &Found<'_>, listen: Option<&Listen>, errors: &mut Errors) -> Option<Vec<Replica>> {
    let list = found.list(errors)?;
    if list.is_empty() {
        found.error(errors, "there is no replica: at least one is needed");
    }
    if list.len() > REPLICAS_MAX {
        found.error(
            errors,
            format!("{} replicas are too many: at most {REPLICAS_MAX}", list.len()),
        );
    }
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut replicas = Vec::new();
    for found in list.iter().take(REPLICAS_MAX) {
        let Some((found, Target { name, addr }, weight)) = replica(found, errors) else {
            continue;
        };
        if let Some(first) = seen.get(&name) {
            found.error(errors, format!("`{name}` is listed twice: it is {first} already"));
            continue;
        }
        if let Some(own) = addr.and_then(|addr| listen?.own(addr)) {
            found.error(errors, format!("`{name}` is this gateway itself ({own})"));
        }
        seen.insert(name.clone(), found.path);
        replicas.push(Replica { name, addr, weight });
    }
    Some(replicas)
}

/// An address or a name, bare or as `{ addr: …, weight: … }`; with what to blame when something is wrong with it.
fn replica<'a>(found: &Found<'a>, errors: &mut Errors) -> Option<(Found<'a>, Target, u32)> {
    let (found, weight) = match &found.node.value {
        Value::Map(_) => {
            let fields = found.fields(&REPLICA_KEYS, errors)?;
            let weight = fields.read("weight", errors, |value| {
                scalar::count(value, 1, WEIGHT_MAX.into()).map(|weight| weight as u32)
            });
            let addr = fields.require("addr", "addr: \"10.0.1.10:8080\"", errors)?;
            (addr, weight.unwrap_or(1))
        }
        _ => (found.clone(), 1),
    };
    let target = found.read(errors, target::target)?;
    Some((found, target, weight))
}

fn resolve_every(found: &Found<'_>, replicas: &[Replica], errors: &mut Errors) -> Option<Duration> {
    let fields = found.fields(&RESOLVE_KEYS, errors)?;
    let every = fields
        .require("every", "every: 30s", errors)?
        .read(errors, |value| {
            let every = scalar::duration(value)?;
            if (VALID_LEAST..=VALID_MOST).contains(&every) {
                return Ok(every);
            }
            let [every, least, most] = [every, VALID_LEAST, VALID_MOST].map(humantime::format_duration);
            Err(format!("{every} is out of range: {least} to {most}"))
        });
    if !replicas.is_empty() && replicas.iter().all(|replica| replica.addr.is_some()) {
        found.error(
            errors,
            "no replica is a name: leave it out, or write one as \"payments.internal:8080\"",
        );
    }
    every
}
