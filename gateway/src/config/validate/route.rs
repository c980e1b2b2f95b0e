//! `routes`: rules, the upstreams they lead to and what holds on the way.

mod action;
mod alike;
mod fallback;
mod matching;
mod mirror;
mod retries;
mod upgrade;

use super::concurrency;
use super::headers;
use super::trace;
use super::upstream::Upstreams;
use crate::config::defaults::route as default;
use crate::config::plan::{Route, Sample};
use crate::config::reader::{Errors, Fields, Found, Keys};
use crate::config::scalar;
use crate::route::{ROUTES_MAX, Rule, Table};
use alike::{Read, name_alone, report_same_names, table};
use retries::retries;

const KEYS: Keys = Keys {
    known: &[
        "name",
        "match",
        "upstream",
        "split",
        "override",
        "redirect",
        "respond",
        "rewrite",
        "timeout",
        "idle_timeout",
        "retries",
        "deadline_header",
        "priority",
        "priority_header",
        "server_timing",
        "request_id",
        "forwarded",
        "real_ip",
        "headers",
        "body_max",
        "mirror",
        "trailers",
        "upgrade",
        "trace",
        "fallback",
    ],
    planned: &["auth", "ratelimit", "cache", "transform"],
};

#[derive(Debug, Default)]
pub(super) struct Routes {
    pub(super) built: Vec<Route>,
    pub(super) table: Table,
}

/// `sample` is what routes record that do not say it, if the gateway traces.
pub(super) fn routes(
    found: &Found<'_>,
    upstreams: &Upstreams<'_>,
    sample: Option<Sample>,
    errors: &mut Errors,
) -> Routes {
    let mut routes = Routes::default();
    let Some(list) = found.list(errors) else {
        return routes;
    };
    if list.is_empty() {
        found.error(errors, "there is no route: at least one is needed");
    }
    if list.len() > ROUTES_MAX {
        found.error(
            errors,
            format!("{} routes are too many: at most {ROUTES_MAX}", list.len()),
        );
        return routes;
    }
    let mut read = Vec::new();
    for found in list {
        let Some(fields) = found.fields(&KEYS, errors) else {
            continue;
        };
        let (route, rule) = route(&fields, upstreams, sample, errors);
        let name = route
            .as_ref()
            .map(|route| route.name.clone())
            .or_else(|| name_alone(&found));
        routes.built.extend(route);
        read.push(Read { found, name, rule });
    }
    report_same_names(&read, errors);
    routes.table = table(&read, errors);
    routes
}

/// The route, and its rule by itself: it is judged against the others even when the rest is wrong.
fn route(
    fields: &Fields<'_>,
    upstreams: &Upstreams<'_>,
    sample: Option<Sample>,
    errors: &mut Errors,
) -> (Option<Route>, Option<Rule>) {
    let name = fields
        .require("name", "name: NAME", errors)
        .and_then(|found| found.read(errors, scalar::name));
    let rule = fields
        .require("match", "match: { path: / }", errors)
        .and_then(|found| matching::rule(&found, errors));
    let action = action::action(fields, rule.as_ref(), upstreams, errors);
    let rewrite = action::rewrite(fields, rule.as_ref(), errors);
    let timeout = fields.read("timeout", errors, scalar::duration);
    // one that cannot be read is no bound to judge others by
    let bound = (!fields.has("timeout")).then_some(default::TIMEOUT).or(timeout);
    let idle_timeout = fields
        .read("idle_timeout", errors, scalar::duration)
        .unwrap_or(default::IDLE_TIMEOUT);
    let (retry, try_timeout) = fields
        .get("retries", errors)
        .and_then(|found| retries(&found, bound, errors))
        .unwrap_or_default();
    let deadline_header = fields.read("deadline_header", errors, headers::field_name);
    let (priority, priority_header) = concurrency::priority(fields, errors);
    let server_timing = switch(fields, "server_timing", false, errors);
    let request_id = switch(fields, "request_id", default::REQUEST_ID, errors);
    let forwarded = fields
        .read("forwarded", errors, headers::forwarded)
        .unwrap_or(default::FORWARDED);
    let real_ip = switch(fields, "real_ip", default::REAL_IP, errors);
    let headers = fields.get("headers", errors);
    let headers = headers
        .map(|found| headers::headers(&found, errors))
        .unwrap_or_default();
    let body_max = fields.read("body_max", errors, scalar::size);
    let mirror = mirror::of(fields, upstreams, errors);
    let trailers = switch(fields, "trailers", default::TRAILERS, errors);
    let upgrade = upgrade::upgrade(fields, errors);
    let trace = trace::route(fields, sample, errors);
    let fallback = fallback::fallback(fields, action.as_ref(), upstreams, errors);
    refuse_for_upstreams(fields, retry.max(), errors);
    let parts = name.zip(rule.clone()).zip(action);
    let complete = parts.map(|((name, rule), action)| Route {
        name,
        rule,
        action,
        rewrite,
        timeout: timeout.unwrap_or(default::TIMEOUT),
        idle_timeout,
        retry,
        try_timeout,
        deadline_header,
        priority,
        priority_header,
        server_timing,
        request_id,
        forwarded,
        real_ip,
        headers,
        body_max,
        mirror,
        trailers,
        upgrade,
        trace,
        fallback: fallback.map(Box::new),
    });
    (complete, rule)
}

/// Keys that say nothing where a route answers by itself.
const FOR_UPSTREAMS: [&str; 10] = [
    "rewrite",
    "timeout",
    "idle_timeout",
    "retries",
    "deadline_header",
    "priority",
    "priority_header",
    "mirror",
    "upgrade",
    "fallback",
];

/// `retries: { max: 0 }` and `upgrade: false` ask for nothing, which any route may.
fn refuse_for_upstreams(fields: &Fields<'_>, retries_max: u8, errors: &mut Errors) {
    if !fields.has("redirect") && !fields.has("respond") {
        return;
    }
    for key in FOR_UPSTREAMS {
        let says = match key {
            "retries" => retries_max > 0 && fields.has(key),
            // whatever else is wrong with it
            "upgrade" => upgrade::is_asked_for(fields),
            _ => fields.has(key),
        };
        if !says {
            continue;
        }
        let message = "is for requests that go to an upstream, and this route answers them itself";
        fields.error(key, errors, message);
    }
}

fn switch(fields: &Fields<'_>, key: &str, default: bool, errors: &mut Errors) -> bool {
    fields.read(key, errors, scalar::boolean).unwrap_or(default)
}
