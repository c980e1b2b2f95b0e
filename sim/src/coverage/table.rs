//! Visits for people: a table, and by name what was never visited.

use super::row::{Place, Row};
use super::state::State;
use super::visits::Visits;
use scenarios::FaultKind;
use std::fmt::Write as _;

/// Pairs that mean nothing: such a fault does nothing to a gateway that is down.
const VOID: [(FaultKind, Place, State); 2] = [
    (FaultKind::Bounce, Place::Gateway, State::Down),
    (FaultKind::Stop, Place::Gateway, State::Down),
];

/// So many pairs of kinds that never overlapped are named; in a short sweep nearly all of them are.
const NAMED_MAX: usize = 12;

/// The table: a fault and where it struck in each row, a state in each column; `-` for a pair that was never visited,
/// blank for one that cannot be. Ends in a line feed.
pub fn table(visits: &Visits) -> String {
    let mut out = String::new();
    let rows: Vec<Row> = Row::all().filter(|row| visits.began(*row) > 0).collect();
    // a string takes everything
    if rows.is_empty() {
        let _ = writeln!(out, "  no fault began");
        return out;
    }
    let (of_requests, of_itself) = State::ALL.split_at(State::OF_REQUESTS);
    block(
        &mut out,
        "what its requests were doing",
        visits,
        &rows,
        of_requests,
    );
    out.push('\n');
    block(&mut out, "what had been done to it", visits, &rows, of_itself);
    out.push('\n');
    never(&mut out, visits, &rows);
    overlaps(&mut out, visits);
    out
}

fn block(out: &mut String, title: &str, visits: &Visits, rows: &[Row], states: &[State]) {
    let names = rows.iter().map(|row| row.to_string().len());
    let left = names.chain([title.len()]).max().unwrap_or_default();
    let width = |state: State| {
        let counts = rows.iter().map(|row| visits.met(*row, state).to_string().len());
        counts.chain([state.name().len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = states.iter().map(|state| width(*state)).collect();
    let began = rows.iter().map(|row| visits.began(*row).to_string().len());
    let began_width = began.chain(["began".len()]).max().unwrap_or_default();
    let _ = write!(out, "  {title:left$}  {:>began_width$}", "began");
    for (state, width) in states.iter().zip(&widths) {
        let _ = write!(out, "  {:>width$}", state.name());
    }
    out.push('\n');
    for row in rows {
        let mut line = format!("  {row:left$}  {:>began_width$}", visits.began(*row));
        for (state, width) in states.iter().zip(&widths) {
            let cell = match visits.met(*row, *state) {
                0 if is_void(*row, *state) => String::new(),
                0 => "-".into(),
                count => count.to_string(),
            };
            let _ = write!(line, "  {cell:>width$}");
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

fn is_void(row: Row, state: State) -> bool {
    VOID.contains(&(row.kind(), row.place(), state))
}

/// What was never visited: whole rows and columns first, then what is left, row by row.
fn never(out: &mut String, visits: &Visits, rows: &[Row]) {
    let missing: Vec<_> = Row::all()
        .filter(|row| visits.began(*row) == 0)
        .map(|row| row.to_string())
        .collect();
    if !missing.is_empty() {
        let _ = writeln!(out, "  never began: {}", missing.join(", "));
    }
    let is_met = |state: &&State| rows.iter().any(|row| visits.met(*row, **state) > 0);
    let (met, unmet): (Vec<&State>, Vec<&State>) = State::ALL.iter().partition(is_met);
    if !unmet.is_empty() {
        let names: Vec<_> = unmet.iter().map(|state| state.name()).collect();
        let _ = writeln!(out, "  never met by any fault: {}", names.join(", "));
    }
    for row in rows {
        let gaps = met
            .iter()
            .filter(|state| visits.met(*row, ***state) == 0 && !is_void(*row, ***state));
        let gaps: Vec<_> = gaps.map(|state| state.name()).collect();
        if !gaps.is_empty() {
            let _ = writeln!(out, "  never visited: {row} × {}", gaps.join(", "));
        }
    }
}

fn overlaps(out: &mut String, visits: &Visits) {
    let kinds = FaultKind::ALL;
    let pairs = kinds
        .iter()
        .enumerate()
        .flat_map(|(i, one)| kinds[i..].iter().map(move |other| (*one, *other)));
    let (met, unmet): (Vec<_>, Vec<_>) = pairs.partition(|(one, other)| visits.overlapped(*one, *other) > 0);
    let _ = write!(
        out,
        "  overlapping kinds: {} of {} pairs",
        met.len(),
        met.len() + unmet.len()
    );
    if !unmet.is_empty() {
        let named = unmet.iter().take(NAMED_MAX);
        let named: Vec<_> = named
            .map(|(one, other)| format!("{} × {}", one.name(), other.name()))
            .collect();
        let _ = write!(out, "; never: {}", named.join(", "));
        if unmet.len() > NAMED_MAX {
            let _ = write!(out, " and {} more", unmet.len() - NAMED_MAX);
        }
    }
    out.push('\n');
}
