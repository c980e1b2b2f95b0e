//! Pictures of runs that happen: each has its curves, and no run that a generator can make is refused.

mod scenes;

use super::*;
use crate::event::Failure;
use crate::report::Document;
use charts::Svg;
use proptest::prelude::*;
use scenes::{Asked, Request};
use std::time::Duration;

fn alone(document: &Document) -> [Named<'_>; 1] {
    [Named {
        name: "run",
        document,
    }]
}

/// Every picture of a run, by name.
fn all(document: &Document) -> Result<[(&'static str, Option<Svg>); 5], charts::Error> {
    Ok([
        ("percentiles", percentiles(&alone(document))?),
        ("heat_map", heat_map(document)?),
        ("bands", bands(document)?),
        ("load", load(document)?),
        ("ccdf", ccdf(&alone(document))?),
    ])
}

/// With plain spaces, where numbers have narrow ones.
fn texts(svg: &Svg) -> Vec<String> {
    let labels = svg.labels().iter();
    labels.map(|label| label.text.replace('\u{202f}', " ")).collect()
}

/// `svg` says each of `words` and none of `not`.
fn check(svg: Option<&Svg>, words: &[&str], not: &[&str]) {
    let svg = svg.expect("there is something to draw");
    let texts = texts(svg);
    for word in words {
        assert!(
            texts.iter().any(|text| text == word),
            "{word:?} is not among {texts:?}"
        );
    }
    for word in not {
        assert!(
            !texts.iter().any(|text| text == word),
            "{word:?} is among {texts:?}"
        );
    }
}

#[test]
fn a_stall_shows_in_every_picture() {
    let document = scenes::stall();
    let [percentiles, heat_map, bands, load, ccdf] = all(&document).expect("draws").map(|(_, svg)| svg);
    let log = "latency (ms, log scale)";
    check(
        percentiles.as_ref(),
        &["response", "service", "send lag", log],
        &[],
    );
    check(
        heat_map.as_ref(),
        &["p99", "response time (ms, log scale)", "1 000"],
        &["warm-up", "drain"],
    );
    let of_load = [
        "profile",
        "offered",
        "answered",
        "in flight",
        "new",
        "limit of p99: 1.00 ms",
    ];
    check(
        bands.as_ref(),
        &[&of_load[..], &["max", "p90", "p50"]].concat(),
        &["errors (/s)"],
    );
    check(load.as_ref(), &of_load, &["max", "p50"]);
    check(ccdf.as_ref(), &["response", "service", "0.0001"], &["send lag"]);
}

#[test]
fn warm_up_and_errors_have_their_place() {
    let document = scenes::ramp();
    check(
        heat_map(&document).expect("draws").as_ref(),
        &["warm-up"],
        &["drain"],
    );
    let bands = bands(&document).expect("draws");
    check(
        bands.as_ref(),
        &["warm-up", "unexpected", "errors (/s)"],
        &["no answer"],
    );
}

#[test]
fn a_long_drain_is_part_of_the_picture() {
    let document = scenes::overload();
    let bands = bands(&document).expect("draws");
    check(
        bands.as_ref(),
        &["drain", "no answer"],
        &["warm-up", "unexpected"],
    );
    let html = page(&document).expect("a page").html().expect("HTML");
    let banner = html.find("INVALID").expect("a verdict");
    assert!(
        banner < html.find("answered").expect("a card"),
        "the verdict comes first"
    );
    assert!(html.contains("above the limit of 1ms") && html.contains("97 % of the time"));
}

#[test]
fn nothing_answered_leaves_what_was_asked() {
    let document = scenes::refused();
    let [percentiles, heat_map, bands, load, ccdf] = all(&document).expect("draws").map(|(_, svg)| svg);
    assert_eq!([percentiles, heat_map, ccdf], [None, None, None]);
    check(bands.as_ref(), &["no answer", "offered"], &["p99"]);
    check(load.as_ref(), &["no answer", "offered"], &[]);
    let html = page(&document).expect("a page").html().expect("HTML");
    for words in [
        "no request was answered",
        "connection refused (os error 111)",
        "100.00 %",
    ] {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn no_series_leaves_the_pictures_without_time() {
    let document = scenes::closed();
    let drawn = all(&document).expect("draws");
    let drawn: Vec<&str> = drawn
        .iter()
        .filter(|(_, svg)| svg.is_some())
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(drawn, ["percentiles", "ccdf"]);
    let html = page(&document).expect("a page").html().expect("HTML");
    assert!(html.contains("no time series was recorded") && html.contains("coordinated omission"));
}

#[test]
fn three_requests_are_drawn_and_called_too_few() {
    let document = scenes::three();
    assert!(
        all(&document)
            .expect("draws")
            .iter()
            .all(|(_, svg)| svg.is_some())
    );
    let html = page(&document).expect("a page").html().expect("HTML");
    assert!(html.contains("3 answers are too few"));
}

#[test]
fn a_page_escapes_what_a_server_said_and_tells_where_it_comes_from() {
    let html = page(&scenes::ramp()).expect("a page").html().expect("HTML");
    assert!(html.contains("&lt;b&gt;overloaded&lt;/b&gt; &amp; goes") && !html.contains("<b>"));
    for words in [
        "loadgen run http://127.0.0.1:8080/",
        "--seed 7",
        "KS, p = 0.42",
        "p99 of send lag at most 1ms",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert!(html.contains("2025-11-24T16:00:00Z"), "the start as a date");
}

#[test]
fn a_broken_level_is_told_by_the_banner() {
    let html = page(&scenes::stall()).expect("a page").html().expect("HTML");
    assert!(html.contains("VALID, but a service level was broken"));
    assert!(html.contains("p99&lt;50ms was asked for, measured: 901 ms"));
}

#[test]
fn several_runs_lie_over_each_other() {
    let (stall, ramp, refused) = (scenes::stall(), scenes::ramp(), scenes::refused());
    let named = |name, document| Named { name, document };
    let runs = [named("one", &stall), named("two", &ramp), named("none", &refused)];
    check(
        percentiles(&runs).expect("draws").as_ref(),
        &["one", "two"],
        &["none", "response"],
    );
    check(
        ccdf(&runs).expect("draws").as_ref(),
        &["one", "two"],
        &["none", "response"],
    );
    assert!(percentiles(&[]).expect("draws").is_none());

    let points = differences(runs[0], runs[1]);
    let svg = difference("one", "two", &points).expect("draws");
    check(
        svg.as_ref(),
        &[
            "difference",
            "no difference",
            "two less one: below zero, two is faster",
        ],
        &[],
    );
    assert!(
        points.iter().any(|point| point.us < -500_000.0),
        "the stall is missing from two"
    );
    assert!(differences(runs[0], runs[2]).is_empty());
    assert!(difference("one", "none", &[]).expect("draws").is_none());
}

#[test]
fn an_interval_around_a_difference_is_drawn() {
    let at = |quantile, interval_us| Difference {
        quantile,
        us: 20.0,
        interval_us,
    };
    let bare = [at(0.0, None), at(0.9, None)];
    let banded = [at(0.0, Some((-5.0, 45.0))), at(0.9, Some((10.0, 30.0)))];
    let draw = |points: &[Difference]| {
        let svg = difference("a", "b", points).expect("draws").expect("points");
        svg.standalone().contains("class=\"c-band")
    };
    assert_eq!((draw(&bare), draw(&banded)), (false, true));
}

fn point(rate: f64, p99_us: f64, valid: bool) -> Point {
    Point {
        rate,
        achieved: rate,
        p50_us: p99_us / 5.0,
        p99_us,
        p99_9_us: p99_us * 3.0,
        valid,
        holds: p99_us < 20_000.0,
    }
}

#[test]
fn a_hockey_stick_has_its_knee_and_limit() {
    let points = [
        point(4_000.0, 40_000.0, true),
        point(1_000.0, 4_000.0, true),
        point(2_000.0, 9_000.0, true),
        point(2_000.0, 8_000.0, true),
        point(3_000.0, 19_000.0, true),
        point(3_000.0, 21_000.0, true),
        point(5_000.0, 10_000.0, false),
    ];
    assert_eq!(
        highest(&points),
        Some(2_000.0),
        "one of two at 3 000 did not hold; 5 000 is no evidence"
    );
    assert_eq!(highest(&points[..1]), None);
    let goal = Goal {
        name: "p99 < 20 ms".into(),
        us: 20_000.0,
    };
    let svg = hockey_stick("a search", &points, Some(&goal), None).expect("draws");
    let words = [
        "p50",
        "p99",
        "p99.9",
        "INVALID",
        "p99 < 20 ms",
        "highest that held: 2 000/s",
        "answered",
    ];
    check(svg.as_ref(), &words, &[]);
    let svg = hockey_stick("a search", &points[..1], None, Some(100.0)).expect("draws");
    check(svg.as_ref(), &["p50", "answered"], &["INVALID", "p99 < 20 ms"]);
    assert!(
        hockey_stick("a search", &[], None, None)
            .expect("draws")
            .is_none()
    );
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let document = scenes::ramp();
    let json = serde_json::to_string(&document).expect("writes");
    let again: Document = serde_json::from_str(&json).expect("reads");
    assert_eq!(all(&document).expect("draws"), all(&again).expect("draws"));
    let html = |document| page(document).expect("a page").html().expect("HTML");
    assert!(html(&document) == html(&again));
}

/// A file may say anything; whatever is drawn of it, nothing breaks.
#[test]
fn figures_that_no_run_can_make_do_not_panic() {
    let whole = serde_json::to_value(scenes::three()).expect("writes");
    let long = serde_json::json!({ "secs": u64::MAX, "nanos": 999_999_999 });
    let zero = serde_json::json!({ "secs": 0, "nanos": 0 });
    let one = serde_json::json!({ "secs": 0, "nanos": 1 });
    let huge = serde_json::json!(1e300);
    let cases = [
        ("/recording/series/interval", &zero),
        ("/recording/series/interval", &one),
        ("/recording/series/interval", &long),
        ("/recording/released_for", &long),
        ("/recording/released_for", &zero),
        ("/recording/last_outcome", &long),
        ("/recording/warmup", &long),
        ("/run/started_unix_s", &huge),
        ("/report/seconds", &huge),
        ("/report/error_share", &huge),
    ];
    for (place, value) in cases {
        let mut json = whole.clone();
        *json.pointer_mut(place).expect(place) = value.clone();
        let document: Document = serde_json::from_value(json).expect(place);
        let _ = all(&document);
        let _ = page(&document).map(|page| page.html());
    }
}

fn requests() -> impl Strategy<Value = Vec<Request>> {
    let outcome = prop_oneof![
        4 => (100..600_u16).prop_map(Ok),
        1 => (0..Failure::ALL.len()).prop_map(|kind| Err(Failure::ALL[kind])),
    ];
    let took = prop_oneof![0..50_u64, 50..20_000_u64, 20_000..9_000_000_u64];
    let request = (0..6_000_000_u64, 0..5_000_u64, 0..200_000_u64, took, outcome);
    let request = request.prop_map(|(at, lag, wait, took, outcome)| Request {
        at,
        lag,
        wait,
        took,
        outcome,
    });
    prop_oneof![
        prop::collection::vec(request.clone(), 0..4),
        prop::collection::vec(request, 4..150),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn no_run_is_refused(
        requests in requests(),
        released_ms in 1..7_000_u64,
        warmup_ms in prop_oneof![Just(0), 0..900_u64],
        interval_ms in prop_oneof![Just(None), (700..3_000_u64).prop_map(Some)],
        closed in any::<bool>(),
        offered in prop::collection::vec((0.0..9.0, 0.0..1e6), 0..4),
    ) {
        let mut asked = Asked::of("GET http://127.0.0.1/: as it came", 1);
        asked.released = Duration::from_millis(released_ms);
        asked.warmup = Duration::from_millis(warmup_ms);
        asked.interval = interval_ms.map(Duration::from_millis);
        (asked.closed, asked.offered) = (closed, offered);
        let document = asked.document(&requests);
        let answered = document.report.counts.done > 0;
        let drawn = all(&document).expect("every run can be drawn");
        for (name, svg) in &drawn {
            let timeless = ["percentiles", "ccdf"].contains(name);
            prop_assert!(svg.is_some() || !(timeless && answered), "{} of {:?}", name, document.report.counts);
        }
        page(&document).expect("every run has a page").html().expect("HTML");
        let named = Named { name: "it", document: &document };
        let points = differences(named, named);
        prop_assert!(points.iter().all(|point| point.us == 0.0));
        difference("it", "it", &points).expect("draws");
    }
}
