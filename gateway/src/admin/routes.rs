//! `/routes`: the rules in the order in which they take requests, and what becomes of what they take.

use super::observed::Observed;
use crate::config::{Plan, Route};
use crate::route::precedence;
use serde_json::{Value, json};

pub(super) fn routes(observed: &Observed) -> Value {
    let snapshot = observed.current.load();
    let plan = &snapshot.plan;
    let mut places: Vec<usize> = (0..plan.routes.len()).collect();
    places.sort_by(|a, b| precedence(&plan.routes[*a].rule, &plan.routes[*b].rule));
    let routes: Vec<_> = places
        .into_iter()
        .map(|place| route(plan, place, &plan.routes[place]))
        .collect();
    json!({ "version": snapshot.version, "routes": routes })
}

fn route(plan: &Plan, place: usize, route: &Route) -> Value {
    let upstream = &plan.upstreams[route.upstream];
    let replicas: Vec<_> = upstream.replicas.iter().map(|replica| &*replica.name).collect();
    json!({
        "name": route.name,
        "config": format!("routes[{place}]"),
        "host": route.rule.host.as_ref().map(|host| host.as_str()),
        "path": route.rule.path.path(),
        "exact": route.rule.path.is_exact(),
        "upstream": upstream.name,
        "replicas": replicas,
        "timeout_ms": route.timeout.as_millis() as u64,
        "retries_max": route.retry.max(),
    })
}
