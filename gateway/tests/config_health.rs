//! `upstreams.*.health`: what was written is what the plan says, with its defaults, and a plan displays as YAML that loads
//! to an equal one.

use std::time::Duration;

use gateway::config::load;
use gateway::health::{Params, Share, Statuses};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

fn yaml(health: &str) -> String {
    format!(
        "listen: {{ http: 127.0.0.1:0 }}\nroutes: [{{ name: a, match: {{ path: / }}, upstream: u }}]\n\
         upstreams: {{ u: {{ replicas: [\"10.0.0.1:1\"], health: {health} }} }}\n"
    )
}

fn plan(health: &str) -> gateway::config::Plan {
    let yaml = yaml(&format!("{{ {health} }}"));
    load(yaml.as_bytes()).unwrap_or_else(|errors| panic!("{errors}\n{yaml}"))
}

fn health(text: &str) -> Params {
    plan(text).upstreams[0].health.clone()
}

#[test]
fn a_default_never_contradicts_what_is_written() {
    let active = health("path: /, interval: 300ms").active.expect("probed");
    assert_eq!(
        (active.interval.as_millis(), active.timeout.as_millis()),
        (300, 300)
    );
    let passive = |text| health(text).passive.expect("watched");
    assert_eq!(passive("passive: { cooldown: 1h }").cooldown_max.as_secs(), 3_600);
    assert_eq!(passive("passive: { cooldown_max: 5s }").cooldown.as_secs(), 5);
    assert_eq!(passive("passive: true"), passive(""));
    assert!(health("").active.is_none());
    assert!(health("path: /, passive: false").passive.is_none());
}

#[test]
fn statuses_are_numbers_ranges_and_lists() {
    let statuses = |text: &str| {
        let active = health(&format!("path: /, status: {text}")).active;
        active.expect("probed").status
    };
    let set = |ranges| Statuses::try_new(ranges).expect("a set");
    assert_eq!(statuses("204"), set(&[(204, 204)]));
    assert_eq!(statuses("200-299"), set(&[(200, 299)]));
    assert_eq!(statuses("\"200 - 299\""), set(&[(200, 299)]));
    assert_eq!(statuses("[204, 301-302]"), set(&[(204, 204), (301, 302)]));
}

/// A key with its value, or nothing.
fn key(key: &str, value: Option<String>) -> String {
    value.map_or(String::new(), |value| format!("{key}: {value}, "))
}

proptest! {
    #[test]
    fn a_plan_loads_from_what_it_displays(
        path in of(select(vec!["/", "/healthz?full=1", "/%20"])),
        port in of(1_u16..),
        host in of(select(vec!["true", "a.b:80", "[::1]:1"])),
        body in of(select(vec!["ok", "1", "a\\\"b\\\\c", "\\n"])),
        interval_ms in of(10_u64..10_000_000),
        timeout_percent in 1_u64..=100,
        after in (of(1_u32..=1_000), of(1_u32..=1_000)),
        initially in of(any::<bool>()),
        statuses in of((200_u16..=599, 0_u16..100)),
        watched in any::<bool>(),
        counts in (of(1_u32..=1_000), of(1_u32..=1_000), of(1_u64..=1 << 24)),
        shares in (of(1_u16..=10_000), of(1_u16..=10_000)),
        times in (of(1_u64..1_000_000), 1_u64..50, of(1_000_u64..1_000_000)),
    ) {
        let ms = |ms: u64| format!("{ms}ms");
        let range = statuses.map(|(first, more)| (first, (first + more).min(599)));
        let shown = range.map(|(first, last)| format!("[{first}-{last}]"));
        let timeout = interval_ms.map(|ms| (ms * timeout_percent / 100).max(1));
        let mut text = String::new();
        if let Some(path) = path {
            text += &key("path", Some(format!("\"{path}\"")));
            text += &key("port", port.map(|port| port.to_string()));
            text += &key("host", host.map(|host| format!("\"{host}\"")));
            text += &key("body", body.map(|body| format!("\"{body}\"")));
            text += &key("interval", interval_ms.map(ms));
            text += &key("timeout", timeout.map(ms));
            text += &key("unhealthy_after", after.0.map(|after| after.to_string()));
            text += &key("healthy_after", after.1.map(|after| after.to_string()));
            let initially = initially.map(|healthy| if healthy { "healthy" } else { "unhealthy" });
            text += &key("initially", initially.map(str::to_owned));
            text += &key("status", shown.clone());
        }
        let watched = watched || path.is_none();
        let part = |share: u16| format!("{}", f64::from(share) / 10_000.0);
        let passive = [
            key("errors", counts.0.map(|count| count.to_string())),
            key("connect_failures", counts.1.map(|count| count.to_string())),
            key("min_requests", counts.2.map(|count| count.to_string())),
            key("error_ratio", shares.0.map(part)),
            key("ejected_max", shares.1.map(part)),
            key("statuses", shown),
            key("cooldown", times.0.map(ms)),
            key("cooldown_max", times.0.map(|base| ms(base * times.1))),
            key("window", times.2.map(ms)),
        ];
        text += &if watched { format!("passive: {{ {} }}", passive.concat()) } else { "passive: false".to_owned() };
        let plan = plan(&text);
        let Params { active, passive } = &plan.upstreams[0].health;
        prop_assert_eq!((active.is_some(), passive.is_some()), (path.is_some(), watched));
        if let Some(active) = active {
            prop_assert_eq!((Some(active.path.as_str()), active.host.as_deref()), (path, host));
            prop_assert_eq!(active.port, port);
            prop_assert_eq!(active.interval, Duration::from_millis(interval_ms.unwrap_or(2_000)));
            prop_assert_eq!(active.timeout, Duration::from_millis(timeout.unwrap_or(1_000)));
            prop_assert_eq!((active.unhealthy_after, active.healthy_after), (after.0.unwrap_or(3), after.1.unwrap_or(2)));
            prop_assert_eq!(active.initially_unhealthy, initially == Some(false));
            let (first, last) = range.unwrap_or((200, 299));
            prop_assert!((100..=700).all(|status| active.status.contains(status) == (first..=last).contains(&status)));
        }
        if let Some(passive) = passive {
            let expected = (counts.0.unwrap_or(5), counts.1.unwrap_or(2), counts.2.unwrap_or(20));
            prop_assert_eq!((passive.errors, passive.connect_failures, passive.min_requests), expected);
            let share = |share: Option<u16>| Share::try_new(f64::from(share.unwrap_or(5_000)) / 10_000.0);
            prop_assert_eq!((Ok(passive.error_ratio), Ok(passive.ejected_max)), (share(shares.0), share(shares.1)));
            let (first, last) = range.unwrap_or((502, 504));
            prop_assert!((100..=700).all(|status| passive.statuses.contains(status) == (first..=last).contains(&status)));
            let cooldown = times.0.unwrap_or(10_000);
            let most = times.0.map_or(300_000, |base| base * times.1);
            prop_assert_eq!((passive.cooldown, passive.cooldown_max), (Duration::from_millis(cooldown), Duration::from_millis(most)));
            prop_assert_eq!(passive.window, Duration::from_millis(times.2.unwrap_or(10_000)));
        }
        let displayed = plan.to_string();
        let again = load(displayed.as_bytes()).map_err(|errors| TestCaseError::fail(format!("{errors}\n{displayed}")))?;
        prop_assert_eq!(&again, &plan);
        prop_assert_eq!(again.to_string(), displayed);
    }
}

/// Each case is a title and a health, which has to be refused.
fn check(cases: &[(&str, &str)]) {
    let mut text = String::new();
    for (title, health) in cases {
        let errors = load(yaml(health).as_bytes()).map(|_| ()).expect_err(title);
        text.push_str(&format!("## {title}\nhealth: {health}\n\n{errors}\n\n"));
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("config_health__errors", text);
    });
}

#[test]
fn errors_name_the_place_and_the_fix() {
    check(&[
        ("no mapping", "true"),
        ("watching nothing", "{ passive: false }"),
        (
            "no path, and how to probe",
            "{ interval: 2s, status: 200, initially: healthy }",
        ),
        ("a path without its slash", "{ path: healthz }"),
        ("a path with a space", "{ path: /a b, host: \"a b\", body: \"\" }"),
        ("ports that are none", "{ path: /, port: 0 }"),
        ("a port without a path", "{ port: 9901 }"),
        ("a host that every server refuses", "{ path: /, host: \"a:b\" }"),
        (
            "a probe that takes longer than the next",
            "{ path: /, interval: 500ms, timeout: 1s }",
        ),
        (
            "probes without pause",
            "{ path: /, interval: 5ms, unhealthy_after: 0, healthy_after: 1001 }",
        ),
        (
            "statuses that are none",
            "{ path: /, status: [], passive: { statuses: [100, 600, 299-200, ok, 5xx, 70000] } }",
        ),
        (
            "statuses out of range",
            "{ path: /, status: 199, passive: { statuses: 200-600 } }",
        ),
        (
            "shares that are none",
            "{ passive: { error_ratio: 50%, ejected_max: 0 } }",
        ),
        (
            "shares out of range",
            "{ passive: { error_ratio: 1.5, ejected_max: 50 } }",
        ),
        (
            "a cooldown above its most",
            "{ passive: { cooldown: 10m, cooldown_max: 5m, window: 100ms } }",
        ),
        (
            "everything mistyped",
            "{ path: /, intervall: 1s, initially: up, passive: { error: 5, min_requests: 0, errors: many } }",
        ),
        ("passive is no number", "{ passive: 5 }"),
    ]);
}
