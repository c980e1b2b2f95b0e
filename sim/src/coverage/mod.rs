//! What a run visited: which faults began while the gateway was in which states, and which kinds of faults overlapped.
//!
//! Contract
//! - Told by the trace alone. A state is one that can be told from it (`state` names them all), and several hold at once.
//! - A fault is counted in the states that hold at the moment it begins, before it does anything.
//! - [`Visits`] add up: those of any split of a sweep are those of the whole. Their size depends on the tables alone.
//! - It counts and does not judge: what was never visited is shown, not failed.

mod gateway;
mod row;
mod state;
mod table;
mod visits;

pub use row::{Place, Row};
pub use state::State;
pub use table::table;
pub use visits::Visits;

use crate::trace::{Kind, Record};
use gateway::Gateway;
use scenarios::{FaultKind, Scenario};
use std::collections::BTreeMap;

/// Watches one simulation and counts.
pub struct Coverage {
    gateway: Gateway,
    /// How many of each kind lie on the system.
    active: BTreeMap<FaultKind, u64>,
    visits: Visits,
}

impl Coverage {
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            gateway: Gateway::new(scenario),
            active: BTreeMap::new(),
            visits: Visits::default(),
        }
    }

    pub fn see(&mut self, record: &Record) {
        match record.kind {
            // most of a trace, and no state hangs on them
            Kind::In | Kind::Out => {}
            Kind::FaultBegan => self.began(record),
            Kind::FaultEnded => self.ended(record),
            _ => self.gateway.see(record),
        }
    }

    fn began(&mut self, record: &Record) {
        let [_, fault, a, b, ..] = record.args();
        let Some(kind) = FaultKind::from_code(fault) else {
            return;
        };
        if let Some(row) = Row::of(kind, self.gateway.place(a, b)) {
            self.visits.visit(row, &self.gateway.states(record.at_us));
        }
        self.active
            .keys()
            .for_each(|other| self.visits.overlap(kind, *other));
        *self.active.entry(kind).or_default() += 1;
    }

    fn ended(&mut self, record: &Record) {
        let [_, fault, ..] = record.args();
        if let Some(kind) = FaultKind::from_code(fault)
            && let Some(active) = self.active.get_mut(&kind)
        {
            *active -= 1;
            self.active.retain(|_, count| *count > 0);
        }
    }

    pub fn finish(self) -> Visits {
        self.visits
    }
}

#[cfg(test)]
mod tests;
