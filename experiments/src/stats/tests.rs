//! The statistics against cases whose answer is known, and the interval's coverage against its promise.

use super::*;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use world::Seed;

fn rng(n: u64) -> ChaCha8Rng {
    Seed(20_26).child("stats").nth(n).rng()
}

/// Standard normal by Box and Muller.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let u: f64 = 1.0 - rng.random::<f64>();
    let v: f64 = rng.random();
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

#[test]
fn median_and_quartiles_of_known_samples() {
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[f64::NAN]), None);
    assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
    // R: quantile(1:10, c(.25, .5, .75))
    let ten: Vec<f64> = (1..=10).map(f64::from).collect();
    assert_eq!(
        quartiles(&ten),
        Some(Quartiles {
            q1: 3.25,
            median: 5.5,
            q3: 7.75
        })
    );
}

#[test]
fn fewer_than_ten_rounds_give_no_interval() {
    assert_eq!(median_interval(&[1.0; ROUNDS_MIN - 1], &mut rng(0)), None);
    assert_eq!(
        median_interval(&[1.0; ROUNDS_MIN], &mut rng(0)),
        Some(Interval { low: 1.0, high: 1.0 })
    );
    let mut holes = vec![1.0; ROUNDS_MIN];
    holes[3] = f64::NAN;
    assert_eq!(median_interval(&holes, &mut rng(0)), None);
}

#[test]
fn same_seed_gives_the_same_interval() {
    let samples: Vec<f64> = (0..20).map(|i| f64::from(i * i % 17)).collect();
    assert_eq!(
        median_interval(&samples, &mut rng(5)),
        median_interval(&samples, &mut rng(5))
    );
}

#[test]
fn interval_of_the_median_is_near_the_sign_tests() {
    // the sign test's 95 % interval of 20 distinct values runs from the 6th to the 15th
    let samples: Vec<f64> = (1..=20).map(f64::from).collect();
    let interval = median_interval(&samples, &mut rng(1)).expect("20 rounds");
    assert!((interval.low - 6.0).abs() <= 1.0, "{interval:?}");
    assert!((interval.high - 15.0).abs() <= 1.0, "{interval:?}");
}

/// Of 400 experiments on normal samples, the share whose interval contains the true median.
fn coverage(rounds: usize) -> f64 {
    const EXPERIMENTS: u64 = 400;
    let covered = (0..EXPERIMENTS)
        .filter(|&n| {
            let mut rng = rng(n);
            let samples: Vec<f64> = (0..rounds).map(|_| 7.0 + 2.0 * normal(&mut rng)).collect();
            median_interval(&samples, &mut rng)
                .expect("enough rounds")
                .contains(7.0)
        })
        .count();
    covered as f64 / EXPERIMENTS as f64
}

#[test]
fn intervals_contain_the_truth_about_95_percent_of_the_time() {
    for rounds in [10, 20] {
        let coverage = coverage(rounds);
        assert!((0.925..=0.98).contains(&coverage), "{rounds} rounds: {coverage}");
    }
}

#[test]
fn paired_deltas_see_through_a_drifting_machine() {
    // the machine's own drift is a hundred times the difference between the arms
    let base: Vec<f64> = (0..12).map(|i| 1_000.0 * f64::from(i)).collect();
    let arm: Vec<f64> = base
        .iter()
        .enumerate()
        .map(|(i, b)| b + 10.0 + (i % 3) as f64)
        .collect();
    let delta = delta(&arm, &base, &mut rng(2)).expect("rounds");
    assert_eq!((delta.median, delta.rounds), (11.0, 12));
    let interval = delta.interval.expect("12 rounds");
    assert!(interval.low >= 10.0 && interval.high <= 12.0, "{interval:?}");
    assert!(delta.shows_a_difference());
}

#[test]
fn no_difference_is_shown_without_an_interval_or_with_zero_in_it() {
    let few = delta(&[5.0, 5.0], &[1.0, 1.0], &mut rng(3)).expect("rounds");
    assert!(!few.shows_a_difference());
    let arm: Vec<f64> = (0..12).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
    assert!(
        !delta(&arm, &[0.0; 12], &mut rng(3))
            .expect("rounds")
            .shows_a_difference()
    );
    assert_eq!(delta(&[f64::NAN], &[1.0], &mut rng(3)), None);
}

#[test]
fn equivalence_is_an_interval_inside_the_band() {
    let check = |low, high, expected| assert_eq!(equivalence(Interval { low, high }, 1.0), expected);
    check(-0.5, 0.9, Equivalence::Equivalent);
    check(-1.0, 1.0, Equivalence::Equivalent);
    check(-0.5, 1.1, Equivalence::TooWide);
    check(-3.0, 3.0, Equivalence::TooWide);
    check(1.1, 2.0, Equivalence::Different);
    check(-2.0, -1.1, Equivalence::Different);
}
