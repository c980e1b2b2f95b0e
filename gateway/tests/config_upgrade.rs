//! `routes[*].upgrade` and `trailers`: defaults, what is refused and how, and that they are written as they were read.

use gateway::config::{Plan, Upgrade, load};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::subsequence;
use std::fmt::Write;
use std::time::Duration;

fn plan(route: &str) -> Result<Plan, String> {
    let yaml = format!(
        "listen: {{ http: 127.0.0.1:8080 }}\n\
         upstreams: {{ shop: {{ replicas: [\"10.0.0.1:80\"] }} }}\n\
         routes:\n  - {{ name: all, match: {{ path: / }}, {route} }}\n"
    );
    load(yaml.as_bytes()).map_err(|errors| errors.to_string())
}

fn upgrade(text: &str) -> Option<Upgrade> {
    let plan = plan(&format!("upstream: shop, {text}"));
    plan.unwrap_or_else(|errors| panic!("{errors}")).routes[0]
        .upgrade
        .clone()
}

#[test]
fn what_it_says() {
    let of = |protocols: &[&str], idle: u64| {
        Some(Upgrade {
            protocols: protocols.iter().map(|&name| name.to_owned()).collect(),
            idle_timeout: Duration::from_secs(idle),
        })
    };
    assert_eq!(upgrade("timeout: 1s"), None);
    assert_eq!(upgrade("upgrade: false"), None);
    assert_eq!(upgrade("upgrade: true"), of(&[], 600));
    assert_eq!(
        upgrade("upgrade: [WebSocket, IRC/6.9]"),
        of(&["websocket", "irc/6.9"], 600)
    );
    assert_eq!(upgrade("upgrade: {}"), of(&[], 600));
    assert_eq!(
        upgrade("upgrade: { protocols: [websocket], idle_timeout: 1h }"),
        of(&["websocket"], 3_600)
    );
    assert!(!plan("upstream: shop").expect("a plan").routes[0].trailers);
}

#[test]
fn errors() {
    let mut shown = String::new();
    let names: Vec<_> = (0..17).map(|number| format!("x{number}")).collect();
    let many = format!("upstream: shop, upgrade: [{}]", names.join(", "));
    for (about, route) in [
        ("no protocol", "upstream: shop, upgrade: []"),
        ("text", "upstream: shop, upgrade: websocket"),
        ("a number", "upstream: shop, upgrade: 1"),
        (
            "all at once",
            "upstream: shop, trailers: 1, upgrade: { protocols: [h2c, HTTP/2.0, a b, a/b/c, 1, ws, WS], idle_timeout: 5, to: x }",
        ),
        ("no list", "upstream: shop, upgrade: { protocols: true }"),
        ("too many", &*many),
        (
            "nothing to switch",
            "respond: { status: 200 }, upgrade: true, trailers: true",
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
        protocols in of(subsequence(vec!["websocket", "IRC/6.9", "\"1\"", "\"true\"", "x-y"], 1..=5)),
        ms in of(1u64..=86_400_000),
        trailers in any::<bool>(),
    ) {
        let mut keys = Vec::new();
        keys.extend(protocols.map(|names| format!("protocols: [{}]", names.join(", "))));
        keys.extend(ms.map(|ms| format!("idle_timeout: {ms}ms")));
        let text = format!("upstream: shop, trailers: {trailers}, upgrade: {{ {} }}", keys.join(", "));
        let read = plan(&text).map_err(TestCaseError::fail)?;
        prop_assert_eq!(read.routes[0].trailers, trailers);
        let idle = read.routes[0].upgrade.as_ref().map(|upgrade| upgrade.idle_timeout);
        prop_assert_eq!(idle, Some(Duration::from_millis(ms.unwrap_or(600_000))));
        let again = load(read.to_string().as_bytes()).map_err(|errors| TestCaseError::fail(errors.to_string()))?;
        prop_assert_eq!(again, read);
    }
}
