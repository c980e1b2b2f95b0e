//! A schedule and its shards: 64 streams, dealt whole and merged by time.
//!
//! The merge is a heap of the streams' next arrivals. A shard of an endless schedule is endless; one of a
//! profile that ends, or of a trace, ends when its streams have.

use super::arrival::Arrival;
use super::due::{Due, STREAMS};
use super::profile::Profile;
use super::stream::Stream;
use super::trace::Trace;
use rand_chacha::ChaCha8Rng;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::time::Duration;

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
        let rng = |index| Box::new(rng_of_stream(index));
        Self::of(|index| match arrival {
            Arrival::Constant => Stream::constant(index, rate_per_second),
            Arrival::Poisson => Stream::poisson(index, rate_per_second, rng(index)),
            Arrival::Uniform => Stream::uniform(index, rate_per_second, rng(index)),
        })
    }

    /// A rate that changes over time. Ends where the profile does, or where its rate stays zero. A profile of
    /// one rate for ever gives exactly the arrivals of [`Schedule::new`].
    pub fn profiled(arrival: Arrival, profile: &Profile, rng_of_stream: &dyn Fn(u64) -> ChaCha8Rng) -> Self {
        if profile.is_constant() {
            return Self::new(arrival, profile.rate_at(Duration::ZERO), rng_of_stream);
        }
        Self::of(|index| Stream::profiled(index, arrival, profile, rng_of_stream))
    }

    /// The arrivals of a trace: the k-th belongs to stream k mod 64 and has id k. Ends with the trace.
    pub fn trace(trace: &Trace) -> Self {
        Self::of(|index| Stream::trace(index, trace.clone()))
    }

    fn of(stream: impl Fn(u64) -> Stream) -> Self {
        Self {
            streams: (0..STREAMS).map(stream).collect(),
        }
    }

    /// The share of shard `index` of `of`, in time order. A shard that no stream falls to (`index` of 64 or
    /// more, or not below `of`) is empty.
    pub fn shard(&self, index: u64, of: u64) -> Shard {
        let of = of.max(1);
        let mine = |stream: &&Stream| stream.index() % of == index;
        let mut streams: Vec<_> = self.streams.iter().filter(mine).cloned().collect();
        let heads = streams
            .iter_mut()
            .enumerate()
            .filter_map(|(slot, stream)| Some(Reverse((stream.advance()?, slot))));
        let heads = heads.collect();
        Shard { streams, heads }
    }
}

/// Merges its streams by time; ends when all of them have.
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
        match self.streams.get_mut(slot).and_then(Stream::advance) {
            Some(next) => *top = Reverse((next, slot)),
            None => drop(PeekMut::pop(top)),
        }
        Some(due)
    }
}
