//! Attempts that were good and fast, counted by one worker for a breaker.
//!
//! They are the many, and decide nothing; so they take no lock and share no cache line: a ring of buckets in which one worker
//! writes, and which whoever has something to decide adds up. A bucket that is used anew is emptied before it gets its new stamp, so
//! that nobody takes the count of an old time for that of a new one.

use super::sync::{AtomicU64, Ordering};
use crate::breaker::SLOTS;
use std::ops::RangeInclusive;

/// The bits of a stamp that are the bucket's number: 3 000 years of tenths of a second.
const BUCKET_BITS: u32 = 40;

#[derive(Debug, Default)]
pub(crate) struct Served([Slot; SLOTS]);

#[derive(Debug, Default)]
struct Slot {
    /// Era and bucket of the count; 0 is never one.
    stamp: AtomicU64,
    count: AtomicU64,
}

impl Served {
    /// One more. Only the worker that owns this may call it.
    pub(crate) fn add(&self, era: u64, bucket: u64) {
        let stamp = stamp(era, bucket);
        let slot = &self.0[bucket as usize % SLOTS];
        if slot.stamp.load(Ordering::Relaxed) != stamp {
            slot.count.store(0, Ordering::Relaxed);
            slot.stamp.store(stamp, Ordering::Release);
        }
        let count = slot.count.load(Ordering::Relaxed);
        slot.count.store(count + 1, Ordering::Relaxed);
    }

    /// Those of an era and of these buckets.
    pub(crate) fn sum(&self, era: u64, buckets: RangeInclusive<u64>) -> u64 {
        let counts = buckets.map(|bucket| {
            let slot = &self.0[bucket as usize % SLOTS];
            if slot.stamp.load(Ordering::Acquire) == stamp(era, bucket) {
                slot.count.load(Ordering::Relaxed)
            } else {
                0
            }
        });
        counts.sum()
    }
}

fn stamp(era: u64, bucket: u64) -> u64 {
    ((era + 1) << BUCKET_BITS) | (bucket & ((1 << BUCKET_BITS) - 1))
}
