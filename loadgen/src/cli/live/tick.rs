//! The message from a load thread to the view.

use hdrhistogram::Histogram;
use loadgen::Counts;

/// What one thread did since its last tick; everything adds up over threads. Warm-up included.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Tick {
    pub(in crate::cli) thread: usize,
    /// Index of the interval since the start of the run.
    pub(in crate::cli) second: u64,
    pub(in crate::cli) planned: u64,
    pub(in crate::cli) sent: u64,
    pub(in crate::cli) done: u64,
    pub(in crate::cli) failed: u64,
    /// Of those done, not as expected.
    pub(in crate::cli) unexpected: u64,
    /// Failed and unexpected ones, by kind.
    pub(in crate::cli) errors: Vec<(&'static str, u64)>,
    /// Connections made.
    pub(in crate::cli) connections: u64,
    /// Now: released and without outcome.
    pub(in crate::cli) in_flight: u64,
    /// Of those, waiting for a connection.
    pub(in crate::cli) waiting: u64,
    /// In nanoseconds.
    pub(in crate::cli) response: Histogram<u64>,
    /// In nanoseconds.
    pub(in crate::cli) lag: Histogram<u64>,
}

impl Tick {
    /// One tick for every interval that a shard tells of. Errors by kind are those since `known`, which is brought up to
    /// date; they stand in the last interval.
    pub(in crate::cli) fn each(
        thread: usize,
        shard: &loadgen::Tick,
        known: &mut Counts,
        mut to: impl FnMut(Self),
    ) {
        let mut kinds = since(known, &shard.counts);
        let last = shard.rows.len().saturating_sub(1);
        for (index, row) in shard.rows.iter().enumerate() {
            to(Self {
                thread,
                second: (shard.first + index) as u64,
                planned: row.planned,
                sent: row.sent,
                done: row.done,
                failed: row.failed,
                unexpected: row.unexpected,
                errors: if index == last {
                    std::mem::take(&mut kinds)
                } else {
                    Vec::new()
                },
                connections: row.connections,
                in_flight: shard.in_flight,
                waiting: shard.waiting,
                response: row.response(),
                lag: row.lag(),
            });
        }
        if !shard.rows.is_empty() {
            known.clone_from(&shard.counts);
        }
    }
}

fn since(known: &Counts, now: &Counts) -> Vec<(&'static str, u64)> {
    let failed = now.failed.iter().map(|(kind, count)| {
        let before = known.failed_as(*kind);
        (kind.name(), count.saturating_sub(before))
    });
    let unexpected = now.unexpected.iter().map(|(kind, count)| {
        let before = known.unexpected.get(kind).copied().unwrap_or(0);
        (kind.name(), count.saturating_sub(before))
    });
    failed.chain(unexpected).filter(|(_, count)| *count > 0).collect()
}
