//! The machine against systems whose limit is known.

use super::*;
use proptest::prelude::*;
use rand::RngExt;
use world::Seed;

fn spec() -> SearchSpec {
    SearchSpec {
        from: 100.0,
        max: 1e6,
        precision: 0.05,
        repeats: 3,
    }
}

/// Searches a system to the end; how many runs it took.
fn check(spec: SearchSpec, mut system: impl FnMut(f64) -> Outcome) -> Search {
    let mut search = Search::new(spec).expect("sound");
    while let Step::Measure(rate) = search.next() {
        search.record(rate, system(rate));
        assert!(search.runs() <= RUNS_MAX);
    }
    search
}

fn below(limit: f64) -> impl Fn(f64) -> Outcome {
    move |rate| match rate < limit {
        true => Outcome::Held,
        false => Outcome::Broken,
    }
}

/// M/M/1: the q-quantile of response time is −ln(1 − q)/(μ − λ), so p99 < T holds up to λ = μ − ln(100)/T.
#[test]
fn the_limit_of_a_queue_is_the_closed_form() {
    let (capacity, level_s) = (5_000.0, 0.05);
    let p99 = |rate: f64| match rate < capacity {
        true => 100_f64.ln() / (capacity - rate),
        false => f64::INFINITY,
    };
    let search = check(spec(), |rate| match p99(rate) < level_s {
        true => Outcome::Held,
        false => Outcome::Broken,
    });
    let limit = capacity - 100_f64.ln() / level_s;
    let (holding, confirmed) = search.highest_holding().expect("some");
    let failing = search.lowest_failing().expect("some");
    assert!(
        confirmed && holding <= limit && limit <= failing,
        "{holding} {limit} {failing}"
    );
    assert!(failing / holding <= 1.05);
    assert!(search.runs() <= 7 + 4 * 3 + 5 + 3, "{} runs", search.runs());
}

#[test]
fn what_never_fails_is_confirmed_at_the_highest_rate() {
    let search = check(
        SearchSpec {
            max: 5_000.0,
            ..spec()
        },
        |_| Outcome::Held,
    );
    assert_eq!(
        (search.highest_holding(), search.lowest_failing()),
        (Some((5_000.0, true)), None)
    );
    let one = SearchSpec {
        max: 100.0,
        repeats: 1,
        ..spec()
    };
    let search = check(one, |_| Outcome::Held);
    assert_eq!(
        (search.highest_holding(), search.runs()),
        (Some((100.0, true)), 1)
    );
}

#[test]
fn what_fails_at_once_fails_by_majority() {
    for outcome in [Outcome::Broken, Outcome::Invalid] {
        let search = check(spec(), |_| outcome);
        assert_eq!(
            (search.highest_holding(), search.lowest_failing()),
            (None, Some(100.0))
        );
        assert_eq!((search.outcome(100.0), search.runs()), (Some(outcome), 2));
    }
    // a single bad run is none
    let mut first = true;
    let search = check(SearchSpec { max: 100.0, ..spec() }, |_| {
        match std::mem::take(&mut first) {
            true => Outcome::Broken,
            false => Outcome::Held,
        }
    });
    assert_eq!(
        (search.highest_holding(), search.runs()),
        (Some((100.0, true)), 3)
    );
}

#[test]
fn the_generators_limit_is_its_own() {
    let search = check(spec(), |rate| match rate {
        rate if rate >= 3_000.0 => Outcome::Invalid,
        rate if rate >= 9_000.0 => Outcome::Broken,
        _ => Outcome::Held,
    });
    let failing = search.lowest_failing().expect("some");
    assert!((3_000.0..3_150.0).contains(&failing), "{failing}");
    assert_eq!(search.outcome(failing), Some(Outcome::Invalid));
}

/// A rate that held by luck on the way is found out in the end, and the search goes on below it.
#[test]
fn luck_on_the_way_does_not_last() {
    let mut lucky = true;
    let search = check(spec(), |rate| {
        let luck = rate == 1_600.0 && std::mem::take(&mut lucky);
        match rate < 1_000.0 || luck {
            true => Outcome::Held,
            false => Outcome::Broken,
        }
    });
    let (holding, confirmed) = search.highest_holding().expect("some");
    assert!(confirmed && (950.0..1_000.0).contains(&holding), "{holding}");
}

/// Runs near the limit go either way: the probability to hold falls from one to zero over a fifth of the rate.
#[test]
fn noise_moves_the_limit_by_less_than_its_own_width() {
    for seed in 0..100 {
        let mut rng = Seed(7).nth(seed).rng();
        let search = check(SearchSpec { repeats: 5, ..spec() }, |rate| {
            match rng.random::<f64>() * 400.0 < 2_200.0 - rate {
                true => Outcome::Held,
                false => Outcome::Broken,
            }
        });
        let (holding, confirmed) = search.highest_holding().expect("some");
        assert!(
            confirmed && (1_700.0..2_250.0).contains(&holding),
            "seed {seed}: {holding}"
        );
    }
}

#[test]
fn what_is_wrong_is_said_at_once() {
    let wrong = SearchSpec {
        from: 0.0,
        max: f64::NAN,
        precision: 0.0,
        repeats: 0,
    };
    let errors = Search::new(wrong).expect_err("all of it");
    let fields: Vec<_> = errors
        .iter()
        .map(|error| error.split(':').next().unwrap_or_default())
        .collect();
    assert_eq!(fields, ["--from", "--max-rate", "--precision", "--repeats"]);
}

#[test]
fn rates_are_short_to_read() {
    for (rate, short) in [
        (141.421_356, 141.42),
        (0.123_456_78, 0.123_46),
        (8_944_271.9, 8_944_300.0),
    ] {
        assert_eq!(rounded(rate), short);
    }
}

proptest! {
    #[test]
    fn every_search_ends_with_the_limit_between(
        limit in 0.5_f64..2e6, from in 1.0_f64..1e4, precision in 0.001_f64..1.0, repeats in 1_usize..6,
    ) {
        let spec = SearchSpec { from, max: 1e6, precision, repeats };
        let search = check(spec, below(limit));
        match (search.highest_holding(), search.lowest_failing()) {
            (Some((holding, confirmed)), failing) => {
                prop_assert!(confirmed && holding < limit);
                match failing {
                    Some(failing) => {
                        prop_assert!(failing >= limit);
                        prop_assert!(failing / holding <= 1.0 + precision + 1e-3, "{} {}", holding, failing);
                    }
                    None => prop_assert_eq!(holding, 1e6),
                }
            }
            (None, failing) => prop_assert_eq!(failing, Some(from)),
        }
    }
}
