//! Replicas by name in a config: what is taken, what is refused and how, and that it is written as it was read.

use gateway::config::{Plan, load};
use proptest::option::of;
use proptest::prelude::*;
use std::fmt::Write;
use std::time::Duration;

const AROUND: &str = "listen: { http: 127.0.0.1:8080 }\n\
                      routes: [{ name: all, match: { path: / }, upstream: shop }]\nupstreams:\n";

fn plan(upstream: &str) -> Result<Plan, String> {
    load(format!("{AROUND}  shop: {upstream}\n").as_bytes()).map_err(|errors| errors.to_string())
}

#[test]
fn names_and_addresses_go_together() {
    let plan = plan("{ replicas: [\"Shop.Internal:8080\", { addr: \"10.0.0.1:80\" }, { addr: \"b:80\" }] }");
    let plan = plan.unwrap_or_else(|errors| panic!("{errors}"));
    let shop = &plan.upstreams[0];
    let replicas: Vec<_> = shop
        .replicas
        .iter()
        .map(|replica| (replica.name.as_str(), replica.addr))
        .collect();
    assert_eq!(
        replicas,
        [
            ("shop.internal:8080", None),
            ("10.0.0.1:80", "10.0.0.1:80".parse().ok()),
            ("b:80", None)
        ]
    );
    assert_eq!(shop.resolve_every, None);
    assert!(shop.names().eq(["shop.internal:8080", "b:80"]));
}

#[test]
fn errors() {
    let mut shown = String::new();
    for (about, upstream) in [
        (
            "no names",
            "{ replicas: [\"a b:80\", \"-a:80\", \"a..b:80\", \"a/b:80\", \"größe:80\", \"http://a:80\"] }",
        ),
        (
            "ports",
            "{ replicas: [\"a\", \"a:\", \"a:0\", \"a:65536\", \"a:http\"] }",
        ),
        (
            "addresses with typos",
            "{ replicas: [\"10.0.0.256:80\", \"10.0.1:80\", \"a.1:80\"] }",
        ),
        ("twice", "{ replicas: [\"a:80\", { addr: \"A:080\" }] }"),
        (
            "resolve without a name",
            "{ replicas: [\"10.0.0.1:80\"], resolve: { every: 5s } }",
        ),
        ("empty", "{ replicas: [\"a:80\"], resolve: {} }"),
        ("too often", "{ replicas: [\"a:80\"], resolve: { every: 999ms } }"),
        (
            "too seldom",
            "{ replicas: [\"a:80\"], resolve: { every: 2h, evry: 1 } }",
        ),
        (
            "too heavy for a ring",
            "{ replicas: [{ addr: \"a:80\", weight: 17 }], lb: ip-hash }",
        ),
        ("no duration", "{ replicas: [\"a:80\"], resolve: 5s }"),
    ] {
        let errors = plan(upstream).expect_err(about);
        writeln!(shown, "## {about}\n{upstream}\n{errors}\n").expect("a String");
    }
    insta::assert_snapshot!(shown);
}

proptest! {
    /// A plan with names displays as YAML that loads to an equal plan.
    #[test]
    fn round_trip(
        names in prop::collection::btree_set("[a-z_][a-z0-9_]{0,9}(\\.[a-z]{1,5}){0,3}\\.?", 1..8),
        port in 1u16..,
        weight in 1u32..=1_000,
        every_ms in of(1_000u64..=3_600_000),
    ) {
        let replicas: Vec<_> = names.iter().map(|name| format!("{{ addr: \"{name}:{port}\", weight: {weight} }}")).collect();
        let every = every_ms.map_or(String::new(), |ms| format!(", resolve: {{ every: {ms}ms }}"));
        let written = plan(&format!("{{ replicas: [\"10.0.0.1:1\", {}]{every} }}", replicas.join(", ")));
        let written = written.map_err(TestCaseError::fail)?;
        let shop = &written.upstreams[0];
        prop_assert_eq!(shop.resolve_every, every_ms.map(Duration::from_millis));
        let expected = names.iter().map(|name| format!("{name}:{port}"));
        prop_assert!(shop.names().eq(expected.collect::<Vec<_>>().iter().map(String::as_str)));
        let again = load(written.to_string().as_bytes()).map_err(|errors| TestCaseError::fail(errors.to_string()))?;
        prop_assert_eq!(again, written);
    }
}
