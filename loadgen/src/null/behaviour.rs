//! When answers leave, in virtual time: pure.
//!
//! Invariant: an answer never leaves before its request came. A service time is a function of the seed and the
//! request's number, so neither a reordering on the way nor another request changes it.

use std::time::Duration;
use workload::{Dist, Queue};
use world::Seed;

/// What the server does with a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Behaviour {
    /// Answers at once.
    Immediate,
    /// Answers after this long, however many are inside.
    Delay(Duration),
    /// First come, first served: departure = max(arrival, earliest free server) + service.
    Queue { service: Service, servers: usize },
    /// Answers at once, but stands still for `pause` from `at`; who came meanwhile is answered at its end.
    Stall { at: Duration, pause: Duration },
}

/// Service times by request number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Service {
    pub dist: Dist,
    pub seed: Seed,
}

impl Service {
    pub fn of(&self, number: u64) -> Duration {
        if self.dist.is_fixed() {
            // making a generator that nobody draws from costs more than all else here
            return self.dist.mean().unwrap_or_default();
        }
        self.dist.sample(&mut self.seed.nth(number).rng())
    }
}

/// A behaviour at work: it remembers whom it serves.
#[derive(Debug)]
pub(super) struct Desk {
    behaviour: Behaviour,
    queue: Queue,
}

impl Desk {
    pub(super) fn new(behaviour: Behaviour) -> Self {
        let servers = match behaviour {
            Behaviour::Queue { servers, .. } => servers,
            _ => 1,
        };
        Self {
            behaviour,
            queue: Queue::new(servers),
        }
    }

    /// When the answer to a request that comes now is to leave.
    pub(super) fn departure(&mut self, arrival: Duration, number: u64) -> Duration {
        match self.behaviour {
            Behaviour::Immediate => arrival,
            Behaviour::Delay(delay) => arrival.saturating_add(delay),
            Behaviour::Queue { service, .. } => self.queue.admit(arrival, service.of(number)).departure,
            Behaviour::Stall { at, pause } => {
                let end = at.saturating_add(pause);
                if (at..end).contains(&arrival) {
                    end
                } else {
                    arrival
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Requests come at the given ms, with their position as their number.
    fn check(behaviour: Behaviour, arrivals: &[u64], departures: &[u64]) {
        let mut desk = Desk::new(behaviour);
        let found: Vec<_> = arrivals
            .iter()
            .zip(0..)
            .map(|(at, number)| desk.departure(ms(*at), number))
            .collect();
        let expected: Vec<_> = departures.iter().map(|at| ms(*at)).collect();
        assert_eq!(found, expected, "{behaviour:?}");
    }

    #[test]
    fn answers_leave_when_the_behaviour_says() {
        let service = Service {
            dist: Dist::Fixed(ms(10)),
            seed: Seed(1),
        };
        check(Behaviour::Immediate, &[0, 5, 5], &[0, 5, 5]);
        check(Behaviour::Delay(ms(7)), &[0, 1, 1], &[7, 8, 8]);
        let one = Behaviour::Queue { service, servers: 1 };
        check(one, &[0, 1, 2, 50], &[10, 20, 30, 60]);
        let two = Behaviour::Queue { service, servers: 2 };
        check(two, &[0, 1, 2, 50], &[10, 11, 20, 60]);
        let stall = Behaviour::Stall {
            at: ms(10),
            pause: ms(5),
        };
        check(stall, &[9, 10, 14, 15, 16], &[9, 15, 15, 15, 16]);
    }

    #[test]
    fn service_depends_on_the_number_alone() {
        let service = |seed| Service {
            dist: Dist::Exp { mean: ms(1) },
            seed: Seed(seed),
        };
        let forwards: Vec<_> = (0..100).map(|number| service(1).of(number)).collect();
        let mut backwards: Vec<_> = (0..100).rev().map(|number| service(1).of(number)).collect();
        backwards.reverse();
        assert_eq!(forwards, backwards);
        assert_ne!(service(1).of(0), service(2).of(0));
        assert_ne!(service(1).of(0), service(1).of(1));
    }
}
