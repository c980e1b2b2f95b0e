//! Decisions: independence, shares, quality of the cheap draws, replay.

use super::*;

fn plans(seed: u64, replica: u32, text: &str, n: u64) -> Vec<Plan> {
    let chance = Chance::new(Seed(seed), replica);
    let behaviour = text.parse().expect(text);
    (0..n).map(|number| chance.plan(&behaviour, number)).collect()
}

#[test]
fn one_question_does_not_disturb_another() {
    let calm = plans(1, 0, "latency=exp:5ms", 1_000);
    let wild = plans(1, 0, "latency=exp:5ms error=0.5 reset=0.2 truncate=0.2", 1_000);
    assert!(calm.iter().zip(&wild).all(|(a, b)| a.latency == b.latency));
    assert_ne!(calm, plans(1, 1, "latency=exp:5ms", 1_000));
    assert_ne!(calm, plans(2, 0, "latency=exp:5ms", 1_000));
}

#[test]
fn shares_are_kept() {
    let n = 200_000;
    let plans = plans(3, 0, "error=0.3 reset=0.1 truncate=0.2 status=201", n);
    let share = |of: &dyn Fn(&Plan) -> bool| plans.iter().filter(|p| of(p)).count() as f64 / n as f64;
    // five standard errors of a share of 0.3
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 0.005, "{found} {expected}");
    near(share(&|p| p.status == 503), 0.3);
    near(share(&|p| p.status == 201), 0.7);
    near(share(&|p| p.fault == Some(Fault::Reset)), 0.1);
    // a request that was reset has nothing left to truncate
    near(share(&|p| p.fault == Some(Fault::Truncate)), 0.9 * 0.2);
    near(share(&|p| p.error && p.fault == Some(Fault::Reset)), 0.03);
}

#[test]
fn cheap_draws_are_good_enough_for_a_queue() {
    let n = 400_000;
    let mut latencies: Vec<_> = plans(4, 0, "latency=exp:5ms", n)
        .iter()
        .map(|p| p.latency)
        .collect();
    let mean = latencies.iter().sum::<Duration>().as_secs_f64() / n as f64;
    assert!((mean / 0.005 - 1.0).abs() < 0.01, "{mean}");
    // consecutive requests are not correlated
    let centred = |d: Duration| d.as_secs_f64() - mean;
    let products: f64 = latencies.windows(2).map(|w| centred(w[0]) * centred(w[1])).sum();
    let correlation = products / n as f64 / (mean * mean);
    assert!(correlation.abs() < 0.01, "{correlation}");
    latencies.sort_unstable();
    let p99 = latencies[(n as usize) * 99 / 100].as_secs_f64();
    assert!((p99 / (0.005 * 4.605_17) - 1.0).abs() < 0.02, "{p99}");
}

#[test]
fn old_seeds_replay() {
    let found: Vec<_> = plans(1, 2, "latency=exp:5ms error=0.5", 4)
        .iter()
        .map(|p| (p.latency.as_micros(), p.status))
        .collect();
    assert_eq!(found, REPLAY);
}

const REPLAY: [(u128, u16); 4] = [(1_715, 503), (1_080, 503), (5_209, 503), (13_586, 200)];
