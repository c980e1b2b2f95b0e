//! `upstreams.*.breaker`: its defaults, what is refused and how, and that it is written as it was read.

use gateway::breaker::{Params, Slow};
use gateway::config::{Breaker, Plan, load};
use gateway::health::Statuses;
use gateway::share::Share;
use proptest::option::of;
use proptest::prelude::*;
use std::fmt::Write;
use std::time::Duration;

fn plan(breaker: &str) -> Result<Plan, String> {
    let yaml = format!(
        "listen: {{ http: 127.0.0.1:8080 }}\nroutes: [{{ name: all, match: {{ path: / }}, upstream: u }}]\n\
         upstreams: {{ u: {{ replicas: [\"10.0.0.1:80\"], breaker: {breaker} }} }}\n"
    );
    load(yaml.as_bytes()).map_err(|errors| errors.to_string())
}

fn breaker(text: &str) -> Breaker {
    let mut plan = plan(text).unwrap_or_else(|errors| panic!("{errors}"));
    plan.upstreams.swap_remove(0).breaker.expect("it has one")
}

#[test]
fn defaults() {
    let expected = Breaker {
        params: Params {
            error_ratio: Share::HALF,
            slow: None,
            min_requests: 20,
            window: Duration::from_secs(10),
            open_for: Duration::from_secs(5),
            open_for_max: Duration::from_secs(60),
            probes: 3,
        },
        statuses: Statuses::try_new(&[(500, 599)]).expect("a range"),
        per_replica: false,
    };
    assert_eq!(breaker("{}"), expected);
    let slow = breaker("{ slow_after: 2s }").params.slow;
    let expected = Slow {
        after: Duration::from_secs(2),
        ratio: Share::HALF,
    };
    assert_eq!(slow, Some(expected));
}

#[test]
fn a_default_never_contradicts_what_is_written() {
    assert_eq!(
        breaker("{ open_for: 2m }").params.open_for_max,
        Duration::from_secs(120)
    );
    assert_eq!(
        breaker("{ open_for_max: 1s }").params.open_for,
        Duration::from_secs(1)
    );
}

#[test]
fn errors() {
    let mut shown = String::new();
    for (about, breaker) in [
        ("no mapping", "true"),
        (
            "all at once",
            "{ error_ratio: 2, slow_after: 5, slow_ratio: 0, min_requests: 0, window: 99ms, open_for: never, \
             open_for_max: 0s, probes: 1001, per_replica: both, statuses: 5xx, probe: 3 }",
        ),
        (
            "below what it is the most of",
            "{ open_for: 5s, open_for_max: 4s }",
        ),
        ("a share of nothing", "{ slow_ratio: 0.5 }"),
        ("no value", "{ window: }"),
    ] {
        let errors = plan(breaker).expect_err(about);
        writeln!(shown, "## {about}\n{breaker}\n{errors}\n").expect("a String");
    }
    insta::assert_snapshot!(shown);
}

proptest! {
    #[test]
    fn round_trip(
        ratio in of(1u32..=10_000),
        slow in of((1u64..=86_400_000, of(1u32..=10_000))),
        min in of(1u64..=1 << 24),
        window_ms in of(100u64..=86_400_000),
        open_ms in of((1u64..=86_400_000, 0u64..1_000)),
        probes in of(1u64..=1_000),
        per_replica in of(any::<bool>()),
        statuses in of(Just("[500, 502-504]")),
    ) {
        let mut keys = Vec::new();
        let share = |steps: u32| f64::from(steps) / 10_000.0;
        keys.extend(ratio.map(|steps| format!("error_ratio: {}", share(steps))));
        keys.extend(slow.map(|(ms, _)| format!("slow_after: {ms}ms")));
        keys.extend(slow.and_then(|(_, steps)| steps).map(|steps| format!("slow_ratio: {}", share(steps))));
        keys.extend(min.map(|min| format!("min_requests: {min}")));
        keys.extend(window_ms.map(|ms| format!("window: {ms}ms")));
        keys.extend(open_ms.map(|(ms, more)| {
            let most = (ms + more).min(86_400_000);
            format!("open_for: {ms}ms, open_for_max: {most}ms")
        }));
        keys.extend(probes.map(|probes| format!("probes: {probes}")));
        keys.extend(per_replica.map(|each| format!("per_replica: {each}")));
        keys.extend(statuses.map(|statuses| format!("statuses: {statuses}")));
        let read = plan(&format!("{{ {} }}", keys.join(", "))).map_err(TestCaseError::fail)?;
        let breaker = read.upstreams[0].breaker.as_ref().expect("it has one");
        prop_assert_eq!(min.unwrap_or(20), breaker.params.min_requests);
        prop_assert_eq!(per_replica.unwrap_or(false), breaker.per_replica);
        prop_assert_eq!(window_ms.map_or(breaker.params.window, Duration::from_millis), breaker.params.window);
        prop_assert_eq!(slow.is_some(), breaker.params.slow.is_some());
        let again = load(read.to_string().as_bytes()).map_err(|errors| TestCaseError::fail(errors.to_string()))?;
        prop_assert_eq!(again, read);
    }
}
