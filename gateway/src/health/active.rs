//! One replica's answers to probes: up or down, by thresholds both ways.
//!
//! A replica that was never probed is up, unless the config says otherwise: a gateway that starts while probing cannot work
//! (a mistyped path, a firewall) is better off with requests that may fail than with none. It takes `unhealthy_after`
//! failures in a row to go down and `healthy_after` successes in a row to come up, so that one lost packet is no outage and
//! one lucky answer no recovery.

use super::Active;
use crate::planted::{Bug, planted_or};

#[derive(Debug, Clone, Copy)]
pub(super) struct Answers {
    pub(super) is_up: bool,
    /// Results in a row that speak against the state.
    against: u32,
}

impl Answers {
    pub(super) fn new(params: Option<&Active>) -> Self {
        Self {
            is_up: !params.is_some_and(|params| params.initially_unhealthy),
            against: 0,
        }
    }

    pub(super) fn probed(&mut self, is_good: bool, params: &Active) {
        if is_good == self.is_up {
            self.against = 0;
            return;
        }
        self.against = self.against.saturating_add(1);
        let enough = if self.is_up {
            planted_or(Bug::ProbeThresholdIgnored, 1, params.unhealthy_after)
        } else {
            planted_or(Bug::UpTooSoon, 1, params.healthy_after)
        };
        if self.against >= enough {
            *self = Self {
                is_up: is_good,
                against: 0,
            };
        }
    }
}
