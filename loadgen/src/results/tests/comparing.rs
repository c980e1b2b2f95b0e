//! Comparisons as they are told: of results, and of rounds.

use super::make::{exponential, steady};
use crate::report::Document;
use crate::results::{
    Band, Basis, Comparison, Figure, Figures, Finding, Loaded, Of, Question, Source, compare_text, paired,
    two_results,
};
use rand::RngExt;
use world::Seed;

fn question(of: Of, equivalent: Option<&str>) -> Question {
    Question {
        of,
        equivalent: equivalent.map(|band| band.parse().expect("a band")),
        seed: Seed(9),
    }
}

fn made(seconds: u64, seed: u64, mean_us: f64) -> Document {
    let mut rng = Seed(seed).rng();
    steady(seconds, 60, &mut rng, |rng| exponential(rng, mean_us))
}

fn compared(a: &Document, b: &Document, question: &Question) -> Comparison {
    let loaded = [a, b].map(|document| Loaded::Document(Box::new(document.clone())));
    let [a, b] =
        [("a.json", &loaded[0]), ("b.json", &loaded[1])].map(|(name, result)| Source { name, result });
    two_results(a, b, question).expect("documents have both latencies")
}

fn finding(comparison: &Comparison, figure: Figure) -> Finding {
    let row = comparison.rows.iter().find(|row| row.figure == figure);
    row.expect("in every comparison").finding
}

#[test]
fn two_results_are_told_apart_or_not() {
    let (a, same, slower) = (made(31, 1, 1_000.0), made(31, 2, 1_000.0), made(31, 3, 1_300.0));
    let question = question(Of::Response, Some("25%"));
    let other = compared(&a, &slower, &question);
    let basis = Basis::Blocks {
        a: 30,
        b: 30,
        seconds: 1.0,
    };
    assert_eq!(other.basis, basis, "the warm-up is left out");
    assert_eq!(finding(&other, Figure::P50), Finding::Worse);
    assert!(other.shows_worse(Figure::P50) && !other.shows_worse(Figure::Rate));
    assert_eq!(
        finding(&other, Figure::Errors),
        Finding::NotJudged,
        "there were none in either"
    );
    assert_eq!(
        finding(&other, Figure::P999),
        Finding::NotJudged,
        "two answers lie beyond it"
    );
    let text = compare_text::render(&other);
    assert!(text.contains("p50     B is slower by"), "{text}");
    let reverse = compared(&slower, &a, &question);
    assert_eq!(finding(&reverse, Figure::P50), Finding::Better);
    assert!(compare_text::render(&reverse).contains("p50     B is faster by"));

    let equals = compared(&a, &same, &question);
    assert_eq!(finding(&equals, Figure::P50), Finding::NoDifferenceShown);
    let p50 = equals
        .rows
        .iter()
        .find(|row| row.figure == Figure::P50)
        .expect("there");
    assert_eq!(p50.equivalent, Some(true), "{p50:?}");
    let text = compare_text::render(&equals);
    assert!(
        text.contains("no difference shown (95 %: ") && text.contains("; equivalent within 25 %"),
        "{text}"
    );
    assert_eq!(
        compared(&a, &same, &question),
        equals,
        "a seed gives the same intervals"
    );
    let json = serde_json::to_string(&equals).expect("JSON");
    let read: Comparison = serde_json::from_str(&json).expect("reads back");
    assert_eq!(finding(&read, Figure::P999), Finding::NotJudged);
    assert_eq!((read.basis, read.rows.len()), (equals.basis, Figure::ALL.len()));
}

/// One run without blocks is one number, and one number differs from any other.
#[test]
fn without_repetition_nothing_is_claimed() {
    let (a, slower) = (made(8, 1, 1_000.0), made(8, 3, 9_000.0));
    let long = (made(31, 1, 1_000.0), made(31, 3, 9_000.0));
    for (comparison, why) in [
        (
            compared(&a, &slower, &question(Of::Response, Some("5%"))),
            "too few",
        ),
        (
            compared(&long.0, &long.1, &question(Of::Service, None)),
            "response times alone",
        ),
    ] {
        assert!(
            comparison
                .rows
                .iter()
                .all(|row| row.finding == Finding::NotJudged && row.interval.is_none())
        );
        assert!(comparison.rows.iter().all(|row| row.equivalent != Some(true)));
        let text = compare_text::render(&comparison);
        assert!(text.contains("No interval") && text.contains(why), "{text}");
        assert!(!text.contains("slower"), "{text}");
    }
}

#[test]
fn invalid_and_unlike_runs_are_said_to_be() {
    let (a, mut b) = (made(12, 1, 1_000.0), made(12, 2, 1_000.0));
    b.report.reasons = vec!["the generator was late".into()];
    b.run.job["rate"] = 500.0.into();
    b.run.job["host"] = "other".into();
    let comparison = compared(&a, &b, &question(Of::Response, None));
    assert!(!comparison.is_valid());
    let text = compare_text::render(&comparison);
    assert!(
        text.starts_with("  INVALID  B: the generator was late\n"),
        "{text}"
    );
    assert_eq!(comparison.notes, ["asked differently: job.rate: 100.0, 500.0"]);
}

#[test]
fn rounds_are_paired() {
    let mut rng = Seed(5).rng();
    // the machine drifts by far more than A and B differ
    let rounds = |count: usize, slower: f64, rng: &mut rand_chacha::ChaCha8Rng| -> Vec<[Figures; 2]> {
        let round = |_| {
            let drift = 1_000.0 * (1.0 + 5.0 * rng.random::<f64>());
            let mut one = |mean: f64| {
                let latency = |rng: &mut rand_chacha::ChaCha8Rng| drift + mean + 5.0 * rng.random::<f64>();
                Figures::of_document(&steady(3, 20, rng, latency), Of::Response)
            };
            [one(0.0), one(slower)]
        };
        (0..count).map(round).collect()
    };
    let question = question(Of::Response, Some("0.5ms"));
    let few = paired(["a", "b"], &rounds(9, 50.0, &mut rng), &question);
    assert!(few.rows.iter().all(|row| row.finding == Finding::NotJudged));
    assert!(compare_text::render(&few).contains("9 rounds are too few"));

    let shown = paired(["a", "b"], &rounds(12, 50.0, &mut rng), &question);
    assert_eq!(finding(&shown, Figure::P50), Finding::Worse, "{shown:?}");
    let p50 = &shown.rows[0];
    assert!(
        p50.interval.is_some_and(|i| i.contains(p50.difference)) && (40.0..60.0).contains(&p50.difference)
    );
    assert_eq!(p50.equivalent, Some(true), "half a millisecond does not matter");
    let none = paired(["a", "b"], &rounds(12, 0.0, &mut rng), &question);
    assert_eq!(finding(&none, Figure::P50), Finding::NoDifferenceShown);
    assert_eq!(paired(["a", "b"], &[], &question).rows.len(), 0);
}

#[test]
fn bands_are_shares_or_times() {
    for (text, band) in [
        ("5%", Band::Relative(0.05)),
        ("0.5ms", Band::Absolute(500.0)),
        ("20us", Band::Absolute(20.0)),
        ("1s", Band::Absolute(1e6)),
    ] {
        let parsed: Band = text.parse().expect(text);
        let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
        assert!(match (parsed, band) {
            (Band::Relative(one), Band::Relative(other)) | (Band::Absolute(one), Band::Absolute(other)) =>
                near(one, other),
            _ => false,
        });
    }
    for text in ["", "5", "%", "-5%", "0%", "xms", "nan%", "inf%"] {
        assert!(text.parse::<Band>().is_err_and(|e| e.contains("0.5ms")), "{text}");
    }
}
