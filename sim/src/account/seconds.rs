//! Sums of every second.

use super::Sums;

pub(super) const SECOND_US: u64 = 1_000_000;

/// A second's p99 is settled this long after it: hardly anybody waits as long for an answer.
pub const OPEN_SECONDS_MAX: u64 = 120;

/// Seconds that get a row of their own: a week, longer than anybody simulates.
pub const SECONDS_MAX: u64 = 7 * 86_400;

/// The first [`SECONDS_MAX`], one after the other.
#[derive(Debug, Clone, Default)]
pub struct Seconds {
    sums: Vec<Sums>,
    closed: usize,
}

impl Seconds {
    pub fn sums(&self) -> &[Sums] {
        &self.sums
    }

    pub(super) fn count(&mut self, at_us: u64, count: impl Fn(&mut Sums)) {
        let second = at_us / SECOND_US;
        if second >= SECONDS_MAX {
            return;
        }
        let second = second as usize;
        if self.sums.len() <= second {
            self.sums.resize_with(second + 1, Sums::default);
        }
        count(&mut self.sums[second]);
        while self.closed + (OPEN_SECONDS_MAX as usize) < second {
            self.sums[self.closed].close();
            self.closed += 1;
        }
    }

    pub(super) fn close(&mut self) {
        self.sums.iter_mut().for_each(Sums::close);
    }
}
