//! What happens to request n of replica r: a function of (seed, r, n), and of the behaviour that then holds.
//!
//! Each request has its own child seed, and each question its own child of that: switching errors on leaves the
//! latencies as they were. The draws are SplitMix64's finaliser over a counter ([`Seed::nth`]), not ChaCha:
//! one multiplication chain per draw, so that chance stays invisible in what is measured. A plain request, with
//! fixed latency and nothing that may go wrong, draws nothing.

use crate::behaviour::Behaviour;
use crate::event::Fault;
use rand::TryRng;
use std::convert::Infallible;
use std::time::Duration;
use world::Seed;

// Which child answers which question. Fixed for ever: old seeds must replay.
const LATENCY: u64 = 0;
const ERROR: u64 = 1;
const RESET: u64 = 2;
const TRUNCATE: u64 = 3;

/// The chance of one replica.
#[derive(Debug, Clone, Copy)]
pub struct Chance(Seed);

/// What was decided for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Latency, or in queueing mode service time.
    pub latency: Duration,
    pub status: u16,
    /// Whether `status` was drawn as an error.
    pub error: bool,
    pub fault: Option<Fault>,
}

impl Chance {
    /// `seed` is the run's; `replica` the replica's index.
    pub fn new(seed: Seed, replica: u32) -> Self {
        Self(seed.child("stub").nth(replica.into()))
    }

    /// Decides for request `number`, counted from 0.
    pub fn plan(&self, behaviour: &Behaviour, number: u64) -> Plan {
        let request = self.0.nth(number);
        let hit = |question, share: f64| share > 0.0 && share_of(request.nth(question)) < share;
        let error = hit(ERROR, behaviour.error);
        let fault = if hit(RESET, behaviour.reset) {
            Some(Fault::Reset)
        } else if hit(TRUNCATE, behaviour.truncate) {
            Some(Fault::Truncate)
        } else {
            None
        };
        Plan {
            latency: behaviour.latency.sample(&mut Draws {
                seed: request.nth(LATENCY),
                next: 0,
            }),
            status: if error {
                behaviour.error_status
            } else {
                behaviour.status
            },
            error,
            fault,
        }
    }
}

/// Uniform in [0, 1).
fn share_of(seed: Seed) -> f64 {
    (seed.0 >> 11) as f64 / (1_u64 << 53) as f64
}

struct Draws {
    seed: Seed,
    next: u64,
}

impl TryRng for Draws {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|x| (x >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.next += 1;
        Ok(self.seed.nth(self.next).0)
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        for chunk in to.chunks_mut(8) {
            let bytes = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
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
        let near =
            |found: f64, expected: f64| assert!((found - expected).abs() < 0.005, "{found} {expected}");
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
}
