//! What is promised of schedules: rate, order, the same seed the same bytes, any number of shards the same
//! arrivals, exact constant spacing, exponential Poisson gaps, one uniform arrival per slot. Statistics run at fixed seeds, so a bound that
//! holds once holds always.

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::time::Duration;
use workload::schedule::{Arrival, Due, STREAMS, Schedule};

fn schedule(arrival: Arrival, rate: f64, seed: u64) -> Schedule {
    Schedule::new(arrival, rate, &|stream| {
        ChaCha8Rng::seed_from_u64(seed ^ (stream << 32))
    })
}

fn first(arrival: Arrival, rate: f64, seed: u64, count: usize) -> Vec<Due> {
    schedule(arrival, rate, seed).shard(0, 1).take(count).collect()
}

fn arrivals() -> impl Strategy<Value = Arrival> {
    prop_oneof![
        Just(Arrival::Constant),
        Just(Arrival::Poisson),
        Just(Arrival::Uniform)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_shard_is_in_order(arrival in arrivals(), rate in 0.1..200_000.0_f64, seed: u64, of in 1..70_u64) {
        for index in 0..of {
            let due: Vec<_> = schedule(arrival, rate, seed).shard(index, of).take(300).collect();
            prop_assert!(due.is_sorted());
            prop_assert!(due.iter().all(|d| d.stream() % of == index));
            prop_assert_eq!(due.is_empty(), index >= STREAMS);
        }
    }

    #[test]
    fn any_number_of_shards_gives_the_same_arrivals(
        arrival in arrivals(), rate in 10.0..100_000.0_f64, seed: u64, of in 2..=64_u64,
    ) {
        let whole = first(arrival, rate, seed, 2_000);
        let end = whole[whole.len() - 1];
        let plan = schedule(arrival, rate, seed);
        let mut dealt: Vec<_> =
            (0..of).flat_map(|index| plan.shard(index, of).take_while(|due| *due <= end)).collect();
        dealt.sort();
        prop_assert_eq!(whole, dealt);
    }

    #[test]
    fn the_seed_decides(arrival in arrivals(), rate in 1.0..100_000.0_f64, seed: u64) {
        prop_assert_eq!(first(arrival, rate, seed, 500), first(arrival, rate, seed, 500));
        let other = first(arrival, rate, seed ^ 1, 500);
        prop_assert_eq!(first(arrival, rate, seed, 500) == other, arrival == Arrival::Constant);
    }

    #[test]
    fn rate_is_met(arrival in arrivals(), rate in 1.0..1_000_000.0_f64, seed: u64) {
        const COUNT: usize = 20_000;
        let last = first(arrival, rate, seed, COUNT)[COUNT - 1].at.as_secs_f64();
        // Poisson: the standard deviation of the time of the n-th arrival is 1/√n of it; five of them
        let tolerance = if arrival == Arrival::Poisson { 5.0 / (COUNT as f64).sqrt() } else { 1e-4 };
        prop_assert!((last * rate / COUNT as f64 - 1.0).abs() < tolerance);
    }

    #[test]
    fn constant_is_exact_however_late(rate in 1..1_000_000_u32, skip in 0..20_000_usize) {
        let due: Vec<_> =
            schedule(Arrival::Constant, f64::from(rate), 0).shard(0, 1).skip(skip).take(100).collect();
        for (k, due) in (skip as u128..).zip(due) {
            prop_assert_eq!(u128::from(due.id), k);
            // |at − k/λ| ≤ half a nanosecond, in integers
            let error = (due.at.as_nanos() * u128::from(rate)).abs_diff(k * 1_000_000_000);
            prop_assert!(2 * error <= u128::from(rate), "arrival {k} at {:?}", due.at);
        }
    }
}

/// What seeded runs before this one were made of: a change of these numbers is a change of all of them.
#[test]
fn seeded_values_are_what_they_always_were() {
    // (process, rate, (nanoseconds, id) of some arrivals)
    type Case = (Arrival, f64, [(u64, u64); 6]);
    let cases: [Case; 3] = [
        (
            Arrival::Constant,
            3_000.0,
            [
                (0, 0),
                (333_333, 1),
                (666_667, 2),
                (1_000_000, 3),
                (33_333_333, 100),
                (333_333_333, 1_000),
            ],
        ),
        (
            Arrival::Poisson,
            3_000.0,
            [
                (94_848, 50),
                (1_242_019, 48),
                (1_351_727, 29),
                (1_440_675, 61),
                (33_476_119, 86),
                (329_162_111, 1_345),
            ],
        ),
        (
            Arrival::Poisson,
            0.7,
            [
                (406_492_772, 50),
                (5_322_936_938, 48),
                (5_793_114_048, 29),
                (6_174_321_993, 61),
                (143_469_081_537, 86),
                (1_410_694_774_867, 1_345),
            ],
        ),
    ];
    for (arrival, rate, expected) in cases {
        let due = first(arrival, rate, 7, 1_001);
        let found = [0, 1, 2, 3, 100, 1_000].map(|k: usize| due[k]);
        let expected = expected.map(|(nanos, id)| Due {
            at: Duration::from_nanos(nanos),
            id,
        });
        assert_eq!(found, expected, "{arrival} at {rate}/s");
    }
}

/// The k-th arrival is number k, lies in slot k, and anywhere in it: position within the slot has mean 1/2 and
/// variance 1/12, and gaps (triangular) variance 1/6, each within five standard deviations.
#[test]
fn uniform_hits_each_slot_once_and_anywhere() {
    const COUNT: usize = 50_000;
    for (seed, rate) in [(1, 37.0), (2, 5_000.0), (3, 90_000.0)] {
        let due = first(Arrival::Uniform, rate, seed, COUNT);
        assert!(due.iter().zip(0..).all(|(due, k)| due.id == k));
        let at: Vec<f64> = due.iter().map(|due| due.at.as_secs_f64() * rate).collect();
        let positions: Vec<f64> = at.iter().zip(0..).map(|(at, k)| at - f64::from(k)).collect();
        // a slot's edges are rounded to nanoseconds too
        assert!(
            positions
                .iter()
                .all(|p| (-rate * 1e-9..1.0 + rate * 1e-9).contains(p))
        );
        let mean = |of: &mut dyn Iterator<Item = f64>| of.sum::<f64>() / COUNT as f64;
        let root = (COUNT as f64).sqrt();
        let centre = mean(&mut positions.iter().copied());
        let spread = mean(&mut positions.iter().map(|p| (p - 0.5).powi(2)));
        let gaps = mean(&mut at.windows(2).map(|w| (w[1] - w[0] - 1.0).powi(2)));
        assert!((centre - 0.5).abs() < 5.0 * 0.29 / root, "{centre} at {rate}/s");
        assert!(
            (spread - 1.0 / 12.0).abs() < 5.0 * 0.075 / root,
            "{spread} at {rate}/s"
        );
        // the variance of a squared gap is 1/15 − 1/36, and neighbours share a slot: twice that at most
        assert!((gaps - 1.0 / 6.0).abs() < 5.0 * 0.28 / root, "{gaps} at {rate}/s");
    }
}

/// A drift of one part in 10⁹ per arrival would be a second here.
#[test]
fn constant_has_no_drift_after_a_billion_arrivals() {
    let far = 1_000_000_000_u64;
    let mut shard = schedule(Arrival::Constant, 3e9, 0).shard(far % STREAMS, STREAMS);
    let due = shard
        .nth(usize::try_from(far / STREAMS).expect("64-bit"))
        .expect("infinite");
    assert_eq!(
        due,
        Due {
            at: Duration::from_nanos(333_333_333),
            id: far
        }
    );
}

/// Kolmogorov–Smirnov against 1 − e^(−λt) for the merged stream: n = 50 000, and 1.95/√n is the 0.1 % bound.
#[test]
fn poisson_gaps_are_exponential() {
    const COUNT: usize = 50_000;
    for seed in 0..5 {
        for rate in [37.0, 5_000.0, 90_000.0] {
            let due = first(Arrival::Poisson, rate, seed, COUNT + 1);
            let mut gaps: Vec<f64> = due
                .windows(2)
                .map(|w| (w[1].at - w[0].at).as_secs_f64())
                .collect();
            let mean = gaps.iter().sum::<f64>() / COUNT as f64;
            let variance = gaps.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / COUNT as f64;
            assert!(
                (mean * rate - 1.0).abs() < 0.02,
                "mean gap {mean} at rate {rate}, seed {seed}"
            );
            assert!(
                (variance * rate * rate - 1.0).abs() < 0.05,
                "variance of gaps at rate {rate}, seed {seed}"
            );
            gaps.sort_by(f64::total_cmp);
            let distance = gaps.iter().enumerate().fold(0.0_f64, |worst, (i, gap)| {
                let model = 1.0 - libm::exp(-rate * gap);
                let below = i as f64 / COUNT as f64;
                let above = (i + 1) as f64 / COUNT as f64;
                worst.max((model - below).abs()).max((above - model).abs())
            });
            assert!(
                distance < 1.95 / (COUNT as f64).sqrt(),
                "KS distance {distance} at {rate}/s, seed {seed}"
            );
        }
    }
}

/// Gaps of a Poisson process are independent: neighbours do not correlate (5 standard deviations).
#[test]
fn poisson_gaps_are_independent() {
    const COUNT: usize = 50_000;
    let due = first(Arrival::Poisson, 1_000.0, 11, COUNT + 1);
    let gaps: Vec<f64> = due
        .windows(2)
        .map(|w| (w[1].at - w[0].at).as_secs_f64() * 1_000.0 - 1.0)
        .collect();
    let correlation = gaps.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / COUNT as f64;
    assert!(
        correlation.abs() < 5.0 / (COUNT as f64).sqrt(),
        "lag-1 correlation {correlation}"
    );
}

#[test]
fn impossible_rates_plan_nothing() {
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(
            schedule(Arrival::Poisson, rate, 0).shard(0, 1).next(),
            None,
            "rate {rate}"
        );
    }
}

#[test]
fn arrival_reads_as_it_writes() {
    for arrival in [Arrival::Constant, Arrival::Poisson, Arrival::Uniform] {
        assert_eq!(arrival.to_string().parse(), Ok(arrival));
    }
    assert!(
        "Poisson"
            .parse::<Arrival>()
            .expect_err("case matters")
            .contains("constant, poisson or uniform")
    );
}
