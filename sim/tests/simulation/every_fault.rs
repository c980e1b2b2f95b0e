//! Every fault a plan can have, in one run of gateway, replicas and clients: nothing is lost without a word, it comes
//! back afterwards, and it is the same twice.

use crate::common::{ms, plain};
use sim::judge::{Judge, Judgement, Verdict};
use sim::scenarios::{Config, Fault, FaultKind, Heal, Load, Replica, Scenario, Upstream, What};
use sim::stage::{StageError, play};
use sim::trace::{Kind, Reader, Recorder, first_difference};
use sim::world::isolated;
use world::Seed;

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
    { "at": "3700ms", "lasts": "400ms", "what": { "reload": { "config": "half" } } },
    { "at": "3800ms", "lasts": "100ms", "what": { "reload": { "config": "broken" } } },
    { "at": "4200ms", "lasts": "200ms", "what": { "stop": { "deadline": "100ms" } } },
    { "at": "4500ms", "lasts": "9s",    "what": { "crash": { "host": "gateway" } } }
]"#;

fn faults() -> Vec<Fault> {
    serde_json::from_str(FAULTS).expect("good faults")
}

fn scenario(faults: Vec<Fault>) -> Scenario {
    let replica = |name: &str| Replica {
        name: name.into(),
        behaviour: "latency=exp:10ms body=2KiB".into(),
        script: String::new(),
    };
    let all = Upstream {
        retries: 1,
        timeout: ms(500),
        ..Upstream::new("all", &["r0", "r1"])
    };
    let half = Upstream {
        replicas: vec!["r1".into()],
        ..all.clone()
    };
    let configs = vec![
        Config::new("main", vec![all]),
        Config::new("half", vec![half]),
        Config::broken("broken"),
    ];
    let plain = plain(configs, vec![replica("r0"), replica("r1")]);
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

fn judged(scenario: &Scenario, seed: u64) -> Result<(Vec<u8>, Judgement), StageError> {
    let mut recorder = Recorder::in_memory();
    recorder.watch(Box::new(Judge::new(scenario)));
    let mut recorder = isolated(|| play(scenario, Seed(seed), 0, None, recorder))?;
    let judge: Box<Judge> = recorder.take_watcher().expect("it was given one");
    let trace = recorder.finish().expect("memory");
    Ok((trace.bytes.expect("memory"), judge.finish()))
}

/// What was told of something that does not hold.
fn complaints(judgement: &Judgement) -> Vec<String> {
    let checks = judgement.checks.iter();
    let bad = checks.filter(|check| check.verdict != Verdict::Holds);
    bad.map(|check| format!("{}: {}", check.name, check.measured))
        .collect()
}

#[test]
fn nothing_is_lost_without_a_word_and_it_comes_back() {
    for kind in FaultKind::ALL {
        let occurs = faults().iter().any(|fault| fault.what.kind() == *kind);
        assert!(occurs, "no {} in the plan", kind.name());
    }
    let scenario = scenario(faults());
    let (first, judgement) = judged(&scenario, 3).expect("plays");
    assert_eq!(complaints(&judgement), [""; 0]);
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
    let (second, _) = judged(&scenario, 3).expect("plays");
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
        let (_, judgement) = judged(&scenario, seed).expect("plays");
        assert_eq!(complaints(&judgement), [""; 0], "seed {seed}");
    }
}

#[test]
fn impossible_faults_and_bad_descriptions_are_errors() {
    let check = |scenario: Scenario, part: &str| {
        let error = judged(&scenario, 1).err().expect(part).to_string();
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
