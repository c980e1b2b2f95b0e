//! What is promised of schedules: rate, order, the same seed the same bytes, any number of shards the same
//! arrivals, exact constant spacing, exponential Poisson gaps. Statistics run at fixed seeds, so a bound that
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
    prop_oneof![Just(Arrival::Constant), Just(Arrival::Poisson)]
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
    for arrival in [Arrival::Constant, Arrival::Poisson] {
        assert_eq!(arrival.to_string().parse(), Ok(arrival));
    }
    assert!(
        "Poisson"
            .parse::<Arrival>()
            .expect_err("case matters")
            .contains("constant or poisson")
    );
}
