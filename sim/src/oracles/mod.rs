//! Judges that read a trace and nothing else, one file each. Each has a planted violation that it must catch.
//!
//! Oracles about effects believe what clients, replicas and the wire saw; what the gateway says of itself
//! counts only where those agree with it.

mod attempts;
mod conservation;

pub use attempts::attempts;
pub use conservation::conservation;

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

impl Violation {
    fn at(record: &Record, what: String) -> Self {
        Self {
            at_us: record.at_us,
            sequence: record.sequence,
            what,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.at_us as f64 / 1e6;
        write!(f, "at {seconds:.3} s, event #{}: {}", self.sequence, self.what)
    }
}

/// What an oracle found: how many it looked at, and the first violations.
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

    fn add(&mut self, record: &Record, what: String) {
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push(Violation::at(record, what));
        } else {
            self.more += 1;
        }
    }
}
