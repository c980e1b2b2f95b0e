//! Every fault a scenario can ask for, in one run of gateway, replicas and clients: nothing is lost without a word,
//! it comes back afterwards, and it is the same twice.

use sim::account::{Account, simulations};
use sim::judge::{Verdict, judge, worst};
use sim::scenarios::{Expectation, Fault, Load, Network, Replica, Scenario, TimedFault, Window};
use sim::stage::{StageError, play};
use sim::trace::{Kind, Recorder, first_difference};
use sim::world::isolated;
use std::time::Duration;
use world::Seed;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// As a replay file would have them.
const FAULTS: &str = r#"[
    { "at": "500ms",  "fault": { "partition": { "a": "gateway", "b": "r0" } } },
    { "at": "700ms",  "fault": { "crash": { "host": "r1" } } },
    { "at": "1s",     "fault": { "bounce": { "host": "r1" } } },
    { "at": "1200ms", "fault": { "heal": { "a": "gateway", "b": "r0" } } },
    { "at": "1400ms", "fault": { "cut": { "from": "r0", "to": "gateway" } } },
    { "at": "1600ms", "fault": { "latency": { "a": "client0", "b": "gateway", "min": "20ms", "max": "40ms" } } },
    { "at": "1900ms", "fault": { "mend": { "from": "r0", "to": "gateway" } } },
    { "at": "2s",     "fault": { "hold": { "a": "gateway", "b": "r0" } } },
    { "at": "2100ms", "fault": { "clock": { "host": "gateway", "offset_ms": -3600000 } } },
    { "at": "2300ms", "fault": { "release": { "a": "gateway", "b": "r0" } } },
    { "at": "2400ms", "fault": { "power-off": { "host": "r1" } } },
    { "at": "2500ms", "fault": { "fragment": { "on": true } } },
    { "at": "3s",     "fault": { "power-on": { "host": "r1" } } },
    { "at": "3200ms", "fault": { "fragment": { "on": false } } },
    { "at": "3500ms", "fault": { "crash": { "host": "gateway" } } },
    { "at": "3700ms", "fault": { "bounce": { "host": "gateway" } } }
]"#;

fn faults() -> Vec<TimedFault> {
    serde_json::from_str(FAULTS).expect("good faults")
}

fn scenario(faults: Vec<TimedFault>) -> Scenario {
    let replica = |name: &str| Replica {
        name: name.into(),
        behaviour: "latency=exp:10ms body=2KiB".into(),
        script: String::new(),
    };
    Scenario {
        network: Network {
            latency_min: ms(1),
            latency_max: ms(4),
            fragment: false,
        },
        gateway: "listen: { http: ${listen}, admin: ${admin} }
upstreams: { all: { replicas: [ \"${r0}\", \"${r1}\" ] } }
routes: [ { name: all, match: { path: / }, upstream: all, timeout: 500ms, retries: { max: 1 } } ]
"
        .into(),
        replicas: vec![replica("r0"), replica("r1")],
        load: Load {
            clients: 2,
            rate: 200.0,
            constant: false,
            duration: ms(7_000),
            timeout: ms(2_000),
            method: "GET".into(),
            path: "/".into(),
            host: "any.test".into(),
            headers: Vec::new(),
            connections: 200,
        },
        faults,
        expectations: vec![Expectation::Recovers {
            window: Window::new(ms(5_000), ms(7_000)),
            at_least: 0.999,
        }],
    }
}

fn trace(scenario: &Scenario, seed: u64) -> Result<Vec<u8>, StageError> {
    let recorder = isolated(|| play(scenario, Seed(seed), 0, Recorder::in_memory()))?;
    Ok(recorder.finish().expect("memory").bytes.expect("memory"))
}

#[test]
fn nothing_is_lost_without_a_word_and_it_comes_back() {
    let scenario = scenario(faults());
    let first = trace(&scenario, 3).expect("plays");
    let records = simulations(&first).expect("decodes").remove(0);
    let account = Account::new(&records);
    let checks = judge(&scenario, &records, &account);
    assert_eq!(worst(&checks), Verdict::Holds, "{checks:#?}");
    assert!(account.requests.len() > 1_000);
    let failed = account.window(0..5_000_000).failed;
    assert!(failed > 20, "{failed} failed: the faults were felt");
    for kind in [
        Kind::Crash,
        Kind::Link,
        Kind::Latency,
        Kind::Reset,
        Kind::ClockStep,
        Kind::Start,
    ] {
        assert!(
            records.iter().any(|record| record.kind == kind),
            "no {kind} in the trace"
        );
    }
    assert_eq!(
        first_difference(&first, &trace(&scenario, 3).expect("plays")),
        Ok(None)
    );
}

/// Cut at random places from the first byte to the last, so that heads, bodies and crashes meet in every order.
#[test]
fn with_every_read_and_write_cut_it_comes_back_too() {
    let cut = |timed: &TimedFault| !matches!(timed.fault, Fault::Fragment { .. });
    let mut scenario = scenario(faults().into_iter().filter(cut).collect());
    scenario.network.fragment = true;
    // answers that come in chunks, so that there is more to cut
    for replica in &mut scenario.replicas {
        replica.behaviour = "latency=exp:10ms body=6KiB stream=3x2ms".into();
    }
    for seed in [1, 2, 3] {
        let trace = trace(&scenario, seed).expect("plays");
        let records = simulations(&trace).expect("decodes").remove(0);
        let checks = judge(&scenario, &records, &Account::new(&records));
        assert_eq!(worst(&checks), Verdict::Holds, "seed {seed}: {checks:#?}");
    }
}

#[test]
fn impossible_faults_and_bad_descriptions_are_errors() {
    let check = |faults: Vec<Fault>, part: &str| {
        let faults = faults
            .into_iter()
            .map(|fault| TimedFault { at: ms(10), fault })
            .collect();
        let error = trace(&scenario(faults), 1).expect_err(part).to_string();
        assert!(error.contains(part), "{error:?} does not tell of {part:?}");
    };
    let (a, b) = ("gateway".to_owned(), "r0".to_owned());
    check(
        vec![Fault::Crash {
            host: "client0".into(),
        }],
        "witnesses",
    );
    check(vec![Fault::Crash { host: "r9".into() }], "no such host");
    check(vec![Fault::Bounce { host: "r0".into() }], "never laid");
    check(vec![Fault::Heal { a, b }], "never laid");
    let mut bad = scenario(Vec::new());
    bad.replicas[1].behaviour = "latency=fast".into();
    assert!(
        trace(&bad, 1)
            .expect_err("bad behaviour")
            .to_string()
            .contains("replicas[1].behaviour")
    );
    let mut bad = scenario(Vec::new());
    bad.gateway.push_str("colour: red\n");
    assert!(
        trace(&bad, 1)
            .expect_err("bad config")
            .to_string()
            .contains("colour")
    );
    let mut bad = scenario(Vec::new());
    bad.load.rate = 0.0;
    assert!(trace(&bad, 1).expect_err("bad load").to_string().contains("rate"));
}
