//! What can be said of a play without a process; the processes are run by `cargo experiment reload --smoke` and `drain --smoke`, in CI too.

use super::*;
use scenarios::{Fault, Scenario, Window};
use serde_json::json;
use std::io::Write as _;
use world::Seed;

fn variants(scenario: &str, seed: u64) -> Vec<Variant> {
    let entry = scenarios::find(scenario).expect("there is one");
    entry.build(Seed(seed), &[]).expect("nothing set").variants
}

fn stage<'a>(binaries: &'a Binaries, directory: &'a Path) -> Stage<'a> {
    Stage {
        binaries,
        directory,
        seed: 7,
        until: Duration::MAX,
        hands_over: false,
        streams: 0,
    }
}

fn binaries() -> Binaries {
    Binaries {
        gateway: "gateway".into(),
        stub: "upstream-stub".into(),
        loadgen: "loadgen".into(),
    }
}

#[test]
fn what_cannot_be_played_is_refused() {
    for scenario in [
        "reload",
        "drain",
        "retry-storm",
        "containment",
        "overload",
        "crash",
    ] {
        for variant in variants(scenario, 3) {
            // the gateway itself may be killed in none of them
            assert_eq!(possible(&variant), Ok(()), "{scenario}, {}", variant.name);
        }
    }
    let mut cut = variants("reload", 3).remove(0);
    cut.scenario.faults.push(Fault {
        at: Duration::ZERO,
        lasts: Duration::ZERO,
        what: What::Fragment,
    });
    assert!(possible(&cut).is_err_and(|why| why.contains("fragment")));
    let mut overlapping = variants("reload", 3).remove(0);
    overlapping.scenario.faults[0].lasts = Duration::from_secs(1);
    assert!(possible(&overlapping).is_err_and(|why| why.contains("overlap")));
    let mut named = variants("reload", 3).remove(0);
    named.scenario.configs[0].upstreams[0].by_name = true;
    assert!(possible(&named).is_err());
}

#[test]
fn hosts_have_addresses_of_their_own_and_keep_them() {
    let rolling = variants("drain", 3).remove(1).scenario;
    let hosts = hosts::Hosts::of(&rolling).expect("free");
    let named = hosts.named();
    let distinct: std::collections::BTreeSet<_> = named.iter().map(|(_, addr)| *addr).collect();
    assert_eq!(distinct.len(), named.len());
    assert!(named.iter().all(|(_, addr)| addr.ip().is_loopback()));
    assert_eq!(hosts.gateways()[0], "gateway");
    assert_eq!(hosts.gateways().len(), 1 + rolling.behind().len());
    let others = hosts::Hosts::of(&rolling).expect("free");
    assert_ne!(hosts.front().ip(), others.front().ip());
}

#[test]
fn an_ask_is_a_scenario_of_a_mix() {
    let ask = scenarios::Ask {
        keyed: true,
        bytes: 3,
        headers: vec![("X-Mark-Keep".into(), "kept".into())],
        ..scenarios::Ask::post("/orders")
    };
    let expected = json!({
        "name": "ask2", "weight": 1.0, "method": "POST", "path": "/orders", "body": "xxx",
        "headers": { "Host": "shop.test", "X-Mark-Keep": "kept", "Idempotency-Key": "key-{{seq}}" },
    });
    assert_eq!(load::scenario_of(2, &ask, "shop.test"), expected);
}

/// Ten requests of each kind in each of four seconds; those of `ask1` fail in the third.
fn log(directory: &Path) -> Vec<log::Request> {
    let path = directory.join("requests.csv");
    let mut file = std::fs::File::create(&path).expect("writable");
    writeln!(file, "id,at_us,request,sent_us,ended_us,status,failure").expect("written");
    for (id, at_us) in (0..40).map(|id| (id, id * 100_000)) {
        for ask in 0..2 {
            let end = match ask == 1 && id / 10 == 2 {
                true => format!("{},,reset", at_us + 5_000),
                false => format!("{},200,", at_us + 2_000),
            };
            writeln!(file, "{id},{at_us},ask{ask},{at_us},{end}").expect("written");
        }
    }
    log::read(&path).expect("reads")
}

#[test]
fn a_log_is_told_as_the_simulator_tells_it() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let requests = log(directory.path());
    assert_eq!(log::broken_off(&requests), 10);
    let mut variant = variants("containment", 3).remove(0);
    let window = Window::new(Duration::from_secs(2), Duration::from_secs(3));
    let scenario: &mut Scenario = &mut variant.scenario;
    scenario.expectations = vec![
        scenarios::Expectation::success(window, 0.5, 0.5),
        scenarios::Expectation::success(window.of(1), 1.0, 1.0),
    ];
    let binaries = binaries();
    let told = log::told(stage(&binaries, directory.path()), &variant, &requests);
    assert_eq!(
        (told.whole.requests, told.whole.ok, told.whole.failed),
        (80, 70, 10)
    );
    assert_eq!(
        (told.whole.p99_us, told.whole.last_failed_us),
        (Some(2_000), Some(2_900_000))
    );
    let ok: Vec<u64> = told.seconds.iter().map(|second| second.ok).collect();
    assert_eq!(ok, [20, 20, 10, 20]);
    let third = told
        .seconds_of_asks
        .iter()
        .find(|of| of.ask == Some(1) && of.second == 2);
    assert_eq!(
        third.map(|of| (of.requests, of.failed, of.p99_us)),
        Some((10, 10, None))
    );
    assert_eq!(told.windows.len(), 2);
    let verdicts: Vec<&str> = told.checks.iter().map(|check| check.verdict.as_str()).collect();
    assert_eq!(verdicts, ["holds", "violated"]);
    assert_eq!(told.responses.iter().map(|cell| cell.count).sum::<u64>(), 70);
}
