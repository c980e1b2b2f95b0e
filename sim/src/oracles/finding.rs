//! What an oracle found.

use crate::trace::Record;
use std::fmt;

/// The most violations one oracle lists; a broken run would fill the screen otherwise.
const VIOLATIONS_MAX: usize = 10;

/// Something that must never happen, and where in the trace it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub at_us: u64,
    /// The event that shows it.
    pub sequence: u64,
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.at_us as f64 / 1e6;
        write!(f, "at {seconds:.3} s, event #{}: {}", self.sequence, self.what)
    }
}

/// How many it looked at, and the first violations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// Requests, attempts or whatever the oracle counts. Zero means that it judged nothing.
    pub looked_at: u64,
    pub violations: Vec<Violation>,
    /// Violations beyond those listed.
    pub more: u64,
}

impl Finding {
    pub fn holds(&self) -> bool {
        self.violations.is_empty()
    }

    /// `record` is the event that shows it. `what` is only made when it is listed.
    pub(super) fn add(&mut self, record: &Record, what: impl FnOnce() -> String) {
        self.add_at(record.at_us, record.sequence, what);
    }

    /// The same for an event of which only time and number were kept.
    pub(super) fn add_at(&mut self, at_us: u64, sequence: u64, what: impl FnOnce() -> String) {
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push(Violation {
                at_us,
                sequence,
                what: what(),
            });
        } else {
            self.more += 1;
        }
    }
}
