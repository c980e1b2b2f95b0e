//! `routes`: rules, the upstreams they lead to and what holds on the way.

use std::collections::BTreeMap;
use std::time::Duration;

use super::headers;
use super::upstream::Upstreams;
use crate::config::defaults::route as default;
use crate::config::hint;
use crate::config::plan::Route;
use crate::config::raw::Value;
use crate::config::reader::{Errors, Fields, Found, Keys, quoted, shown};
use crate::config::scalar;
use crate::retry;
use crate::route::{BadPath, BadTable, Host, PathRule, ROUTES_MAX, Rule, Table};

const KEYS: Keys = Keys {
    known: &[
        "name",
        "match",
        "upstream",
        "timeout",
        "idle_timeout",
        "retries",
        "request_id",
        "forwarded",
        "real_ip",
        "headers",
        "body_max",
    ],
    planned: &["auth", "ratelimit", "cache", "fallback", "transform"],
};

const MATCH_KEYS: Keys = Keys {
    known: &["host", "path", "path_exact"],
    planned: &["methods", "headers", "weight"],
};

const RETRY_KEYS: Keys = Keys {
    known: &["max", "only_idempotent", "try_timeout"],
    planned: &["budget", "backoff", "hedge"],
};

/// The upstreams that an error names; a list of all of them helps no one when there are many.
const UPSTREAMS_NAMED_MAX: usize = 10;

#[derive(Debug, Default)]
pub(super) struct Routes {
    pub(super) built: Vec<Route>,
    pub(super) table: Table,
}

/// What a route of the file came to: the parts that could be read.
struct Read<'a> {
    found: Found<'a>,
    name: Option<String>,
    rule: Option<Rule>,
}

pub(super) fn routes(found: &Found<'_>, upstreams: &Upstreams<'_>, errors: &mut Errors) -> Routes {
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
        let (route, rule) = route(&fields, upstreams, errors);
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
    errors: &mut Errors,
) -> (Option<Route>, Option<Rule>) {
    let name = fields
        .require("name", "name: NAME", errors)
        .and_then(|found| found.read(errors, scalar::name));
    let rule = fields
        .require("match", "match: { path: / }", errors)
        .and_then(|found| rule(&found, errors));
    let upstream = fields
        .require("upstream", "upstream: NAME", errors)
        .and_then(|found| found.read(errors, |value| upstream(value, upstreams)));
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
    let request_id = fields
        .read("request_id", errors, scalar::boolean)
        .unwrap_or(default::REQUEST_ID);
    let forwarded = fields
        .read("forwarded", errors, headers::forwarded)
        .unwrap_or(default::FORWARDED);
    let real_ip = fields
        .read("real_ip", errors, scalar::boolean)
        .unwrap_or(default::REAL_IP);
    let headers = fields.get("headers", errors);
    let headers = headers
        .map(|found| headers::headers(&found, errors))
        .unwrap_or_default();
    let body_max = fields.read("body_max", errors, scalar::size);
    let complete = name
        .zip(rule.clone())
        .zip(upstream)
        .map(|((name, rule), upstream)| Route {
            name,
            rule,
            upstream,
            timeout: timeout.unwrap_or(default::TIMEOUT),
            idle_timeout,
            retry,
            try_timeout,
            request_id,
            forwarded,
            real_ip,
            headers,
            body_max,
        });
    (complete, rule)
}

fn rule(found: &Found<'_>, errors: &mut Errors) -> Option<Rule> {
    let fields = found.fields(&MATCH_KEYS, errors)?;
    if !MATCH_KEYS.known.iter().any(|key| fields.has(key)) {
        found.error(
            errors,
            "matches nothing in particular: write `path: /` to match every request",
        );
        return None;
    }
    let before = errors.count();
    let host = fields.read("host", errors, |value| {
        Host::try_new(scalar::text(value)?).map_err(|error| error.to_string())
    });
    let path = |make: fn(&str) -> Result<PathRule, BadPath>| {
        move |value: &Value| make(scalar::text(value)?).map_err(|error| error.to_string())
    };
    let prefix = fields.read("path", errors, path(PathRule::prefix));
    let exact = fields.read("path_exact", errors, path(PathRule::exact));
    if fields.has("path") && fields.has("path_exact") {
        fields.error(
            "path_exact",
            errors,
            "is given beside `path`: a route has one of the two",
        );
    }
    // a wrong part would stand for any host or any path, and be ambiguous with what it never meant
    (errors.count() == before).then(|| Rule {
        host,
        path: exact.or(prefix).unwrap_or_else(PathRule::any),
    })
}

fn upstream(value: &Value, upstreams: &Upstreams<'_>) -> Result<usize, String> {
    let name = scalar::text(value)?;
    if let Some(place) = upstreams.places.get(name) {
        return Ok(*place);
    }
    let known = || upstreams.places.keys().copied();
    let there_is = match hint::nearest(name, known()) {
        _ if upstreams.places.is_empty() => "there is none".to_owned(),
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            let more = upstreams.places.len().saturating_sub(UPSTREAMS_NAMED_MAX);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            format!("known are {}{more}", quoted(known().take(UPSTREAMS_NAMED_MAX)))
        }
    };
    Err(format!("no upstream is named `{}`: {there_is}", shown(name)))
}

/// The policy, and how long one attempt may take; `bound` is the route's timeout.
fn retries(
    found: &Found<'_>,
    bound: Option<Duration>,
    errors: &mut Errors,
) -> Option<(retry::Params, Option<Duration>)> {
    let fields = found.fields(&RETRY_KEYS, errors)?;
    let only_idempotent = fields
        .read("only_idempotent", errors, scalar::boolean)
        .unwrap_or(true);
    let try_timeout = fields.read("try_timeout", errors, scalar::duration);
    if let (Some(one), Some(all)) = (try_timeout, bound)
        && one >= all
    {
        let all = humantime::format_duration(all);
        let message = format!("must be below the route's timeout, which is {all} for all attempts together");
        fields.error("try_timeout", errors, message);
    }
    let max = fields.require("max", "max: 1", errors)?;
    let params = max.read(errors, |value| {
        let number = scalar::count(value, 0, retry::MAX_LIMIT.into())?;
        retry::Params::try_new(number, only_idempotent).map_err(|error| error.to_string())
    });
    Some((params?, try_timeout))
}

/// The name of a route that is wrong elsewhere, for telling routes apart.
fn name_alone(found: &Found<'_>) -> Option<String> {
    let Value::Map(map) = &found.node.value else {
        return None;
    };
    let name = &map.iter().find(|entry| entry.key == "name")?.node.value;
    scalar::name(name).ok()
}

fn report_same_names(read: &[Read<'_>], errors: &mut Errors) {
    let mut first: BTreeMap<&str, &Found<'_>> = BTreeMap::new();
    for route in read {
        let Some(name) = &route.name else { continue };
        if let Some(before) = first.get(name.as_str()) {
            let path = format!("{}.name", route.found.path);
            errors.push(
                &path,
                route.found.node.at,
                format!("`{name}` is the name of {} already", before.path),
            );
        } else {
            first.insert(name, &route.found);
        }
    }
}

/// The table of the rules that could be read. Their places are those of the plan's routes whenever there
/// is no error, and only then is there a plan.
fn table(read: &[Read<'_>], errors: &mut Errors) -> Table {
    let (of, rules): (Vec<&Read<'_>>, Vec<Rule>) = read
        .iter()
        .filter_map(|route| route.rule.clone().map(|rule| (route, rule)))
        .unzip();
    let pairs = match Table::try_new(&rules) {
        Ok(table) => return table,
        Err(BadTable::Ambiguous(pairs)) => pairs,
        // the number of routes has been checked
        Err(BadTable::TooMany(_)) => return Table::default(),
    };
    for pair in pairs {
        let (first, second) = (of[pair.first], of[pair.second]);
        let name = first
            .name
            .as_ref()
            .map_or(String::new(), |name| format!(" (`{name}`)"));
        let message = format!(
            "matches the same requests as {}{name}: same host, same path",
            first.found.path
        );
        errors.push(
            &format!("{}.match", second.found.path),
            second.found.node.at,
            message,
        );
    }
    Table::default()
}
