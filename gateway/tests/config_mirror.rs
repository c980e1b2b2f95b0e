//! `routes[*].mirror`: its defaults, what is refused and how, and that it is written as it was read.

use gateway::config::{Mirror, Plan, load};
use gateway::health::Share;
use proptest::option::of;
use proptest::prelude::*;
use std::fmt::Write;
use std::time::Duration;

fn plan(route: &str) -> Result<Plan, String> {
    let yaml = format!(
        "listen: {{ http: 127.0.0.1:8080 }}\n\
         upstreams: {{ shop: {{ replicas: [\"10.0.0.1:80\"] }}, new: {{ replicas: [\"10.0.0.2:80\"] }} }}\n\
         routes:\n  - {{ name: all, match: {{ path: / }}, {route} }}\n"
    );
    load(yaml.as_bytes()).map_err(|errors| errors.to_string())
}

#[test]
fn defaults() {
    let read = plan("upstream: shop, mirror: { upstream: new }").unwrap_or_else(|errors| panic!("{errors}"));
    let expected = Mirror {
        upstream: 1,
        share: Share::ALL,
        body_max: 64 << 10,
        in_flight_max: 16,
        timeout: Duration::from_secs(1),
    };
    assert_eq!(read.routes[0].mirror, Some(expected));
    let without = plan("upstream: shop").unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(without.routes[0].mirror, None);
}

#[test]
fn errors() {
    let mut shown = String::new();
    for (about, route) in [
        ("no upstream", "upstream: shop, mirror: { share: 0.5 }"),
        ("another upstream", "upstream: shop, mirror: { upstream: nwe }"),
        (
            "all at once",
            "upstream: shop, mirror: { upstream: new, share: 0, body_max: 17MiB, in_flight_max: 0, timeout: 5, to: x }",
        ),
        (
            "no share",
            "upstream: shop, mirror: { upstream: new, share: 10% }",
        ),
        ("no mapping", "upstream: shop, mirror: new"),
        (
            "nothing to mirror",
            "respond: { status: 200 }, mirror: { upstream: new }",
        ),
    ] {
        let errors = plan(route).expect_err(about);
        writeln!(shown, "## {about}\n{route}\n{errors}\n").expect("a String");
    }
    insta::assert_snapshot!(shown);
}

proptest! {
    #[test]
    fn round_trip(
        share in of(1u32..=10_000),
        body in of(0u64..=16 << 20),
        in_flight in of(1usize..100_000),
        ms in of(1u64..=86_400_000),
    ) {
        let mut keys = String::from("upstream: new");
        let mut key = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                keys.push_str(&format!(", {name}: {value}"));
            }
        };
        key("share", share.map(|steps| (f64::from(steps) / 10_000.0).to_string()));
        key("body_max", body.map(|bytes| bytes.to_string()));
        key("in_flight_max", in_flight.map(|count| count.to_string()));
        key("timeout", ms.map(|ms| format!("{ms}ms")));
        let read = plan(&format!("upstream: shop, mirror: {{ {keys} }}")).map_err(TestCaseError::fail)?;
        let mirror = read.routes[0].mirror.expect("it has one");
        prop_assert_eq!(body.unwrap_or(mirror.body_max), mirror.body_max);
        prop_assert_eq!(in_flight.unwrap_or(mirror.in_flight_max), mirror.in_flight_max);
        prop_assert_eq!(ms.map_or(mirror.timeout, Duration::from_millis), mirror.timeout);
        let again = load(read.to_string().as_bytes()).map_err(|errors| TestCaseError::fail(errors.to_string()))?;
        prop_assert_eq!(again, read);
    }
}
