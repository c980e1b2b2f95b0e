//! Random, by weight: no state, and no two workers or gateways in step.

use rand::Rng;

use super::chance::below;
use super::fleet::{Fleet, open};
use crate::planted::{Bug, planted_or};

#[derive(Debug)]
pub struct Random;

impl Random {
    pub fn pick(&self, fleet: &impl Fleet, chance: &mut impl Rng) -> Option<usize> {
        let open = open(fleet);
        let total: u64 = open.iter().map(|replica| fleet.weight(replica)).sum();
        if total == 0 {
            return None;
        }
        let mut left = planted_or(Bug::RandomFirst, 0, below(total, chance));
        open.iter().find(|&replica| {
            let weight = fleet.weight(replica);
            let is_here = left < weight;
            left = left.wrapping_sub(weight);
            is_here
        })
    }
}
