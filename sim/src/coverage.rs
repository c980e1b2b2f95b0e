//! What a run visited: which faults began while the gateway was in which state.

use crate::scenarios::Scenario;
use crate::trace::Record;

/// Counts how often each pair of fault and state was met.
pub struct Coverage {
    visits: Visits,
}

/// What was visited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visits {}

impl Coverage {
    pub fn new(_: &Scenario) -> Self {
        Self {
            visits: Visits::default(),
        }
    }

    pub fn see(&mut self, _: &Record) {}

    pub fn finish(self) -> Visits {
        self.visits
    }
}
