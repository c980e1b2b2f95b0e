//! The judge of plans is judged: true plans pass at their nominal level, planted wrong ones are caught.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::time::Duration;
use workload::fit::{self, Fit, SAMPLE};
use workload::schedule::{Arrival, Due, Profile, STREAMS, Schedule};

const ALL: [Arrival; 3] = [Arrival::Constant, Arrival::Poisson, Arrival::Uniform];
const PROFILES: [&str; 3] = [
    "0s:2000",
    "0s:500, 20s:8000, step 3000x20s, 60s:0, 70s:4000",
    "0s:90000",
];

fn profile(text: &str) -> Profile {
    text.parse().expect(text)
}

fn due(arrival: Arrival, profile: &Profile, seed: u64) -> impl Iterator<Item = Due> {
    let rng = |stream: u64| ChaCha8Rng::seed_from_u64(seed ^ (stream << 32));
    Schedule::profiled(arrival, profile, &rng).shard(0, 1)
}

fn times(arrival: Arrival, profile: &Profile, seed: u64, count: usize) -> Vec<Duration> {
    due(arrival, profile, seed)
        .map(|due| due.at)
        .take(count)
        .collect()
}

#[test]
fn true_plans_pass() {
    for text in PROFILES {
        let profile = profile(text);
        for (arrival, seed) in ALL.into_iter().flat_map(|a| (0..5).map(move |seed| (a, seed))) {
            for count in [0, 1, 2, 10, 1_000, SAMPLE] {
                let fit = fit::plan(arrival, &profile, times(arrival, &profile, seed, count), count);
                assert!(fit.passes(), "{text}, seed {seed}, {count} arrivals: {fit}");
            }
        }
    }
}

/// Where a nanosecond is a hundredth of a gap, rounding is not taken for a fault.
#[test]
fn rounding_is_not_a_fault() {
    for rate in ["1000000", "10000000", "100000000"] {
        let profile = profile(&format!("0s:{rate}"));
        for arrival in ALL {
            let fit = fit::plan(arrival, &profile, times(arrival, &profile, 3, SAMPLE), SAMPLE);
            assert!(fit.passes(), "{rate}/s: {fit}");
        }
    }
}

/// A p-value is uniform where nothing is wrong; a test whose p-values bunch is another test than it says.
#[test]
fn p_values_are_uniform() {
    const SEEDS: u64 = 400;
    let profile = profile("0s:500, 5s:8000, 9s:10");
    let (mut gaps_p, mut rate_p, mut positions_p) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 0..SEEDS {
        for arrival in [Arrival::Poisson, Arrival::Uniform] {
            match fit::plan(arrival, &profile, times(arrival, &profile, seed, 4_000), 4_000) {
                Fit::Poisson { gaps, expected_p, .. } => {
                    gaps_p.push(gaps.p_value);
                    rate_p.push(expected_p);
                }
                Fit::Uniform { positions, .. } => positions_p.push(positions.p_value),
                Fit::Constant { .. } => unreachable!("not asked for"),
            }
        }
    }
    for (what, mut p_values) in [("gaps", gaps_p), ("rate", rate_p), ("positions", positions_p)] {
        p_values.sort_by(f64::total_cmp);
        let of_p_values = fit::ks(&p_values);
        assert!(of_p_values.p_value > 0.001, "p-values of {what}: {of_p_values:?}");
    }
}

/// The plan that is judged is made by `plant` from the true one of a profile.
fn check(what: &str, arrival: Arrival, count: usize, plant: impl Fn(Vec<Due>, &Profile) -> Vec<Duration>) {
    for text in &PROFILES[..2] {
        let profile = profile(text);
        for seed in 0..2 {
            // some more, because plants drop some
            let whole = due(arrival, &profile, seed).take(count * 3 / 2).collect();
            let fit = fit::plan(arrival, &profile, plant(whole, &profile), count);
            assert!(!fit.passes(), "{what}, {text}, seed {seed}: not seen: {fit}");
        }
    }
}

fn at(due: impl IntoIterator<Item = Due>) -> Vec<Duration> {
    due.into_iter().map(|due| due.at).collect()
}

#[test]
fn a_wrong_rate_is_caught() {
    for arrival in ALL {
        for factor in [0.95, 1.05] {
            check("rate off by 5 %", arrival, SAMPLE, |due, profile| {
                let counts = due.iter().map(|due| profile.count_by(due.at) * factor);
                counts.map_while(|count| profile.time_of(count)).collect()
            });
        }
    }
}

#[test]
fn a_wrong_process_is_caught() {
    for claimed in ALL {
        for made in ALL.into_iter().filter(|made| *made != claimed) {
            check("another process", claimed, SAMPLE, |_, profile| {
                times(made, profile, 9, SAMPLE)
            });
        }
    }
}

#[test]
fn a_missing_shard_is_caught() {
    for arrival in ALL {
        for of in [2, 4, 16] {
            check("a shard missing", arrival, SAMPLE, |due, _| {
                at(due.into_iter().filter(|due| due.stream() % of != 1))
            });
        }
    }
    // one of 64 streams is 1.6 % of the rate
    let lost = STREAMS / 2;
    check("a stream missing", Arrival::Uniform, SAMPLE, |due, _| {
        at(due.into_iter().filter(|due| due.stream() != lost))
    });
}

/// A thinned Poisson process is a Poisson process: the rate alone tells, and it takes many to know it.
#[test]
fn one_dropped_in_a_hundred_is_caught() {
    for (arrival, count) in [
        (Arrival::Constant, SAMPLE),
        (Arrival::Uniform, SAMPLE),
        (Arrival::Poisson, 8 * SAMPLE),
    ] {
        check("one in a hundred dropped", arrival, count, |due, _| {
            let kept = due.into_iter().zip(1..).filter(|(_, k)| k % 100 != 0);
            at(kept.map(|(due, _)| due))
        });
    }
}

/// Coordinated omission: a generator that waits, and then stamps what was due in the meantime with "now".
#[test]
fn late_ones_retimed_to_now_are_caught() {
    for arrival in ALL {
        for stalled in [1.5, 3.0] {
            check("re-timed after a stall", arrival, SAMPLE, |due, profile| {
                let mut until = Duration::ZERO;
                let retimed = due.iter().zip(0..).map(|(due, k)| {
                    if k % 200 == 0 {
                        let end = profile.count_by(due.at) + stalled;
                        until = profile.time_of(end).unwrap_or(due.at);
                    }
                    due.at.max(until)
                });
                retimed.collect()
            });
        }
        check("bunched", arrival, SAMPLE, |due, _| {
            let mut due = at(due);
            for k in (1..due.len()).step_by(100) {
                due[k - 1] = due[k];
            }
            due
        });
    }
}

#[test]
fn a_verdict_is_one_line() {
    let profile = profile("0s:2000");
    let fit = |made, claimed| fit::plan(claimed, &profile, times(made, &profile, 1, 10_000), 10_000);
    let cases = [
        (
            fit(Arrival::Poisson, Arrival::Poisson),
            "Poisson gaps: KS D = 0.0079 over 10000 gaps, p = 0.55; 9978 arrivals expected by then, p = 0.83; \
             0 at the same nanosecond as another, p = 1.00",
        ),
        (
            fit(Arrival::Uniform, Arrival::Uniform),
            "uniform in slots: KS D = 0.0081 over 10000 arrivals, p = 0.53; 0 slots not hit by their own arrival",
        ),
        (
            fit(Arrival::Constant, Arrival::Constant),
            "constant spacing: 10000 arrivals at most 1.82e-12 gaps from their place, 1.00e-6 allowed",
        ),
        (
            fit(Arrival::Constant, Arrival::Poisson),
            "Poisson gaps: KS D = 0.6320 over 10000 gaps, p = 0.00; 9999 arrivals expected by then, p = 0.99; \
             0 at the same nanosecond as another, p = 1.00",
        ),
    ];
    for (fit, line) in cases {
        assert_eq!(fit.to_string(), line);
    }
    assert_eq!(fit(Arrival::Constant, Arrival::Poisson).p_value(), Some(0.0));
    assert_eq!(fit(Arrival::Poisson, Arrival::Uniform).p_value(), Some(0.0));
    assert_eq!(fit(Arrival::Constant, Arrival::Constant).p_value(), None);
}
