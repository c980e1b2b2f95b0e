//! The running quantile against the exact one, on samples of several shapes.

use super::*;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn us(us: u64) -> Duration {
    Duration::from_micros(us)
}

fn quantile(parts: u16) -> Quantile {
    Quantile { parts }
}

#[test]
fn texts() {
    for text in ["p50", "p95", "p99", "p99.9", "p50.1"] {
        assert_eq!(
            Quantile::read(text).map(|read| read.to_string()),
            Ok(text.to_owned())
        );
    }
    assert_eq!(Quantile::read("p95.0"), Quantile::read("p95"));
    for bad in [
        "95", "p", "p5", "p49.9", "p100", "p99.99", "p9 5", "P95", "p+9", "p95.", "p.5", "p99.x", "",
    ] {
        assert_eq!(Quantile::read(bad), Err(BadQuantile), "{bad}");
    }
    let least = [500, 950, 990, 999].map(|parts| quantile(parts).samples_least());
    assert_eq!(least, [10, 100, 500, 5_000]);
}

#[test]
fn buckets_follow_each_other_without_a_gap() {
    let mut before: Option<Duration> = None;
    for place in 0..BUCKETS {
        let longest = most(place);
        assert_eq!(bucket(longest), place);
        if let Some(before) = before {
            assert_eq!(bucket(before + us(1)), place);
            assert!(longest.as_nanos() * 16 <= (before + us(1)).as_nanos() * 17);
        }
        before = Some(longest);
    }
    assert_eq!(bucket(Duration::MAX), BUCKETS - 1);
}

/// By rank.
fn exact(samples: &[u64], parts: u16) -> u64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    let rank = (samples.len() as u64 * u64::from(parts)).div_ceil(1_000);
    sorted[rank as usize - 1]
}

/// One time in µs: evenly spread, with a long tail, or of two humps.
fn draw(shape: u8, rng: &mut ChaCha8Rng) -> u64 {
    let even: f64 = rng.random();
    match shape {
        0 => 100 + (even * 10_000.0) as u64,
        1 => (-libm::log(1.0 - even) * 5_000.0) as u64,
        _ if even < 0.9 => 1_000 + rng.random_range(0..200),
        _ => 200_000 + rng.random_range(0..50_000),
    }
}

proptest! {
    /// Before anything is forgotten it is the exact one, rounded up to its bucket.
    #[test]
    fn of_few_samples_it_is_exact(samples in prop::collection::vec(0..5_000_000_000_u64, 1..79), parts in 500..=900_u16) {
        let mut running = Running::new(quantile(parts));
        let least = running.of().samples_least() as usize;
        for (place, sample) in samples.iter().enumerate() {
            prop_assert_eq!(running.estimate().is_some(), place >= least);
            running.observe(us(*sample));
        }
        let read = running.read();
        prop_assert_eq!(read, most(bucket(us(exact(&samples, parts)))));
        prop_assert_eq!(running.estimate().is_some(), samples.len() >= least);
    }

    /// Of many it is near: between what is exact for a little less and for a little more.
    #[test]
    fn of_many_samples_it_is_near(seed: u64, shape in 0..3_u8, parts in prop::sample::select(vec![500, 900, 950, 990])) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let samples: Vec<_> = (0..10_000).map(|_| draw(shape, &mut rng)).collect();
        let mut running = Running::new(quantile(parts));
        for sample in &samples {
            running.observe(us(*sample));
            prop_assert!(running.total < KEPT * running.of().samples_least());
        }
        // a half of what is kept at least, of which this many standard deviations are chance
        let kept = f64::from(running.of().samples_least() * KEPT / 4);
        let share = f64::from(parts) / 1_000.0;
        let chance = (5.0 * libm::sqrt(share * (1.0 - share) / kept) * 1_000.0) as u16;
        let low = exact(&samples, parts.saturating_sub(chance).max(1));
        let high = exact(&samples, (parts + chance).min(1_000));
        let read = running.estimate().expect("enough").as_micros() as u64;
        prop_assert!((low..=high + high / 16).contains(&read), "{} not in {}..{}", read, low, high);
    }

    /// What it was it forgets.
    #[test]
    fn it_follows_a_change(before in 1_000..100_000_u64, after in 1_000..100_000_u64) {
        let mut running = Running::new(quantile(950));
        for time in std::iter::repeat_n(before, 5_000).chain(std::iter::repeat_n(after, 3_000)) {
            running.observe(us(time));
        }
        prop_assert_eq!(running.estimate(), Some(most(bucket(us(after)))));
    }

    /// Those that are given up at the quantile leave it where it is, however often that happens; those that are given up before it are no samples.
    #[test]
    fn what_is_given_up_does_not_pull_it_down(seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut running = Running::new(quantile(900));
        let mut samples = Vec::new();
        for _ in 0..10_000 {
            let sample = draw(1, &mut rng);
            samples.push(sample);
            match running.estimate() {
                Some(shown) if us(sample) > shown => running.observe_given_up(shown),
                _ => running.observe(us(sample)),
            }
            running.observe_given_up(us(1));
        }
        let read = running.estimate().expect("enough").as_micros() as u64;
        let (low, high) = (exact(&samples, 750), exact(&samples, 985));
        prop_assert!((low..=high).contains(&read), "{} not in {}..{}", read, low, high);
    }
}
