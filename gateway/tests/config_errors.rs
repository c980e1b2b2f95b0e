//! What a person is told about a bad config: every error at once, each with its path and place.
//!
//! One snapshot per theme; in it each case with what is wrong in the config and what comes of it. To
//! accept a change of wording: `INSTA_UPDATE=always cargo test -p gateway --test config_errors`, then read
//! the diff.

use gateway::config::{Plan, load};

#[path = "config_errors/balancing.rs"]
mod balancing;
#[path = "config_errors/route.rs"]
mod route;

const LISTEN: &str = "listen: { http: 127.0.0.1:8080 }\n";
const UPSTREAMS: &str = "upstreams: { shop: { replicas: [\"10.0.0.1:80\"] } }\n";
const ROUTES: &str = "routes: [{ name: all, match: { path: / }, upstream: shop }]\n";

/// Each case is a title and a config, which has to be refused.
fn check(theme: &str, cases: &[(&str, String)]) {
    let mut text = String::new();
    for (title, yaml) in cases {
        let errors = load(yaml.as_bytes()).map(|_: Plan| ()).expect_err(title);
        assert!(errors.iter().count() > 0, "{title}: an error without errors");
        text.push_str(&format!("## {title}\n{}\n\n{errors}\n\n", yaml.trim_end()));
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("config_errors__{theme}"), text);
    });
}

/// A good config with one more section.
fn with(section: &str) -> String {
    format!("{LISTEN}{UPSTREAMS}{ROUTES}{section}\n")
}

fn with_listen(listen: &str) -> String {
    format!("listen: {listen}\n{UPSTREAMS}{ROUTES}")
}

fn with_upstreams(upstreams: &str) -> String {
    format!("{LISTEN}{ROUTES}upstreams:\n{upstreams}\n")
}

fn with_routes(routes: &str) -> String {
    format!("{LISTEN}{UPSTREAMS}routes:\n{routes}\n")
}

/// A good config whose one route has one more key.
fn with_key(key: &str) -> String {
    with_routes(&format!(
        "  - {{ name: all, match: {{ path: / }}, upstream: shop, {key} }}"
    ))
}

fn with_match(rule: &str) -> String {
    with_routes(&format!("  - {{ name: all, match: {rule}, upstream: shop }}"))
}

#[test]
fn the_base_of_these_cases_is_good() {
    load(with("").as_bytes()).unwrap();
    load(with_key("timeout: 1s").as_bytes()).unwrap();
    load(with_match("{ host: a.b }").as_bytes()).unwrap();
}

#[test]
fn everything_at_once() {
    let yaml = "\
listen:
  http: 0.0.0.0:80800
  admin: 0.0.0.0:9901
  https: 0.0.0.0:8443
upstreams:
  shop:
    replicas: [ \"10.0.1.10:8080\", \"10.0.1.10:8080\", \"10.0.1.11\" ]
    lb: least-con
    pool: { idle_max: 64, connections_max: 32, idle_timout: 5s }
  empty:
    replicas: []
routes:
  - name: pay
    match: { host: api.shop.com, path: /v1/payments }
    upstream: payments
    timeout: 800
  - name: pay
    match: { host: API.shop.com, path: /v1/payments }
    upstream: shop
    retries: { max: 11 }
  - match: { path: v1 }
    upstream: empty
    time_out: 1s
    request_id: yes
server: { header_bytes_max: 64KB }
trusted_proxies: [ 10.0.0.1/8 ]
acces_log: { path: stdout }
";
    check(
        "everything_at_once",
        &[("all kinds in one file", yaml.to_owned())],
    );
}

#[test]
fn not_yaml() {
    check(
        "not_yaml",
        &[
            ("empty", String::new()),
            ("comments only", "# nothing here\n".to_owned()),
            ("a list", "- listen\n".to_owned()),
            ("text", "listen\n".to_owned()),
            (
                "a bracket left open",
                "listen: { http: 127.0.0.1:8080\nroutes: []\n".to_owned(),
            ),
            (
                "a tab as indentation",
                "listen:\n\thttp: 127.0.0.1:8080\n".to_owned(),
            ),
            ("an unknown alias", "listen: *nowhere\n".to_owned()),
            ("an unknown tag", with("server: !secret { headers_max: 10 }")),
            ("two documents", format!("{}---\n{}", with(""), with(""))),
            (
                "nested too deep",
                format!("listen: {}{}\n", "[".repeat(20), "]".repeat(20)),
            ),
        ],
    );
}

#[test]
fn missing() {
    check(
        "missing",
        &[
            ("everything", "{}\n".to_owned()),
            (
                "the inner keys",
                "listen: {}\nupstreams: { a: {} }\nroutes: [{}]\n".to_owned(),
            ),
            ("values", "listen:\nupstreams: ~\nroutes: null\n".to_owned()),
            (
                "elements",
                "listen: { http: 127.0.0.1:1 }\nupstreams: {}\nroutes: []\n".to_owned(),
            ),
            (
                "an address in a replica",
                with_upstreams("  shop: { replicas: [{}] }"),
            ),
            (
                "a number of retries",
                with_key("retries: { only_idempotent: false }"),
            ),
            ("a log's path", with("access_log: {}")),
        ],
    );
}

#[test]
fn keys() {
    check(
        "keys",
        &[
            ("mistyped", with_key("timout: 1s, requestId: true, foo: 1")),
            ("in other places", with("servers: {}\nserver: { keepalive: 1s }")),
            (
                "of a later version",
                with_key("auth: { issuer: shop }, ratelimit: { limit: 1 }"),
            ),
            (
                "of a later version, deeper",
                with_upstreams("  shop: { replicas: [{ addr: \"10.0.0.1:1\", name: a }], tls: {} }"),
            ),
            ("given twice", format!("{LISTEN}{LISTEN}{UPSTREAMS}{ROUTES}")),
            (
                "given twice in two places",
                with("server: { headers_max: 1, headers_max: 2 }\naccess_log: { path: a, path: b }"),
            ),
            (
                "an upstream given twice",
                with_upstreams(
                    "  shop: { replicas: [\"10.0.0.1:1\"] }\n  shop: { replicas: [\"10.0.0.2:1\"] }",
                ),
            ),
            ("with control characters", with("\"a\\u0007b\": 1")),
        ],
    );
}

#[test]
fn types() {
    check(
        "types",
        &[
            ("sections", "listen: 8080\nupstreams: [a]\nroutes: { a: b }\nserver: 1\naccess_log: stdout\ntrusted_proxies: 10.0.0.1\n".to_owned()),
            ("of a route", with_key("timeout: [1s], retries: 3, request_id: 1, forwarded: \"true\", body_max: yes")),
            ("numbers for names", with_routes("  - { name: 404, match: { host: 1.5, path: 1 }, upstream: true }")),
            ("a listen port alone", with_listen("{ http: 8080 }")),
        ],
    );
}

#[test]
fn durations() {
    let cases = [
        "800",
        "\"800\"",
        "1.5",
        "0",
        "0s",
        "-1",
        "-5s",
        "25h",
        "5 parsecs",
        "1s2",
        "\"\"",
        "true",
        "1e3",
    ];
    let cases = cases.map(|value| (value, with_key(&format!("timeout: {value}"))));
    check("durations", &cases);
}

#[test]
fn sizes_and_counts() {
    check(
        "sizes_and_counts",
        &[
            ("decimal units", with_key("body_max: 64KB")),
            ("a unit alone", with_key("body_max: KiB")),
            ("an unknown unit", with_key("body_max: 5 boxes")),
            ("negative", with_key("body_max: -1")),
            ("too large for 64 bits", with_key("body_max: 99999999999GiB")),
            (
                "too large a number",
                with_key("body_max: 340282366920938463463374607431768211455"),
            ),
            ("a fraction", with("server: { headers_max: 1.5 }")),
            (
                "out of range",
                with("server: { headers_max: 0, header_bytes_max: 1, connections_max: 99999999999 }"),
            ),
            (
                "too large a head",
                with("server: { headers_max: 100000, header_bytes_max: 1GiB }"),
            ),
            (
                "a rate that honest clients would miss",
                with("server: { body_rate_min: 2MiB, body_timeout: 0s, write_timeout: 60 }"),
            ),
            (
                "a rate that is none",
                with("server: { body_rate_min: 1s, connections_per_ip_max: 0 }"),
            ),
            ("retries", with_key("retries: { max: 11 }")),
            ("more retries than a byte", with_key("retries: { max: 256 }")),
            ("fewer retries than none", with_key("retries: { max: -1 }")),
            (
                "an attempt as long as all of them",
                with_key("timeout: 200ms, retries: { max: 1, try_timeout: 200ms }"),
            ),
            (
                "an attempt above the default of the timeout",
                with_key("retries: { max: 1, try_timeout: 31s }"),
            ),
            (
                "an attempt beside a timeout that is none",
                with_key("timeout: 5, retries: { max: 1, try_timeout: 31s }"),
            ),
            (
                "an attempt without time, and no number",
                with_key("retries: { try_timeout: 0s }"),
            ),
        ],
    );
}

#[test]
fn addresses() {
    let replicas = [
        "10.0.0.1",
        "10.0.0.1:",
        "10.0.0.1:70000",
        "10.0.0.1:0",
        "10.0.0.256:80",
        ":80",
        "::1:80",
        "[::1]",
        "::1",
        "0.0.0.0:80",
        "shop:80",
        "http://10.0.0.1:80",
        "",
        "10.0.0.1:80 ",
    ];
    let replicas: String = replicas
        .iter()
        .map(|addr| format!("      - \"{addr}\"\n"))
        .collect();
    check(
        "addresses",
        &[
            (
                "of replicas",
                with_upstreams(&format!("  shop:\n    replicas:\n{replicas}")),
            ),
            (
                "of listeners",
                with_listen("{ http: localhost:8080, admin: 127.0.0.1 }"),
            ),
            (
                "an admin address that others reach",
                with_listen("{ http: 0.0.0.0:80, admin: \"[::]:9901\" }"),
            ),
            (
                "one port for both",
                with_listen("{ http: 127.0.0.1:80, admin: 127.0.0.1:80 }"),
            ),
            (
                "one port for both, all addresses",
                with_listen("{ http: 0.0.0.0:80, admin: 127.0.0.1:80 }"),
            ),
            (
                "the gateway's own",
                format!(
                    "listen: {{ http: 0.0.0.0:80, admin: 127.0.0.1:81 }}\n{ROUTES}upstreams: {{ shop: {{ replicas: [\"127.0.0.1:80\", \"127.0.0.1:81\"] }} }}\n"
                ),
            ),
            (
                "ranges",
                with(
                    "trusted_proxies: [10.0.0.1/8, 10.0.0.0/33, localhost, \"\", 10.0.0.0/8, 10.0.0.0/8, 7]",
                ),
            ),
        ],
    );
}

#[test]
fn upstreams() {
    let many: String = (0..65)
        .map(|port| format!("\"10.0.0.1:{}\", ", 1000 + port))
        .collect();
    check(
        "upstreams",
        &[
            (
                "listed twice",
                with_upstreams("  shop: { replicas: [\"10.0.0.1:80\", { addr: 10.0.0.1:80 }] }"),
            ),
            ("no replica", with_upstreams("  shop: { replicas: [] }")),
            (
                "too many replicas",
                with_upstreams(&format!("  shop: {{ replicas: [{many}] }}")),
            ),
            (
                "unknown balancing",
                with_upstreams("  shop: { replicas: [\"10.0.0.1:80\"], lb: p3c }"),
            ),
            (
                "impossible pool",
                with_upstreams(
                    "  shop: { replicas: [\"10.0.0.1:80\"], pool: { idle_max: 9, connections_max: 8, pending_max: 9, in_flight_max: 8 } }",
                ),
            ),
            (
                "empty pool",
                with_upstreams(
                    "  shop: { replicas: [\"10.0.0.1:80\"], pool: { connections_max: 0, in_flight_max: 0, pending_max: -1, pending_timeout: 1, age_max: 0s, requests_max: 0 } }",
                ),
            ),
            (
                "bad names",
                with_upstreams(
                    "  shop: { replicas: [\"10.0.0.1:80\"] }\n  a b: { replicas: [\"10.0.0.1:80\"] }\n  \"\": { replicas: [\"10.0.0.1:80\"] }",
                ),
            ),
        ],
    );
}

#[test]
fn routes() {
    let route = |name: &str, rule: &str| format!("  - {{ name: {name}, match: {rule}, upstream: shop }}\n");
    let all = |rules: &[(&str, &str)]| {
        with_routes(
            &rules
                .iter()
                .map(|(name, rule)| route(name, rule))
                .collect::<String>(),
        )
    };
    let many: String = (0..12)
        .map(|n| format!("  up-{n}: {{ replicas: [\"10.0.0.1:{}\"] }}\n", n + 1))
        .collect();
    check(
        "routes",
        &[
            (
                "one name twice",
                all(&[
                    ("a", "{ path: /a }"),
                    ("b", "{ path: /b }"),
                    ("a", "{ path: /c }"),
                ]),
            ),
            (
                "the same prefix",
                all(&[("a", "{ path: /a }"), ("b", "{ path: /a }")]),
            ),
            (
                "the same host in two spellings",
                all(&[("a", "{ host: shop.com }"), ("b", "{ host: SHOP.com, path: / }")]),
            ),
            (
                "three times the same",
                all(&[
                    ("a", "{ path_exact: /a }"),
                    ("b", "{ path_exact: /a }"),
                    ("c", "{ path_exact: /a }"),
                ]),
            ),
            (
                "two of different pairs",
                all(&[
                    ("a", "{ path: /a }"),
                    ("b", "{ path: /b }"),
                    ("c", "{ path: /b }"),
                    ("d", "{ path: /a }"),
                ]),
            ),
            (
                "no such upstream, nearly",
                with_routes("  - { name: a, match: { path: / }, upstream: shp }"),
            ),
            (
                "no such upstream",
                with_routes("  - { name: a, match: { path: / }, upstream: payments }"),
            ),
            (
                "no such upstream of many",
                format!(
                    "{LISTEN}routes: [{{ name: a, match: {{ path: / }}, upstream: x }}]\nupstreams:\n{many}"
                ),
            ),
            (
                "a name that is none",
                all(&[("\"a b\"", "{ path: / }"), ("\"\"", "{ path: /b }")]),
            ),
            (
                "a name that is too long",
                all(&[(&"x".repeat(65), "{ path: / }")]),
            ),
        ],
    );
}

#[test]
fn logs() {
    check(
        "logs",
        &[
            ("a directory", with("access_log: { path: logs/ }")),
            ("no path", with("access_log: { path: \"\" }")),
            ("a boolean", with("access_log: true")),
            ("a NUL", with("access_log: { path: \"a\\0b\" }")),
        ],
    );
}
