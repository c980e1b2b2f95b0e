//! The figures: latencies of the last interval and of the whole run, requests, and what went wrong.

use super::super::interval::Point;
use super::super::state::Live;
use super::super::words::{count, duration, duration_or_dash, quantile, rate};
use hdrhistogram::Histogram;
use loadgen::LagLimit;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph};

/// Widths of the boxes; the last takes what is left, 22 columns at least.
const LATENCY_WIDTH: u16 = 28;
const REQUESTS_WIDTH: u16 = 30;
/// Limits of send lag beside their figures; the verdict above names the others when they are broken.
const LIMITS_MAX: usize = 2;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, live: &Live) {
    let [left, middle, right] = Layout::horizontal([
        Constraint::Length(LATENCY_WIDTH),
        Constraint::Length(REQUESTS_WIDTH),
        Constraint::Fill(1),
    ])
    .areas(area);
    let last = live.last().map(|last| last.point());
    put(frame, left, " response time ", latencies(live));
    put(frame, middle, " requests ", requests(live, last.as_ref()));
    put(
        frame,
        right,
        " send lag, errors ",
        troubles(live, last.as_ref(), right.height),
    );
}

fn put(frame: &mut Frame<'_>, area: Rect, title: &str, lines: Vec<Line<'static>>) {
    let block = Block::bordered()
        .border_style(Style::new().fg(Color::DarkGray))
        .title(title.to_owned());
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn latencies(live: &Live) -> Vec<Line<'static>> {
    // a quantile is shown where at least one request lies beyond it
    const ROWS: [(&str, u64, f64); 5] = [
        ("p50", 2, 0.5),
        ("p90", 10, 0.9),
        ("p99", 100, 0.99),
        ("p99.9", 1_000, 0.999),
        ("max", 1, 1.0),
    ];
    let figure = |of: &Histogram<u64>, enough, quantile| {
        duration_or_dash((of.len() >= enough).then(|| of.value_at_quantile(quantile)))
    };
    let mut lines = vec![heading(format!("{:<6}{:>9} {:>9}", "", "last", "run"))];
    lines.extend(ROWS.map(|(name, enough, quantile)| {
        let last = live
            .last()
            .map_or_else(|| "–".into(), |last| figure(&last.response, enough, quantile));
        let run = figure(&live.totals.response, enough, quantile);
        Line::from(format!(" {name:<5}{last:>9} {run:>9}"))
    }));
    let answers = [
        live.last().map_or(0, |last| last.response.len()),
        live.totals.response.len(),
    ];
    let [last, run] = answers.map(count);
    lines.push(Line::from(format!(" {:<5}{last:>9} {run:>9}", "count")));
    lines
}

/// Rates of the last interval, counts of the whole run.
fn requests(live: &Live, last: Option<&Point>) -> Vec<Line<'static>> {
    let run = &live.totals.counts;
    let last_counts = last.map(|last| last.counts).unwrap_or_default();
    let per_second = |count| rate(live.setup.per_second(count));
    let row = |name: &str, last: String, run: String| format!(" {name:<11}{last:>7} {run:>7}");
    let planned = if live.setup.closed { "asked/s" } else { "offered/s" };
    let now = |of: fn(&Point) -> u64| last.map_or_else(|| "–".into(), |last| count(of(last)));
    let mut lines = vec![heading(row("", "now".into(), "total".into()))];
    lines.extend(
        [
            (planned, last_counts.planned, run.planned),
            ("sent/s", last_counts.sent, run.sent),
            ("answered/s", last_counts.done, run.done),
            ("connected/s", last_counts.connections, run.connections),
        ]
        .map(|(name, last, run)| Line::from(row(name, per_second(last), count(run)))),
    );
    lines.push(row("in flight", now(|p| p.in_flight), String::new()).into());
    lines.push(row("waiting", now(|p| p.waiting), String::new()).into());
    lines
}

/// Send lag beside its limits, then errors by kind, the most frequent first.
fn troubles(live: &Live, last: Option<&Point>, height: u16) -> Vec<Line<'static>> {
    let row = |name: &str, figure: String| format!(" {name:<11}{figure:>8}");
    let mut lines = vec![Line::from(row(
        "p99 last",
        duration_or_dash(last.and_then(|last| last.lag_p99)),
    ))];
    lines.extend(lags(live).into_iter().map(|(name, figure, late)| {
        let style = if late { red() } else { Style::new() };
        Line::styled(row(&name, figure), style)
    }));
    let mut kinds: Vec<_> = live
        .totals
        .kinds
        .iter()
        .filter(|(_, count)| **count > 0)
        .collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let errors = live.totals.counts.errors;
    let style = if errors > 0 { red() } else { Style::new() };
    lines.push(Line::styled(row("errors", count(errors)), style));
    // inside the borders
    let room = usize::from(height).saturating_sub(2 + lines.len());
    let shown = if kinds.len() > room {
        room.saturating_sub(1)
    } else {
        kinds.len()
    };
    lines.extend(
        kinds[..shown]
            .iter()
            .map(|(kind, number)| Line::styled(row(&format!(" {kind}"), count(**number)), red())),
    );
    if shown < kinds.len() {
        let more = kinds[shown..].iter().map(|(_, count)| **count);
        let more = more.fold(0, u64::saturating_add);
        lines.push(Line::styled(
            row(&format!(" {} more", kinds.len() - shown), count(more)),
            red(),
        ));
    }
    lines
}

/// Of the whole run: what is limited beside its limit, or p99 where nothing is; and whether it is too much.
fn lags(live: &Live) -> Vec<(String, String, bool)> {
    let lag = &live.totals.lag;
    let at = |quantile| (!lag.is_empty()).then(|| lag.value_at_quantile(quantile));
    let limits = &live.setup.lag_limits;
    if live.setup.closed || limits.is_empty() {
        return vec![("p99 run".into(), duration_or_dash(at(0.99)), false)];
    }
    let rows = limits
        .iter()
        .take(LIMITS_MAX)
        .flat_map(|LagLimit { quantile: q, most }| {
            let name = quantile(*q);
            let most = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX);
            let late = at(*q).is_some_and(|lag| lag > most);
            [
                (format!("{name} run"), duration_or_dash(at(*q)), late),
                (format!("{name} limit"), duration(most), late),
            ]
        });
    rows.collect()
}

fn heading(text: String) -> Line<'static> {
    Line::styled(text, Style::new().add_modifier(Modifier::BOLD))
}

fn red() -> Style {
    Style::new().fg(Color::Red)
}
