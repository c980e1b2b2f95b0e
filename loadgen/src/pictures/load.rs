//! What was asked of the target over time and what it took: rates, errors, requests in flight, new connections, send lag.

use super::unit::{Unit, duration, percentile};
use super::windows::{Window, Windows};
use crate::report::Document;
use charts::{Axis, Error, Limit, Panel, Series, Svg};

/// Limits of send lag that are drawn: as many as can be told apart.
const LIMITS_MAX: usize = 3;
/// Height of the small panels, in px.
const LOW: f64 = 90.0;

/// The load of a run over time. None without a time series.
pub fn load(document: &Document) -> Result<Option<Svg>, Error> {
    let Some(windows) = Windows::new(document) else {
        return Ok(None);
    };
    let panels = panels(document, &windows);
    windows.sheet("Load over time", panels).draw().map(Some)
}

pub(super) fn panels(document: &Document, windows: &Windows) -> Vec<Panel> {
    let connections = Panel::new(Axis::new("new connections", "/s"))
        .series(windows.stairs("new", |window| Some(window.connections)).colour(3));
    let in_flight = Panel::new(Axis::new("in flight", "mean")).series(
        windows
            .stairs("in flight", |window| Some(window.in_flight))
            .colour(4),
    );
    let panels = [
        Some(rates(document, windows)),
        errors(windows),
        Some(in_flight.height(LOW)),
        Some(connections.height(LOW)),
        lag(document, windows),
    ];
    panels.into_iter().flatten().collect()
}

fn rates(document: &Document, windows: &Windows) -> Panel {
    let panel = Panel::new(Axis::new("rate", "requests/s"));
    let profile = profile(document, windows).map(|profile| profile.colour(7));
    // a closed loop offers whatever is answered
    let offered = (!document.run.closed).then(|| {
        let offered = windows.stairs("offered", |window| window.offered);
        offered.colour(2)
    });
    let answered = windows
        .stairs("answered", |window| Some(window.answered))
        .colour(0);
    let series = profile.into_iter().chain(offered).chain([answered]);
    series.fold(panel, Panel::series)
}

/// The rate that was asked for, over the whole axis.
fn profile(document: &Document, windows: &Windows) -> Option<Series> {
    let (_, first) = document.run.offered.first()?;
    let (last_s, last) = document.run.offered.last()?;
    let released_s = document.recording.released_for.as_secs_f64();
    let end_s = last_s.max(released_s.min(windows.end_s));
    let points = [(0.0, *first)]
        .into_iter()
        .chain(document.run.offered.iter().copied())
        .chain([(end_s, *last)]);
    let points = points.map(|(at_s, rate)| (windows.clock.of(at_s), rate));
    Some(Series::new("profile", points))
}

/// None where there were none.
fn errors(windows: &Windows) -> Option<Panel> {
    type Rate = fn(&Window) -> f64;
    let kinds: [(&str, usize, Rate); 2] = [
        ("no answer", 1, |window| window.failed),
        ("unexpected", 6, |window| window.unexpected),
    ];
    let mut met = kinds
        .into_iter()
        .filter(|(_, _, of)| windows.all.iter().any(|window| of(window) > 0.0))
        .peekable();
    met.peek()?;
    let panel = Panel::new(Axis::new("errors", "/s")).height(LOW);
    Some(met.fold(panel, |panel, (name, colour, of)| {
        let errors = windows.stairs(name, |window| Some(of(window)));
        panel.series(errors.colour(colour))
    }))
}

/// None where too little was sent for a p99.
fn lag(document: &Document, windows: &Windows) -> Option<Panel> {
    // a closed loop plans nothing, so nothing is late
    let kept = if document.run.closed { 0 } else { LIMITS_MAX };
    let limits = || document.run.limits.send_lag.iter().take(kept);
    let lags = windows.all.iter().filter_map(|window| window.lag_p99_ns);
    let most = lags.reduce(f64::max)?;
    let unit = Unit::for_most(
        limits()
            .map(|limit| limit.most.as_nanos() as f64)
            .fold(most, f64::max),
    );
    let curve = windows.stairs("p99", |window| Some(unit.positive(window.lag_p99_ns?)));
    let panel = Panel::new(unit.axis("send lag").log())
        .series(curve.colour(5))
        .height(LOW);
    Some(limits().fold(panel, |panel, limit| {
        let most_ns = limit.most.as_nanos() as f64;
        let name = format!("limit of {}: {}", percentile(limit.quantile), duration(most_ns));
        panel.limit(Limit::new(name, unit.positive(most_ns)))
    }))
}
