//! Configs that are large or hostile: refused or taken in bounded time and memory, and never a panic.

use gateway::config::load;
use gateway::route::Head;
use proptest::prelude::*;
use std::time::Duration;

const HEAD: &str = "listen: { http: 127.0.0.1:8080 }\nupstreams: { shop: { replicas: [\"10.0.0.1:80\"] } }\n";

fn many_routes(count: usize) -> String {
    let route = |n: usize| {
        format!(
            "  - {{ name: r{n}, match: {{ host: h{}.example, path: /a/{n} }}, upstream: shop, timeout: 5s }}\n",
            n % 100
        )
    };
    format!("{HEAD}routes:\n{}", (0..count).map(route).collect::<String>())
}

/// What is wrong with a config, as text.
fn errors(yaml: &[u8]) -> String {
    load(yaml).expect_err("refused").to_string()
}

#[test]
fn as_many_routes_as_are_allowed() {
    let plan = load(many_routes(10_000).as_bytes()).unwrap();
    assert_eq!(plan.routes.len(), 10_000);
    assert_eq!(
        plan.table
            .find(&Head::get("h7.example", "/a/907/x"))
            .ok()
            .map(|id| id.index()),
        Some(907)
    );
}

#[test]
fn one_route_more_is_refused() {
    let errors = errors(many_routes(10_001).as_bytes());
    assert!(
        errors.starts_with("routes: 10001 routes are too many: at most 10000"),
        "{errors}"
    );
}

#[test]
fn a_file_that_is_too_long_is_refused_unread() {
    let errors = errors("x".repeat((8 << 20) + 1).as_bytes());
    assert_eq!(errors, "the config is 8388609 bytes long: at most 8388608");
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    assert_eq!(errors(b"listen: \xff"), "the config is not UTF-8 from byte 8 on");
}

#[test]
fn routes_may_share_a_block_by_alias() {
    let first = "  - { name: r0, match: { path: /r0 }, upstream: shop, retries: &calm { max: 2, only_idempotent: true } }\n";
    let rest = |n: usize| {
        format!("  - {{ name: r{n}, match: {{ path: /r{n} }}, upstream: shop, retries: *calm }}\n")
    };
    let yaml = format!(
        "{HEAD}routes:\n{first}{}",
        (1..2_000).map(rest).collect::<String>()
    );
    let plan = load(yaml.as_bytes()).unwrap();
    assert!(plan.routes.iter().all(|route| route.retry.max() == 2));
}

#[test]
fn aliases_do_not_multiply_without_end() {
    let mut yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..10 {
        let before = format!("*a{}", n - 1);
        yaml.push_str(&format!("a{n}: &a{n} [{}]\n", vec![before; 10].join(", ")));
    }
    let errors = errors(yaml.as_bytes());
    assert!(errors.starts_with("the config is not valid YAML: "), "{errors}");
}

#[test]
fn an_error_in_every_line_is_counted_beyond_the_first_thousand() {
    let yaml: String = (0..20_000).map(|n| format!("key{n}: 1\n")).collect();
    let errors = errors(yaml.as_bytes());
    assert_eq!(errors.lines().count(), 1_001);
    // 20 000 unknown keys and three missing ones
    assert!(
        errors.ends_with("\nand 19003 more errors"),
        "{}",
        &errors[errors.len() - 100..]
    );
}

#[test]
fn a_rate_of_nothing_and_deadlines_of_a_day_are_taken() {
    let with = |server: &str| {
        let yaml = format!(
            "{HEAD}routes: [{{ name: all, match: {{ path: / }}, upstream: shop }}]\nserver: {{ {server} }}\n"
        );
        load(yaml.as_bytes()).map(|plan| plan.server)
    };
    let day = Duration::from_secs(24 * 60 * 60);
    let server = with("body_rate_min: 0, body_timeout: 24h, write_timeout: 24h").unwrap();
    assert_eq!(
        (server.body_rate_min, server.body_timeout, server.write_timeout),
        (0, day, day)
    );
    assert_eq!(with("body_rate_min: 1MiB").unwrap().body_rate_min, 1 << 20);
    for beyond in [
        "body_rate_min: 1048577",
        "body_timeout: 86401s",
        "write_timeout: 0ms",
    ] {
        let errors = with(beyond).expect_err(beyond).to_string();
        let key = beyond.split(':').next().unwrap();
        assert!(errors.starts_with(&format!("server.{key}: ")), "{errors}");
    }
}

proptest! {
    /// Any text: a verdict and not a panic.
    #[test]
    fn any_text_is_judged(yaml in "\\PC{0,200}") {
        let _ = load(yaml.as_bytes());
    }

    /// Text that looks like a config, with a few characters damaged: the same.
    #[test]
    fn a_damaged_config_is_judged(at in prop::collection::vec((0usize..200, "[:{}\\[\\]\"'\\-#&*!|>%@` \n\ta0]"), 1..6)) {
        let mut yaml: Vec<char> = many_routes(2).chars().collect();
        for (at, with) in at {
            let at = at % yaml.len();
            yaml.splice(at..=at, with.chars());
        }
        let yaml: String = yaml.into_iter().collect();
        if let Err(errors) = load(yaml.as_bytes()) {
            prop_assert!(!errors.to_string().is_empty());
        }
    }
}
