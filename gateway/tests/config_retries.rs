//! `routes[*].retries`: its defaults, what is refused and how, and that it is written as it was read.

use gateway::config::{Plan, load};
use gateway::retry::{Backoff, Budget, Params, Statuses};
use proptest::option::of;
use proptest::prelude::*;
use std::fmt::Write;
use std::time::Duration;

fn plan(retries: &str) -> Result<Plan, String> {
    let yaml = format!(
        "listen: {{ http: 127.0.0.1:8080 }}\nupstreams: {{ shop: {{ replicas: [\"10.0.0.1:80\"] }} }}\n\
         routes:\n  - {{ name: all, match: {{ path: / }}, upstream: shop, retries: {{ {retries} }} }}\n"
    );
    load(yaml.as_bytes()).map_err(|errors| errors.to_string())
}

fn read(retries: &str) -> Params {
    plan(retries).unwrap_or_else(|errors| panic!("{errors}")).routes[0].retry
}

#[test]
fn defaults() {
    assert_eq!(read("max: 0"), Params::default());
    let usual = read("max: 1");
    assert_eq!(
        (usual.budget, usual.backoff),
        (Some(Budget::DEFAULT), Some(Backoff::DEFAULT))
    );
    assert_eq!(usual.statuses, Statuses::DEFAULT);
    let naive = read("max: 1, budget: none, backoff: { base: 0 }");
    assert_eq!((naive.budget, naive.backoff), (None, None));
    let ratio = |ratio| Budget::try_new(ratio, 3, Duration::from_secs(10)).ok();
    assert_eq!(read("max: 1, budget: 0.5").budget, ratio(0.5));
    assert_eq!(read("max: 1, budget: 1").budget, ratio(1.0));
    assert_eq!(read("max: 1, budget: 0").budget, ratio(0.0));
    let alone = |text: &str| {
        let backoff = read(&format!("max: 1, backoff: {{ {text} }}")).backoff;
        backoff.map(|backoff| (backoff.base().as_millis(), backoff.max().as_millis()))
    };
    assert_eq!(alone("base: 1s"), Some((1_000, 1_000)));
    assert_eq!(alone("base: 10ms"), Some((10, 250)));
    assert_eq!(alone("max: 1s"), Some((25, 1_000)));
}

#[test]
fn a_route_that_answers_by_itself_has_none() {
    let plan = |action: &str, more: &str| {
        let yaml = format!(
            "listen: {{ http: 127.0.0.1:8080 }}\nupstreams: {{ shop: {{ replicas: [\"10.0.0.1:80\"] }} }}\n\
             routes:\n  - {{ name: all, match: {{ path: / }}, {action}, {more} }}\n"
        );
        load(yaml.as_bytes())
            .map_err(|errors| errors.iter().map(|error| error.path.clone()).collect::<Vec<_>>())
    };
    for action in ["respond: { status: 204 }", "redirect: { prefix: /x }"] {
        let refused = plan(
            action,
            "timeout: 1s, idle_timeout: 2s, retries: { max: 1 }, deadline_header: X-Request-Timeout, upgrade: true",
        );
        let keys = ["timeout", "idle_timeout", "retries", "deadline_header", "upgrade"];
        assert_eq!(
            refused.err().unwrap_or_default(),
            keys.map(|key| format!("routes[0].{key}"))
        );
        // all errors at once, whatever else is wrong
        let twice = plan(action, "upgrade: [websocket, websocket]")
            .err()
            .unwrap_or_default();
        assert!(
            twice.contains(&"routes[0].upgrade".to_owned()) && twice.len() == 2,
            "{twice:?}"
        );
        // which is what is said where nothing is
        assert!(plan(action, "retries: { max: 0 }, upgrade: false").is_ok());
    }
}

#[test]
fn errors() {
    let mut shown = String::new();
    for (about, retries) in [
        (
            "all at once",
            "budget: { ratio: x, min_per_second: -1, ttl: 5, most: 1 }, backoff: { base: 1, max: 0s, jitter: no }, \
             statuses: [200, 5xx], max: 11, hedge: 1",
        ),
        ("no budget", "max: 1, budget: some"),
        ("too large a share", "max: 1, budget: 1.5"),
        ("the same, written out", "max: 1, budget: { ratio: 20 }"),
        ("too short", "max: 1, budget: { ttl: 500ms }"),
        ("too long", "max: 1, budget: { ttl: 31s }"),
        ("too many", "max: 1, budget: { min_per_second: 1000001 }"),
        ("nothing", "max: 1, budget: { ratio: 0, min_per_second: 0 }"),
        ("the wrong way round", "max: 1, backoff: { base: 2s, max: 1s }"),
        ("base above all", "max: 1, backoff: { base: 61s }"),
        ("max above all", "max: 1, backoff: { max: 61s }"),
        ("too short a wait", "max: 1, backoff: { base: 1ns }"),
        ("no wait at most", "max: 1, backoff: { base: 0, max: 1s }"),
        ("no mapping", "max: 1, backoff: 1s"),
        ("no error", "max: 1, statuses: [503, 302]"),
        (
            "many of them",
            "max: 1, statuses: [400, 402, 404, 406, 408, 410, 412, 414, 416, 418, 420, 422, 424, 426, 428, 430, 432, 434]",
        ),
        ("too large a body", "max: 1, body_max: 2MiB"),
        ("no size", "max: 1, body_max: 64KB"),
        // of the route, behind its retries
        (
            "no field",
            "max: 1 }, deadline_header: \"a b\", server_timing: 1, headers: {",
        ),
        (
            "a field of one connection",
            "max: 1 }, deadline_header: Connection, headers: {",
        ),
        (
            "a field that is always there",
            "max: 1 }, deadline_header: Host, headers: {",
        ),
        ("no range", "max: 1, statuses: 504-502"),
        ("no retries to be one of", "max: 0, hedge: { after: 50ms }"),
        (
            "not beside the naive policy",
            "max: 1, only_idempotent: false, hedge: { after: 50ms }",
        ),
        ("no time", "max: 1, hedge: { min: 5ms }"),
        ("neither time nor quantile", "max: 1, hedge: { after: 95 }"),
        ("below the median", "max: 1, hedge: { after: p49 }"),
        (
            "a time with a least",
            "max: 1, hedge: { after: 50ms, min: 5ms, max: 1 }",
        ),
        ("behind the route's timeout", "max: 1, hedge: { after: 30s }"),
        (
            "behind the attempt's",
            "max: 1, try_timeout: 50ms, hedge: { after: p99, min: 50ms }",
        ),
    ] {
        let errors = plan(retries).expect_err(about);
        writeln!(shown, "## {about}\n{retries}\n{errors}\n").expect("a String");
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn hedges() {
    let hedge = |retries: &str| {
        let read = plan(retries).unwrap_or_else(|errors| panic!("{errors}"));
        let again = load(read.to_string().as_bytes()).unwrap_or_else(|errors| panic!("{errors}\n{read}"));
        assert_eq!(again, read);
        read.routes[0].retry.hedge.map(|hedge| hedge.to_string())
    };
    for (text, expected) in [
        ("{ after: 50ms }", "{ after: 50ms }"),
        ("{ after: p95 }", "{ after: p95, min: 1ms }"),
        ("{ after: p99.9, min: 7ms }", "{ after: p99.9, min: 7ms }"),
        ("{ after: p50.0, min: 2s }", "{ after: p50, min: 2s }"),
    ] {
        assert_eq!(
            hedge(&format!("max: 1, hedge: {text}")).as_deref(),
            Some(expected)
        );
    }
    assert_eq!(hedge("max: 1"), None);
}

proptest! {
    #[test]
    fn it_is_written_as_it_was_read(
        max in 0..=10_u8,
        ratio in of(0..=10_000_u32),
        floor in 1..=1_000_000_u32,
        ttl_ms in 1_000..=30_000_u64,
        backoff in of((1..=60_000_000_u64, 1..=100_u64)),
        first in 400..=599_u16,
        last in 400..=599_u16,
    ) {
        let (first, last) = (first.min(last), first.max(last));
        let budget = ratio.map_or("none".to_owned(), |ratio| {
            format!("{{ ratio: {}, min_per_second: {floor}, ttl: {ttl_ms}ms }}", f64::from(ratio) / 10_000.0)
        });
        let backoff = backoff.map_or("{ base: 0 }".to_owned(), |(max, percent)| {
            format!("{{ base: {}us, max: {max}us }}", (max * percent / 100).max(1))
        });
        let text = format!(
            "max: {max}, budget: {budget}, backoff: {backoff}, statuses: [{first}-{last}], body_max: {floor} }}, \
             server_timing: {}, deadline_header: X-{max}, headers: {{",
            floor % 2 == 0
        );
        let read = plan(&text).map_err(TestCaseError::fail)?;
        let again = load(read.to_string().as_bytes()).map_err(|errors| TestCaseError::fail(format!("{errors}\n{read}")))?;
        prop_assert_eq!(&again, &read);
        let retry = read.routes[0].retry;
        prop_assert_eq!(retry.body_max, if max > 0 { u64::from(floor) } else { 0 });
        prop_assert_eq!(read.routes[0].deadline_header.as_deref(), Some(&*format!("x-{max}")));
        prop_assert_eq!(read.routes[0].server_timing, floor % 2 == 0);
        prop_assert_eq!(retry.statuses.contains(first), max == 0 && (502..=504).contains(&first) || max > 0);
    }
}
