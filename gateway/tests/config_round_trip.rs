//! A plan displays as YAML that loads to an equal plan; and what was written is what the plan says.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; writing to a String does not fail"
)]

#[path = "config_round_trip/agrees.rs"]
mod agreement;
#[path = "config_round_trip/route.rs"]
mod route_text;

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use agreement::agrees;
use gateway::config::{LogTarget, Plan, load};
use gateway::route::{Action, Head};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use route_text::{ACTIONS, ActionText, CONDITIONS, Path};

/// One route, as it will be written: keys that are `None` are left out.
#[derive(Debug, Clone)]
struct RouteText {
    host: Option<&'static str>,
    path: Path,
    /// Keys of `match` that no GET without fields and query fails.
    conditions: Vec<&'static str>,
    /// In place of `upstream`; with what the plan has to say of it.
    action: Option<ActionText>,
    rewrite: Option<&'static str>,
    upstream: usize,
    timeout_ms: Option<u64>,
    idle_timeout_ns: Option<u64>,
    retries: Option<(u8, Option<bool>)>,
    /// In percent of the timeout, where there are retries.
    try_percent: Option<u64>,
    request_id: Option<bool>,
    forwarded: Option<&'static str>,
    real_ip: Option<bool>,
    /// Its `headers`, as YAML.
    headers: Option<String>,
    body_max: Option<u64>,
}

/// A pool, as it will be written: connections, idle ones in percent of them, milliseconds to connect, and [`LifeText`].
type PoolText = (u64, Option<u64>, Option<u64>, Option<LifeText>);

/// Milliseconds and requests that a connection lives, and requests that may wait for one, as many microseconds as it
/// takes requests.
type LifeText = (u64, u64, u64);

/// How an upstream is balanced, as it will be written: the first replica's weight and keys of the upstream.
type BalanceText = (Option<u32>, &'static str);

/// Each with a kind that heeds weights, or none.
const BALANCING: [&str; 9] = [
    "",
    "lb: weighted\n    slow_start: 1m 30s",
    "lb: least-conn\n    panic: true",
    "lb: { p2c: { ewma: true } }\n    slow_start: 1500ms",
    "lb: { ring-hash: { key: { header: X-User }, load_factor: 1.25 } }",
    "lb: { ring-hash: { key: { cookie: \"true\" }, load_factor: 2 } }\n    panic: false",
    "lb: { ring-hash: { key: path } }\n    sticky: { cookie: \"404\" }",
    "lb: ip-hash\n    sticky: { cookie: __Host-s, ttl: 90s, key_file: \"/a \\\"b\\\"\" }",
    "lb: random",
];

/// A config, as it will be written.
#[derive(Debug, Clone)]
struct Text {
    http: SocketAddr,
    admin: Option<SocketAddr>,
    /// How many replicas, and the pool.
    upstreams: Vec<(u8, Option<PoolText>, BalanceText)>,
    routes: Vec<RouteText>,
    access_log: Option<String>,
    trusted_proxies: Vec<&'static str>,
    server: Option<(u64, u64, u64)>,
    proxy_protocol: Option<bool>,
    /// `body_timeout` and `write_timeout` in milliseconds, and `body_rate_min`.
    slow: Option<(u64, u64, u64)>,
}

impl RouteText {
    fn rewrite(&self) -> Option<&str> {
        let answers = answers_itself(self.action);
        let prefix_of_none =
            |rewrite: &str| rewrite.starts_with("prefix") && !matches!(self.path, Path::Prefix);
        self.rewrite
            .filter(|rewrite| !answers && !prefix_of_none(rewrite))
    }

    fn try_timeout(&self) -> Option<Duration> {
        let percent = self.try_percent?;
        let timeout = self.timeout_ms.unwrap_or(30_000);
        Some(Duration::from_micros(timeout * 10 * percent))
    }
}

fn answers_itself(action: Option<ActionText>) -> bool {
    action.is_some_and(|(text, _)| !text.starts_with("split"))
}

const DAY_NS: u64 = 24 * 60 * 60 * 1_000_000_000;

fn route() -> impl Strategy<Value = RouteText> {
    let rule = (
        of(select(vec![
            "api.shop.com",
            "API.b",
            "[::1]",
            "10.0.0.1",
            "true",
            "1e3",
            "*.shop.com",
        ])),
        select(vec![Path::Prefix, Path::Exact, Path::Template]),
        subsequence(CONDITIONS.to_vec(), 0..=4),
        of(select(&ACTIONS[..])),
        of(select(vec!["path: /x", "path: /", "prefix: /y", "prefix: /"])),
    );
    let times = (of(1..DAY_NS / 1_000_000), of(1..=DAY_NS));
    let retries = (of((0u8..=10, of(any::<bool>()))), of(1u64..100));
    let forwarded = select(vec!["true", "false", "x-forwarded", "rfc7239", "both", "none"]);
    let rest = (of(any::<bool>()), of(forwarded), of(any::<u64>()));
    let edits = (of(any::<bool>()), of(headers()));
    (rule, 0usize..4, times, retries, (rest, edits)).prop_map(
        |(rule, upstream, times, retries, (rest, edits))| RouteText {
            host: rule.0,
            path: rule.1,
            conditions: rule.2,
            action: rule.3,
            rewrite: rule.4,
            upstream,
            // who asks nobody waits for nobody
            timeout_ms: times.0.filter(|_| !answers_itself(rule.3)),
            idle_timeout_ns: times.1.filter(|_| !answers_itself(rule.3)),
            // and asks nobody again
            retries: retries
                .0
                .map(|(max, only)| (max * u8::from(!answers_itself(rule.3)), only)),
            try_percent: retries.1.filter(|_| retries.0.is_some()),
            request_id: rest.0,
            forwarded: rest.1,
            body_max: rest.2,
            real_ip: edits.0,
            headers: edits.1,
        },
    )
}

/// Edits of both directions; no name is in two of them.
fn headers() -> impl Strategy<Value = String> {
    let value = || "[ -~éλ\\t\"\\\\]{0,8}".prop_map(|value| format!("'{}'", value.replace('\'', "''")));
    let edits = move || {
        let of_one =
            prop::collection::vec(value(), 1..3).prop_map(|values| format!("[{}]", values.join(", ")));
        (of(value()), of(of_one), any::<bool>()).prop_map(|(set, add, remove)| {
            let set = set.map(|value| format!("set: {{ X-Set: {value}, 'null': 'x' }}"));
            let add = add.map(|values| format!("add: {{ X-Add: {values}, '404': y }}"));
            let remove = remove.then(|| "remove: [X_Gone, 'true']".to_owned());
            let edits: Vec<String> = [set, add, remove].into_iter().flatten().collect();
            edits.join(", ")
        })
    };
    let lists = select(vec![
        "allow: []",
        "allow: [Accept, x_a]",
        "deny: [Cookie]",
        "deny: []",
        "",
    ]);
    let security = select(vec![
        "true",
        "false",
        "{}",
        "{ hsts: 'max-age=1; preload', frame_options: false }",
        "{ content_security_policy: \"default-src 'self'\", referrer_policy: origin }",
    ]);
    (edits(), lists, edits(), security).prop_map(|(up, lists, down, security)| {
        let comma = if up.is_empty() || lists.is_empty() {
            ""
        } else {
            ", "
        };
        format!("{{ request: {{ {up}{comma}{lists} }}, response: {{ {down} }}, security: {security} }}")
    })
}

fn text() -> impl Strategy<Value = Text> {
    let http = select(vec!["0.0.0.0:80", "127.0.0.1:0", "[::1]:8080"]).prop_map(|addr| addr.parse().unwrap());
    let admin =
        of(select(vec!["127.0.0.1:9901", "0.0.0.0:0", "[::]:9901"]).prop_map(|addr| addr.parse().unwrap()));
    let life = of((1..100_000u64, 1u64..1000, 0u64..=1000));
    let pool = of((1u64..1000, of(0u64..=100), of(1..100_000u64), life));
    let balance = (of(1u32..=900), select(BALANCING.to_vec()));
    let upstreams = prop::collection::vec((1u8..=64, pool, balance), 1..4);
    let log = of("[ -~éλ\\t\"\\\\]{0,12}[a-z]");
    let proxies = Just(vec!["10.0.0.0/8", "10.0.0.1/32", "::1/128", "fd00::/8"]).prop_shuffle();
    let proxies = (proxies, 0usize..=4).prop_map(|(all, count)| all[..count].to_vec());
    let server = of((1u64..=1000, 256u64..=1 << 20, 1u64..=1 << 24));
    let ms = || 1..DAY_NS / 1_000_000;
    let slow = of((ms(), ms(), 0u64..=1 << 20));
    (
        http,
        admin,
        upstreams,
        prop::collection::vec(route(), 1..12),
        log,
        proxies,
        (server, slow, of(any::<bool>())),
    )
        .prop_map(
            |(
                http,
                admin,
                upstreams,
                routes,
                access_log,
                trusted_proxies,
                (server, slow, proxy_protocol),
            )| Text {
                http,
                admin,
                upstreams,
                routes,
                access_log,
                trusted_proxies,
                server,
                slow,
                proxy_protocol,
            },
        )
}

/// Names that YAML would take for something else if they were not quoted.
fn name(n: usize) -> String {
    ["404", "true", "null", "1e3", "0x10", "-", ".inf", "yes"]
        .get(n)
        .map_or(format!("n-{n}"), |&name| name.to_owned())
}

fn write(text: &Text) -> String {
    let mut yaml = format!("listen: {{ http: \"{}\"", text.http);
    if let Some(admin) = text.admin {
        write!(yaml, ", admin: \"{admin}\", admin_public: true").unwrap();
    }
    if let Some(on) = text.proxy_protocol {
        write!(yaml, ", proxy_protocol: {on}").unwrap();
    }
    yaml.push_str(" }\nupstreams:\n");
    for (place, (replicas, pool, (weight, keys))) in text.upstreams.iter().enumerate() {
        let replica = |n| {
            let addr = format!("\"10.0.{place}.1:{}\"", 1000 + u16::from(n));
            match weight.filter(|_| n == 0) {
                Some(weight) => format!("{{ addr: {addr}, weight: {weight} }}"),
                None => addr,
            }
        };
        let replicas: Vec<String> = (0..*replicas).map(replica).collect();
        writeln!(
            yaml,
            "  \"{}\":\n    replicas: [{}]",
            name(place),
            replicas.join(", ")
        )
        .unwrap();
        writeln!(yaml, "    {keys}").unwrap();
        if let Some((connections, idle_share, connect_ms, life)) = pool {
            writeln!(yaml, "    pool:\n      connections_max: {connections}").unwrap();
            idle_share
                .inspect(|share| writeln!(yaml, "      idle_max: {}", connections * share / 100).unwrap());
            connect_ms.inspect(|ms| writeln!(yaml, "      connect_timeout: {ms}ms").unwrap());
            life.inspect(|(age_ms, requests, pending)| {
                write!(
                    yaml,
                    "      age_max: {age_ms}ms\n      requests_max: {requests}\n      pending_max: {pending}\n      \
                     pending_timeout: {requests}us\n"
                )
                .unwrap();
            });
        }
    }
    yaml.push_str("routes:\n");
    for (place, route) in text.routes.iter().enumerate() {
        write_route(
            &mut yaml,
            place,
            route,
            name(route.upstream % text.upstreams.len()),
        );
    }
    if let Some(path) = &text.access_log {
        writeln!(yaml, "access_log: {{ path: '{}' }}", path.replace('\'', "''")).unwrap();
    }
    let ranges: Vec<String> = text
        .trusted_proxies
        .iter()
        .map(|range| format!("\"{range}\""))
        .collect();
    writeln!(yaml, "trusted_proxies: [{}]", ranges.join(", ")).unwrap();
    if let Some((headers, bytes, connections)) = text.server {
        let values = format!(
            "headers_max: {headers}, header_bytes_max: {bytes}, connections_max: {connections}, \
                     connections_per_ip_max: {connections}"
        );
        write!(yaml, "server: {{ {values}").unwrap();
    } else {
        yaml.push_str("server: { headers_max: 100");
    }
    if let Some((body, write, rate)) = text.slow {
        write!(
            yaml,
            ", first_byte_timeout: {body}ms, body_timeout: {body}ms, write_timeout: {write}ms, body_rate_min: {rate}"
        )
        .unwrap();
    }
    yaml.push_str(" }\n");
    yaml
}

fn write_route(yaml: &mut String, place: usize, route: &RouteText, upstream: String) {
    let host = route
        .host
        .map_or(String::new(), |host| format!("host: \"{host}\", "));
    let path = match route.path {
        Path::Prefix => format!("path: /p/{place}"),
        Path::Exact => format!("path_exact: /p/{place}/"),
        Path::Template => format!("path_template: \"/p/{place}/{{a}}/{{b*}}\""),
    };
    let conditions: String = route.conditions.iter().map(|text| format!(", {text}")).collect();
    writeln!(
        yaml,
        "  - name: \"{}\"\n    match: {{ {host}{path}{conditions} }}",
        name(place)
    )
    .unwrap();
    let upstream = format!("\"{upstream}\"");
    let action = match route.action {
        Some((text, _)) => text.replace("upstream: U", &format!("upstream: {upstream}")),
        None => format!("upstream: {upstream}"),
    };
    writeln!(yaml, "    {}", action.replace("], override", "]\n    override")).unwrap();
    let mut key = |key: &str, value: Option<String>| {
        value.inspect(|value| writeln!(yaml, "    {key}: {value}").unwrap());
    };
    key(
        "rewrite",
        route.rewrite().map(|rewrite| format!("{{ {rewrite} }}")),
    );
    key("timeout", route.timeout_ms.map(|ms| format!("{ms}ms")));
    key("idle_timeout", route.idle_timeout_ns.map(|ns| format!("{ns}ns")));
    key(
        "retries",
        route.retries.map(|(max, only)| {
            let only = only.map_or(String::new(), |only| format!(", only_idempotent: {only}"));
            let one = route.try_timeout().map_or(String::new(), |one| {
                format!(", try_timeout: {}us", one.as_micros())
            });
            format!("{{ max: {max}{only}{one} }}")
        }),
    );
    key("request_id", route.request_id.map(|on| on.to_string()));
    key("forwarded", route.forwarded.map(str::to_owned));
    key("real_ip", route.real_ip.map(|on| on.to_string()));
    key("headers", route.headers.clone());
    key("body_max", route.body_max.map(|bytes| bytes.to_string()));
}

proptest! {
    #[test]
    fn a_plan_loads_from_what_it_displays(text in text()) {
        let yaml = write(&text);
        let plan = load(yaml.as_bytes()).map_err(|errors| TestCaseError::fail(format!("{errors}\n{yaml}")))?;
        agrees(&plan, &text)?;
        let displayed = plan.to_string();
        let again = load(displayed.as_bytes()).map_err(|errors| TestCaseError::fail(format!("{errors}\n{displayed}")))?;
        prop_assert_eq!(&again, &plan);
        prop_assert_eq!(again.to_string(), displayed);
    }
}

#[test]
fn log_paths_of_all_letters_survive() {
    for path in [
        "a b",
        "a\"b",
        "a\\b",
        "a'b",
        "#a",
        "a: b",
        "é",
        "\u{85}",
        "a\nb",
        "a\tb",
        "\u{2028}",
        "\u{1f600}",
        "stdou",
        "~",
        "- a",
    ] {
        let quoted: String = path.chars().map(|c| format!("\\U{:08X}", u32::from(c))).collect();
        let yaml = format!(
            "listen: {{ http: 127.0.0.1:0 }}\nupstreams: {{ a: {{ replicas: [\"10.0.0.1:1\"] }} }}\n\
             routes: [{{ name: a, match: {{ path: / }}, upstream: a }}]\naccess_log: {{ path: \"{quoted}\" }}\n"
        );
        let plan = load(yaml.as_bytes()).unwrap();
        assert_eq!(
            plan.access_log.as_ref().map(|log| &log.target),
            Some(&LogTarget::File(path.into()))
        );
        assert_eq!(load(plan.to_string().as_bytes()).unwrap(), plan, "{plan}");
    }
}
