//! A line per interval, in columns that stay put: for logs, pipes and terminals that cannot be drawn on.

use super::interval::{Point, Quantiles};
use super::setup::Setup;
use super::state::Live;
use super::tick::Tick;
use super::words::{count, duration_or_dash, rate, since_start};
use std::io::{Write, stderr};

/// Of each column; together they fit a terminal of 80.
const WIDTHS: [usize; 10] = [7, 10, 7, 7, 7, 10, 7, 7, 7, 8];

#[derive(Debug)]
pub(in crate::cli) struct Lines {
    live: Live,
}

impl Lines {
    pub(super) fn open(setup: Setup) -> Self {
        print(&header());
        Self {
            live: Live::new(setup),
        }
    }

    pub(super) fn tick(&mut self, tick: &Tick) {
        let complete = self.live.tick(tick);
        self.print(&complete);
    }

    /// Prints what was left incomplete.
    pub(super) fn close(mut self) {
        let rest = self.live.rest();
        self.print(&rest);
    }

    fn print(&self, points: &[Point]) {
        for point in points {
            print(&line(&self.live.setup, point));
        }
    }
}

pub(super) fn header() -> String {
    columns([
        "time",
        "offered/s",
        "sent/s",
        "done/s",
        "errors",
        "in flight",
        "p50",
        "p99",
        "max",
        "lag p99",
    ])
}

/// Its time is the end of the interval, in seconds since the start of the run.
pub(super) fn line(setup: &Setup, point: &Point) -> String {
    let per_second = |count| rate(setup.per_second(count));
    // without the space they need no wider columns
    let time = |nanos: Option<u64>| duration_or_dash(nanos).replace(' ', "");
    let response = |of: fn(Quantiles) -> u64| time(point.response.map(of));
    columns([
        since_start(setup.ends(point.index), setup.interval.as_secs_f64()).as_str(),
        &per_second(point.counts.planned),
        &per_second(point.counts.sent),
        &per_second(point.counts.done),
        &count(point.counts.errors),
        &count(point.in_flight),
        &response(|r| r.p50),
        &response(|r| r.p99),
        &response(|r| r.max),
        &time(point.lag_p99),
    ])
}

fn columns(cells: [&str; 10]) -> String {
    let cells = cells.iter().zip(WIDTHS);
    cells.map(|(cell, width)| format!("{cell:>width$}")).collect()
}

fn print(line: &str) {
    // whoever closed standard error does not want to know
    let _ = writeln!(stderr(), "{line}");
}
