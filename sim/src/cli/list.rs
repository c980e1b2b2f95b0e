//! `sim list`: everything there is, from the tables that everything else is made from.

use super::common::{Failure, print};
use gateway::planted::Bug;
use scenarios::{FaultKind, SCENARIOS};
use sim::coverage::State;
use sim::oracles::ORACLES;
use std::fmt::Write as _;

pub(super) fn list() -> Result<u8, Failure> {
    let scenarios = SCENARIOS.iter().map(|entry| (entry.name, entry.about.to_owned()));
    let faults = FaultKind::ALL
        .iter()
        .map(|kind| (kind.name(), kind.about().to_owned()));
    let oracles = ORACLES.iter().map(|row| {
        let about = format!("never {} (believes {})", row.never, row.believes);
        (row.name, about)
    });
    let bugs = Bug::ALL.iter().map(|bug| (bug.name(), bug.about().to_owned()));
    let states = State::ALL
        .iter()
        .map(|state| (state.name(), state.about().to_owned()));
    let mut out = String::new();
    table(&mut out, "scenarios", scenarios.collect());
    table(&mut out, "faults", faults.collect());
    table(&mut out, "oracles", oracles.collect());
    table(&mut out, "planted bugs", bugs.collect());
    table(
        &mut out,
        "states of the gateway that a fault may meet",
        states.collect(),
    );
    print(&out).map(|()| 0)
}

fn table(out: &mut String, title: &str, rows: Vec<(&str, String)>) {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    if !out.is_empty() {
        out.push('\n');
    }
    // a string takes everything
    let _ = writeln!(out, "{title}");
    for (name, about) in rows {
        let _ = writeln!(out, "  {name:width$}  {about}");
    }
}
