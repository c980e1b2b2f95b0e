//! One of the 64 virtual streams: what its next arrival is.
//!
//! At a plain rate, times are computed in nanoseconds. Under a profile a stream runs in operational time, a
//! float that counts the arrivals of all streams: its error is a few parts in 10¹⁶ of the count, and so of the
//! time.

use super::arrival::Arrival;
use super::due::{Due, STREAMS, nanos};
use super::profile::{Cursor, Profile};
use super::trace::Trace;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

const NANOS_PER_SECOND: f64 = 1e9;
/// 53 random bits are what a float holds.
const GRID: f64 = (1_u64 << 53) as f64;

#[derive(Debug, Clone)]
pub(super) struct Stream {
    /// Id of the next arrival; modulo 64 it is the stream's index, for ever.
    id: u64,
    next: Next,
}

#[derive(Debug, Clone)]
enum Next {
    Constant {
        rate_per_second: f64,
    },
    Poisson {
        gap_mean_ns: f64,
        rng: Box<ChaCha8Rng>,
        at: Duration,
    },
    Uniform {
        rate_per_second: f64,
        rng: Box<ChaCha8Rng>,
    },
    Profiled {
        count: Count,
        cursor: Cursor,
        /// Of the arrival before: a square root rounds, and time must not run back by it.
        at: Duration,
    },
    Trace(Trace),
}

/// Arrivals in operational time.
#[derive(Debug, Clone)]
enum Count {
    Constant,
    Poisson { rng: Box<ChaCha8Rng>, count: f64 },
    Uniform { rng: Box<ChaCha8Rng> },
}

impl Stream {
    pub(super) fn constant(index: u64, rate_per_second: f64) -> Self {
        Self::of(index, Next::Constant { rate_per_second })
    }

    pub(super) fn poisson(index: u64, rate_per_second: f64, rng: Box<ChaCha8Rng>) -> Self {
        let next = Next::Poisson {
            gap_mean_ns: STREAMS as f64 * NANOS_PER_SECOND / rate_per_second,
            rng,
            at: Duration::ZERO,
        };
        Self::of(index, next)
    }

    pub(super) fn uniform(index: u64, rate_per_second: f64, rng: Box<ChaCha8Rng>) -> Self {
        Self::of(index, Next::Uniform { rate_per_second, rng })
    }

    pub(super) fn profiled(
        index: u64,
        arrival: Arrival,
        profile: &Profile,
        rng_of_stream: &dyn Fn(u64) -> ChaCha8Rng,
    ) -> Self {
        let rng = || Box::new(rng_of_stream(index));
        let count = match arrival {
            Arrival::Constant => Count::Constant,
            Arrival::Poisson => Count::Poisson {
                rng: rng(),
                count: 0.0,
            },
            Arrival::Uniform => Count::Uniform { rng: rng() },
        };
        let next = Next::Profiled {
            count,
            cursor: profile.cursor(),
            at: Duration::ZERO,
        };
        Self::of(index, next)
    }

    pub(super) fn trace(index: u64, trace: Trace) -> Self {
        Self::of(index, Next::Trace(trace))
    }

    pub(super) fn index(&self) -> u64 {
        self.id % STREAMS
    }

    pub(super) fn advance(&mut self) -> Option<Due> {
        let id = self.id;
        self.id = id.saturating_add(STREAMS);
        let at = match &mut self.next {
            Next::Constant { rate_per_second } => {
                nanos(libm::round(id as f64 / *rate_per_second * NANOS_PER_SECOND))
            }
            Next::Poisson { gap_mean_ns, rng, at } => {
                let gap = -libm::log(uniform_above_zero(rng)) * *gap_mean_ns;
                *at = at.saturating_add(nanos(libm::round(gap)));
                *at
            }
            Next::Uniform { rate_per_second, rng } => {
                let slot = id as f64 + uniform_below_one(rng);
                nanos(libm::round(slot / *rate_per_second * NANOS_PER_SECOND))
            }
            Next::Profiled { count, cursor, at } => {
                *at = cursor.time_of(count.of(id))?.max(*at);
                *at
            }
            Next::Trace(trace) => trace.get(id)?,
        };
        Some(Due { at, id })
    }

    fn of(index: u64, next: Next) -> Self {
        Self { id: index, next }
    }
}

impl Count {
    /// Where the arrival `id` is due; ids come in the stream's order.
    fn of(&mut self, id: u64) -> f64 {
        match self {
            Self::Constant => id as f64,
            Self::Poisson { rng, count } => {
                *count -= libm::log(uniform_above_zero(rng)) * STREAMS as f64;
                *count
            }
            Self::Uniform { rng } => id as f64 + uniform_below_one(rng),
        }
    }
}

/// A float above zero and at most one, on a grid of 2⁻⁵³; its logarithm is finite.
fn uniform_above_zero(rng: &mut ChaCha8Rng) -> f64 {
    ((rng.next_u64() >> 11) + 1) as f64 / GRID
}

/// A float of at least zero and below one, on the same grid.
fn uniform_below_one(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / GRID
}
