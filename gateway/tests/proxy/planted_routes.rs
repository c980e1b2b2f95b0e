//! Planted bugs of routes, headers and mirrors: the same scenes as `planted.rs` has for others.

use crate::harness::{Gateway, OK, Step, Upstream, field, status};
use crate::mirror::{metric, mirrored};
use crate::planted::check;
use crate::recorder::Recorder;
use gateway::planted::Bug;

/// A gateway over `a` and `b`, and where both may go.
async fn gateway(routes: &str, replicas: [std::net::SocketAddr; 2]) -> Gateway {
    let [a, b] = replicas;
    Gateway::from_yaml(&format!(
        "listen: {{ http: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\n\
         upstreams: {{ a: {{ replicas: [\"{a}\"] }}, b: {{ replicas: [\"{b}\"] }} }}\nroutes:\n{routes}\n"
    ))
    .await
}

/// What becomes of a request: upstream and target, or status and `Location`.
async fn course(routes: &str, start: &str, fields: &str) -> String {
    let (a, b) = (Recorder::start().await, Recorder::start().await);
    let gateway = gateway(routes, [a.addr, b.addr]).await;
    let answer = gateway
        .ask(&format!("{start} HTTP/1.1\r\n{fields}Connection: close\r\n\r\n"))
        .await;
    for (name, recorder) in [("a", &a), ("b", &b)] {
        if let Some(line) = recorder.lines().first() {
            return format!("{name}: {line}");
        }
    }
    format!(
        "{} {}",
        status(&answer),
        field(&answer, "location").unwrap_or_default()
    )
}

/// A request with these fields, without the bug and with it.
fn check_course(bug: Bug, routes: &str, start: &str, fields: &str, right: &str, wrong: &str) {
    let scene = async |_| course(routes, start, fields).await;
    check(bug, scene, right.to_owned(), wrong.to_owned());
}

const HOST: &str = "Host: h\r\n";

#[test]
fn rules_are_not_looked_at() {
    let rules = |of: &str| {
        format!(
            "  - {{ name: a, match: {{ path: /x }}, upstream: a }}\n  - {{ name: b, match: {{ {of} }}, upstream: b }}"
        )
    };
    let (at_a, at_b) = ("a: GET /x/y", "b: GET /x/y");
    let get = "GET /x/y";
    check_course(
        Bug::MethodsIgnored,
        &rules("path: /x/y, methods: [PUT]"),
        get,
        HOST,
        at_a,
        at_b,
    );
    check_course(
        Bug::HeadersIgnored,
        &rules("path: /x/y, headers: { t: \"1\" }"),
        get,
        HOST,
        at_a,
        at_b,
    );
    check_course(Bug::ShortPrefixFirst, &rules("path: /x/y"), get, HOST, at_b, at_a);
    check_course(
        Bug::HostIgnored,
        &rules("host: h, path: /x"),
        get,
        HOST,
        at_b,
        at_a,
    );
}

#[test]
fn splits_do_as_they_like() {
    let split = |a: u32| {
        format!(
            "  - {{ name: s, match: {{ path: / }}, override: {{ header: c }}, \
             split: [ {{ upstream: a, weight: {a} }}, {{ upstream: b, weight: 1 }} ] }}"
        )
    };
    let fields = "Host: h\r\nC: a\r\n";
    check_course(
        Bug::OverrideIgnored,
        &split(0),
        "GET /",
        fields,
        "a: GET /",
        "b: GET /",
    );
    check_course(
        Bug::FirstBranchAlways,
        &split(0),
        "GET /",
        HOST,
        "b: GET /",
        "a: GET /",
    );
}

#[test]
fn queries_are_lost() {
    let rewrite = "  - { name: r, match: { path: /x }, rewrite: { prefix: /y }, upstream: a }";
    check_course(
        Bug::RewriteLosesQuery,
        rewrite,
        "GET /x/1?q",
        HOST,
        "a: GET /y/1?q",
        "a: GET /y/1",
    );
    let redirect = "  - { name: r, match: { path: /x }, redirect: { prefix: /y } }";
    check_course(
        Bug::RedirectLosesQuery,
        redirect,
        "GET /x/1?q",
        HOST,
        "302 /y/1?q",
        "302 /y/1",
    );
}

#[test]
fn fields_pass_that_should_not() {
    let seen = async |extra: &str, name: &str| {
        let (recorder, gateway) = Recorder::behind(extra, "").await;
        gateway
            .ask("GET / HTTP/1.1\r\nHost: h\r\nTE: trailers\r\nX-A: mine\r\nConnection: close\r\n\r\n")
            .await;
        field(&recorder.seen()[0].head, name)
    };
    let hop = async |_| seen("", "te").await;
    check(Bug::HopByHopPassed, hop, None, Some("trailers".into()));
    let edited = async |_| seen(", headers: { request: { set: { x-a: told } } }", "x-a").await;
    check(
        Bug::EditsForgotten,
        edited,
        Some("told".into()),
        Some("mine".into()),
    );
}

/// A gateway whose requests are copied to a shadow that says nothing, with more keys for the mirror.
async fn unheard(mirror: &str) -> Gateway {
    let primary = Upstream::start(&[Step::Answer(OK)]).await;
    let shadow = Upstream::start(&[Step::Silence]).await;
    mirrored(primary.addr, shadow.addr, mirror, "").await
}

/// Requests that were copied, and those that were not for a bound, once both make so many.
async fn copies(mirror: &str, requests: usize, accounted: u64) -> (u64, u64) {
    let gateway = unheard(mirror).await;
    for _ in 0..requests {
        gateway.get("/").await;
    }
    loop {
        let sent = metric(&gateway, "sent", "").await;
        let skipped = metric(&gateway, "skipped", "reason=\"in_flight\"").await;
        if sent + skipped >= accounted {
            return (sent, skipped);
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn mirrors_copy_more_than_they_may() {
    let share = async |planted| copies(", share: 0.5, timeout: 60s", 2, 1 + u64::from(planted)).await;
    check(Bug::MirrorShareIgnored, share, (1, 0), (2, 0));
    let bound = async |_| copies(", in_flight_max: 1, timeout: 60s", 2, 2).await;
    check(Bug::MirrorUnbounded, bound, (1, 1), (2, 0));
}

#[test]
fn a_copy_is_waited_for() {
    let scene = async |planted| {
        let timeout = if planted { "20ms" } else { "60s" };
        let gateway = unheard(&format!(", timeout: {timeout}")).await;
        gateway.get("/").await;
        metric(&gateway, "lost", "reason=\"timeout\"").await
    };
    check(Bug::MirrorAwaited, scene, 0, 1);
}
