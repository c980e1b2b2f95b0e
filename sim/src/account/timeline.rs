//! What a simulation looked like over time, for pictures and for whoever asks when: the seconds of each kind of request, how long answers took and when they were
//! asked for, every turn of a breaker, every config that was given, and the last request that failed.
//!
//! Memory: bounded by seconds, kinds, cells, turns and configs, each with a constant of its own; what lies beyond is left out.

use super::{Seconds, Sums};
use crate::trace::{Outcome, Record};
use std::collections::BTreeMap;

/// Kinds of requests that have seconds of their own: more could not be told apart in a picture.
pub const ASKS_MAX: usize = 8;

/// A column of cells.
const COLUMN_US: u64 = 50_000;
/// Columns: ten minutes, longer than anybody draws.
const COLUMNS_MAX: u64 = 12_000;
/// Rows from one time to its double: each is a twelfth longer than the one below.
const ROWS_PER_DOUBLE: f64 = 8.0;

/// A breaker that turns this often is not drawn turn by turn.
const TURNS_MAX: usize = 10_000;

/// The same of configs.
const RELOADS_MAX: usize = 10_000;

/// The states of a breaker, in order of their numbers in a trace.
const STATES: [&str; 3] = ["closed", "half-open", "open"];

/// A breaker's change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub at_us: u64,
    /// By its number.
    pub upstream: u64,
    /// Of the replica on this host; 0 for all of the upstream.
    pub host: u64,
    pub from: &'static str,
    pub to: &'static str,
}

/// Another config that was given to the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    pub at_us: u64,
    /// By its place in the scenario.
    pub config: u64,
    pub is_refused: bool,
}

/// Answers to requests of one stretch that took about as long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    pub from_us: u64,
    pub to_us: u64,
    /// The middle of how long they took.
    pub response_us: f64,
    pub count: u64,
}

/// One simulation over time.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    /// By their place in the load.
    pub asks: Vec<Seconds>,
    pub turns: Vec<Turn>,
    pub given: Vec<Given>,
    /// The latest intended time of a request that got no 2xx.
    pub last_failed_us: Option<u64>,
    /// By column and row.
    cells: BTreeMap<(u64, u64), u64>,
}

impl Timeline {
    /// How many answers took how long, in order of time.
    pub fn cells(&self) -> impl Iterator<Item = Cell> {
        self.cells.iter().map(|((column, row), count)| Cell {
            from_us: column * COLUMN_US,
            to_us: (column + 1) * COLUMN_US,
            response_us: libm::exp2((*row as f64 + 0.5) / ROWS_PER_DOUBLE),
            count: *count,
        })
    }

    pub(super) fn count(&mut self, at_us: u64, ask: usize, count: impl Fn(&mut Sums)) {
        if ask >= ASKS_MAX {
            return;
        }
        if self.asks.len() <= ask {
            self.asks.resize_with(ask + 1, Seconds::default);
        }
        self.asks[ask].count(at_us, count);
    }

    pub(super) fn ended(&mut self, intended_us: u64, outcome: Outcome, response_us: u64) {
        if !outcome.is_ok() {
            self.last_failed_us = self.last_failed_us.max(Some(intended_us));
        }
        let column = intended_us / COLUMN_US;
        if matches!(outcome, Outcome::Status(_)) && column < COLUMNS_MAX {
            let row = libm::log2(response_us.max(1) as f64) * ROWS_PER_DOUBLE;
            *self.cells.entry((column, row as u64)).or_default() += 1;
        }
    }

    pub(super) fn turned(&mut self, record: &Record) {
        let [upstream, host, from, to, ..] = record.args();
        let state = |number: u64| STATES.get(number as usize).copied().unwrap_or("unknown");
        if self.turns.len() < TURNS_MAX {
            self.turns.push(Turn {
                at_us: record.at_us,
                upstream,
                host,
                from: state(from),
                to: state(to),
            });
        }
    }

    pub(super) fn given(&mut self, record: &Record) {
        let [config, version, ..] = record.args();
        if self.given.len() < RELOADS_MAX {
            self.given.push(Given {
                at_us: record.at_us,
                config,
                is_refused: version == 0,
            });
        }
    }

    pub(super) fn close(&mut self) {
        self.asks.iter_mut().for_each(Seconds::close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Kind;

    #[test]
    fn answers_are_counted_where_they_belong() {
        let mut timeline = Timeline::default();
        timeline.ended(10, Outcome::Status(200), 1_000);
        timeline.ended(COLUMN_US - 1, Outcome::Status(503), 1_010);
        timeline.ended(COLUMN_US, Outcome::Status(200), 0);
        // no answer, and far away
        timeline.ended(20, Outcome::Unknown(99), 1_000);
        timeline.ended(u64::MAX, Outcome::Status(200), u64::MAX);
        let cells: Vec<_> = timeline.cells().collect();
        let counts: Vec<_> = cells.iter().map(|cell| (cell.from_us, cell.count)).collect();
        assert_eq!(counts, [(0, 2), (COLUMN_US, 1)]);
        let off = cells[0].response_us / 1_000.0;
        assert!((0.9..1.1).contains(&off), "{off}");
        assert_eq!(timeline.last_failed_us, Some(COLUMN_US - 1));
    }

    #[test]
    fn turns_and_kinds_are_bounded() {
        let mut timeline = Timeline::default();
        for at_us in 0..=TURNS_MAX as u64 {
            timeline.turned(&Record::new(at_us, 0, 1, Kind::GatewayBreaker, &[1, 0, 0, 2]));
        }
        assert_eq!(timeline.turns.len(), TURNS_MAX);
        assert_eq!((timeline.turns[7].from, timeline.turns[7].to), ("closed", "open"));
        for at_us in 0..=RELOADS_MAX as u64 {
            timeline.given(&Record::new(at_us, 0, 0, Kind::Reload, &[2, at_us % 2]));
        }
        assert_eq!(timeline.given.len(), RELOADS_MAX);
        assert_eq!(
            (timeline.given[0].is_refused, timeline.given[1].is_refused),
            (true, false)
        );
        timeline.count(0, 3, |sums| sums.requests += 1);
        timeline.count(0, ASKS_MAX, |sums| sums.requests += 1);
        assert_eq!(timeline.asks.len(), 4);
        assert_eq!(timeline.asks[3].sums()[0].requests, 1);
    }
}
