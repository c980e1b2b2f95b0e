//! `/upstreams`: each replica, whether it is used, and why not.
//!
//! Times are relative to now, in milliseconds: an operator asks "how long ago", and a monotonic clock has no date.

use super::observed::Observed;
use crate::config::masked_path;
use crate::health::Member;
use crate::snapshot::Snapshot;
use crate::state::{ReplicaState, UpstreamState};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::time::Instant;

pub(super) fn upstreams(observed: &Observed) -> Value {
    let snapshot = observed.current.load();
    let upstreams = rows(&snapshot, usize::MAX);
    json!({ "version": snapshot.version, "upstreams": upstreams })
}

/// The first so many, in the plan's order.
pub(super) fn rows(snapshot: &Snapshot, most: usize) -> Vec<Value> {
    let now = Instant::now();
    let plans = snapshot.plan.upstreams.iter().zip(&snapshot.upstreams);
    let plans = plans.take(most);
    plans
        .map(|(plan, state)| {
            let (mut replicas, mut usable) = (Vec::new(), 0);
            state.health.each(|addr, member, replica| {
                usable += usize::from(member.is_usable());
                replicas.push(replica_of(addr, member, replica, now));
            });
            let names: Vec<_> = plan.names().map(|name| name_of(name, state)).collect();
            json!({
                "name": plan.name,
                "lb": plan.lb.to_string(),
                "probed": plan.health.active.as_ref().map(|active| masked_path(&active.path)),
                "watched": plan.health.passive.is_some(),
                "usable": usable,
                "in_flight": state.in_flight.held(),
                "connections": state.slots.held(),
                "pending": state.slots.waiting(),
                "names": names,
                "replicas": replicas,
            })
        })
        .collect()
}

fn name_of(name: &str, state: &UpstreamState) -> Value {
    json!({
        "name": name,
        "addresses": state.answers.of(name).len(),
        "last_failure": state.answers.trouble(name),
    })
}

fn replica_of(addr: SocketAddr, member: &Member, replica: &ReplicaState, now: Instant) -> Value {
    let state = match (member.is_up(), member.ejected_until()) {
        (false, _) => "down",
        (true, Some(_)) => "ejected",
        (true, None) if member.is_on_probation() => "probation",
        (true, None) => "usable",
    };
    let ago = |at: Instant| now.saturating_duration_since(at).as_millis() as u64;
    let until = |at: Instant| at.saturating_duration_since(now).as_millis() as u64;
    let last_failure = member
        .last_fault()
        .map(|(fault, at)| json!({ "what": fault.to_string(), "ms_ago": ago(at) }));
    json!({
        "addr": addr.to_string(),
        "state": state,
        "usable": member.is_usable(),
        "why": member.cause().map(|cause| cause.label()),
        "for_ms": member.since().map(ago),
        "returns_in_ms": member.ejected_until().map(until),
        "ejections": member.ejections(),
        "last_failure": last_failure,
        "next_probe_in_ms": member.probe_at().map(until),
        "probes_failed": member.probes_failed(),
        "in_flight": replica.in_flight(),
    })
}
