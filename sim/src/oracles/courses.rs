//! What a config's routes mean for a request, worked out anew from the facts: every rule is looked at, the best of those that
//! take the request wins (`docs/routing.md`). The gateway's router is never asked.
//!
//! Paths are taken to be in the normal form to which the gateway brings them.

use super::asks;
use scenarios::{Action, Ask, Degraded, Edits, Mirror, Part, Path, Rewrite, Route, Scenario, Test};

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Course {
    /// The route's place; `None`: none takes it.
    pub(super) route: Option<usize>,
    pub(super) end: End,
}

/// Where it ends.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum End {
    Upstreams(Forward),
    /// The gateway answers by itself.
    Own(Own),
}

/// To upstreams, by their names.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Forward {
    /// Names and weights of what it may go to. The weight of one that its client chose is 1, and there is no other.
    pub(super) branches: Vec<(String, u32)>,
    /// What replicas see of the target.
    pub(super) target: String,
    /// Fields named `x-mark-…` that replicas see, as `name: value`.
    pub(super) marks: Vec<String>,
    pub(super) mirror: Option<Mirror>,
    /// The upstream that it may go to when those have failed.
    pub(super) fallback: Option<String>,
    /// What the gateway answers then.
    pub(super) degraded: Option<Degraded>,
}

/// An answer of the gateway's own.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Own {
    pub(super) status: u64,
    pub(super) body: String,
    /// `Location`, or `Allow`.
    pub(super) points: Option<String>,
}

/// What kinds of fields replicas see as they came, for they are looked at there.
const MARK: &str = "x-mark-";

/// A request, taken apart.
struct Asked<'a> {
    ask: &'a Ask,
    host: &'a str,
    path: &'a str,
    query: Option<&'a str>,
}

/// What a config with these routes makes of what is asked for.
pub(super) fn course(scenario: &Scenario, routes: &[Route], ask: &Ask) -> Course {
    let (path, query) = match ask.path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (ask.path.as_str(), None),
    };
    let asked = Asked {
        ask,
        host: ask.host.as_ref().unwrap_or(&scenario.load.host),
        path,
        query,
    };
    let mut taking: Vec<(usize, &Route)> = routes.iter().enumerate().collect();
    taking.retain(|(_, route)| takes_but_for_method(route, &asked));
    let taken = taking
        .iter()
        .filter(|(_, route)| takes_method(route, ask))
        .max_by_key(|(_, route)| rank(route));
    match taken {
        Some((place, route)) => Course {
            route: Some(*place),
            end: end(route, &asked),
        },
        None => Course {
            route: None,
            end: End::Own(missed(&taking)),
        },
    }
}

/// No route takes it, or all that would take another method.
fn missed(taking: &[(usize, &Route)]) -> Own {
    let mut methods: Vec<&str> = Vec::new();
    for (_, route) in taking {
        methods.extend(route.methods.iter().map(String::as_str));
    }
    methods.sort_unstable();
    methods.dedup();
    let (status, code) = match methods.is_empty() {
        true => (404, "no_route"),
        false => (405, "method_not_allowed"),
    };
    Own {
        status,
        body: format!("{{\"error\":\"{code}\"}}\n"),
        points: (!methods.is_empty()).then(|| methods.join(", ")),
    }
}

/// Kind and length of a host; kind, segments' kinds and length of a path; conditions.
type Rank = ((u8, usize), (u8, Vec<u8>, usize), usize);

/// Greater is more specific: by host, then by path, then by the number of conditions.
fn rank(route: &Route) -> Rank {
    let host = match &route.host {
        None => (0, 0),
        Some(host) if host.starts_with("*.") => (1, host.len()),
        Some(_) => (2, 0),
    };
    let path = match &route.path {
        Path::Prefix(path) => (0, Vec::new(), path.len()),
        Path::Template(template) => (1, segments(template).map(kind).collect(), 0),
        Path::Exact(_) => (2, Vec::new(), 0),
    };
    let conditions = route.conditions.len() + usize::from(!route.methods.is_empty());
    (host, path, conditions)
}

/// A literal goes before a variable, and that before a rest.
fn kind(segment: &str) -> u8 {
    match segment {
        rest if rest.ends_with("*}") => 0,
        variable if variable.starts_with('{') => 1,
        _ => 2,
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').skip(1)
}

fn takes_method(route: &Route, ask: &Ask) -> bool {
    route.methods.is_empty() || route.methods.contains(&ask.method)
}

fn takes_but_for_method(route: &Route, asked: &Asked<'_>) -> bool {
    let host = match route.host.as_deref() {
        None => true,
        Some(host) => match host.strip_prefix('*') {
            // by one label or more
            Some(below) => asked.host.len() > below.len() && asked.host.ends_with(below),
            None => asked.host == host,
        },
    };
    let path = match &route.path {
        Path::Exact(path) => asked.path == path,
        Path::Prefix(prefix) => {
            let rest = asked.path.strip_prefix(prefix.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        Path::Template(template) => variables(template, asked.path).is_some(),
    };
    let mut conditions = route.conditions.iter();
    host && path
        && conditions.all(|condition| {
            let value = value(asked, condition.of, &condition.name);
            match &condition.is {
                Test::Exact(wanted) => value.as_ref() == Some(wanted),
                Test::Prefix(wanted) => value.is_some_and(|value| value.starts_with(wanted)),
                Test::Present(wanted) => value.is_some() == *wanted,
            }
        })
}

/// What a template's variables stand for, by their names.
fn variables<'a>(template: &'a str, path: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let mut all = Vec::new();
    let mut left = path;
    for segment in segments(template) {
        left = left.strip_prefix('/')?;
        let (first, rest) = left.split_at(left.find('/').unwrap_or(left.len()));
        let name = segment.strip_prefix('{').map(|name| name.trim_end_matches('}'));
        match name {
            Some(name) if name.ends_with('*') => {
                all.push((name, left));
                return Some(all);
            }
            Some(name) if !first.is_empty() => all.push((name, first)),
            None if first == segment => {}
            _ => return None,
        }
        left = rest;
    }
    left.is_empty().then_some(all)
}

fn value(asked: &Asked<'_>, part: Part, name: &str) -> Option<String> {
    match part {
        Part::Header => header(asked.ask, name),
        Part::Cookie => asks::cookie(asked.ask, name).map(str::to_owned),
        Part::Query => {
            let mut pairs = asked
                .query?
                .split('&')
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
            pairs
                .find(|(own, _)| *own == name)
                .map(|(_, value)| value.replace('+', " "))
        }
    }
}

/// All fields of a name are one list.
fn header(ask: &Ask, name: &str) -> Option<String> {
    let values: Vec<_> = asks::fields(ask, name).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

fn end(route: &Route, asked: &Asked<'_>) -> End {
    let with_query = |path: String| match asked.query {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let own = |status: u16, body: &str, points| {
        End::Own(Own {
            status: status.into(),
            body: body.into(),
            points,
        })
    };
    let branches = match &route.action {
        Action::Upstream(name) => vec![(name.clone(), 1)],
        Action::Split { branches, header: by } => {
            let chosen = header(asked.ask, by);
            match branches.iter().find(|(name, _)| Some(name) == chosen.as_ref()) {
                Some((name, _)) => vec![(name.clone(), 1)],
                None => branches.clone(),
            }
        }
        Action::Redirect { status, prefix } => {
            let to = Rewrite::Prefix(prefix.clone());
            return own(*status, "", Some(with_query(rewritten(&to, route, asked.path))));
        }
        Action::Respond { status, body } => return own(*status, body, None),
    };
    let path = match &route.rewrite {
        Some(rewrite) => rewritten(rewrite, route, asked.path),
        None => asked.path.into(),
    };
    End::Upstreams(Forward {
        branches,
        target: with_query(path),
        marks: marks(asked.ask, route.edits.as_ref()),
        mirror: route.mirror.clone(),
        fallback: route.fallback.clone(),
        degraded: route.degraded.clone(),
    })
}

/// The path with the route's prefix, or all of it, replaced.
fn rewritten(rewrite: &Rewrite, route: &Route, path: &str) -> String {
    match (rewrite, &route.path) {
        (Rewrite::Prefix(with), Path::Prefix(prefix)) => {
            let rest = path.strip_prefix(prefix.trim_end_matches('/')).unwrap_or(path);
            let new = format!("{}{rest}", with.trim_end_matches('/'));
            if new.is_empty() { "/".into() } else { new }
        }
        (Rewrite::Path(with), Path::Template(template)) => {
            let all = variables(template, path).unwrap_or_default();
            let new = segments(with).map(|segment| {
                let name = segment.strip_prefix('{').map(|name| name.trim_end_matches('}'));
                let known = all.iter().find(|(own, _)| Some(*own) == name);
                known.map_or(segment, |(_, value)| value)
            });
            format!("/{}", new.collect::<Vec<_>>().join("/"))
        }
        (Rewrite::Path(with) | Rewrite::Prefix(with), _) => with.clone(),
    }
}

fn marks(ask: &Ask, edits: Option<&Edits>) -> Vec<String> {
    let nothing = Edits::default();
    let Edits { set, add, remove } = edits.unwrap_or(&nothing);
    let is_kept = |name: &str| {
        let is_set = set.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        !is_set && !remove.iter().any(|own| own.eq_ignore_ascii_case(name))
    };
    let kept = ask.headers.iter().filter(|(name, _)| is_kept(name));
    kept.chain(set)
        .chain(add)
        .map(|(name, value)| format!("{}: {value}", name.to_ascii_lowercase()))
        .filter(|line| line.starts_with(MARK))
        .collect()
}

#[cfg(test)]
mod tests;
