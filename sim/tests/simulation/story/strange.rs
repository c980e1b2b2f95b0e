//! Traces that no run leaves behind: whatever decodes is told, drawn and exported within its bounds, or refused in words.

use super::{CLIENT, Event, GATEWAY, SVG_BYTES_MAX, document, events, exported, judge_events, told, trace};
use proptest::prelude::*;
use sim::narrate::{Options, narrate};
use sim::perfetto::export;
use sim::picture::draw;
use sim::story::{SIMULATIONS_MAX, Source};
use sim::trace::{Kind, Recorder};

/// What a record holds.
type Made = (u64, u64, usize, Vec<u64>);

/// Records of any kind with numbers that are mostly small, so that they are often about the same things.
fn records() -> impl Strategy<Value = Vec<Made>> {
    let number = prop_oneof![8 => 0..6_u64, 1 => Just(200), 2 => any::<u64>()];
    let values = prop::collection::vec(number, 7);
    let time = prop_oneof![50 => 0..20_000_000_u64, 1 => any::<u64>()];
    let record = (time, 0..8_u64, 0..Kind::ALL.len(), values);
    prop::collection::vec(record, 0..400)
}

/// Judged by what a header says was played, or by nothing.
fn headers() -> [String; 2] {
    [String::new(), document().json()]
}

fn strange(header: &str, records: &[Made]) -> (tempfile::TempDir, Source) {
    let events = records.iter().map(|(at_us, host, kind, values)| {
        let kind = Kind::ALL[*kind];
        (*at_us, *host, kind, &values[..kind.fields().len()])
    });
    trace(header, &events.collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn anything_that_decodes_is_told(records in records()) {
        let requests = Options { requests: vec![1, 2], ..Options::default() };
        for header in headers() {
            let (_kept, source) = strange(&header, &records);
            for options in [&Options::default(), &requests] {
                prop_assert!(told(&source, options).contains("terms"));
            }
        }
    }

    #[test]
    fn anything_that_decodes_is_drawn_and_exported(records in records()) {
        for header in headers() {
            let (_kept, source) = strange(&header, &records);
            for picture in draw(&source).expect("it decodes") {
                prop_assert!(picture.svg.standalone().len() < SVG_BYTES_MAX);
            }
            judge_events(&exported(&source));
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

/// Every way to tell a trace, and what each says that cannot.
fn refusals(source: &Source) -> [String; 3] {
    let mut out = Vec::new();
    let told = narrate(source, &Options::default(), &mut out).expect_err("refused");
    let drawn = draw(source).map(drop).expect_err("refused");
    let exported = export(source, &mut out).expect_err("refused");
    [told, drawn, exported].map(|error| error.to_string())
}

#[test]
fn a_header_is_checked_as_a_replay_file_is() {
    let check = |header: &str, expected: &str| {
        let (_kept, source) = trace(header, &events(true));
        for error in refusals(&source) {
            assert!(error.contains(expected), "{error}");
        }
    };
    check(r#"{"format": 99, "new": true}"#, "version 99");
    check("{", "what the trace's header says was played: EOF");
    let mut none = document();
    none.variants.clear();
    check(&none.json(), "variants: there is none");
}

#[test]
fn a_trace_that_begins_with_no_run_is_refused() {
    let check = |kinds: &[Kind]| {
        let mut recorder = Recorder::in_memory();
        for kind in kinds {
            recorder.record(0, 0, *kind, &[0; 7][..kind.fields().len()]);
        }
        let bytes = recorder.finish().expect("memory").bytes.expect("memory");
        for error in refusals(&Source::Memory(bytes)) {
            assert!(error.contains("no `run`"), "{error}");
        }
    };
    check(&[]);
    check(&[Kind::Heal, Kind::Run, Kind::End]);
}

#[test]
fn a_trace_of_too_many_simulations_is_refused() {
    let runs = |count: usize| -> Vec<Event<'static>> { vec![(0, 0, Kind::Run, &[0, 1]); count] };
    // one is there already
    let (_kept, source) = trace("", &runs(SIMULATIONS_MAX - 1));
    assert_eq!(draw(&source).expect("as many as may be").len(), SIMULATIONS_MAX);
    let (_kept, source) = trace("", &runs(SIMULATIONS_MAX));
    for error in refusals(&source) {
        assert!(error.contains("more than 100 simulations"), "{error}");
    }
}

fn labels(source: &Source) -> Vec<String> {
    let pictures = draw(source).expect("it decodes");
    let labels = pictures[0].svg.labels().iter();
    labels.map(|label| label.text.clone()).collect()
}

#[test]
fn quick_refusals_do_not_make_good_answers_slow() {
    let requests: Vec<_> = (0..90_u64)
        .map(|i| {
            let (status, took) = if i % 3 == 0 { (200, 100_000) } else { (503, 1_000) };
            ([i, i * 1_000, 0], took, [i, status, 5, 5])
        })
        .collect();
    let events: Vec<Event<'_>> = requests
        .iter()
        .flat_map(|(planned, took, done)| {
            [
                (planned[1], CLIENT, Kind::ClientPlanned, planned as &[u64]),
                (planned[1] + took, CLIENT, Kind::ClientDone, done),
            ]
        })
        .collect();
    let (_kept, source) = trace("", &events);
    let labels = labels(&source);
    assert!(labels.iter().any(|label| label == "failed"), "{labels:?}");
    assert!(!labels.iter().any(|label| label == "slow"), "{labels:?}");
}

#[test]
fn a_host_that_does_what_every_part_does_is_drawn() {
    let events: Vec<Event<'_>> = vec![
        (1, GATEWAY, Kind::ClientPlanned, &[1, 0, 0]),
        (2, GATEWAY, Kind::ClientDone, &[1, 200, 0, 0]),
        (3, GATEWAY, Kind::ClientFailed, &[1, 0]),
        (3, GATEWAY, Kind::ClientPlanned, &[1, 0, 0]),
        (900, GATEWAY, Kind::ClientDone, &[1, 200, 0, 0]),
        (901, GATEWAY, Kind::ClientResent, &[1, 0]),
        (902, GATEWAY, Kind::GatewayAttempt, &[1, 2, 0, 0]),
        (903, GATEWAY, Kind::GatewayAttemptDone, &[1, 2, 1, 0]),
        (904, GATEWAY, Kind::StubRequest, &[0; 7]),
        (905, GATEWAY, Kind::StubAborted, &[0; 3]),
        (906, 0, Kind::End, &[]),
    ];
    let (_kept, source) = trace("", &events);
    assert!(
        labels(&source)
            .iter()
            .any(|label| label.contains("found no room"))
    );
}

#[test]
fn a_counter_falls_to_nothing() {
    let check = |told: bool, expected: &[u64]| {
        let (_kept, source) = trace(&document().json(), &events(told));
        let events = exported(&source).into_iter();
        let counts: Vec<_> = events
            .filter(|event| event["ph"] == "C")
            .map(|event| event["args"]["requests in flight"].clone())
            .collect();
        assert_eq!(counts, expected);
    };
    check(true, &[1, 0, 1, 0, 1, 0]);
    // one is open at the end
    check(false, &[1, 0, 1, 2, 1, 0]);
}

#[test]
fn an_end_that_is_missing_is_said_however_much_was_done_before() {
    let reloads: Vec<Event<'_>> = (0..1_000_u64)
        .map(|i| (i * 500, 0, Kind::Reload, &[0_u64, 0] as &[u64]))
        .collect();
    let (_kept, source) = trace("", &reloads);
    let text = told(&source, &Options::default());
    let [left_out, end] = ["things are done", "the trace ends here"].map(|part| text.find(part));
    assert!(left_out.is_some() && left_out < end, "{text}");
}

#[test]
fn what_a_tale_shows_is_marked_however_long_it_is() {
    let mut events = events(false);
    let at = events
        .iter()
        .position(|event| event.2 == Kind::GatewayAttemptDone)
        .expect("it is there");
    let tried: Event<'static> = (4_500, GATEWAY, Kind::GatewayAttempt, &[0, 1, 0, 1]);
    events.splice(at..at, vec![tried; 200]);
    // a second outcome
    events.push((5_700_000, CLIENT, Kind::ClientDone, &[7, 200, 256, 1]));
    let (_kept, source) = trace(&document().json(), &events);
    let text = told(&source, &Options::default());
    let [left_out, mark] = ["lines more", "▲ conservation: request 7"].map(|part| text.find(part));
    assert!(left_out.is_some() && left_out < mark, "{text}");
}
