//! Every fault a plan can have, in one run of gateway, replicas and clients: nothing is lost without a word, it comes
//! back afterwards, and it is the same twice.

use crate::common::{complaints, judged, main_half_broken, ms, plain, with_named};
use scenarios::{Config, Fault, FaultKind, Heal, Load, Replica, Scenario, Upstream, What};
use sim::judge::{Judgement, Verdict};
use sim::stage::StageError;
use sim::trace::{Kind, Reader, Recorder, first_difference};

/// As a replay file would have them.
const FAULTS: &str = r#"[
    { "at": "500ms",  "lasts": "700ms", "what": { "partition": { "a": "gateway", "b": "r0" } } },
    { "at": "700ms",  "lasts": "300ms", "what": { "crash": { "host": "r1" } } },
    { "at": "1300ms", "lasts": "1ms",   "what": { "bounce": { "host": "r0" } } },
    { "at": "1400ms", "lasts": "500ms", "what": { "cut": { "from": "r0", "to": "gateway" } } },
    { "at": "1600ms", "lasts": "2s",    "what": { "latency": { "a": "client0", "b": "gateway", "min": "20ms", "max": "40ms" } } },
    { "at": "2s",     "lasts": "300ms", "what": { "hold": { "a": "gateway", "b": "r0" } } },
    { "at": "2100ms", "lasts": "1s",    "what": { "clock": { "host": "gateway", "offset_ms": -3600000 } } },
    { "at": "2400ms", "lasts": "600ms", "what": { "power-loss": { "host": "r1" } } },
    { "at": "2500ms", "lasts": "700ms", "what": "fragment" },
    { "at": "2600ms", "lasts": "400ms", "what": { "slow": { "host": "r0", "goes": "20ms", "stands": "30ms" } } },
    { "at": "3200ms", "lasts": "200ms", "what": { "upstream-slow": { "host": "r0", "latency": "fixed:300ms" } } },
    { "at": "3300ms", "lasts": "300ms", "what": { "upstream-errors": { "host": "r1", "share": 0.5 } } },
    { "at": "3500ms", "lasts": "300ms", "what": { "upstream-truncates": { "host": "r0", "share": 0.5 } } },
    { "at": "3600ms", "lasts": "300ms", "what": { "upstream-resets": { "host": "r1", "share": 0.5 } } },
    { "at": "3600ms", "lasts": "200ms", "what": { "upstream-sick": { "host": "r0", "status": 500 } } },
    { "at": "3700ms", "lasts": "400ms", "what": { "reload": { "config": "half" } } },
    { "at": "3800ms", "lasts": "100ms", "what": { "reload": { "config": "broken" } } },
    { "at": "4200ms", "lasts": "200ms", "what": { "stop": { "deadline": "100ms" } } },
    { "at": "700ms",  "lasts": "600ms", "what": { "names-fail": { "upstream": "named", "how": "nowhere" } } },
    { "at": "1500ms", "lasts": "2s",    "what": { "names-change": { "upstream": "named", "replicas": [ "n1" ] } } },
    { "at": "4500ms", "lasts": "9s",    "what": { "crash": { "host": "gateway" } } }
]"#;

fn faults() -> Vec<Fault> {
    serde_json::from_str(FAULTS).expect("good faults")
}

fn replica(name: &str) -> Replica {
    Replica {
        name: name.into(),
        behaviour: "latency=exp:10ms body=2KiB".into(),
        script: String::new(),
    }
}

fn scenario(faults: Vec<Fault>) -> Scenario {
    let all = Upstream {
        retries: 1,
        timeout: ms(500),
        ..Upstream::new("all", &["r0", "r1"])
    };
    let plain = with_named(plain(main_half_broken(all), vec![replica("r0"), replica("r1")]));
    Scenario {
        load: Load {
            duration: ms(7_000),
            ..plain.load
        },
        faults,
        heal: Heal {
            at: ms(4_700),
            within: ms(800),
            at_least: 0.999,
        },
        ..plain
    }
}

/// The bytes of its trace, and what came of it.
fn played(scenario: &Scenario, seed: u64) -> Result<(Vec<u8>, Judgement), StageError> {
    let (trace, judgement) = judged(scenario, seed, Recorder::in_memory())?;
    Ok((trace.bytes.expect("memory"), judgement))
}

fn is_bad(verdict: Verdict) -> bool {
    verdict != Verdict::Holds
}

#[test]
fn nothing_is_lost_without_a_word_and_it_comes_back() {
    for kind in FaultKind::ALL {
        let occurs = faults().iter().any(|fault| fault.what.kind() == *kind);
        assert!(occurs, "no {} in the plan", kind.name());
    }
    let scenario = scenario(faults());
    let (first, judgement) = played(&scenario, 3).expect("plays");
    assert_eq!(complaints(&judgement, is_bad), [""; 0]);
    assert!(judgement.account.total.requests > 1_000);
    let failed = judgement.account.total.failed;
    assert!(failed > 20, "{failed} failed: the faults were felt");
    let records: Vec<_> = Reader::new(&*first)
        .expect("a trace")
        .map(|record| record.expect("decodes"))
        .collect();
    for kind in [
        Kind::Crash,
        Kind::Link,
        Kind::Latency,
        Kind::Reset,
        Kind::ClockStep,
        Kind::Start,
        Kind::Stop,
        Kind::Fragment,
        Kind::Reload,
        Kind::Drain,
        Kind::LookedUp,
        Kind::GatewayReplica,
        Kind::StubInjected,
        Kind::Heal,
    ] {
        assert!(
            records.iter().any(|record| record.kind == kind),
            "no {kind} in the trace"
        );
    }
    for (began, kind) in [(true, Kind::FaultBegan), (false, Kind::FaultEnded)] {
        let count = records.iter().filter(|record| record.kind == kind).count();
        assert_eq!(count, scenario.faults.len(), "began: {began}");
    }
    let (second, _) = played(&scenario, 3).expect("plays");
    assert_eq!(first_difference(&*first, &*second), Ok(None));
}

/// Cut at random places from the first byte to the last, so that heads, bodies and crashes meet in every order.
#[test]
fn with_every_read_and_write_cut_it_comes_back_too() {
    let mut scenario = scenario(faults());
    scenario.network.fragment = true;
    // answers that come in chunks, so that there is more to cut
    for replica in &mut scenario.replicas {
        replica.behaviour = "latency=exp:10ms body=6KiB stream=3x2ms".into();
    }
    for seed in [1, 2] {
        let (_, judgement) = played(&scenario, seed).expect("plays");
        assert_eq!(complaints(&judgement, is_bad), [""; 0], "seed {seed}");
    }
}

/// Who is a client follows from a host's place, not from what it is called.
#[test]
fn replica_that_is_called_like_a_client_can_be_killed() {
    for what in [
        What::Crash {
            host: "client-api".into(),
        },
        What::Bounce {
            host: "client-api".into(),
        },
        What::PowerLoss {
            host: "client-api".into(),
        },
    ] {
        let config = Config::new("main", vec![Upstream::new("all", &["client-api"])]);
        let scenario = Scenario {
            faults: vec![Fault {
                at: ms(100),
                lasts: ms(50),
                what,
            }],
            ..plain(vec![config], vec![replica("client-api")])
        };
        let (trace, _) = played(&scenario, 1).expect("plays");
        let mut records = Reader::new(&*trace)
            .expect("a trace")
            .map(|record| record.expect("decodes"));
        assert!(records.any(|record| record.kind == Kind::Crash && record.host == 1));
    }
}

#[test]
fn impossible_faults_and_bad_descriptions_are_errors() {
    let check = |scenario: Scenario, part: &str| {
        let error = played(&scenario, 1).err().expect(part).to_string();
        assert!(error.contains(part), "{error:?} does not tell of {part:?}");
    };
    let with = |what: What| {
        scenario(vec![Fault {
            at: ms(10),
            lasts: ms(10),
            what,
        }])
    };
    let host = |host: &str| host.to_owned();
    check(
        with(What::Crash {
            host: host("client0"),
        }),
        "witnesses",
    );
    check(with(What::Crash { host: host("r9") }), "no such host");
    check(with(What::Reload { config: host("none") }), "no config");
    let mut bad = scenario(Vec::new());
    bad.replicas[1].behaviour = "latency=fast".into();
    check(bad, "replicas[1].behaviour");
    let mut bad = with(What::UpstreamSlow {
        host: host("r0"),
        latency: "fast".into(),
    });
    bad.replicas[0].script = "soon error=1".into();
    check(bad, "script of r0");
    check(
        with(What::UpstreamSlow {
            host: host("r1"),
            latency: "fast".into(),
        }),
        "replicas[1].script",
    );
    let mut bad = scenario(Vec::new());
    bad.configs[0].yaml.push_str("colour: red\n");
    check(bad, "colour");
    let mut bad = scenario(Vec::new());
    bad.load.rate = 0.0;
    check(bad, "rate");
}
