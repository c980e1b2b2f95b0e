//! `upstreams.*.concurrency`, `routes[*].priority` and `priority_header`: defaults, what is refused and how, and that they are written as
//! they were read.

use gateway::config::{Plan, load};
use gateway::limit::{Params, Priority};
use proptest::option::of;
use proptest::prelude::*;
use std::fmt::Write;

fn plan(concurrency: &str, route: &str) -> Result<Plan, String> {
    let yaml = format!(
        "listen: {{ http: 127.0.0.1:8080 }}\n\
         routes: [{{ name: all, match: {{ path: / }}{route} }}]\n\
         upstreams: {{ u: {{ replicas: [\"10.0.0.1:80\"], concurrency: {concurrency} }} }}\n"
    );
    load(yaml.as_bytes()).map_err(|errors| errors.to_string())
}

fn params(concurrency: &str) -> Params {
    let plan = plan(concurrency, ", upstream: u").unwrap_or_else(|errors| panic!("{errors}"));
    plan.upstreams[0].concurrency.expect("it has one")
}

#[test]
fn defaults() {
    let expected = Params {
        min: 4,
        max: 1_000,
        start: 20,
        tolerance_percent: 125,
    };
    assert_eq!(params("{}"), expected);
    let plan = plan("{}", ", upstream: u").expect("valid");
    assert_eq!(
        (plan.routes[0].priority, &plan.routes[0].priority_header),
        (Priority::Normal, &None)
    );
}

#[test]
fn a_default_never_contradicts_what_is_written() {
    for (written, expected) in [
        ("{ max: 3 }", (3, 3, 3)),
        ("{ min: 30 }", (30, 1_000, 30)),
        ("{ min: 2000 }", (2_000, 2_000, 2_000)),
        ("{ start: 2 }", (2, 1_000, 2)),
        ("{ start: 1500 }", (4, 1_500, 1_500)),
    ] {
        let Params { min, max, start, .. } = params(written);
        assert_eq!((min, max, start), expected, "{written}");
    }
}

#[test]
fn errors() {
    let mut shown = String::new();
    for (about, concurrency, route) in [
        ("no mapping", "adaptive", ", upstream: u"),
        (
            "all at once",
            "{ min: 0, max: 2000000, start: many, tolerance: 1, maximum: 3 }",
            ", upstream: u, priority: urgent, priority_header: \"a b\"",
        ),
        ("below the least", "{ min: 5, max: 4 }", ", upstream: u"),
        (
            "a start outside",
            "{ min: 5, max: 9, start: 10 }",
            ", upstream: u",
        ),
        (
            "no upstream to be refused by",
            "{ tolerance: 11 }",
            ", respond: { status: 204 }, priority: low, priority_header: x-class",
        ),
    ] {
        let errors = plan(concurrency, route).expect_err(about);
        writeln!(shown, "## {about}\n{concurrency}{route}\n{errors}\n").expect("a String");
    }
    insta::assert_snapshot!(shown);
}

proptest! {
    #[test]
    fn round_trip(
        min in 1..500_u32,
        more in of(0..1_u32 << 19),
        start in of(0.0..=1.0_f64),
        tolerance in of(101..=1_000_u32),
        class in of(0..4_usize),
        header in any::<bool>(),
    ) {
        let mut keys = vec![format!("min: {min}")];
        let max = more.map_or(min.max(1_000), |more: u32| min + more);
        keys.extend(more.map(|_| format!("max: {max}")));
        let start = start.map(|part| min + (f64::from(max - min) * part) as u32);
        keys.extend(start.map(|start| format!("start: {start}")));
        keys.extend(tolerance.map(|percent| format!("tolerance: {}", f64::from(percent) / 100.0)));
        let mut route = ", upstream: u".to_owned();
        route.extend(class.map(|class| format!(", priority: {}", Priority::NAMES[class])));
        route.extend(header.then(|| ", priority_header: X-Class".to_owned()));
        let read = plan(&format!("{{ {} }}", keys.join(", ")), &route).map_err(TestCaseError::fail)?;
        let expected = Params {
            min,
            max,
            start: start.unwrap_or(20.clamp(min, max)),
            tolerance_percent: tolerance.unwrap_or(125),
        };
        prop_assert_eq!(read.upstreams[0].concurrency, Some(expected));
        prop_assert_eq!(read.routes[0].priority, class.map_or(Priority::Normal, |class| Priority::ALL[class]));
        prop_assert_eq!(read.routes[0].priority_header.as_deref(), header.then_some("x-class"));
        let again = load(read.to_string().as_bytes()).map_err(|errors| TestCaseError::fail(errors.to_string()))?;
        prop_assert_eq!(again, read);
    }
}
