//! What a search tells of the runs it made.

use super::make::{exponential, steady};
use crate::results::{
    Asked, Limit, Outcome, Search, SearchResult, SearchRun, SearchSpec, Step, search_text, unloaded_slos,
};
use world::Seed;

fn asked() -> Asked {
    Asked {
        target: "http://h/".into(),
        command: "loadgen search http://h/".into(),
        seed: 1,
        slos: vec!["p99<50ms".into()],
        slos_assumed: false,
        from: 100.0,
        max_rate: 1e5,
        precision: 0.05,
        repeats: 3,
    }
}

/// A system with 1 000 requests per second to give: mean response 1/(1 000 − λ) seconds, valid below `valid_below`.
fn run(rate: f64, valid_below: f64) -> SearchRun {
    let mut rng = Seed(1).rng();
    let document = steady(2, 50, &mut rng, |rng| exponential(rng, 100.0));
    let mut run = SearchRun::new(rate, &document, &[]);
    let mean_us = if rate < 1_000.0 {
        1e6 / (1_000.0 - rate)
    } else {
        1e7
    };
    (run.mean_us, run.p99_us, run.achieved) = (mean_us, 4.6 * mean_us, rate.min(1_000.0));
    run.valid = rate < valid_below;
    if !run.valid {
        run.reasons = vec!["the generator was late".into()];
    }
    run.outcome = match (run.valid, run.p99_us < 46_000.0) {
        (false, _) => Outcome::Invalid,
        (true, true) => Outcome::Held,
        (true, false) => Outcome::Broken,
    };
    run
}

fn searched(valid_below: f64) -> SearchResult {
    let spec = SearchSpec {
        from: 100.0,
        max: 1e5,
        precision: 0.05,
        repeats: 3,
    };
    let mut search = Search::new(spec).expect("sound");
    let mut runs = Vec::new();
    while let Step::Measure(rate) = search.next() {
        let run = run(rate, valid_below);
        search.record(rate, run.outcome);
        runs.push(run);
    }
    SearchResult::new(asked(), &search, runs, false)
}

/// p99 is below 46 ms, ten times that of an idle server, at less than 900/s.
#[test]
fn the_targets_limit_is_found_and_told() {
    let result = searched(f64::INFINITY);
    let (highest, failing) = (
        result.highest.expect("some"),
        result.lowest_failing.expect("some"),
    );
    assert!(
        highest <= 900.0 && 900.0 <= failing && failing / highest <= 1.05,
        "{highest} {failing}"
    );
    assert_eq!((result.confirmed, result.limit), (true, Some(Limit::Target)));
    // of the rates measured, power λ(1 000 − λ) is greatest at the one nearest to 500
    assert_eq!(result.knee, Some(400.0));
    let rates: Vec<f64> = result.levels.iter().map(|level| level.rate).collect();
    assert!(rates.windows(2).all(|pair| pair[0] < pair[1]), "{rates:?}");
    let text = search_text::render(&result);
    for part in [
        "holds up to",
        "limit of     the target",
        "knee         400.0/s",
        "again: loadgen search",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    let json = serde_json::to_string(&result).expect("JSON");
    assert_eq!(
        serde_json::from_str::<SearchResult>(&json).expect("reads back"),
        result
    );
}

#[test]
fn the_generators_limit_is_told_from_the_targets() {
    let result = searched(500.0);
    assert_eq!(result.limit, Some(Limit::Generator));
    assert_eq!(result.reason.as_deref(), Some("the generator was late"));
    assert!(result.highest.is_some_and(|rate| rate < 500.0));
    assert_eq!(result.knee, None, "nothing valid was measured beyond it");
    let text = search_text::render(&result);
    assert!(
        text.contains("so the target's own may be higher") && text.contains("INVALID"),
        "{text}"
    );
}

#[test]
fn runs_are_judged_by_the_levels_of_the_search() {
    let mut rng = Seed(2).rng();
    let document = steady(3, 100, &mut rng, |rng| exponential(rng, 1_000.0));
    let run = |levels: &[&str]| {
        let levels: Vec<_> = levels
            .iter()
            .map(|level| level.parse().expect("a level"))
            .collect();
        SearchRun::new(100.0, &document, &levels)
    };
    assert_eq!(run(&["p99<1s", "errors<1%"]).outcome, Outcome::Held);
    assert_eq!(run(&["p99<1s", "p50<1us"]).outcome, Outcome::Broken);
    let mut invalid = document.clone();
    invalid.report.valid = false;
    assert_eq!(SearchRun::new(1.0, &invalid, &[]).outcome, Outcome::Invalid);
    // ten times the p99 of about 4.6 ms
    let assumed: Vec<String> = unloaded_slos(Some(&document.recording))
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(assumed[0], "errors<1%");
    let p99_us = document.report.response_us.p99;
    let limit = humantime::parse_duration(assumed[1].trim_start_matches("p99<")).expect("a time");
    assert!(
        (limit.as_micros() as f64 / p99_us - 10.0).abs() < 0.01,
        "{assumed:?}, {p99_us}"
    );
    assert_eq!(unloaded_slos(None).len(), 1);
}
