//! What people are told of a trace: golden texts of small traces made by hand, and that nothing which decodes is too
//! strange to be told.

mod strange;

use scenarios::{Ask, Config, Fault, Heal, Load, Network, Replica, Scenario, Upstream, Variant, What};
use sim::document::Document;
use sim::narrate::{Options, narrate};
use sim::perfetto::export;
use sim::picture::{draw, page};
use sim::story::Source;
use sim::trace::text::name_to_values;
use sim::trace::{Kind, Recorder};
use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

/// What a picture may take, whatever the trace.
const SVG_BYTES_MAX: usize = 500_000;

const R0: u64 = 1;
const GATEWAY: u64 = 4;
const CLIENT: u64 = 5;

type Event<'a> = (u64, u64, Kind, &'a [u64]);

/// A run that no scenario's builder knows: three replicas without retries, of which r0 is killed from 2 s to 5 s.
fn document() -> Document {
    let secs = Duration::from_secs;
    let replicas = ["r0", "r1", "r2"];
    let replica = |name: &&str| Replica {
        name: (*name).into(),
        behaviour: "latency=1ms body=256B".into(),
        script: String::new(),
    };
    let post = Ask {
        method: "POST".into(),
        bytes: 40,
        ..Ask::get("/orders")
    };
    let scenario = Scenario {
        network: Network {
            latency_min: Duration::from_millis(1),
            latency_max: Duration::from_millis(1),
            fragment: false,
        },
        workers: 1,
        configs: vec![Config::new("main", vec![Upstream::new("orders", &replicas)])],
        replicas: replicas.iter().map(replica).collect(),
        behind: None,
        tunnels: None,
        load: Load {
            clients: 1,
            rate: 1.0,
            constant: false,
            duration: secs(6),
            timeout: secs(5),
            host: "shop.test".into(),
            asks: vec![post],
            connections: 10,
            schedule: None,
            arrivals: Vec::new(),
        },
        faults: vec![Fault {
            at: secs(2),
            lasts: secs(3),
            what: What::Crash { host: "r0".into() },
        }],
        heal: Heal {
            at: secs(5),
            within: Duration::from_millis(500),
            at_least: 0.0,
        },
        expectations: Vec::new(),
    };
    Document {
        format: sim::document::FORMAT,
        scenario: "made-by-hand".into(),
        seed: 1,
        set: Vec::new(),
        knobs: Vec::new(),
        plant: None,
        variants: vec![Variant {
            name: "only".into(),
            scenario,
        }],
        outcome: None,
    }
}

/// A trace of these events, after those that introduce the hosts.
fn trace(header: &str, events: &[Event<'_>]) -> (tempfile::TempDir, Source) {
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = directory.path().join("made.trace");
    let mut recorder = Recorder::to_file(&path, header).expect("file");
    recorder.record(0, 0, Kind::Run, &[0, 1]);
    for (host, name) in (R0..).zip(["r0", "r1", "r2", "gateway", "client0"]) {
        recorder.record(0, host, Kind::Host, &name_to_values(name));
        recorder.record(0, host, Kind::Start, &[0]);
    }
    for (at_us, host, kind, values) in events {
        recorder.record(*at_us, *host, *kind, values);
    }
    recorder.finish().expect("sink works");
    (directory, Source::File(path))
}

/// The sum of the only ask's target.
const TARGET: u64 = 4034185798;

/// One request that is answered, and one that is killed with its replica; whether its client is told is up to `told`.
fn events(told: bool) -> Vec<Event<'static>> {
    let mut events: Vec<Event<'static>> = vec![
        (1_000, CLIENT, Kind::ClientPlanned, &[7, 900, 0]),
        (1_000, CLIENT, Kind::ClientAsked, &[7, 3, TARGET, 40, 6]),
        (1_000, CLIENT, Kind::ClientSent, &[7, 0]),
        (2_000, GATEWAY, Kind::GatewayRequest, &[0, 8]),
        (2_000, GATEWAY, Kind::GatewayAttempt, &[0, 1, 0, 1]),
        (3_000, 2, Kind::StubRequest, &[1, 0, 0, 8, 0, 3, TARGET]),
        (3_000, 2, Kind::StubBody, &[1, 0, 40, 6]),
        (4_000, 2, Kind::StubAnswer, &[1, 0, 200]),
        (4_000, 2, Kind::StubFinished, &[1, 0, 256, 1]),
        (5_000, GATEWAY, Kind::GatewayAttemptDone, &[0, 1, 0, 200]),
        (5_000, GATEWAY, Kind::GatewayAnswered, &[0, 200]),
        (6_000, CLIENT, Kind::ClientDone, &[7, 200, 256, 1]),
        (1_998_000, CLIENT, Kind::ClientPlanned, &[8, 1_997_500, 0]),
        (1_998_000, CLIENT, Kind::ClientAsked, &[8, 3, TARGET, 40, 6]),
        (1_998_000, CLIENT, Kind::ClientSent, &[8, 0]),
        (1_999_000, GATEWAY, Kind::GatewayRequest, &[1, 9]),
        (1_999_000, GATEWAY, Kind::GatewayAttempt, &[1, 1, 0, 0]),
        (2_000_000, R0, Kind::StubRequest, &[0, 0, 0, 9, 0, 3, TARGET]),
        (2_000_000, 0, Kind::FaultBegan, &[0, 1, R0, 0]),
        (2_000_000, R0, Kind::Crash, &[3]),
        (2_001_000, GATEWAY, Kind::GatewayAttemptDone, &[1, 1, 3, 0]),
        (2_001_000, GATEWAY, Kind::GatewayAnswered, &[1, 502]),
    ];
    if told {
        // with the gateway's own body: {"error":"bad_gateway"}
        events.push((2_002_000, CLIENT, Kind::ClientDone, &[8, 502, 24, 2298051212]));
    }
    events.extend([
        (5_000_000, 0, Kind::FaultEnded, &[0, 1, R0, 0] as &[u64]),
        (5_000_000, 0, Kind::Heal, &[]),
        (5_600_000, CLIENT, Kind::ClientPlanned, &[9, 5_600_000, 0]),
        (5_600_000, CLIENT, Kind::ClientAsked, &[9, 3, TARGET, 40, 6]),
        (5_600_000, CLIENT, Kind::ClientSent, &[9, 0]),
        (5_601_000, GATEWAY, Kind::GatewayRequest, &[2, 10]),
        (5_601_000, GATEWAY, Kind::GatewayAttempt, &[2, 1, 0, 2]),
        (5_602_000, 3, Kind::StubRequest, &[2, 0, 0, 10, 0, 3, TARGET]),
        (5_602_000, 3, Kind::StubBody, &[2, 0, 40, 6]),
        (5_610_000, 3, Kind::StubAnswer, &[2, 0, 200]),
        (5_610_000, 3, Kind::StubFinished, &[2, 0, 256, 1]),
        (5_611_000, GATEWAY, Kind::GatewayAttemptDone, &[2, 1, 0, 200]),
        (5_611_000, GATEWAY, Kind::GatewayAnswered, &[2, 200]),
        (5_620_000, CLIENT, Kind::ClientDone, &[9, 200, 256, 1]),
        (5_700_000, 0, Kind::End, &[]),
    ]);
    events
}

fn told(source: &Source, options: &Options) -> String {
    let mut out = Vec::new();
    narrate(source, options, &mut out).expect("it decodes");
    String::from_utf8(out).expect("UTF-8")
}

/// Compared with the text kept under this name beside the tests.
fn golden(name: &str, text: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn a_run_that_holds_is_told_by_its_phases() {
    let (_kept, source) = trace(&document().json(), &events(true));
    golden("holds", &told(&source, &Options::default()));
}

#[test]
fn a_violation_is_told_hop_by_hop() {
    let (_kept, source) = trace(&document().json(), &events(false));
    golden("violated", &told(&source, &Options::default()));
}

#[test]
fn one_request_and_one_stretch_of_time_can_be_asked_for() {
    let (_kept, source) = trace(&document().json(), &events(true));
    let request = told(
        &source,
        &Options {
            requests: vec![7],
            ..Options::default()
        },
    );
    assert!(
        request.contains("r1 gets it") && !request.contains("FAULT 1"),
        "{request}"
    );
    let late = told(
        &source,
        &Options {
            from_us: 5_000_000,
            ..Options::default()
        },
    );
    assert!(
        late.contains("HEAL") && !late.contains("FAULT 1 begins"),
        "{late}"
    );
}

#[test]
fn a_trace_that_breaks_off_is_told_to_where_it_does() {
    let (_kept, source) = trace(&document().json(), &events(true));
    let Source::File(path) = &source else {
        panic!("it was written to a file");
    };
    let bytes = std::fs::read(path).expect("written");
    let cut = Source::Memory(bytes[..bytes.len() - 30].to_vec());
    let mut out = Vec::new();
    let error = narrate(&cut, &Options::default(), &mut out).expect_err("it ends inside a record");
    let text = String::from_utf8(out).expect("UTF-8");
    assert!(error.to_string().contains("ends inside a record"), "{error}");
    assert!(
        text.contains("FAULT 1") && text.contains("the trace ends here"),
        "{text}"
    );
}

fn exported(source: &Source) -> Vec<serde_json::Value> {
    let mut out = Vec::new();
    export(source, &mut out).expect("it decodes");
    let mut all: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
    let events = all["traceEvents"].take();
    serde_json::from_value(events).expect("a list")
}

/// What a viewer relies on: every arrow has both ends, every span ends, and no event lacks its place.
fn judge_events(events: &[serde_json::Value]) {
    let mut arrows: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    let mut spans: BTreeMap<String, i64> = BTreeMap::new();
    for event in events {
        for field in ["pid", "tid"] {
            assert!(event[field].is_u64(), "{event}");
        }
        let phase = event["ph"].as_str().expect("a phase");
        assert!(phase == "M" || event["ts"].is_u64(), "{event}");
        match phase {
            "X" => assert!(event["dur"].is_u64(), "{event}"),
            "s" => arrows.entry(event["id"].as_u64().expect("an id")).or_default().0 += 1,
            "f" => arrows.entry(event["id"].as_u64().expect("an id")).or_default().1 += 1,
            "b" | "e" => {
                let count = spans.entry(event["id"].to_string()).or_default();
                *count += if phase == "b" { 1 } else { -1 };
                assert!((0..=1).contains(count), "{event}");
            }
            "M" | "i" | "C" => {}
            other => panic!("{other} is not written"),
        }
    }
    assert!(arrows.values().all(|ends| *ends == (1, 1)), "{arrows:?}");
    assert!(spans.values().all(|open| *open == 0), "{spans:?}");
}

#[test]
fn a_picture_shows_hosts_faults_the_heal_and_what_was_found() {
    let (_kept, source) = trace(&document().json(), &events(false));
    let pictures = draw(&source).expect("it decodes");
    let [picture] = &pictures[..] else {
        panic!("one simulation, one picture");
    };
    let texts: Vec<_> = picture
        .svg
        .labels()
        .iter()
        .map(|label| label.text.as_str())
        .collect();
    for part in [
        "made-by-hand, seed 1: only",
        "violated: conservation",
        "findings",
        "conservation: request 8 has no outcome",
        "client0",
        "gateway",
        "r2",
        "crash",
        "heal",
        "failed tries",
    ] {
        assert!(texts.contains(&part), "{part} is not in {texts:?}");
    }
    let html = page(&source, "the <story>").expect("it decodes");
    assert!(html.contains("VIOLATED") && html.contains("the &lt;story&gt;"));
}

#[test]
fn a_long_run_is_a_small_picture() {
    let events: Vec<Event<'_>> = (0..30_000_u64)
        .flat_map(|i| {
            let at = i * 400 + i % 7 * 31;
            let planned: Event<'_> = (at, CLIENT, Kind::ClientPlanned, &[3, 0, 0]);
            let done: Event<'_> = match i % 5 {
                0 => (at, CLIENT, Kind::ClientFailed, &[3, 2]),
                _ => (at, CLIENT, Kind::ClientDone, &[3, 200, 5, 5]),
            };
            let began: Event<'_> = (at, 0, Kind::FaultBegan, &[7, 4, R0, GATEWAY]);
            let ended: Event<'_> = (at + 100, 0, Kind::FaultEnded, &[7, 4, R0, GATEWAY]);
            [planned, began, ended, done]
        })
        .collect();
    let (_kept, source) = trace("", &events);
    let pictures = draw(&source).expect("it decodes");
    assert!(pictures[0].svg.standalone().len() < SVG_BYTES_MAX / 2);
}

/// An attempt that began while another was open took that one's arrows with it.
#[test]
fn an_attempt_that_follows_without_a_word_ends_the_one_before() {
    let mut events = events(false);
    let place = |kind| {
        events
            .iter()
            .position(|event| event.2 == kind)
            .expect("it is there")
    };
    let done = place(Kind::GatewayAttemptDone);
    events[done] = (5_000, GATEWAY, Kind::GatewayAttempt, &[0, 2, 0, 0]);
    let (_kept, source) = trace(&document().json(), &events);
    judge_events(&exported(&source));
}

#[test]
fn an_export_leads_from_client_to_gateway_to_replica() {
    let (_kept, source) = trace(&document().json(), &events(false));
    let events = exported(&source);
    judge_events(&events);
    let count = |phase: &str, name: &str| {
        let same = |event: &&serde_json::Value| {
            event["ph"] == phase && event["name"].as_str().is_some_and(|text| text.contains(name))
        };
        events.iter().filter(same).count()
    };
    // three requests that came to the gateway and to a replica each
    assert_eq!((count("s", "way"), count("f", "way")), (6, 6));
    assert_eq!(count("X", "POST /orders"), 3);
    assert_eq!(count("X", "attempt 1 → r1"), 1);
    assert_eq!(count("b", "crash"), 1);
    assert_eq!(count("i", "conservation: request 8 has no outcome"), 1);
    let killed = events
        .iter()
        .filter(|event| event["args"]["end"] == "killed with it in hand");
    assert_eq!(killed.count(), 1, "what a replica held ends with it");
}

#[test]
fn run_tells_and_draws_what_it_has_played() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = |name: &str| directory.path().join(name).to_str().expect("UTF-8").to_owned();
    let files = ["a.svg", "a.html", "a.json"].map(path);
    let sim = |args: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_sim")).args(args).output();
        done.expect("starts")
    };
    let run = ["run", "crash", "--seed", "4", "--set", "retries=0", "--narrate"];
    let made = ["--svg", &files[0], "--html", &files[1], "--perfetto", &files[2]];
    let done = sim(&[&run[..], &made].concat());
    let text = String::from_utf8(done.stdout).expect("UTF-8");
    assert_eq!(done.status.code(), Some(0), "{text}");
    for part in [
        "is killed",
        "HEAL",
        "the last failure",
        "verdict   holds",
        "numbers of each phase",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    let [svg, html, json] = files
        .each_ref()
        .map(|file| std::fs::read_to_string(file).expect("written"));
    assert!(svg.starts_with("<svg") && html.contains("is killed") && json.contains("traceEvents"));
    let wrong = sim(&["picture", &files[0], "-o", "a.png"]);
    assert_eq!(wrong.status.code(), Some(2));
    let no_trace = sim(&["narrate", &files[0]]);
    assert_eq!(no_trace.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&no_trace.stderr).contains("not a tollgate trace"));
}
