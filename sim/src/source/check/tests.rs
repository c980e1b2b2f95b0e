//! What a file may not say.

use super::*;
use scenarios::{Arrival, Ejects, Expectation, Key, Mirror, Path, SCENARIOS};
use world::Seed;

/// What is said about a scenario of ours after `change`.
fn check(change: impl FnOnce(&mut Scenario), expected: &[&str]) {
    let mut document = Document::of(&SCENARIOS[0], Seed(1), &[]).expect("nothing set");
    document.variants.truncate(1);
    change(&mut document.variants[0].scenario);
    assert_eq!(errors(&document), expected);
}

#[test]
fn our_own_are_good() {
    for entry in SCENARIOS {
        for seed in 0..20 {
            let document = Document::of(entry, Seed(seed), &[]).expect("nothing set");
            assert_eq!(errors(&document), [""; 0], "{} {seed}", entry.name);
        }
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_its_place() {
    check(
        |scenario| {
            let forever = Duration::from_secs(u64::MAX);
            scenario.heal.at = forever;
            scenario.load.timeout = forever;
            scenario.load.asks[0].bytes = usize::MAX;
            let reload = What::Reload {
                config: "other".into(),
            };
            let crash = What::Crash {
                host: "client0".into(),
            };
            let slow = What::Slow {
                host: "nowhere".into(),
                goes: forever,
                stands: Duration::ZERO,
            };
            scenario.faults = [reload, crash, slow]
                .map(|what| Fault {
                    at: Duration::ZERO,
                    lasts: Duration::ZERO,
                    what,
                })
                .into();
        },
        &[
            "variants[0].scenario.load.timeout: 1day is the most",
            "variants[0].scenario.load.asks[0].bytes: 16777216 is the most",
            "variants[0].scenario.faults[0].what: there is no config \"other\"",
            "variants[0].scenario.faults[1].what: client0 cannot be killed: clients are witnesses",
            "variants[0].scenario.faults[2].what: there is no host \"nowhere\"",
            "variants[0].scenario.faults[2].what: 1day is the most",
            "variants[0].scenario.heal.at: 1day is the most",
        ],
    );
    check(
        |scenario| {
            let upstream = &mut scenario.configs[0].upstreams[0];
            (upstream.retries, upstream.try_timeout) = (0, Some(Duration::from_secs(1)));
        },
        &[
            "variants[0].scenario.configs[0].upstreams[0].try_timeout: without retries an attempt has its request's time",
        ],
    );
    check(
        |scenario| scenario.load.clients = usize::MAX,
        &["variants[0].scenario: 30 hosts are the most: clients, replicas and gateways"],
    );
}

#[test]
fn requests_are_counted_and_weighed_however_they_are_planned() {
    check(
        |scenario| {
            scenario.load.rate = 1e7;
            scenario.load.duration = TIME_MAX;
        },
        &["variants[0].scenario.load.rate: 864000000000 requests are too many, 100000 is the most"],
    );
    let scheduled = |text: &str| {
        let schedule = Some(text.to_owned());
        move |scenario: &mut Scenario| {
            (scenario.load.schedule, scenario.load.duration) = (schedule, Duration::from_secs(10));
        }
    };
    // the rate in its place is not looked at
    check(scheduled("step 10x5s, step 19990x5s"), &[]);
    check(
        scheduled("step 10x5s, step 20000x5s"),
        &["variants[0].scenario.load.schedule: 100050 requests are too many, 100000 is the most"],
    );
    check(
        scheduled("uphill"),
        &[
            "variants[0].scenario.load.schedule: item 1 of the schedule, \"uphill\": it is neither a knot nor a step; write TIME:RATE like 30s:1000, or step RATExDURATION like step 2000x60s",
        ],
    );
    let written = |count: usize, path: usize| {
        move |scenario: &mut Scenario| {
            scenario.load.asks[0].path = "/".repeat(path);
            scenario.load.asks[0].bytes = 0;
            scenario.load.host = "h".into();
            scenario.load.asks[0].method = "GET".into();
            scenario.load.arrivals = vec![Arrival { at_us: 0, ask: 0 }; count];
        }
    };
    check(written(REQUESTS_MAX, 1), &[]);
    check(
        written(REQUESTS_MAX + 1, 1),
        &["variants[0].scenario.load.arrivals: 100001 are too many, 100000 is the most"],
    );
    check(
        written(50_000, 50_000),
        &[
            "variants[0].scenario.load.arrivals: 2550200000 bytes of requests are too many, 1073741824 is the most",
        ],
    );
    check(
        |scenario| {
            let large = Ask {
                bytes: BODY_BYTES_MAX,
                method: "POST".into(),
                path: String::new(),
                ..scenario.load.asks[0].clone()
            };
            scenario.load.host = String::new();
            scenario.load.asks = vec![large; 64];
        },
        &[
            "variants[0].scenario.load.asks: 1073806080 bytes of requests are too many, 1073741824 is the most",
        ],
    );
}

#[test]
fn variants_and_expectations_are_counted() {
    check(
        |scenario| {
            let expectation = Expectation::InFlightAtCrash {
                host: "r0".into(),
                at_least: 1,
            };
            scenario.expectations = vec![expectation; ITEMS_MAX + 1];
        },
        &["variants[0].scenario.expectations: 10001 are too many, 10000 is the most"],
    );
    let mut document = Document::of(&SCENARIOS[0], Seed(1), &[]).expect("nothing set");
    document.variants = vec![document.variants[0].clone(); VARIANTS_MAX + 1];
    assert_eq!(errors(&document), ["variants: 101 are too many, 100 is the most"]);
}

#[test]
fn a_scenarios_name_leads_nowhere() {
    let mut document = Document::of(&SCENARIOS[0], Seed(1), &[]).expect("nothing set");
    for (name, good) in [
        ("Crash-2", true),
        (&"a".repeat(NAME_BYTES_MAX), true),
        (&"a".repeat(NAME_BYTES_MAX + 1), false),
        ("", false),
        ("../../etc/cron", false),
        ("a b", false),
        ("é", false),
    ] {
        document.scenario = name.to_owned();
        assert_eq!(errors(&document).is_empty(), good, "{name:?}");
    }
}

/// Oracles reckon with them.
#[test]
fn what_is_told_of_an_upstream_is_bounded() {
    check(
        |scenario| {
            let forever = Duration::MAX;
            let upstream = &mut scenario.configs[0].upstreams[0];
            upstream.pending_timeout = forever;
            upstream.slow_start = Some(forever);
            upstream.lives.age_max = Some(forever);
            upstream.idle_max = usize::MAX;
            upstream.lb = Lb::RingHash {
                key: Key::Ip,
                load_factor: Some(f64::INFINITY),
            };
            upstream.ejects = Some(Ejects::new(forever, f64::NAN));
        },
        &[
            "pending_timeout: 1day is the most",
            "slow_start: 1day is the most",
            "lives.age_max: 1day is the most",
            "idle_max: 18446744073709551615 are too many, 10000 is the most",
            "lb.ring-hash.load_factor: 1 to 100 is meant",
            "ejects.cooldown_max: 1day is the most",
            "ejects.share: it is a share, from 0 to 1",
        ]
        .map(|error| format!("variants[0].scenario.configs[0].upstreams[0].{error}"))
        .each_ref()
        .map(String::as_str),
    );
    check(
        |scenario| {
            scenario.load.asks = vec![Ask::get("/"); 10_000];
            let upstream = scenario.configs[0].upstreams[0].clone();
            scenario.configs[0].upstreams = vec![upstream; 1_001];
        },
        &[
            "variants[0].scenario: of all configs, routes times asks: 10010000 are too many, 10000000 is the most",
        ],
    );
}

#[test]
fn texts_of_routes_are_bounded_by_the_asks_that_meet_them() {
    check(
        |scenario| {
            let action = Action::Respond {
                status: 200,
                body: "x".repeat(200_000),
            };
            scenario.configs[0].routes = vec![Route::new("long", Path::Exact("/".into()), action)];
            scenario.load.asks = vec![Ask::get("/"); 10_000];
        },
        &[
            "variants[0].scenario: of all configs, a route's text times asks: 2000000000 bytes are too many, 1073741824 is the most",
        ],
    );
}

#[test]
fn names_stand_for_somebody_and_copies_are_a_share() {
    check(
        |scenario| {
            let config = &mut scenario.configs[0];
            config.upstreams[0].by_name = true;
            config.upstreams[0].replicas.clear();
            let name = config.upstreams[0].name.clone();
            config.routes = vec![Route {
                mirror: Some(Mirror {
                    upstream: name.clone(),
                    share: 1.5,
                    in_flight_max: 1,
                    timeout: Duration::MAX,
                }),
                ..Route::of_upstream(&name)
            }];
            scenario.faults = vec![Fault {
                at: Duration::ZERO,
                lasts: Duration::ZERO,
                what: What::NamesChange {
                    upstream: name,
                    replicas: Vec::new(),
                },
            }];
        },
        &[
            "variants[0].scenario.configs[0].routes[0].mirror.timeout: 1day is the most",
            "variants[0].scenario.configs[0].routes[0].mirror.share: it is a share, from 0 to 1",
            "variants[0].scenario.configs[0].upstreams[0].replicas: the name stands for nobody: write a names-fail with `empty`",
            "variants[0].scenario.faults[0].what: the name stands for nobody: write a names-fail with `empty`",
        ],
    );
}
