//! What people are told of a trace: golden texts of small traces made by hand, and that nothing which decodes is too
//! strange to be told.

use proptest::prelude::*;
use sim::document::Document;
use sim::narrate::{Options, narrate};
use sim::scenarios::{self, Ask};
use sim::story::Source;
use sim::trace::text::name_to_values;
use sim::trace::{Kind, Recorder};
use world::Seed;

const R0: u64 = 1;
const GATEWAY: u64 = 4;
const CLIENT: u64 = 5;

type Event<'a> = (u64, u64, Kind, &'a [u64]);

/// A small run of `retry-storm` without retries, as its header says; r0 is killed in it.
fn document() -> Document {
    let set = [
        "retries=off",
        "victim=0",
        "clients=1",
        "rate=200",
        "service=150ms",
    ]
    .map(str::to_owned);
    let set = [
        &set[..],
        &["crash_at=2s".into(), "down_for=3s".into(), "hop=1ms".into()],
    ]
    .concat();
    let entry = scenarios::find("retry-storm").expect("it is registered");
    let mut document = Document::of(entry, Seed(1), &set).expect("good knobs");
    let scenario = &mut document.variants[0].scenario;
    scenario.load.asks = vec![Ask {
        method: "POST".into(),
        bytes: 40,
        ..Ask::get("/orders")
    }];
    scenario.expectations.clear();
    document
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

/// One request that is answered, and one that is killed with its replica; whether its client is told is up to `told`.
fn events(told: bool) -> Vec<Event<'static>> {
    let mut events: Vec<Event<'static>> = vec![
        (1_000, CLIENT, Kind::ClientPlanned, &[7, 900, 0]),
        (1_000, CLIENT, Kind::ClientAsked, &[7, 3, 5, 40, 6]),
        (1_000, CLIENT, Kind::ClientSent, &[7, 0]),
        (2_000, GATEWAY, Kind::GatewayRequest, &[0, 8]),
        (2_000, GATEWAY, Kind::GatewayAttempt, &[0, 1, 0, 1]),
        (3_000, 2, Kind::StubRequest, &[1, 0, 0, 8, 0, 3, 5]),
        (4_000, 2, Kind::StubAnswer, &[1, 0, 200]),
        (4_000, 2, Kind::StubFinished, &[1, 0, 256, 1]),
        (5_000, GATEWAY, Kind::GatewayAttemptDone, &[0, 1, 0, 200]),
        (5_000, GATEWAY, Kind::GatewayAnswered, &[0, 200]),
        (6_000, CLIENT, Kind::ClientDone, &[7, 200, 256, 1]),
        (1_998_000, CLIENT, Kind::ClientPlanned, &[8, 1_997_500, 0]),
        (1_998_000, CLIENT, Kind::ClientSent, &[8, 0]),
        (1_999_000, GATEWAY, Kind::GatewayRequest, &[1, 9]),
        (1_999_000, GATEWAY, Kind::GatewayAttempt, &[1, 1, 0, 0]),
        (2_000_000, R0, Kind::StubRequest, &[0, 0, 0, 9, 0, 3, 5]),
        (2_000_000, 0, Kind::FaultBegan, &[0, 1, R0, 0]),
        (2_000_000, R0, Kind::Crash, &[3]),
        (2_001_000, GATEWAY, Kind::GatewayAttemptDone, &[1, 1, 3, 0]),
        (2_001_000, GATEWAY, Kind::GatewayAnswered, &[1, 502]),
    ];
    if told {
        events.push((2_002_000, CLIENT, Kind::ClientDone, &[8, 502, 20, 1]));
    }
    events.extend([
        (5_000_000, 0, Kind::FaultEnded, &[0, 1, R0, 0] as &[u64]),
        (5_000_000, 0, Kind::Heal, &[]),
        (5_600_000, CLIENT, Kind::ClientPlanned, &[9, 5_600_000, 0]),
        (5_600_000, CLIENT, Kind::ClientSent, &[9, 0]),
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

/// Records of any kind with numbers that are mostly small, so that they are often about the same things.
fn records() -> impl Strategy<Value = Vec<(u64, u64, usize, Vec<u64>)>> {
    let number = prop_oneof![4 => 0..6_u64, 1 => any::<u64>()];
    let values = prop::collection::vec(number, 7);
    let record = (0..20_000_000_u64, 0..8_u64, 0..Kind::ALL.len(), values);
    prop::collection::vec(record, 0..400)
}

fn strange(records: &[(u64, u64, usize, Vec<u64>)]) -> Source {
    let mut recorder = Recorder::in_memory();
    for (at_us, host, kind, values) in records {
        let kind = Kind::ALL[*kind];
        recorder.record(*at_us, *host, kind, &values[..kind.fields().len()]);
    }
    Source::Memory(recorder.finish().expect("memory").bytes.expect("memory"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn anything_that_decodes_is_told_in_a_bounded_number_of_lines(records in records()) {
        let source = strange(&records);
        let options = Options { requests: vec![1, 2], ..Options::default() };
        for options in [Options::default(), options] {
            let runs = 1 + records.iter().filter(|record| Kind::ALL[record.2] == Kind::Run).count();
            prop_assert!(told(&source, &options).lines().count() < 30 + runs * sim::narrate::LINES_MAX);
        }
    }
}

#[test]
fn a_long_storm_has_a_short_text() {
    let events: Vec<Event<'_>> = (0..20_000_u64)
        .flat_map(|i| {
            let at = i * 500;
            let reload: Event<'_> = (at, 0, Kind::Reload, &[0, 0]);
            let refused: Event<'_> = (at, GATEWAY, Kind::Refused, &[0]);
            [reload, refused]
        })
        .collect();
    let (_kept, source) = trace("", &events);
    let text = told(&source, &Options::default());
    assert!(text.contains("more"), "what is left out is said");
    assert!(
        text.lines().count() < 30 + sim::narrate::LINES_MAX,
        "{}",
        text.lines().count()
    );
}
