//! The columns of a run in figures: what its panels over time are made of.

use super::columns::{Column, Columns, stretches};
use super::unit::Clock;
use crate::report::{Document, Latency};
use charts::{Panel, Panels, Series, Span};

/// A run over time.
pub(super) struct Windows {
    pub(super) clock: Clock,
    pub(super) end_s: f64,
    pub(super) all: Vec<Window>,
    spans: Vec<Span>,
    title: String,
}

/// One column. Rates per second; latencies in nanoseconds.
pub(super) struct Window {
    from: f64,
    middle: f64,
    /// None where nothing was answered.
    pub(super) response: Option<Times>,
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

/// Response times of a column.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p99: f64,
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

    /// A quantity as stairs: it is a mean over each column. Where there is none, a gap.
    pub(super) fn stairs(&self, name: &str, of: impl Fn(&Window) -> Option<f64>) -> Series {
        let ends = self.all.iter().skip(1).map(|window| window.from);
        let ends = ends.chain([self.clock.of(self.end_s)]);
        let runs = runs(self.all.iter().zip(ends).map(|(window, end)| {
            let value = of(window)?;
            Some([(window.from, value), (end, value)])
        }));
        series(name, runs).steps()
    }

    /// A quantity at the middle of each column. Where there is none, a gap.
    pub(super) fn curve(&self, name: &str, of: impl Fn(&Window) -> Option<f64>) -> Series {
        let points = self.all.iter().map(|window| Some([(window.middle, of(window)?)]));
        series(name, runs(points))
    }
}

impl Window {
    fn new(column: &Column<'_>, clock: Clock) -> Self {
        let response = Latency::new(&column.merged(crate::record::Row::response));
        let lag = column.merged(crate::record::Row::lag);
        let rate = |count: u64, seconds: f64| count as f64 / seconds.max(1e-9);
        let outcomes = |count: u64| rate(count, column.seconds);
        Self {
            from: clock.of(column.from_s),
            middle: clock.of(column.middle_s()),
            response: (response.count > 0).then(|| Times::new(&response)),
            lag_p99_ns: (!lag.is_empty()).then(|| lag.value_at_quantile(0.99) as f64),
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
    fn new(latency: &Latency) -> Self {
        let nanos = |micros: f64| micros * 1e3;
        Self {
            p50: nanos(latency.p50),
            p90: nanos(latency.p90),
            p99: nanos(latency.p99),
            max: nanos(latency.max),
        }
    }
}

/// Stretches without a gap.
pub(super) fn runs<const N: usize>(
    points: impl Iterator<Item = Option<[(f64, f64); N]>>,
) -> Vec<Vec<(f64, f64)>> {
    let mut runs = vec![Vec::new()];
    for point in points {
        match (point, runs.last_mut()) {
            (Some(point), Some(run)) => run.extend(point),
            (None, Some(run)) if !run.is_empty() => runs.push(Vec::new()),
            _ => {}
        }
    }
    runs
}

pub(super) fn series(name: &str, runs: Vec<Vec<(f64, f64)>>) -> Series {
    runs.into_iter()
        .filter(|run| !run.is_empty())
        .fold(Series::new(name, []), Series::then)
}
