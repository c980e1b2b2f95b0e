//! The model against the tables of `docs/routing.md`.

use super::super::tests::scenario;
use super::*;
use scenarios::{Condition, Config, Upstream};

fn route(name: &str, path: Path) -> Route {
    Route::new(name, path, Action::Upstream("orders".into()))
}

fn prefix(path: &str) -> Path {
    Path::Prefix(path.into())
}

/// The name of the route that takes it, or the status without one, and what comes of it.
fn taken(routes: &[Route], ask: &Ask) -> (String, End) {
    let config = Config::with_routes("main", vec![Upstream::new("orders", &["r0"])], routes.to_vec());
    let course = course(&scenario(), &config.all_routes(), ask);
    let name = match (course.route, &course.end) {
        (Some(place), _) => routes[place].name.clone(),
        (None, End::Own(own)) => own.status.to_string(),
        (None, End::Upstreams(_)) => "nowhere".into(),
    };
    (name, course.end)
}

fn asked(path: &str, host: &str, headers: &[(&str, &str)]) -> Ask {
    Ask {
        host: Some(host.into()),
        headers: headers.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect(),
        ..Ask::get(path)
    }
}

fn with(part: Part, name: &str, is: Test, route: Route) -> Route {
    let condition = Condition {
        of: part,
        name: name.into(),
        is,
    };
    Route {
        conditions: [route.conditions, vec![condition]].concat(),
        ..route
    }
}

#[test]
fn the_most_specific_takes_it() {
    let at = |host: &str, route: Route| Route {
        host: Some(host.into()),
        ..route
    };
    let exactly = |text: &str| Test::Exact(text.into());
    let routes = [
        route("all", prefix("/")),
        route("a", prefix("/a")),
        route("ab", prefix("/a/b")),
        route("exact", Path::Exact("/a/b/c".into())),
        route("template", Path::Template("/a/{x}/d".into())),
        route("literal", Path::Template("/a/b/{rest*}".into())),
        with(Part::Header, "x-t", exactly("1"), route("header", prefix("/h"))),
        with(
            Part::Query,
            "v",
            Test::Prefix("2".into()),
            with(Part::Header, "x-t", exactly("1"), route("both", prefix("/h"))),
        ),
        with(
            Part::Cookie,
            "beta",
            Test::Present(true),
            route("cookie", prefix("/c")),
        ),
        at("*.b.test", route("wild", prefix("/a"))),
        at("x.b.test", route("host", prefix("/a"))),
    ];
    let check = |path: &str, host: &str, headers: &[(&str, &str)], name: &str| {
        assert_eq!(
            taken(&routes, &asked(path, host, headers)).0,
            name,
            "{host}{path}"
        );
    };
    check("/a?q", "b.test", &[], "a");
    check("/ab", "b.test", &[], "all");
    check("/a/b", "b.test", &[], "ab");
    check("/a/b/c", "b.test", &[], "exact");
    check("/a/b/d", "b.test", &[], "literal");
    check("/a/x/d", "b.test", &[], "template");
    check("/a/b/", "b.test", &[], "literal");
    check("/a/b/d", "x.b.test", &[], "host");
    check("/a/b/d", "y.b.test", &[], "wild");
    check("/b", "y.b.test", &[], "all");
    check("/h?v=2.1", "b.test", &[("X-T", "1")], "both");
    check("/h?v=1", "b.test", &[("X-T", "1")], "header");
    check("/h?v=2", "b.test", &[("X-T", "1"), ("x-t", "1")], "all");
    check("/c", "b.test", &[("Cookie", "a=1; beta=")], "cookie");
    check("/c", "b.test", &[("Cookie", "a=beta")], "all");
}

#[test]
fn other_methods_are_told_which() {
    let only = |name: &str, methods: &[&str]| Route {
        methods: methods.iter().map(|&method| method.into()).collect(),
        ..route(name, prefix("/a"))
    };
    let routes = [only("read", &["GET", "HEAD"]), only("write", &["PUT"])];
    assert_eq!(taken(&routes, &Ask::get("/a")).0, "read");
    let End::Own(own) = taken(&routes, &Ask::post("/a")).1 else {
        panic!("it went somewhere")
    };
    assert_eq!((own.status, own.points.as_deref()), (405, Some("GET, HEAD, PUT")));
    assert_eq!(taken(&routes, &Ask::post("/b")).0, "404");
}

#[test]
fn what_replicas_see_is_rewritten() {
    let target = |rewrite: Rewrite, path: Path, asked: &str| {
        let rewritten = Route {
            rewrite: Some(rewrite),
            ..route("one", path)
        };
        match taken(&[rewritten], &Ask::get(asked)).1 {
            End::Upstreams(forward) => forward.target,
            End::Own(own) => own.status.to_string(),
        }
    };
    for (at, with, path, seen) in [
        ("/a", "/x", "/a", "/x"),
        ("/a", "/x", "/a/", "/x/"),
        ("/a", "/x", "/a/b?q", "/x/b?q"),
        ("/a", "/", "/a", "/"),
        ("/a", "/", "/a/b", "/b"),
        ("/", "/x", "/", "/x/"),
        ("/", "/x", "/b", "/x/b"),
    ] {
        assert_eq!(target(Rewrite::Prefix(with.into()), prefix(at), path), seen);
    }
    for (at, with, path, seen) in [
        (
            "/u/{id}/{rest*}",
            "/o/{id}/{rest*}",
            "/u/7/a/b?q=1",
            "/o/7/a/b?q=1",
        ),
        ("/u/{id}/{rest*}", "/{rest*}", "/u/7/", "/"),
        ("/u/{id}", "/fixed", "/u/7", "/fixed"),
    ] {
        let path_rule = Path::Template(at.into());
        assert_eq!(target(Rewrite::Path(with.into()), path_rule, path), seen);
    }
}

#[test]
fn redirects_keep_the_query_and_clients_choose_by_name() {
    let redirect = Action::Redirect {
        status: 308,
        prefix: "/new".into(),
    };
    let routes = [Route::new("old", prefix("/old"), redirect)];
    let End::Own(own) = taken(&routes, &Ask::get("/old/7?a=b")).1 else {
        panic!("it went somewhere")
    };
    assert_eq!((own.status, own.points.as_deref()), (308, Some("/new/7?a=b")));
    let split = Action::Split {
        branches: vec![("orders".into(), 9), ("canary".into(), 1)],
        header: "x-canary".into(),
    };
    let routes = [Route::new("split", prefix("/"), split)];
    for (chosen, expected) in [
        ("canary", vec![("canary", 1)]),
        ("cart", vec![("orders", 9), ("canary", 1)]),
    ] {
        let End::Upstreams(forward) = taken(&routes, &asked("/", "a", &[("X-Canary", chosen)])).1 else {
            panic!("it went nowhere")
        };
        let branches: Vec<_> = forward
            .branches
            .iter()
            .map(|(name, w)| (name.as_str(), *w))
            .collect();
        assert_eq!(branches, expected);
    }
}

#[test]
fn marks_are_those_of_the_client_and_the_edits() {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let edited = Route {
        edits: Some(Edits {
            set: vec![field("X-Mark-Set", "told"), field("X-Region", "eu")],
            add: vec![field("X-Mark-Keep", "2")],
            remove: vec!["x-mark-gone".into()],
        }),
        ..route("one", prefix("/"))
    };
    let ask = asked(
        "/",
        "a",
        &[
            ("X-Mark-Keep", "1"),
            ("X-Mark-Set", "mine"),
            ("X-Mark-Gone", "1"),
            ("X-Other", "1"),
        ],
    );
    let End::Upstreams(forward) = taken(&[edited], &ask).1 else {
        panic!("it went nowhere")
    };
    assert_eq!(
        forward.marks,
        ["x-mark-keep: 1", "x-mark-set: told", "x-mark-keep: 2"]
    );
}
