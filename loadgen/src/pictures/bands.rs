//! One run over time, everything on one time axis: what users had of it, what was asked, and what that cost.

use super::load;
use super::unit::Unit;
use super::windows::{Times, Windows};
use crate::report::Document;
use charts::{Error, Panel, Svg};

/// Response time by percentile over the panels of [`load`](super::load()). None without a time series.
pub fn bands(document: &Document) -> Result<Option<Svg>, Error> {
    let Some(windows) = Windows::new(document) else {
        return Ok(None);
    };
    let panels = latencies(&windows)
        .into_iter()
        .chain(load::panels(document, &windows));
    let sheet = windows.sheet("The run over time", panels);
    let note = "A percentile is drawn where at least one request of its interval lies beyond it.";
    sheet.note(note).draw().map(Some)
}

/// None where nothing was answered.
fn latencies(windows: &Windows) -> Option<Panel> {
    let responses = windows.all.iter().filter_map(|window| window.response);
    let most = responses.map(|times| times.max).reduce(f64::max)?;
    let unit = Unit::for_most(most);
    // from the top, as the curves lie
    type Figure = fn(Times) -> Option<f64>;
    let curves: [(&str, usize, Figure); 4] = [
        ("max", 7, |times| Some(times.max)),
        ("p99", 1, |times| times.p99),
        ("p90", 2, |times| times.p90),
        ("p50", 0, |times| times.p50),
    ];
    let panel = Panel::new(unit.axis("response time").log()).height(220.0);
    Some(curves.into_iter().fold(panel, |panel, (name, colour, of)| {
        let curve = windows.stairs(name, |window| Some(unit.positive(of(window.response?)?)));
        panel.series(curve.colour(colour))
    }))
}
