//! The theory half of the ground truth: the pure virtual-time queue, fed by the real schedule and distribution
//! code with ten million requests, against queueing theory's closed forms. Within 1 % for a mean and 2 % for
//! a 99 % quantile; a case that is deterministic is held to the nanosecond or microsecond.
//!
//! Every run is also looked at from outside: an inspector comes at random moments and counts who is inside,
//! and Little's law L = λW must relate what he saw to what the requests suffered.
//!
//! The seeds are fixed and were not searched for. Latencies are kept in nanoseconds in a `Vec` (80 MB a run):
//! exact quantiles, no histogram that could hide an error of its own. The root manifest has this package
//! optimised in debug builds.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::time::Duration;
use workload::Dist;
use workload::queue::Queue;
use workload::schedule::{Arrival, Schedule};

const N: usize = 10_000_000;
const INSPECTIONS: usize = 1_000_000;
const MEAN: f64 = 0.01;
const P99: f64 = 0.02;

const MS: f64 = 1e6; // in nanoseconds

/// What became of each request, in order of arrival. Nanoseconds.
struct Run {
    arrivals: Vec<u64>,
    waits: Vec<u64>,
    latencies: Vec<u64>,
}

fn schedule(arrival: Arrival, rate: f64) -> impl Iterator<Item = Duration> {
    let streams = Schedule::new(arrival, rate, &|stream| ChaCha8Rng::seed_from_u64(1_000 + stream));
    streams.shard(0, 1).take(N).map(|due| due.at)
}

fn ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).expect("runs are short")
}

/// Sends `N` requests through `serve`, which tells (start, departure) of an arrival.
fn run(arrival: Arrival, rate: f64, mut serve: impl FnMut(Duration) -> (Duration, Duration)) -> Run {
    let empty = || Vec::with_capacity(N);
    let mut run = Run {
        arrivals: empty(),
        waits: empty(),
        latencies: empty(),
    };
    for at in schedule(arrival, rate) {
        let (start, departure) = serve(at);
        run.arrivals.push(ns(at));
        run.waits.push(ns(start.saturating_sub(at)));
        run.latencies.push(ns(departure.saturating_sub(at)));
    }
    littles_law(&run);
    run
}

fn queue(arrival: Arrival, rate: f64, service: &str, servers: usize) -> Run {
    let service: Dist = service.parse().expect("a distribution");
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut queue = Queue::new(servers);
    run(arrival, rate, |at| {
        let served = queue.admit(at, service.sample(&mut rng));
        (served.start, served.departure)
    })
}

/// How many requests are inside at each of the inspector's moments, which know nothing of the requests.
fn inspect(run: &Run) -> Vec<u64> {
    let mut departures: Vec<u64> = run
        .arrivals
        .iter()
        .zip(&run.latencies)
        .map(|(a, l)| a + l)
        .collect();
    departures.sort_unstable();
    let end = *departures.last().expect("requests");
    let moments = Schedule::new(
        Arrival::Poisson,
        INSPECTIONS as f64 * 1e9 / end as f64,
        &|stream| ChaCha8Rng::seed_from_u64(2_000 + stream),
    );
    let (mut arrived, mut departed) = (0, 0);
    moments
        .shard(0, 1)
        .map(|due| ns(due.at))
        .take_while(|moment| *moment < end)
        .map(|moment| {
            arrived += run.arrivals[arrived..]
                .iter()
                .take_while(|at| **at <= moment)
                .count();
            departed += departures[departed..]
                .iter()
                .take_while(|at| **at <= moment)
                .count();
            (arrived - departed) as u64
        })
        .collect()
}

fn littles_law(run: &Run) {
    let seen = inspect(run);
    let end = run
        .arrivals
        .iter()
        .zip(&run.latencies)
        .map(|(a, l)| a + l)
        .max()
        .expect("requests");
    near(
        "L = λW",
        mean(&seen),
        N as f64 / end as f64 * mean(&run.latencies),
        MEAN,
    );
}

fn mean(values: &[u64]) -> f64 {
    values.iter().map(|v| *v as f64).sum::<f64>() / values.len() as f64
}

fn quantile(values: &mut [u64], q: f64) -> f64 {
    let at = ((q * values.len() as f64) as usize).min(values.len() - 1);
    *values.select_nth_unstable(at).1 as f64
}

#[track_caller]
fn near(what: &str, found: f64, expected: f64, tolerance: f64) {
    let error = found / expected - 1.0;
    assert!(
        error.abs() <= tolerance,
        "{what}: {found}, expected {expected}, off by {:.3} %",
        error * 100.0
    );
}

/// A sojourn that is exponential with this mean, in nanoseconds.
#[track_caller]
fn exponential(mut latencies: Vec<u64>, expected: f64) {
    near("mean", mean(&latencies), expected, MEAN);
    for q in [0.5, 0.9, 0.99] {
        near(
            &format!("quantile {q}"),
            quantile(&mut latencies, q),
            -libm::log(1.0 - q) * expected,
            P99,
        );
    }
}

#[test]
fn stall() {
    // 10 s at a constant rate; everybody who comes in the second from 3 s on waits for its end
    let (d, p) = (Duration::from_secs(10), Duration::from_secs(1));
    let mut queue = Queue::new(1);
    let mut paused = false;
    let mut run = run(Arrival::Constant, N as f64 / d.as_secs_f64(), |at| {
        if at >= Duration::from_secs(3) && !paused {
            queue.admit(Duration::from_secs(3), p);
            paused = true;
        }
        let served = queue.admit(at, Duration::ZERO);
        (served.start, served.departure)
    });
    near("mean", mean(&run.latencies), 50.0 * MS, MEAN);
    assert_eq!(quantile(&mut run.latencies, 0.5), 0.0);
    for (q, expected) in [(0.95_f64, 500.0_f64), (0.99, 900.0), (0.999, 990.0)] {
        assert!(
            ((1.0 - (1.0 - q) * 10.0) * 1_000.0 - expected).abs() < 1e-6,
            "the formula is the table's"
        );
        near(
            &format!("quantile {q}"),
            quantile(&mut run.latencies, q),
            expected * MS,
            1e-5,
        );
    }
}

#[test]
fn m_m_1() {
    exponential(
        queue(Arrival::Poisson, 700.0, "exp:1ms", 1).latencies,
        1_000.0 / 300.0 * MS,
    );
}

#[test]
fn d_m_1() {
    let sigma = (0..200).fold(0.5, |sigma, _| libm::exp(-(1.0 - sigma) / 0.7));
    assert!((sigma - 0.4670_f64).abs() < 5e-5, "{sigma}");
    let expected = 1.0 / (1.0 - sigma) * MS;
    near("the table's p99", -libm::log(0.01) * expected, 8.64 * MS, 1e-3);
    exponential(queue(Arrival::Constant, 700.0, "exp:1ms", 1).latencies, expected);
}

/// P(W ≤ t) of M/D/1 by Erlang's sum, t in units of the service time.
fn m_d_1_waits_at_most(rho: f64, t: f64) -> f64 {
    let mut sum = 0.0;
    let mut factorial = 1.0;
    for k in 0..=(t as u32) {
        factorial *= f64::from(k.max(1));
        let x = rho * (f64::from(k) - t);
        sum += libm::pow(x, f64::from(k)) / factorial * libm::exp(-x);
    }
    (1.0 - rho) * sum
}

#[test]
fn m_d_1() {
    let mut latencies = queue(Arrival::Poisson, 700.0, "1ms", 1).latencies;
    near("mean", mean(&latencies), 2.167 * MS, MEAN);
    for (q, expected) in [(0.5, 1.730), (0.9, 4.077), (0.99, 7.485)] {
        let formula = m_d_1_waits_at_most(0.7, expected - 1.0);
        assert!(
            (formula - q).abs() < 2e-4,
            "P(L ≤ {expected} ms) = {formula}, the table says {q}"
        );
        near(
            &format!("quantile {q}"),
            quantile(&mut latencies, q),
            expected * MS,
            P99,
        );
    }
}

#[test]
fn m_m_4_waiting() {
    let mut waits = queue(Arrival::Poisson, 3_000.0, "exp:1ms", 4).waits;
    let terms: f64 = [1.0, 3.0, 9.0 / 2.0, 27.0 / 6.0].iter().sum();
    let last = 81.0 / 24.0 * 4.0;
    let erlang_c = last / (terms + last);
    assert!((erlang_c - 0.5094_f64).abs() < 5e-5, "{erlang_c}");
    let waiting = waits.iter().filter(|w| **w > 0).count() as f64 / N as f64;
    near("share that waits", waiting, erlang_c, MEAN);
    near("mean wait", mean(&waits), erlang_c * MS, MEAN);
    near(
        "the table's p99",
        libm::log(erlang_c / 0.01) * MS,
        3.93 * MS,
        1e-3,
    );
    near(
        "p99 of waiting",
        quantile(&mut waits, 0.99),
        libm::log(erlang_c / 0.01) * MS,
        P99,
    );
}

#[test]
fn fixed_delay() {
    // λd = 10 in flight
    let delay = Duration::from_millis(5);
    let run = run(Arrival::Poisson, 2_000.0, |at| (at, at + delay));
    assert!(run.latencies.iter().all(|l| *l == ns(delay)));
    let mut seen = inspect(&run);
    let mean = mean(&seen);
    let variance = seen.iter().map(|n| (*n as f64 - mean).powi(2)).sum::<f64>() / seen.len() as f64;
    near("mean in flight", mean, 10.0, MEAN);
    near("variance in flight", variance, 10.0, MEAN);
    assert_eq!(quantile(&mut seen, 0.5), 10.0);
    assert_eq!(quantile(&mut seen, 0.99), 18.0);
    let mut probability = libm::exp(-10.0);
    for k in 0..30_u64 {
        let share = seen.iter().filter(|n| **n == k).count() as f64 / seen.len() as f64;
        // five standard errors, were the inspections independent; they are nearly so, d apart on average
        let allowed = 5.0 * libm::sqrt(probability / INSPECTIONS as f64);
        assert!(
            (share - probability).abs() <= 2.0 * allowed,
            "P({k} in flight) = {share}, not {probability}"
        );
        probability *= 10.0 / (k + 1) as f64;
    }
}

/// L(t) = t(λ/μ − 1) + 1/μ at λ = 1 500/s, μ = 1 000/s, in nanoseconds.
fn overload_line(arrival: u64) -> f64 {
    arrival as f64 * 0.5 + 1.0 * MS
}

#[test]
fn overload_without_chance_is_the_line_itself() {
    let run = queue(Arrival::Constant, 1_500.0, "1ms", 1);
    for (arrival, latency) in run.arrivals.iter().zip(&run.latencies) {
        let expected = overload_line(*arrival);
        assert!(
            (*latency as f64 - expected).abs() <= 2.0,
            "at {arrival} ns: {latency} ns, line {expected}"
        );
    }
}

#[test]
fn overload() {
    let run = queue(Arrival::Poisson, 1_500.0, "exp:1ms", 1);
    // the first tenth is where chance still shows
    for (arrival, latency) in run.arrivals.iter().zip(&run.latencies).skip(N / 10) {
        near(
            "latency on the line",
            *latency as f64,
            overload_line(*arrival),
            0.02,
        );
    }
    let (x, y) = (mean(&run.arrivals), mean(&run.latencies));
    let (mut covariance, mut variance) = (0.0, 0.0);
    for (arrival, latency) in run.arrivals.iter().zip(&run.latencies) {
        let dx = *arrival as f64 - x;
        covariance += dx * (*latency as f64 - y);
        variance += dx * dx;
    }
    near("slope", covariance / variance, 0.5, MEAN);
    near("mean", y, overload_line(x as u64), MEAN);
}
