//! `routes[*].fallback`: its defaults, what is refused and how, and that it is written as it was read.

use gateway::config::{Failure, Failures, FallbackTo, Plan, load};
use gateway::retry::Statuses;
use proptest::prelude::*;
use std::fmt::Write;

fn plan(action: &str, fallback: &str) -> Result<Plan, String> {
    let yaml = format!(
        "listen: {{ http: 127.0.0.1:8080 }}\n\
         upstreams: {{ shop: {{ replicas: [\"10.0.0.1:80\"] }}, spare: {{ replicas: [\"10.0.0.2:80\"] }} }}\n\
         routes:\n  - {{ name: all, match: {{ path: / }}, {action}, fallback: {{ {fallback} }} }}\n"
    );
    load(yaml.as_bytes()).map_err(|errors| errors.to_string())
}

/// Read, and read again as it is written.
fn read(fallback: &str) -> gateway::config::Fallback {
    let read = plan("upstream: shop", fallback).unwrap_or_else(|errors| panic!("{errors}"));
    let again = load(read.to_string().as_bytes()).unwrap_or_else(|errors| panic!("{errors}\n{read}"));
    assert_eq!(again, read);
    let fallback = read.routes[0].fallback.as_deref();
    fallback.expect("one").clone()
}

#[test]
fn defaults() {
    let usual = read("upstream: spare");
    assert_eq!(usual.to, FallbackTo::Upstream(1));
    assert_eq!((usual.on, usual.statuses), (Failures::ALL, Statuses::NONE));
    let fixed = read("respond: { status: 200, body: \"[]\", content_type: application/json }");
    assert!(matches!(&fixed.to, FallbackTo::Respond(fixed) if &*fixed.body == "[]" && fixed.status == 200));
    let listed = read("upstream: spare, on: [timeout, broken], statuses: [500, 502-504]");
    let on = Failure::ALL.map(|failure| listed.on.contains(failure));
    assert_eq!(on, [false, false, false, false, true, true]);
    assert_eq!(listed.statuses.to_string(), "[500, 502-504]");
}

#[test]
fn errors() {
    let mut shown = String::new();
    let shop = "upstream: shop";
    for (about, action, fallback) in [
        (
            "all at once",
            shop,
            "upstream: spar, on: [timeout, late, timeout], statuses: [200], after: 1s",
        ),
        ("nowhere", shop, "on: [timeout]"),
        ("both", shop, "upstream: spare, respond: { status: 200 }"),
        ("where it goes already", shop, "upstream: shop"),
        (
            "or may go",
            "split: [{ upstream: shop, weight: 1 }, { upstream: spare, weight: 0 }]",
            "upstream: spare",
        ),
        ("for nothing", shop, "upstream: spare, on: []"),
        (
            "for no status either",
            shop,
            "upstream: spare, on: [], statuses: []",
        ),
        ("no list", shop, "upstream: spare, on: timeout"),
        ("no answer", shop, "respond: { body: x }"),
        ("of its own", "respond: { status: 200 }", "upstream: spare"),
        ("no mapping", "upstream: shop, headers: {}", "spare"),
    ] {
        let errors = plan(action, fallback).expect_err(about);
        writeln!(shown, "## {about}\n{fallback}\n{errors}\n").expect("a String");
    }
    insta::assert_snapshot!(shown);
}

proptest! {
    #[test]
    fn it_is_written_as_it_was_read(
        on in prop::sample::subsequence(Failure::ALL.to_vec(), 1..=6),
        status in 400..=599_u16,
        upstream: bool,
        body in "[ -~]{0,20}",
    ) {
        let labels: Vec<_> = on.iter().map(|failure| failure.label()).collect();
        let to = match upstream {
            true => "upstream: spare".to_owned(),
            false => format!("respond: {{ status: {status}, body: {body:?} }}"),
        };
        let read = read(&format!("{to}, on: [{}], statuses: [{status}]", labels.join(", ")));
        prop_assert_eq!(matches!(read.to, FallbackTo::Upstream(1)), upstream);
        for failure in Failure::ALL {
            prop_assert_eq!(read.on.contains(failure), on.contains(&failure));
        }
        prop_assert!(read.statuses.contains(status));
    }
}
