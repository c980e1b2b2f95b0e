//! What the swarm's routes do besides sending each upstream's path there: each sort of route is in with a chance of one
//! half, for every upstream, with requests that meet it, that miss it by one thing, and that others would take too.
//!
//! Each route shows in something that is seen outside the gateway: another target at the replica, another upstream, or an
//! answer that no replica gives. A canary takes one replica of its upstream over, and a shadow takes one away where there
//! are too many, so the number of hosts stays. What a split's branches are told is the same (see [`super::Config`]), and so
//! is the load of an upstream: requests for routes weigh as much for each of them.

use super::super::balance::Lb;
use super::super::config::Upstream;
use super::super::knobs::Knobs;
use super::super::model::Ask;
use super::super::route::{
    Action, Condition, Degraded, Edits, Mirror, Part as Of, Path, Rewrite, Route, Test,
};
use super::part::{Part, REPLICAS_MAX};
use std::collections::BTreeMap;
use std::time::Duration;

/// Sorts of routes. `mirror` and `edits` belong to routes that are there in any case.
const SORTS: [&str; 12] = [
    "deeper", "exact", "template", "methods", "header", "cookie", "query", "host", "split", "redirect",
    "respond", "edits",
];

/// How many requests are for them, in proportion to the others.
const SHARE: f64 = 0.7;

/// Steps of a weight.
const WEIGHTS: f64 = 1_024.0;

/// What a client says of itself that must not reach a replica, and what may.
const MARKED: [(&str, &str); 8] = [
    ("X-Mark-Keep", "kept"),
    ("X-Mark-Set", "mine"),
    ("x-mark-gone", "1"),
    ("TE", "trailers"),
    ("Proxy-Connection", "keep-alive"),
    ("X-Forwarded-For", "10.9.8.7"),
    ("X-Forwarded-Proto", "https"),
    ("X-Real-IP", "10.9.8.7"),
];

/// The upstream that is fallen back on.
const SPARE: &str = "spare";

/// Of the shadow. One that hangs is given up by every copy, and its answer is no answer of the others.
const SHADOWS: [(&str, &str); 3] = [
    ("quick", "latency=fixed:5ms body=99B status=202"),
    ("slow", "latency=fixed:400ms body=99B status=202"),
    ("hangs", "latency=fixed:3s body=99B status=202"),
];

/// The routes of the config in force; none where nothing is drawn. Adds what they need.
pub(super) fn add(knobs: &mut Knobs, parts: &mut Vec<Part>, asks: &mut Vec<Ask>) -> Vec<Route> {
    let sorts = knobs.some("routes", &SORTS);
    let mirrors = knobs.words("mirror", &["no", "yes"], 1) == ["yes"];
    let weight = knobs.integer("canary_weight", 1..=5) as u32;
    let mirror = mirror(knobs);
    let shadow = knobs.words("shadow", &SHADOWS.map(|(name, _)| name), 1)[0];
    let falls_back = knobs.words("fallback", &["no", "no", "yes"], 1) == ["yes"];
    let degrades = knobs.words("degraded", &["no", "no", "failures", "answers"], 1)[0];
    if sorts.is_empty() && !mirrors && !falls_back && degrades == "no" {
        return Vec::new();
    }
    let names: Vec<_> = parts.iter().map(|part| part.told.name.clone()).collect();
    let mut routes = Vec::new();
    let others = asks.len() as f64 / names.len().max(1) as f64;
    for name in &names {
        let canary = sorts.contains(&"split").then(|| canary(parts, name)).flatten();
        let first = asks.len();
        routes.push(Route {
            mirror: mirrors.then(|| mirror.clone()),
            ..Route::of_upstream(name)
        });
        for sort in &sorts {
            of_sort(
                sort,
                name,
                canary.as_deref().map(|canary| (canary, weight)),
                &mut routes,
                asks,
            );
        }
        let count = (asks.len() - first).max(1) as f64;
        for ask in &mut asks[first..] {
            // a number that JSON gives back as it was
            ask.weight = (WEIGHTS * SHARE * others / count).round() / WEIGHTS;
        }
    }
    if mirrors {
        let shadow = shadow_of(shadow, parts);
        parts.push(shadow);
    }
    if falls_back {
        let spare = aside(SPARE, parts, "latency=fixed:5ms body=99B status=203");
        parts.push(spare);
        for route in &mut routes {
            route.fallback = falls_on_spare(route, parts).then(|| SPARE.into());
        }
    }
    if degrades != "no" {
        let without = |route: &&mut Route| route.fallback.is_none() && route.upstreams().next().is_some();
        for route in routes.iter_mut().filter(without) {
            route.degraded = Some(degraded(&route.name, degrades == "answers"));
        }
    }
    routes
}

/// Of a status that nothing else has, which counts as no success.
fn degraded(name: &str, for_answers: bool) -> Degraded {
    Degraded {
        status: 451,
        body: format!("less of {name}\n"),
        for_answers,
    }
}

/// Of what may be done twice nobody can tell why it was.
fn falls_on_spare(route: &Route, parts: &[Part]) -> bool {
    let mut upstreams = route.upstreams().peekable();
    let careful = |name: &str| {
        let part = parts.iter().find(|part| part.told.name == name);
        part.is_some_and(|part| part.told.only_idempotent)
    };
    upstreams.peek().is_some() && upstreams.all(careful)
}

/// Another config has fewer of them, if so it is drawn: what they took goes elsewhere.
pub(super) fn of_other(knobs: &mut Knobs, routes: &[Route]) -> Vec<Route> {
    let fewer = knobs.words("other_routes", &["same", "fewer"], 1) == ["fewer"];
    let is_kept = |(place, route): &(usize, &Route)| !fewer || !route.name.contains('-') || place % 2 == 0;
    let kept = routes.iter().enumerate().filter(is_kept);
    kept.map(|(_, route)| route.clone()).collect()
}

fn mirror(knobs: &mut Knobs) -> Mirror {
    let percent = knobs.integer("mirror_percent", 10..=100);
    Mirror {
        upstream: "shadow".into(),
        share: percent as f64 / 100.0,
        in_flight_max: knobs.integer("mirror_in_flight_max", 1..=4) as usize,
        timeout: Duration::from_millis(knobs.integer("mirror_timeout_ms", 500..=900)),
    }
}

/// The last replica of an upstream that has several, as one of its own.
fn canary(parts: &mut Vec<Part>, name: &str) -> Option<String> {
    let part = parts.iter_mut().find(|part| part.told.name == name)?;
    if part.told.replicas.len() < 2 {
        return None;
    }
    let replica = part.told.replicas.pop()?;
    let canary = format!("{name}-canary");
    let told = Upstream {
        name: canary.clone(),
        replicas: vec![replica],
        lb: Lb::default(),
        weights: BTreeMap::new(),
        sticky: None,
        slow_start: None,
        ejects: None,
        probes: None,
        panic: false,
        by_name: false,
        ..part.told.clone()
    };
    let part = Part {
        behaviour: part.behaviour.clone(),
        upload_bytes: part.upload_bytes,
        told,
        other_health: "same",
        others_lack_breaker: false,
    };
    parts.push(part);
    Some(canary)
}

fn shadow_of(shadow: &str, parts: &mut [Part]) -> Part {
    let behaviour = SHADOWS.iter().find(|(name, _)| *name == shadow);
    aside("shadow", parts, behaviour.map_or("", |(_, behaviour)| behaviour))
}

/// An upstream of one replica that no route leads to by itself.
fn aside(name: &str, parts: &mut [Part], behaviour: &str) -> Part {
    let count: usize = parts.iter().map(|part| part.told.replicas.len()).sum();
    if count as u64 >= REPLICAS_MAX
        && let Some(largest) = parts.iter_mut().max_by_key(|part| part.told.replicas.len())
    {
        largest.told.replicas.pop();
    }
    Part {
        behaviour: behaviour.into(),
        upload_bytes: 0,
        told: Upstream::new(name, &[&format!("{name}0")]),
        other_health: "same",
        others_lack_breaker: false,
    }
}

/// Routes of one sort for one upstream, and requests for them.
fn of_sort(
    sort: &str,
    name: &str,
    canary: Option<(&str, u32)>,
    routes: &mut Vec<Route>,
    asks: &mut Vec<Ask>,
) {
    let at = |path: &str| format!("/{name}{path}");
    let prefix = |path: &str| Path::Prefix(at(path));
    let to = |sort: &str, path: Path, seen: &str| Route {
        rewrite: Some(match &path {
            Path::Prefix(_) => Rewrite::Prefix(seen.into()),
            Path::Exact(_) | Path::Template(_) => Rewrite::Path(seen.into()),
        }),
        ..Route::new(&format!("{name}-{sort}"), path, Action::Upstream(name.into()))
    };
    let get = |path: &str| Ask::get(&at(path));
    match sort {
        "deeper" => {
            routes.push(to("deep", prefix("/deep"), "/d"));
            routes.push(to("deeper", prefix("/deep/er"), "/"));
            asks.extend([
                get("/deep/7?page=2&q=a+b"),
                get("/deep/er/7?x"),
                get("/deep/er"),
                get("/deeper?a=b"),
            ]);
        }
        "exact" => {
            routes.push(to("exact", Path::Exact(at("/deep/exact")), "/x"));
            asks.extend([get("/deep/exact?x=1"), get("/deep/exact/"), get("/deep/exactly")]);
        }
        "template" => {
            routes.push(to(
                "items",
                Path::Template(at("/{kind}/items/{rest*}")),
                "/t/{rest*}",
            ));
            routes.push(to("item", Path::Template(at("/deep/items/{id}")), "/i/{id}"));
            asks.extend([
                get("/deep/items/7/8?x=1"),
                get("/deep/items/7"),
                get("/a/items/"),
                get("/a/items"),
            ]);
        }
        "methods" => methods(name, routes, asks),
        "header" => headers(name, &to, routes, asks),
        "cookie" => {
            let cookie = condition(Of::Cookie, "beta", Test::Exact("1".into()));
            routes.push(with(&[cookie], to("cookie", prefix("/c"), "/beta")));
            let cookies = |text: &str| saying(get("/c/7?x=1"), &[("Cookie", text)]);
            asks.extend([cookies("a=2; beta=1"), cookies("beta=10"), get("/c/7?beta=1")]);
        }
        "query" => {
            let query = condition(Of::Query, "v", Test::Prefix("2".into()));
            routes.push(with(&[query], to("query", prefix("/q"), "/v2")));
            asks.extend([get("/q/7?w=a+b&v=2.1"), get("/q/7?v=1.2"), get("/q/7")]);
        }
        "host" => hosts(name, &to, routes, asks),
        "split" => split(name, canary, routes, asks),
        "edits" => edits(name, &to, routes, asks),
        _ => answers(sort, name, routes, asks),
    }
}

type To<'a> = &'a dyn Fn(&str, Path, &str) -> Route;

fn hosts(name: &str, to: To<'_>, routes: &mut Vec<Route>, asks: &mut Vec<Ask>) {
    for (sort, host, seen) in [
        ("wild", "*.swarm.test", "/wild"),
        ("api", "api.swarm.test", "/api"),
    ] {
        routes.push(Route {
            host: Some(host.into()),
            ..to(sort, Path::Prefix(format!("/{name}")), seen)
        });
    }
    for host in [
        "api.swarm.test",
        "img.swarm.test",
        "a.api.swarm.test",
        "other.test",
    ] {
        asks.push(Ask {
            host: Some(host.into()),
            ..Ask::get(&format!("/{name}/deep/7?host"))
        });
    }
}

fn edits(name: &str, to: To<'_>, routes: &mut Vec<Route>, asks: &mut Vec<Ask>) {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let get = |path: &str| Ask::get(&format!("/{name}{path}"));
    routes.push(Route {
        edits: Some(Edits {
            set: vec![field("X-Mark-Set", "told")],
            add: vec![field("X-Mark-Add", "more")],
            remove: vec!["X-Mark-Gone".into()],
        }),
        ..to("edited", Path::Prefix(format!("/{name}/e")), "/e")
    });
    asks.extend([
        saying(get("/e/7?x=1"), &MARKED),
        saying(get("/7"), &MARKED),
        get("/e/8"),
    ]);
}

/// What the gateway answers by itself.
fn answers(sort: &str, name: &str, routes: &mut Vec<Route>, asks: &mut Vec<Ask>) {
    let at = |path: &str| format!("/{name}{path}");
    let get = |path: &str| Ask::get(&at(path));
    if sort == "redirect" {
        let action = Action::Redirect {
            status: 308,
            prefix: at("/new"),
        };
        routes.push(Route::new(
            &format!("{name}-old"),
            Path::Prefix(at("/old")),
            action,
        ));
        asks.extend([get("/old/7?page=2"), get("/old")]);
    } else {
        let action = Action::Respond {
            status: 410,
            body: format!("no more {name}\n"),
        };
        routes.push(Route::new(
            &format!("{name}-gone"),
            Path::Exact(at("/gone")),
            action,
        ));
        asks.extend([get("/gone"), Ask::get(&format!("/nowhere/{name}"))]);
    }
}

/// Outside the upstream's path, so that nothing takes what they leave.
fn methods(name: &str, routes: &mut Vec<Route>, asks: &mut Vec<Ask>) {
    let path = format!("/only/{name}");
    for (sort, methods, seen) in [("read", &["GET", "HEAD"][..], "/r"), ("write", &["PUT"], "/w")] {
        routes.push(Route {
            methods: methods.iter().map(|&method| method.into()).collect(),
            rewrite: Some(Rewrite::Prefix(seen.into())),
            ..Route::new(
                &format!("{name}-{sort}"),
                Path::Prefix(path.clone()),
                Action::Upstream(name.into()),
            )
        });
    }
    for method in ["GET", "PUT", "POST", "DELETE"] {
        asks.push(Ask {
            method: method.into(),
            ..Ask::get(&format!("{path}/7?x=1"))
        });
    }
}

/// One condition, another one, two, and none.
fn headers(name: &str, to: To<'_>, routes: &mut Vec<Route>, asks: &mut Vec<Ask>) {
    let path = format!("/{name}/h");
    let tenant = |is| condition(Of::Header, "x-tenant", is);
    let (acme, beta) = (
        tenant(Test::Exact("acme".into())),
        tenant(Test::Prefix("be".into())),
    );
    let debug = condition(Of::Header, "x-debug", Test::Present(true));
    for (sort, conditions, seen) in [
        ("acme", &[acme.clone()][..], "/acme"),
        ("beta", &[beta], "/beta"),
        ("debug", &[acme, debug], "/debug"),
    ] {
        routes.push(with(conditions, to(sort, Path::Prefix(path.clone()), seen)));
    }
    let get = || Ask::get(&format!("{path}/7?x=1"));
    asks.push(get());
    for fields in [
        &[("X-Tenant", "acme")][..],
        &[("x-tenant", "best")],
        &[("x-tenant", "other")],
        &[("X-Debug", "1"), ("x-tenant", "acme")],
        &[("X-Debug", "1")],
    ] {
        asks.push(saying(get(), fields));
    }
}

/// Where there is no canary, the requests are for the upstream like any others.
fn split(name: &str, canary: Option<(&str, u32)>, routes: &mut Vec<Route>, asks: &mut Vec<Ask>) {
    let path = format!("/{name}/s");
    let get = || Ask::get(&format!("{path}/7?x=1"));
    if let Some((canary, weight)) = canary {
        let action = Action::Split {
            branches: vec![(name.into(), 5), (canary.into(), weight)],
            header: "x-canary".into(),
        };
        routes.push(Route {
            rewrite: Some(Rewrite::Prefix("/split".into())),
            ..Route::new(&format!("{name}-split"), Path::Prefix(path.clone()), action)
        });
        asks.push(saying(get(), &[("X-Canary", canary)]));
        asks.push(saying(get(), &[("X-Canary", name)]));
    }
    asks.extend([get(), saying(get(), &[("X-Canary", "nobody")])]);
}

fn condition(of: Of, name: &str, is: Test) -> Condition {
    Condition {
        of,
        name: name.into(),
        is,
    }
}

fn with(conditions: &[Condition], route: Route) -> Route {
    Route {
        conditions: conditions.to_vec(),
        ..route
    }
}

fn saying(ask: Ask, fields: &[(&str, &str)]) -> Ask {
    let fields = fields
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()));
    Ask {
        headers: fields.collect(),
        ..ask
    }
}
