//! Rates and latencies over time.
//!
//! Both have the same time axis: the whole run if it fits the history, its latest part if not. A latency has gaps
//! where nothing was answered; a line through a standstill would hide it.

use super::super::interval::{Point, Quantiles};
use super::super::setup::Setup;
use super::super::state::{HISTORY_MAX, Live};
use super::super::words::since_start;
use super::axis::{self, Axis};
use ratatui::Frame;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::{Color, Style};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{self, Block, Chart, Dataset, GraphType};

/// A run whose length is not known is shown on an axis of at least so many intervals.
const INTERVALS_MIN: f64 = 10.0;
/// Points of the offered rate: two for each column of a wide terminal.
const OFFERED_POINTS: u32 = 400;
/// Around the plot: borders, and the time axis with its labels.
const FRAME_ROWS: u16 = 4;

type Curve = Vec<(f64, f64)>;

/// Offered and answered requests per second.
pub(super) fn rates(frame: &mut Frame<'_>, area: Rect, live: &Live, points: &[Point]) {
    let setup = &live.setup;
    let time = time_axis(setup, points);
    let over = |of: fn(&Point) -> u64| -> Curve {
        let each = points.iter();
        each.map(|p| (middle(setup, p), setup.per_second(of(p))))
            .collect()
    };
    let offered = match setup.offered.is_empty() {
        false => offered(setup, time.bounds),
        true if setup.closed => Vec::new(),
        true => over(|p| p.counts.planned),
    };
    let (answered, errors) = (over(|p| p.counts.done), over(|p| p.counts.errors));
    let all = offered.iter().chain(&answered).chain(&errors);
    let rate = axis::rates(all.map(|(_, rate)| *rate).fold(0.0, f64::max));
    let mut curves = vec![("answered", Color::Green, vec![answered])];
    if !offered.is_empty() {
        curves.insert(0, ("offered", Color::Yellow, vec![offered]));
    }
    if live.totals.counts.errors > 0 {
        curves.push(("errors", Color::Red, vec![errors]));
    }
    chart(frame, area, "requests/s", &curves, [time, rate]);
}

/// Maximum, p99 and median of the response times of each interval; what is drawn later covers what was before.
pub(super) fn latencies(frame: &mut Frame<'_>, area: Rect, live: &Live, points: &[Point]) {
    let all = points.iter().filter_map(|p| p.response);
    let least = all.clone().map(|r| r.p50).min().unwrap_or(1_000_000);
    let most = all.map(|r| r.max).max().unwrap_or(10_000_000);
    let latency = axis::latencies(least, most, area.height.saturating_sub(FRAME_ROWS));
    let time = time_axis(&live.setup, points);
    let over = |of| pieces(&live.setup, points, of);
    let curves = [
        ("max", Color::Magenta, over(|r| r.max)),
        ("p99", Color::Yellow, over(|r| r.p99)),
        ("p50", Color::Cyan, over(|r| r.p50)),
    ];
    chart(frame, area, "response time", &curves, [time, latency]);
}

fn chart(
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    curves: &[(&str, Color, Vec<Curve>)],
    [x, y]: [Axis; 2],
) {
    let mut heading = Line::from(format!(" {title}:"));
    let mut datasets = Vec::new();
    for (name, colour, pieces) in curves {
        let style = Style::new().fg(*colour);
        heading.push_span(Span::styled(format!(" {name}"), style));
        datasets.extend(pieces.iter().map(|piece| {
            Dataset::default()
                .data(piece)
                .style(style)
                .marker(Marker::Braille)
                .graph_type(GraphType::Line)
        }));
    }
    heading.push_span(" ");
    let dim = Style::new().fg(Color::DarkGray);
    let axis = |of: Axis| {
        widgets::Axis::default()
            .bounds(of.bounds)
            .labels(of.labels)
            .style(dim)
    };
    frame.render_widget(
        Chart::new(datasets)
            .block(Block::bordered().border_style(dim).title(heading))
            .x_axis(axis(x))
            .y_axis(axis(y).labels_alignment(Alignment::Right))
            .legend_position(None),
        area,
    );
}

/// Seconds since the start of the run.
fn time_axis(setup: &Setup, points: &[Point]) -> Axis {
    let interval = setup.interval.as_secs_f64();
    let last = points.last().map_or(0.0, |p| setup.ends(p.index));
    let history = HISTORY_MAX as f64 * interval;
    let planned = setup.duration.as_secs_f64().min(history);
    let window = match setup.requests {
        None => planned,
        // the duration is only a bound then
        Some(_) => last
            .max(INTERVALS_MIN * interval)
            .min(planned.max(last))
            .min(history),
    };
    let end = last.max(window).max(1e-9);
    let start = end - window;
    let middle = f64::midpoint(start, end);
    // whole seconds are precise enough for a label, unless all of them would read the same
    let digits = if end - start < INTERVALS_MIN { 0.5 } else { 1.0 };
    Axis {
        bounds: [start, end],
        labels: [start, middle, end]
            .map(|at| format!("{} s", since_start(at, digits)))
            .into(),
    }
}

fn offered(setup: &Setup, [start, end]: [f64; 2]) -> Curve {
    let at = |index: u32| start + (end - start) * f64::from(index) / f64::from(OFFERED_POINTS);
    let times = (0..=OFFERED_POINTS).map(at);
    times.filter_map(|at| Some((at, setup.offered_at(at)?))).collect()
}

/// What was counted in an interval is drawn in its middle.
fn middle(setup: &Setup, point: &Point) -> f64 {
    f64::midpoint(setup.begins(point.index), setup.ends(point.index))
}

/// Neighbours with answers, as curves of logarithms.
fn pieces(setup: &Setup, points: &[Point], of: fn(Quantiles) -> u64) -> Vec<Curve> {
    let together = |a: &Point, b: &Point| {
        a.index.checked_add(1) == Some(b.index) && a.response.is_some() && b.response.is_some()
    };
    let place = |p: &Point| Some((middle(setup, p), axis::log(of(p.response?))));
    points
        .chunk_by(together)
        .map(|piece| piece.iter().filter_map(place).collect())
        .collect()
}
