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
        let hit = |question, share: f64| share > 0.0 && share_of(self.0.nth(number).nth(question)) < share;
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
                chance: self.0,
                number,
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

/// The draws of one request's latency. Its seed is made when it is drawn from: most plain requests never do.
struct Draws {
    chance: Seed,
    number: u64,
    next: u64,
}

impl TryRng for Draws {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|x| (x >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.next += 1;
        Ok(self.chance.nth(self.number).nth(LATENCY).nth(self.next).0)
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
mod tests;
