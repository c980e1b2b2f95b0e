//! `/routes`: the rules in the order in which they take requests, and what becomes of what they take.
//!
//! Of conditions it names what is looked at, and not the values: `/config` has those, as far as they are no secret.

use super::observed::Observed;
use crate::config::{FallbackTo, Plan, Route};
use crate::route::{Action, PathRule, Rewrite, Subject, precedence};
use crate::snapshot::Snapshot;
use serde_json::{Value, json};

pub(super) fn routes(observed: &Observed) -> Value {
    let snapshot = observed.current.load();
    let plan = &snapshot.plan;
    let routes: Vec<_> = places(plan)
        .into_iter()
        .map(|place| route(&snapshot, place, &plan.routes[place]))
        .collect();
    json!({ "version": snapshot.version, "routes": routes })
}

/// Of routes, in the order in which they take requests.
pub(super) fn places(plan: &Plan) -> Vec<usize> {
    let mut places: Vec<usize> = (0..plan.routes.len()).collect();
    places.sort_by(|a, b| precedence(&plan.routes[*a].rule, &plan.routes[*b].rule));
    places
}

/// What a route takes, in a few words.
pub(super) fn takes(route: &Route) -> String {
    let rule = &route.rule;
    let methods = rule
        .conditions
        .methods()
        .map(|methods| methods.names().collect::<Vec<_>>().join(" "));
    let host = rule.host.as_ref().map(|host| host.as_str().to_owned());
    let more = match rule.path {
        PathRule::Prefix(_) => "…",
        PathRule::Exact(_) | PathRule::Template(_) => "",
    };
    let path = format!("{}{}{more}", host.unwrap_or_default(), rule.path.text());
    let others = rule
        .conditions
        .others()
        .iter()
        .map(|condition| subject(&condition.of));
    let parts = methods.into_iter().chain([path]).chain(others);
    parts.collect::<Vec<_>>().join(" ")
}

/// And what becomes of it.
pub(super) fn to(snapshot: &Snapshot, route: &Route) -> String {
    let name = |upstream: &usize| &*snapshot.plan.upstreams[*upstream].name;
    match &route.action {
        Action::Redirect(redirect) => format!("redirect {}", redirect.status),
        Action::Respond(fixed) => format!("answer {}", fixed.status),
        action => action.upstreams().iter().map(name).collect::<Vec<_>>().join(", "),
    }
}

fn route(snapshot: &Snapshot, place: usize, route: &Route) -> Value {
    let rule = &route.rule;
    let kind = match rule.path {
        PathRule::Exact(_) => "exact",
        PathRule::Template(_) => "template",
        PathRule::Prefix(_) => "prefix",
    };
    let methods = rule.conditions.methods();
    let conditions = rule.conditions.others().iter();
    let conditions: Vec<_> = conditions.map(|condition| subject(&condition.of)).collect();
    let mut row = json!({
        "name": route.name,
        "config": format!("routes[{place}]"),
        "host": rule.host.as_ref().map(|host| host.as_str()),
        "path": rule.path.text(),
        "path_is": kind,
        "methods": methods.map(|methods| methods.names().collect::<Vec<_>>()),
        "conditions": conditions,
        "action": action(snapshot, &route.action),
        "rewrite": route.rewrite.as_ref().map(rewrite),
    });
    // of answers of its own nobody waits for an upstream
    if !route.action.upstreams().is_empty() {
        row["timeout_ms"] = json!(route.timeout.as_millis() as u64);
        row["retries_max"] = json!(route.retry.max());
    }
    if let Some(mirror) = &route.mirror {
        let upstream = &snapshot.plan.upstreams[mirror.upstream].name;
        row["mirror"] = json!({ "upstream": upstream, "share": mirror.share.to_string() });
    }
    if let Some(fallback) = &route.fallback {
        row["fallback"] = match &fallback.to {
            FallbackTo::Upstream(place) => json!({ "upstream": snapshot.plan.upstreams[*place].name }),
            FallbackTo::Respond(fixed) => json!({ "status": fixed.status }),
        };
    }
    if let Some(upgrade) = &route.upgrade {
        let any = ["any".to_owned()];
        let protocols = if upgrade.protocols.is_empty() {
            &any[..]
        } else {
            &upgrade.protocols
        };
        row["upgrade"] = json!(protocols);
    }
    row
}

fn action(snapshot: &Snapshot, action: &Action) -> Value {
    let to = |upstream: usize| {
        let replicas = snapshot.replicas[upstream].iter();
        let replicas: Vec<_> = replicas.map(|replica| &*replica.name).collect();
        json!({ "upstream": snapshot.plan.upstreams[upstream].name, "replicas": replicas })
    };
    match action {
        Action::Upstream(upstream) => to(*upstream),
        Action::Split(split) => {
            let branches = split.branches().iter().map(|branch| {
                let mut to = to(branch.upstream);
                to["weight"] = json!(branch.weight);
                to
            });
            json!({ "split": branches.collect::<Vec<_>>(), "override": split.by().map(subject) })
        }
        Action::Redirect(redirect) => json!({ "redirect": {
            "status": redirect.status,
            "scheme": redirect.scheme.map(|scheme| scheme.text()),
            "host": redirect.host.as_ref().map(|host| host.to_string()),
            "path": redirect.path.as_ref().map(rewrite),
        } }),
        Action::Respond(fixed) => {
            json!({ "respond": { "status": fixed.status, "bytes": fixed.body.len() } })
        }
    }
}

fn subject(of: &Subject) -> String {
    match of {
        Subject::Header(name) => format!("header {name}"),
        Subject::Cookie(name) => format!("cookie {name}"),
        Subject::Query(name) => format!("query {name}"),
    }
}

fn rewrite(rewrite: &Rewrite) -> String {
    match rewrite {
        Rewrite::Path { text, .. } => text.to_string(),
        Rewrite::Prefix { with, .. } => format!("prefix {with}"),
    }
}
