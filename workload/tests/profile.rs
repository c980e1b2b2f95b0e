//! What is promised of schedules whose rate changes: Λ and its inverse undo each other, arrivals come when the
//! profile says, in order, the same ones over any number of shards, and the text reads as it writes.

use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::time::Duration;
use workload::fit;
use workload::schedule::{Arrival, Due, Profile, Rate, Schedule};

const ALL: [Arrival; 3] = [Arrival::Constant, Arrival::Poisson, Arrival::Uniform];

fn schedule(arrival: Arrival, profile: &Profile, seed: u64) -> Schedule {
    Schedule::profiled(arrival, profile, &|stream| {
        ChaCha8Rng::seed_from_u64(seed ^ (stream << 32))
    })
}

fn profile(text: &str) -> Profile {
    text.parse().expect(text)
}

fn arrivals() -> impl Strategy<Value = Arrival> {
    prop::sample::select(&ALL[..])
}

/// Up to a dozen ramps, jumps, plateaus and pauses, each a millisecond to twenty seconds long.
fn profiles() -> impl Strategy<Value = Profile> {
    let rate = prop_oneof![1 => Just(0.0), 4 => 0.1..5_000.0_f64, 1 => (1..50_u32).prop_map(f64::from)];
    let item = (any::<bool>(), 1_000_000..20_000_000_000_u64, rate);
    prop::collection::vec(item, 1..12).prop_filter_map("no rate anywhere", |items| {
        let mut end = 0;
        let texts = items.into_iter().map(|(step, nanos, rate)| {
            end += nanos;
            if step {
                format!("step {rate}x{nanos}ns")
            } else {
                format!("{end}ns:{rate}")
            }
        });
        texts.collect::<Vec<_>>().join(",").parse().ok()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn text_reads_as_it_writes(profile in profiles()) {
        prop_assert_eq!(profile.to_string().parse(), Ok(profile));
    }

    #[test]
    fn the_inverse_undoes_the_integral(profile in profiles(), part in 0.0..1.0_f64) {
        let horizon = profile.end().unwrap_or(Duration::from_secs(400));
        let count = part * profile.count_by(horizon);
        if let Some(at) = profile.time_of(count) {
            // half a nanosecond of rounding, at the highest rate
            let tolerance = profile.rate_max() * 1e-9 + count * 1e-14;
            prop_assert!((profile.count_by(at) - count).abs() <= tolerance, "{} of {profile}", count);
        } else {
            prop_assert!(count >= profile.count_by(horizon));
        }
    }

    /// The integral is that of the rate: midpoints of short intervals add up to it.
    #[test]
    fn the_integral_is_that_of_the_rate(profile in profiles(), from in 0.0..100.0_f64) {
        const PARTS: u32 = 20_000;
        let (from, part) = (Duration::from_secs_f64(from), Duration::from_micros(500));
        let midpoints = (0..PARTS).map(|i| profile.rate_at(from + part * i + part / 2));
        let sum = midpoints.sum::<f64>() * part.as_secs_f64();
        let integral = profile.count_by(from + part * PARTS) - profile.count_by(from);
        // linear pieces are exact; each jump is off by half an interval
        prop_assert!((sum - integral).abs() <= 12.0 * 5_000.0 * 0.000_25 + 1e-6, "{sum} {integral} {profile}");
    }

    #[test]
    fn counts_never_decrease_and_times_neither(profile in profiles(), a in 0.0..300.0_f64, b in 0.0..300.0_f64) {
        let (early, late) = (a.min(b), a.max(b));
        let count = |t| profile.count_by(Duration::from_secs_f64(t));
        prop_assert!(count(early) <= count(late));
        // after the last arrival comes nothing, which sorts first
        let time = |count| profile.time_of(count).unwrap_or(Duration::MAX);
        prop_assert!(time(early) <= time(late));
    }

    #[test]
    fn every_plan_is_what_it_claims(profile in profiles(), arrival in arrivals(), seed: u64) {
        let whole: Vec<Due> = schedule(arrival, &profile, seed).shard(0, 1).take(5_000).collect();
        prop_assert!(whole.is_sorted());
        prop_assert!(profile.end().is_none_or(|end| whole.iter().all(|due| due.at <= end)));
        let fit = fit::plan(arrival, &profile, whole.iter().map(|due| due.at), 5_000);
        prop_assert!(fit.passes(), "{fit} of {profile}");
    }

    #[test]
    fn any_number_of_shards_gives_the_same_arrivals(
        profile in profiles(), arrival in arrivals(), seed: u64, of in 2..=64_u64,
    ) {
        let plan = schedule(arrival, &profile, seed);
        let whole: Vec<Due> = plan.shard(0, 1).take(2_000).collect();
        prop_assume!(!whole.is_empty());
        let end = whole[whole.len() - 1];
        let shards = (0..of).map(|index| plan.shard(index, of).take_while(|due| *due <= end));
        let mut dealt: Vec<Due> = shards.flatten().collect();
        dealt.sort();
        prop_assert_eq!(whole, dealt);
    }

    #[test]
    fn a_constant_profile_is_a_plain_schedule(rate in 0.1..100_000.0_f64, arrival in arrivals(), seed: u64) {
        let rng = |stream: u64| ChaCha8Rng::seed_from_u64(seed ^ (stream << 32));
        let plain: Vec<Due> = Schedule::new(arrival, rate, &rng).shard(0, 1).take(500).collect();
        for profile in [
            Profile::constant(Rate::new(rate).expect("above zero")),
            profile(&format!("30s:{rate}")),
            profile(&format!("0s:{rate}, 10s:{rate}, step {rate}x5s, 60s:{rate}")),
        ] {
            prop_assert!(profile.is_constant());
            prop_assert_eq!(&plain, &schedule(arrival, &profile, seed).shard(0, 1).take(500).collect::<Vec<_>>());
        }
    }
}

/// A plateau that ends holds what it should, and differs from the endless plain schedule by rounding alone.
#[test]
fn a_plateau_is_the_plain_schedule_until_it_ends() {
    let rng = |stream: u64| ChaCha8Rng::seed_from_u64(stream);
    for arrival in ALL {
        let profile = profile("step 250x40s");
        assert!(!profile.is_constant());
        let held: Vec<Due> = Schedule::profiled(arrival, &profile, &rng).shard(0, 1).collect();
        let plain = Schedule::new(arrival, 250.0, &rng).shard(0, 1);
        let plain: Vec<Due> = plain.take_while(|due| due.at < Duration::from_secs(40)).collect();
        assert_eq!(held.len(), plain.len(), "{arrival}");
        for (held, plain) in held.iter().zip(&plain) {
            assert_eq!(held.id, plain.id, "{arrival}");
            // Poisson rounds each gap of a plain stream: a random walk of half nanoseconds
            let apart = held.at.abs_diff(plain.at);
            assert!(apart <= Duration::from_nanos(30), "{arrival}: {apart:?}");
        }
    }
}

/// Arrivals by window, against the integral of a ramp from nothing to 2 000/s and back.
#[test]
fn a_ramp_offers_what_it_says_second_by_second() {
    let profile = profile("0s:0, 10s:2000, 20s:0");
    for (arrival, seed) in ALL.into_iter().flat_map(|a| (0..5).map(move |seed| (a, seed))) {
        let mut counts = [0_u32; 20];
        for due in schedule(arrival, &profile, seed).shard(0, 1) {
            counts[due.at.as_secs_f64() as usize] += 1;
        }
        for (second, count) in (0..20_u32).zip(counts) {
            let middle = f64::from(if second < 10 { second } else { 19 - second }) + 0.5;
            let expected = middle * 200.0;
            // five standard deviations of a Poisson count; the others are off by the slots at the edges
            let tolerance = if arrival == Arrival::Poisson {
                5.0 * expected.sqrt()
            } else {
                2.0
            };
            assert!(
                (f64::from(count) - expected).abs() <= tolerance,
                "{arrival}, seed {seed}, second {second}: {count} for {expected}"
            );
        }
    }
}

/// Where a plateau ends and a pause begins, the next arrival waits behind the pause.
#[test]
fn pauses_are_empty_and_ends_are_ends() {
    let seconds = |text: &str, arrival| -> Vec<f64> {
        let due = schedule(arrival, &profile(text), 0).shard(0, 1);
        due.map(|due| due.at.as_secs_f64()).collect()
    };
    let text = "step 0x1s, step 2x1s, step 0x5s, step 1x2s";
    assert_eq!(seconds(text, Arrival::Constant), [1.0, 1.5, 7.0, 8.0]);
    // a last knot at zero has no end, but no arrivals either
    assert_eq!(profile("0s:2, 2s:0").end(), None);
    assert_eq!(seconds("0s:2, 2s:0", Arrival::Constant).len(), 2);
    let poisson = seconds("step 500x1s, step 0x8s, step 500x1s", Arrival::Poisson);
    assert!(poisson.iter().all(|at| *at <= 1.0 || *at >= 9.0));
    assert!((800..1_200).contains(&poisson.len()));
}
