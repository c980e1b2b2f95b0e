//! Judges that read a trace and nothing else, one file each, as a table.
//!
//! Contract
//! - An oracle sees the records of the kinds it names, one after the other, while they are made; its memory does not grow
//!   with the trace.
//! - Oracles about effects believe what clients, replicas and the wire saw; what the gateway says of itself counts only for
//!   what cannot be seen from outside, and is held against those.
//! - What the parts were told (bounds, retries, times) comes from the scenario, never from a part.
//! - For each there is a planted bug that it must catch (`sim selfcheck`), and a planted violation in its own tests.

mod conservation;
mod finding;
mod ids;

pub use finding::{Finding, Violation};

use crate::scenarios::Scenario;
use crate::trace::{Kind, Record};

/// One judge of one simulation.
pub trait Oracle: Send {
    /// The kinds of events it wants to see.
    fn kinds(&self) -> &'static [Kind];

    fn see(&mut self, record: &Record, finding: &mut Finding);

    /// The simulation has ended.
    fn end(&mut self, _finding: &mut Finding) {}
}

/// One row of the table.
pub struct Row {
    pub name: &'static str,
    /// What must never be.
    pub never: &'static str,
    /// Whose events it rests on.
    pub believes: &'static str,
    /// A violation is a loss of liveness: nothing wrong was done, but it did not recover.
    pub liveness: bool,
    pub build: fn(&Scenario) -> Box<dyn Oracle>,
}

/// Every oracle. All of them judge every run.
pub static ORACLES: &[Row] = &[Row {
    name: "conservation",
    never: "a request with no outcome, or two; one at a replica that no client planned",
    believes: "client, stub",
    liveness: false,
    build: |_| Box::new(conservation::Conservation::default()),
}];

/// The oracle of that name.
pub fn find(name: &str) -> Option<&'static Row> {
    ORACLES.iter().find(|row| row.name == name)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Shows the events, a millisecond apart, to an oracle and compares what it says.
    pub(crate) fn check(oracle: &mut dyn Oracle, events: &[(u64, Kind, &[u64])], expected: &[&str]) {
        let finding = judge(oracle, events);
        let found: Vec<_> = finding.violations.iter().map(|v| v.what.as_str()).collect();
        assert_eq!(found, expected);
    }

    pub(crate) fn judge(oracle: &mut dyn Oracle, events: &[(u64, Kind, &[u64])]) -> Finding {
        let mut finding = Finding::default();
        for (i, (host, kind, values)) in events.iter().enumerate() {
            let record = Record::new(i as u64 * 1_000, i as u64, *host, *kind, values);
            if oracle.kinds().contains(kind) {
                oracle.see(&record, &mut finding);
            }
        }
        oracle.end(&mut finding);
        finding
    }

    #[test]
    fn rows_have_names_of_their_own() {
        for row in ORACLES {
            assert_eq!(ORACLES.iter().filter(|other| other.name == row.name).count(), 1);
        }
    }
}
