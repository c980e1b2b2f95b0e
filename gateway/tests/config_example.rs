//! The example config is a config, shows every key, and states the defaults that hold.

use std::time::Duration;

use gateway::config::{LogTarget, Plan, load};
use gateway::route::{Action, Head};
use gateway::transform::{Forwarded, Headers, Pass, Security};

const EXAMPLE: &str = include_str!("../config.example.yaml");

/// The example, reduced to what has to be there.
const LEAST: &str = "\
listen: { http: 127.0.0.1:8080 }
upstreams: { shop: { replicas: [\"10.0.1.10:8080\"] } }
routes: [{ name: all, match: { path: / }, upstream: shop }]
";

fn example() -> Plan {
    load(EXAMPLE.as_bytes()).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn says_what_it_seems_to_say() {
    let plan = example();
    assert_eq!(plan.listen.http, "127.0.0.1:8080".parse().unwrap());
    assert_eq!(plan.listen.admin, Some("127.0.0.1:9901".parse().unwrap()));
    let replicas: Vec<&str> = plan.upstreams[0]
        .replicas
        .iter()
        .map(|replica| replica.name.as_str())
        .collect();
    assert_eq!(replicas, ["10.0.1.10:8080", "10.0.1.11:8080"]);
    let pay = &plan.routes[0];
    assert_eq!(pay.action, Action::Upstream(1));
    assert_eq!(plan.upstreams[1].name, "payments");
    assert_eq!(
        (pay.timeout, pay.retry.max(), pay.body_max),
        (Duration::from_millis(800), 1, Some(64 << 10))
    );
    assert_eq!(pay.try_timeout, Some(Duration::from_millis(300)));
    let ready = &plan.routes[1];
    assert_eq!(
        (ready.request_id, ready.forwarded, ready.real_ip),
        (false, Forwarded::None, true)
    );
    let response = ready.headers.response.as_ref().expect("edits");
    assert_eq!(*response.security(), Security::usual());
    let request = ready.headers.request.as_ref().expect("edits");
    assert_eq!(*request.pass(), Pass::Deny(vec!["cookie".into()]));
    assert_eq!(
        plan.access_log.as_ref().map(|log| &log.target),
        Some(&LogTarget::Stdout)
    );
    assert!(plan.trusts("10.1.2.3".parse().unwrap()) && !plan.trusts("11.1.2.3".parse().unwrap()));
    let route = |host, path| {
        let found = plan.table.find(&Head::get(host, path));
        found.ok().map(|id| plan.routes[id.index()].name.as_str())
    };
    assert_eq!(route("API.shop.com:8080", "/v1/payments/7"), Some("pay"));
    assert_eq!(route("api.shop.com", "/v1/paymentsX"), Some("everything-else"));
    assert_eq!(route("other.com", "/ready"), Some("ready"));
    assert_eq!(route("other.com", "/ready/"), Some("everything-else"));
    assert_eq!(route("a.shop.com", "/users/7/orders/"), Some("everything-else"));
    assert_eq!(route("a.com", "/old/x"), Some("moved"));
    assert!(
        matches!(&plan.routes[2], orders if orders.rule.conditions.count() == 5 && orders.rewrite.is_some())
    );
    assert!(matches!(&plan.routes[3].action, Action::Split(split) if split.branches().len() == 2));
}

/// Where the example writes a default down, it is the one that holds.
#[test]
fn states_the_defaults_that_hold() {
    let (plan, least) = (example(), load(LEAST.as_bytes()).unwrap());
    assert_eq!(plan.upstreams[0].pool, least.upstreams[0].pool);
    assert_eq!(plan.upstreams[1].pool, least.upstreams[0].pool);
    let (shop, bare) = (&plan.upstreams[0], &least.upstreams[0]);
    assert_eq!(shop.replicas[1].weight, bare.replicas[0].weight);
    assert_eq!(
        (shop.panic, &shop.sticky, shop.slow_start),
        (bare.panic, &None, None)
    );
    let with_default = EXAMPLE.replace("      ttl: 1h", "      # ttl");
    assert_eq!(load(with_default.as_bytes()).unwrap(), plan);
    let by_ip = EXAMPLE.replace("{ header: x-user }", "ip");
    let by_default = EXAMPLE.replace("        key: {", "        # key: {");
    assert_eq!(
        load(by_ip.as_bytes()).unwrap(),
        load(by_default.as_bytes()).unwrap()
    );
    assert_eq!(plan.upstreams[0].lb, least.upstreams[0].lb);
    assert_eq!(plan.server, least.server);
    let watched = LEAST.replace("8080\"]", "8080\"], health: { path: /healthz }");
    let watched = load(watched.as_bytes()).unwrap();
    assert_eq!(plan.upstreams[0].health, watched.upstreams[0].health);
    assert_eq!(least.upstreams[0].health, Default::default());
    let (all, pay) = (&least.routes[0], &plan.routes[0]);
    assert_eq!(pay.idle_timeout, all.idle_timeout);
    assert_eq!(pay.retry.only_idempotent(), all.retry.only_idempotent());
    assert_eq!(
        (all.timeout, all.retry.max(), all.try_timeout, all.body_max),
        (Duration::from_secs(30), 0, None, None)
    );
    assert_eq!(
        (all.request_id, all.forwarded, all.real_ip),
        (true, Forwarded::XForwarded, false)
    );
    assert_eq!(all.headers, Headers::default());
    assert_eq!(all.mirror, None);
    assert_eq!(plan.listen.proxy_protocol, least.listen.proxy_protocol);
    let robots = |plan: &Plan| plan.routes.iter().find(|route| route.name == "robots").cloned();
    let with_default = load(EXAMPLE.replace("content_type:", "# content_type:").as_bytes()).unwrap();
    assert_eq!(robots(&plan), robots(&with_default));
    assert_eq!(
        (
            &least.listen.admin,
            &least.access_log,
            least.trusted_proxies.len()
        ),
        (&None, &None, 0)
    );
}

/// Every key that the gateway writes is a key that the example explains.
#[test]
fn shows_every_key() {
    let key = |line: &str| {
        line.trim_start_matches([' ', '-', '#'])
            .split_once(':')
            .map(|(key, _)| key.to_owned())
    };
    let written = example().to_string();
    let named = written
        .lines()
        .filter_map(key)
        .filter(|key| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    let missing: Vec<String> = named
        .filter(|key| !EXAMPLE.contains(&format!("{key}:")))
        .collect();
    assert_eq!(missing, [""; 0]);
    assert!(EXAMPLE.contains("admin_public:") && EXAMPLE.contains("path_exact:"));
    assert!(EXAMPLE.contains("connections_per_ip_max:"));
}
