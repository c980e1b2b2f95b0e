//! How long who was refused for overload is told to wait: drawn, so that they do not come back together.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::cell::RefCell;
use std::ops::RangeInclusive;
use world::Seed;

/// Within so many seconds who was refused comes back, by chance: not all at once, and not before a second, in which the limit has been
/// looked at some ten times.
const RETRY_AFTER_S: RangeInclusive<u32> = 1..=3;

/// The chance of these waits.
pub(super) struct Waits(RefCell<ChaCha8Rng>);

impl Waits {
    pub(super) fn new(seed: Seed, worker: usize) -> Self {
        Self(RefCell::new(
            seed.child("overload/retry-after").nth(worker as u64).rng(),
        ))
    }

    pub(super) fn draw(&self) -> u32 {
        self.0.borrow_mut().random_range(RETRY_AFTER_S)
    }
}
