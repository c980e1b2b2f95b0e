//! When requests are due: an open model, where arrivals depend on the clock of the run and never on replies.
//!
//! A schedule is always [`STREAMS`] virtual streams of λ/64, each with its own chance, merged by time. Threads
//! and shards are dealt whole streams, so any number of them gives the same set of (intended time, id): the
//! superposition of independent Poisson streams is a Poisson stream of the summed rate, and the constant
//! schedule deals its arrivals round-robin.
//!
//! - Constant: the k-th arrival of all is due at k/λ, computed from k each time. Adding up a rounded gap would
//!   drift by up to half a nanosecond per arrival.
//! - Poisson: gaps are −ln(U)/(λ/64) with U uniform in (0, 1], from 53 random bits through `libm`, rounded to
//!   the nanosecond. Rounding has mean zero; the sum is integer, so nothing is lost to magnitude.
//!
//! Units: nanoseconds in a `Duration` since the start of the run. Invariants: a shard never goes back in time;
//! ties are ordered by id; ids are unique over all shards. Not here: ramps and phases, and when to stop
//! (`shard(0, 1).take(n)` is the first n of all, [`Due::stream`] tells whose they are).

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How many streams every schedule has: more than any sensible number of threads, few enough that merging
/// them costs six comparisons. Changing it changes every seeded run.
pub const STREAMS: u64 = 64;

const NANOS_PER_SECOND: f64 = 1e9;

/// The arrival process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arrival {
    /// Evenly spaced.
    Constant,
    /// Independent exponential gaps: what many independent users look like.
    Poisson,
}

impl FromStr for Arrival {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "constant" => Ok(Self::Constant),
            "poisson" => Ok(Self::Poisson),
            _ => Err(format!(
                "unknown arrival process {text:?}: use constant or poisson"
            )),
        }
    }
}

impl fmt::Display for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Constant => "constant",
            Self::Poisson => "poisson",
        })
    }
}

/// One arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Due {
    /// Intended time, since the start of the run.
    pub at: Duration,
    /// Unique over all shards: position within its stream × 64 + stream.
    pub id: u64,
}

impl Due {
    /// The virtual stream this arrival belongs to. Shard `i` of `n` holds the streams with `stream % n == i`.
    pub fn stream(&self) -> u64 {
        self.id % STREAMS
    }
}

/// All arrivals of a run, not yet dealt to anybody.
#[derive(Debug, Clone)]
pub struct Schedule {
    streams: Vec<Stream>,
}

impl Schedule {
    /// `rng_of_stream` gives each of the 64 streams its own chance, by index; the constant schedule asks for
    /// none. A rate that is not a finite number above zero plans nothing.
    pub fn new(arrival: Arrival, rate_per_second: f64, rng_of_stream: &dyn Fn(u64) -> ChaCha8Rng) -> Self {
        if !(rate_per_second.is_finite() && rate_per_second > 0.0) {
            return Self { streams: Vec::new() };
        }
        let streams = (0..STREAMS).map(|index| {
            let next = match arrival {
                Arrival::Constant => Next::Constant { rate_per_second },
                Arrival::Poisson => Next::Poisson {
                    gap_mean_ns: STREAMS as f64 * NANOS_PER_SECOND / rate_per_second,
                    rng: Box::new(rng_of_stream(index)),
                    at: Duration::ZERO,
                },
            };
            Stream { id: index, next }
        });
        Self {
            streams: streams.collect(),
        }
    }

    /// The share of shard `index` of `of`: infinite, in time order. A shard that no stream falls to (`index`
    /// of 64 or more, or not below `of`) is empty.
    pub fn shard(&self, index: u64, of: u64) -> Shard {
        let of = of.max(1);
        let mine = |stream: &&Stream| stream.id % of == index;
        let mut streams: Vec<_> = self.streams.iter().filter(mine).cloned().collect();
        let heads = streams
            .iter_mut()
            .enumerate()
            .map(|(slot, stream)| Reverse((stream.advance(), slot)));
        let heads = heads.collect();
        Shard { streams, heads }
    }
}

/// Merges its streams by time; ends only if it has none.
#[derive(Debug, Clone)]
pub struct Shard {
    streams: Vec<Stream>,
    /// The next arrival of each stream, earliest on top, with the stream's slot.
    heads: BinaryHeap<Reverse<(Due, usize)>>,
}

impl Iterator for Shard {
    type Item = Due;

    fn next(&mut self) -> Option<Due> {
        // replaced in place: one sift instead of a pop and a push
        let mut top = self.heads.peek_mut()?;
        let Reverse((due, slot)) = *top;
        match self.streams.get_mut(slot) {
            Some(stream) => *top = Reverse((stream.advance(), slot)),
            None => drop(PeekMut::pop(top)),
        }
        Some(due)
    }
}

#[derive(Debug, Clone)]
struct Stream {
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
}

impl Stream {
    fn advance(&mut self) -> Due {
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
        };
        Due { at, id }
    }
}

/// A float above zero and at most one, on a grid of 2⁻⁵³; its logarithm is finite.
fn uniform_above_zero(rng: &mut ChaCha8Rng) -> f64 {
    const GRID: f64 = (1_u64 << 53) as f64;
    ((rng.next_u64() >> 11) + 1) as f64 / GRID
}

/// Whole nanoseconds; a float too large ends at `u64::MAX`, 584 years.
fn nanos(ns: f64) -> Duration {
    Duration::from_nanos(ns as u64)
}
