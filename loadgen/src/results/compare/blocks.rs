//! A run cut into blocks of time, ready to be resampled thousands of times.
//!
//! A resample draws blocks with repetition and wants the quantiles of their sum. Summing histograms each time would cost
//! as much as there are bars in all of them; here the blocks' cumulative counts stand side by side, bar by bar, so that
//! a quantile is a binary search, and each of its steps a product of two short vectors.

use super::super::bars::Bars;
use super::super::figure::Figure;
use super::super::log::Log;
use crate::report::Document;
use std::time::Duration;

/// More blocks would not tell more: stretches of them are drawn, and those are long enough to be alike then.
const BLOCKS_MAX: usize = 120;
/// Fewer give three or four stretches, of which no interval can be made that keeps its promise.
pub(super) const BLOCKS_MIN: usize = 10;

/// What happened in a stretch of the run.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    pub(super) length: Duration,
    pub(super) latencies: Bars,
    pub(super) planned: u64,
    pub(super) done: u64,
    pub(super) errors: u64,
}

/// Blocks of about equal length, without the warm-up.
#[derive(Debug)]
pub(super) struct Blocks {
    /// Of each bar that any block has, in nanoseconds, ascending.
    values: Vec<u64>,
    /// For each bar and block, how many latencies of the block are in this bar or below.
    below: Vec<u64>,
    blocks: Vec<Sums>,
}

#[derive(Debug, Clone, Copy)]
struct Sums {
    seconds: f64,
    latencies: u64,
    latencies_ns: f64,
    planned: u64,
    done: u64,
    errors: u64,
}

impl Blocks {
    /// Of response times: the series has no others.
    pub(super) fn of_document(document: &Document) -> Result<Self, String> {
        let recording = &document.recording;
        let series = recording.series.as_ref().ok_or("the result has no time series")?;
        let interval = series.interval();
        let nanos = interval.as_nanos().max(1);
        // whole intervals between warm-up and the last release; what comes in the drain belongs to the last of them
        let first = recording.warmup.as_nanos().div_ceil(nanos);
        let end = recording.released_for.as_nanos() / nanos;
        let rows = series.rows().iter().zip(0_u128..);
        let rows = rows
            .filter(|(_, index)| *index >= first)
            .map(|(row, index)| Block {
                length: if index < end { interval } else { Duration::ZERO },
                latencies: Bars::of(&row.response()),
                planned: row.planned,
                done: row.done,
                errors: row.failed + row.unexpected,
            });
        Self::new(rows.collect())
    }

    pub(super) fn of_log(log: &Log) -> Result<Self, String> {
        if !log.rows_are_the_whole() {
            return Err(
                "the log's intervals hold more than the whole run does, a warm-up most likely, which it does not \
                 tell apart: compare the results in JSON instead"
                    .into(),
            );
        }
        let rows = log.rows.iter().map(|row| Block {
            length: row.length,
            latencies: row.response.clone(),
            done: row.response.count(),
            ..Block::default()
        });
        Self::new(rows.collect())
    }

    pub(super) fn new(rows: Vec<Block>) -> Result<Self, String> {
        let whole = rows.iter().filter(|row| !row.length.is_zero()).count();
        if whole < BLOCKS_MIN {
            return Err(format!(
                "{whole} whole intervals are too few to tell a difference from chance, {BLOCKS_MIN} are the least: \
                 run for longer, or with a shorter --interval"
            ));
        }
        let each = whole.div_ceil(BLOCKS_MAX);
        let mut grouped: Vec<Block> = Vec::with_capacity(whole / each + 1);
        for (index, row) in rows.into_iter().enumerate() {
            // a rest that makes no block of its own is part of the last
            let is_new = index % each == 0 && index + each <= whole;
            match grouped.last_mut().filter(|_| !is_new) {
                Some(last) => last.merge(&row),
                None => grouped.push(row),
            }
        }
        Ok(Self::side_by_side(&grouped))
    }

    fn side_by_side(blocks: &[Block]) -> Self {
        let bars = |block: &Block| block.latencies.as_slice().to_vec();
        let mut values: Vec<u64> = blocks.iter().flat_map(bars).map(|(value, _)| value).collect();
        values.sort_unstable();
        values.dedup();
        let mut below = vec![0; values.len() * blocks.len()];
        for (column, block) in blocks.iter().enumerate() {
            let mut bars = block.latencies.as_slice().iter().peekable();
            let mut sum = 0;
            for (row, value) in values.iter().enumerate() {
                sum += bars.next_if(|bar| bar.0 == *value).map_or(0, |bar| bar.1);
                below[row * blocks.len() + column] = sum;
            }
        }
        Self {
            values,
            below,
            blocks: blocks.iter().map(Block::sums).collect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Of a typical block.
    pub(super) fn seconds(&self) -> f64 {
        self.blocks.iter().map(|block| block.seconds).sum::<f64>() / self.len() as f64
    }

    /// A figure of the run in which each block comes so many times: latencies in µs.
    pub(super) fn figure(&self, figure: Figure, drawn: &[u64]) -> Option<f64> {
        let sum = |of: fn(&Sums) -> u64| -> u64 {
            let blocks = self.blocks.iter().zip(drawn);
            blocks.map(|(block, times)| of(block) * times).sum()
        };
        let real = |of: fn(&Sums) -> f64| -> f64 {
            let blocks = self.blocks.iter().zip(drawn);
            blocks.map(|(block, times)| of(block) * *times as f64).sum()
        };
        let share = |part: f64, whole: f64| (whole > 0.0).then_some(part / whole);
        match (figure, figure.quantile()) {
            (_, Some(q)) => self.quantile(q, sum(|block| block.latencies), drawn),
            (Figure::Errors, _) => share(sum(|b| b.errors) as f64, sum(|b| b.planned) as f64),
            (Figure::Rate, _) => share(sum(|b| b.done) as f64, real(|b| b.seconds)),
            (_, None) => share(real(|b| b.latencies_ns) / 1e3, sum(|b| b.latencies) as f64),
        }
    }

    /// As [`hdrhistogram::Histogram::value_at_quantile`] has it.
    fn quantile(&self, q: f64, count: u64, drawn: &[u64]) -> Option<f64> {
        let rank = ((q * count as f64).ceil() as u64).max(1);
        let width = self.len();
        let (mut low, mut high) = (0, self.values.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let row = &self.below[middle * width..(middle + 1) * width];
            let sum: u64 = row.iter().zip(drawn).map(|(below, times)| below * times).sum();
            match sum < rank {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        self.values.get(low).map(|nanos| *nanos as f64 / 1e3)
    }
}

impl Block {
    fn merge(&mut self, other: &Self) {
        self.length += other.length;
        self.latencies.merge(&other.latencies);
        self.planned += other.planned;
        self.done += other.done;
        self.errors += other.errors;
    }

    fn sums(&self) -> Sums {
        let bars = self.latencies.as_slice().iter();
        Sums {
            seconds: self.length.as_secs_f64(),
            latencies: self.latencies.count(),
            latencies_ns: bars.map(|(value, count)| *value as f64 * *count as f64).sum(),
            planned: self.planned,
            done: self.done,
            errors: self.errors,
        }
    }
}
