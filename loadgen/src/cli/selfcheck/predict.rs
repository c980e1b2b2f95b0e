//! Every request's latency, computed before it is measured: the case's own arrivals through the pure virtual-time queue.
//!
//! Independent of the server's code as far as can be: from the seed come the same arrivals and service times, and
//! [`workload::Queue`] is tested against the closed forms with ten million requests elsewhere. The network is taken
//! to cost nothing, the tolerance has room for it.

use super::case::Case;
use loadgen::null::Behaviour;
use std::time::Duration;
use workload::{Due, Queue, Schedule};
use world::Seed;

/// What will be measured.
#[derive(Debug, Clone)]
pub(super) struct Predicted {
    pub(super) planned: u64,
    /// Still without answer when the run is cut.
    pub(super) unanswered: u64,
    /// Of those answered, ascending.
    pub(super) latencies: Vec<Duration>,
}

/// `seed` is the generator's.
pub(super) fn predict(case: &Case, seed: Seed) -> Predicted {
    let cut = case.duration + case.drain;
    let mut desk = desk(&case.behaviour);
    let (mut planned, mut latencies) = (0, Vec::new());
    for due in arrivals(case, seed) {
        planned += 1;
        let departure = desk(due);
        if departure <= cut {
            latencies.push(departure.saturating_sub(due.at));
        }
    }
    latencies.sort_unstable();
    Predicted {
        planned,
        unanswered: planned - latencies.len() as u64,
        latencies,
    }
}

/// As the generator draws them.
fn arrivals(case: &Case, seed: Seed) -> impl Iterator<Item = Due> {
    let seed = seed.child("schedule");
    let schedule = Schedule::new(case.arrival, case.rate, &|stream| seed.nth(stream).rng());
    let duration = case.duration;
    schedule.shard(0, 1).take_while(move |due| due.at < duration)
}

/// When a request departs.
fn desk(behaviour: &Behaviour) -> Box<dyn FnMut(Due) -> Duration> {
    match *behaviour {
        Behaviour::Immediate => Box::new(|due| due.at),
        Behaviour::Delay(delay) => Box::new(move |due| due.at + delay),
        Behaviour::Queue { service, servers } => {
            let mut queue = Queue::new(servers);
            Box::new(move |due| queue.admit(due.at, service.of(due.id)).departure)
        }
        Behaviour::Stall { at, pause } => Box::new(move |due| {
            let inside = at <= due.at && due.at < at + pause;
            if inside { at + pause } else { due.at }
        }),
    }
}

impl Predicted {
    /// The least latency that at least a share `q` does not exceed, which is what an HdrHistogram gives too.
    pub(super) fn quantile(&self, q: f64) -> Duration {
        let rank = libm::ceil(q * self.latencies.len() as f64) as usize;
        let index = rank.saturating_sub(1);
        self.latencies.get(index).copied().unwrap_or_default()
    }

    /// In seconds.
    pub(super) fn mean(&self) -> f64 {
        let sum: f64 = self.latencies.iter().map(Duration::as_secs_f64).sum();
        sum / (self.latencies.len() as f64).max(1.0)
    }

    /// Whether enough requests lie beyond the quantile for it not to be one single request's latency.
    pub(super) fn carries(&self, q: f64) -> bool {
        const BEYOND_MIN: f64 = 4.5;
        self.latencies.len() as f64 * (1.0 - q) >= BEYOND_MIN
    }
}

#[cfg(test)]
mod unit {
    use super::super::case::{NAMES, Scale, all};
    use super::*;

    /// Predictions stray from their law by chance, and no further: ten times a full run still leaves a p99 some percent
    /// of freedom, because neighbours in a queue are not independent.
    #[test]
    fn predictions_follow_their_laws() {
        let near = |what: &str, found: f64, expected: f64, share: f64| {
            assert!(
                (found - expected).abs() <= share * expected + 5e-5,
                "{what}: predicted {found} s, the law says {expected} s"
            );
        };
        for mut case in all(Scale::Full, Seed(1)) {
            let chance = matches!(case.name, "m-m-1" | "d-m-1" | "m-d-1" | "m-m-4");
            if chance {
                case.duration *= 10;
            }
            let share = if chance { 0.1 } else { 0.005 };
            let predicted = predict(&case, Seed(1).child("arrivals"));
            near(case.name, predicted.mean(), case.law.mean(), share);
            for q in case.quantiles.iter().filter(|q| **q < 0.999) {
                let (found, expected) = (predicted.quantile(*q).as_secs_f64(), case.law.quantile(*q));
                near(&format!("{} at {q}", case.name), found, expected, share);
            }
        }
    }

    #[test]
    fn each_case_has_the_size_it_should_have() {
        for (scale, sizes) in [(Scale::Full, 4_900..=16_000), (Scale::Quick, 1_000..=6_300)] {
            let cases = all(scale, Seed(3));
            assert_eq!(cases.iter().map(|case| case.name).collect::<Vec<_>>(), NAMES);
            for case in cases {
                let predicted = predict(&case, Seed(4));
                assert!(
                    sizes.contains(&predicted.planned),
                    "{}: {}",
                    case.name,
                    predicted.planned
                );
                assert_eq!(predicted.unanswered > 0, case.name == "overload");
                let longest = Duration::from_secs(if scale == Scale::Quick { 3 } else { 10 });
                assert!(case.duration <= longest);
                assert!(case.job("127.0.0.1:1".parse().expect("literal")).build().is_ok());
            }
        }
    }

    #[test]
    fn quantiles_are_of_the_nearest_rank() {
        let predicted = Predicted {
            planned: 10,
            unanswered: 0,
            latencies: (1..=10).map(Duration::from_secs).collect(),
        };
        for (q, seconds) in [(0.0, 1), (0.1, 1), (0.5, 5), (0.51, 6), (0.9, 9), (1.0, 10)] {
            assert_eq!(predicted.quantile(q), Duration::from_secs(seconds), "{q}");
        }
        assert!(predicted.carries(0.5) && !predicted.carries(0.9));
    }
}
