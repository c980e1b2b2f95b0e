//! What reached replicas around the first end of a fault, in hundredths of a second: who comes at once does not show in seconds.
//!
//! Memory: bounded by the stretch and the number of hosts.

use std::collections::BTreeMap;

/// A row.
pub const FINE_US: u64 = 10_000;

/// So long before that moment, and behind it.
const BEFORE_US: u64 = 500_000;
const AFTER_US: u64 = 3_500_000;

/// Requests of clients that reached a replica, by when they did.
#[derive(Debug, Clone, Default)]
pub struct Fine {
    stretch: Option<(u64, u64)>,
    counts: BTreeMap<(u64, u64), u64>,
}

impl Fine {
    pub(super) fn around(at_us: u64) -> Self {
        let from = at_us.saturating_sub(BEFORE_US) / FINE_US;
        let to = at_us.saturating_add(AFTER_US) / FINE_US;
        Self {
            stretch: Some((from, to)),
            counts: BTreeMap::new(),
        }
    }

    pub(super) fn reached(&mut self, at_us: u64, host: u64) {
        let row = at_us / FINE_US;
        if self.stretch.is_some_and(|(from, to)| (from..to).contains(&row)) {
            *self.counts.entry((row, host)).or_default() += 1;
        }
    }

    /// From when, at which host, how many; in order of time, without those that have none.
    pub fn rows(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        self.counts
            .iter()
            .map(|((row, host), count)| (row * FINE_US, *host, *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_counted() {
        let mut fine = Fine::around(5_000_000);
        for (at_us, host) in [
            (0, 1),
            (4_499_999, 1),
            (4_500_000, 1),
            (5_009_999, 2),
            (5_000_000, 2),
            (5_000_001, 1),
            (8_499_999, 1),
            (8_500_000, 1),
            (u64::MAX, 1),
        ] {
            fine.reached(at_us, host);
        }
        let rows: Vec<_> = fine.rows().collect();
        assert_eq!(
            rows,
            [
                (4_500_000, 1, 1),
                (5_000_000, 1, 1),
                (5_000_000, 2, 2),
                (8_490_000, 1, 1)
            ]
        );
        let mut nothing = Fine::default();
        nothing.reached(0, 1);
        assert_eq!(nothing.rows().count(), 0);
    }
}
