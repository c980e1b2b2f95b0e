//! The columns of a run in figures: what its panels over time are made of.

use super::columns::{Column, Columns, stretches};
use super::quantile::of_part;
use super::unit::Clock;
use crate::record::Row;
use crate::report::Document;
use charts::{Panel, Panels, Series, Span};
use hdrhistogram::Histogram;

/// A run over time.
pub(super) struct Windows {
    pub(super) clock: Clock,
    pub(super) end_s: f64,
    pub(super) all: Vec<Window>,
    spans: Vec<Span>,
    title: String,
}

/// One column: from when to when on the clock, rates per second, latencies in nanoseconds.
pub(super) struct Window {
    from: f64,
    to: f64,
    /// None where nothing was answered.
    pub(super) response: Option<Times>,
    /// None where too few were sent.
    pub(super) lag_p99_ns: Option<f64>,
    /// None in a drain.
    pub(super) offered: Option<f64>,
    pub(super) answered: f64,
    pub(super) failed: f64,
    pub(super) unexpected: f64,
    pub(super) connections: f64,
    /// Mean number of requests.
    pub(super) in_flight: f64,
}

/// Response times of a column in nanoseconds, each as far as there are enough of them.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) p50: Option<f64>,
    pub(super) p90: Option<f64>,
    pub(super) p99: Option<f64>,
    pub(super) max: f64,
}

impl Windows {
    /// None without a series.
    pub(super) fn new(document: &Document) -> Option<Self> {
        let columns = Columns::new(&document.recording)?;
        let clock = Clock::for_end(columns.end_s());
        let spans = stretches(document, columns);
        Some(Self {
            clock,
            end_s: columns.end_s(),
            all: columns.iter().map(|column| Window::new(&column, clock)).collect(),
            spans: spans
                .into_iter()
                .map(|(name, from, to)| Span::new(name, clock.of(from), clock.of(to)))
                .collect(),
            title: document.run.title.clone(),
        })
    }

    /// Panels on this run's time axis.
    pub(super) fn sheet(&self, title: &str, panels: impl IntoIterator<Item = Panel>) -> Panels {
        let x = self.clock.axis().range(0.0, self.clock.of(self.end_s));
        let sheet = Panels::new(title, x).subtitle(&self.title);
        let sheet = panels.into_iter().fold(sheet, Panels::panel);
        self.spans.iter().cloned().fold(sheet, Panels::span)
    }

    /// A quantity as stairs, since it is one of a whole column. Where there is none, a gap.
    pub(super) fn stairs(&self, name: &str, of: impl Fn(&Window) -> Option<f64>) -> Series {
        stairs(
            name,
            self.all.iter().map(|window| (window.from, window.to, of(window))),
        )
    }
}

impl Window {
    fn new(column: &Column<'_>, clock: Clock) -> Self {
        let rate = |count: u64, seconds: f64| count as f64 / seconds.max(1e-9);
        let outcomes = |count: u64| rate(count, column.seconds);
        Self {
            from: clock.of(column.from_s),
            to: clock.of(column.to_s),
            response: Times::new(&column.merged(Row::response)),
            lag_p99_ns: of_part(&column.merged(Row::lag), 0.99),
            // of a stub of a column there is no rate worth its name
            offered: (column.released_s >= column.seconds / 2.0 && column.released_s > 0.0)
                .then(|| rate(column.sum(|row| row.planned), column.released_s)),
            answered: outcomes(column.sum(|row| row.done)),
            failed: outcomes(column.sum(|row| row.failed)),
            unexpected: outcomes(column.sum(|row| row.unexpected)),
            connections: outcomes(column.sum(|row| row.connections)),
            in_flight: outcomes(column.sum(|row| row.in_flight_ns)) / 1e9,
        }
    }
}

impl Times {
    /// None of an empty histogram.
    fn new(histogram: &Histogram<u64>) -> Option<Self> {
        (!histogram.is_empty()).then(|| Self {
            p50: of_part(histogram, 0.5),
            p90: of_part(histogram, 0.9),
            p99: of_part(histogram, 0.99),
            max: histogram.max() as f64,
        })
    }
}

/// Values (from, to, value) that hold over a stretch of the axis each, with gaps where there is none.
pub(super) fn stairs(name: &str, values: impl Iterator<Item = (f64, f64, Option<f64>)>) -> Series {
    let mut runs = vec![Vec::new()];
    for (from, to, value) in values {
        match (value, runs.last_mut()) {
            (Some(value), Some(run)) => run.extend([(from, value), (to, value)]),
            (None, Some(run)) if !run.is_empty() => runs.push(Vec::new()),
            _ => {}
        }
    }
    let runs = runs.into_iter().filter(|run| !run.is_empty());
    runs.fold(Series::new(name, []), Series::then)
}
