//! The power of two choices: of two different replicas drawn at random, the less loaded one (Mitzenmacher, 2001).
//!
//! Nearly as even as asking all, at the cost of asking two; and many gateways that look at the same fleet do not all
//! run to the same replica, as they would to the least loaded.
//!
//! Load is requests in flight and the new one, over weight. With `ewma` it is that times the latency as lately seen, so
//! a replica that answers slowly is avoided before its requests pile up. A replica of which nothing is known gets one
//! request to learn from, and no second one until the first has told: as if it took [`UNKNOWN_US`] each.

use rand::Rng;

use super::chance::scaled;
use super::fleet::{Fleet, open};
use super::set::REPLICAS_MAX;
use crate::planted::{Bug, planted, planted_or};

/// Longer than any answer that is waited for in earnest.
const UNKNOWN_US: u64 = 3_600_000_000;

#[derive(Debug)]
pub struct TwoChoices {
    pub ewma: bool,
}

impl TwoChoices {
    pub fn pick(&self, fleet: &impl Fleet, chance: &mut impl Rng) -> Option<usize> {
        let count = fleet.len().min(REPLICAS_MAX) as u64;
        if count > 1 {
            // in the common case both are open, and nobody else need be asked about
            let (first, second) = pair(count, chance);
            if fleet.is_open(first) && fleet.is_open(second) {
                return Some(self.better(first, second, fleet));
            }
        }
        let open = open(fleet);
        match open.count() {
            0 => None,
            1 => open.iter().next(),
            count => {
                let (first, second) = pair(count as u64, chance);
                let (first, second) = (open.iter().nth(first)?, open.iter().nth(second)?);
                Some(self.better(first, second, fleet))
            }
        }
    }

    fn better(&self, first: usize, second: usize, fleet: &impl Fleet) -> usize {
        let heavier = |a, b| self.cost(a, fleet) * u128::from(fleet.weight(b));
        let (second_is, first_is) = (heavier(second, first), heavier(first, second));
        let (second_is, first_is) =
            planted_or(Bug::TwoChoicesWorse, (first_is, second_is), (second_is, first_is));
        if second_is < first_is && !planted(Bug::OneChoice) {
            second
        } else {
            first
        }
    }

    fn cost(&self, replica: usize, fleet: &impl Fleet) -> u128 {
        let busy = fleet.in_flight(replica);
        if !self.ewma {
            return u128::from(busy + 1);
        }
        let latency_us = match fleet.latency_us(replica) {
            0 if busy == 0 => 0,
            0 => UNKNOWN_US,
            known => known,
        };
        u128::from(latency_us) * u128::from(busy + 1)
    }
}

/// Two different numbers below `count`, which is at least 2: any such pair is as likely, by one random word.
fn pair(count: u64, chance: &mut impl Rng) -> (usize, usize) {
    let drawn = scaled(chance.next_u64(), count * (count - 1));
    let (first, second) = (drawn / (count - 1), drawn % (count - 1));
    (first as usize, (second + u64::from(second >= first)) as usize)
}
