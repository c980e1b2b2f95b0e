//! Latency over rate: flat until the target's queue grows, then not. The knee is the highest rate that kept the promise.
//!
//! Several runs at one rate are one point at their median with their range shaded. Runs that were INVALID say nothing of
//! the target: hollow, and off the line.

use super::unit::Unit;
use charts::{Axis, Error, Limit, Panel, Panels, Series, Span, Svg, number};

/// One run at one rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Planned, per second.
    pub rate: f64,
    /// Answered, per second.
    pub achieved: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub p99_9_us: f64,
    /// The generator did what it planned.
    pub valid: bool,
    /// Every service level was kept.
    pub holds: bool,
}

/// What a search was for: a latency, and how it is to be called ("p99 < 50 ms").
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    pub name: String,
    pub us: f64,
}

/// The highest rate at which every valid run kept to the service levels; none where no rate did.
pub fn highest(points: &[Point]) -> Option<f64> {
    by_rate(points.iter().filter(|point| point.valid))
        .into_iter()
        .filter(|same| same.iter().all(|point| point.holds))
        .filter_map(|same| same.first().map(|point| point.rate))
        .next_back()
}

/// Latencies and the achieved rate over the planned one, with the highest rate that held and, where one is known, the
/// knee. None without a point.
pub fn hockey_stick(
    title: &str,
    points: &[Point],
    goal: Option<&Goal>,
    knee: Option<f64>,
) -> Result<Option<Svg>, Error> {
    if points.is_empty() {
        return Ok(None);
    }
    let most = points.iter().map(|point| point.p99_9_us);
    let most = most.chain(goal.map(|goal| goal.us)).fold(0.0, f64::max);
    let unit = Unit::for_most(most * 1e3);
    let latency = |micros: f64| unit.positive(micros * 1e3);
    type Figure = fn(&Point) -> f64;
    let curves: [(&str, usize, Figure); 3] = [
        ("p99.9", 3, |point| point.p99_9_us),
        ("p99", 1, |point| point.p99_us),
        ("p50", 0, |point| point.p50_us),
    ];
    let panel = Panel::new(unit.axis("response time").log()).height(260.0);
    let panel = curves.into_iter().fold(panel, |panel, (name, colour, of)| {
        // one entry for all hollow dots is enough
        let hollow = if name == "p99" { "INVALID" } else { "" };
        panel.series(curve(name, hollow, points, |point| latency(of(point))).colour(colour))
    });
    let panel = goal.into_iter().fold(panel, |panel, goal| {
        panel.limit(Limit::new(&goal.name, latency(goal.us)))
    });
    let ends =
        [f64::min, f64::max].map(|pick| points.iter().map(|point| point.rate).reduce(pick).unwrap_or(0.0));
    let planned = Series::new("planned", ends.map(|rate| (rate, rate)));
    let achieved = curve("answered", "", points, |point| point.achieved);
    let rates = Panel::new(Axis::new("rate", "requests/s"))
        .series(planned.colour(7))
        .series(achieved.colour(2));
    let sheet = Panels::new("Latency over rate", Axis::new("planned rate", "requests/s"))
        .subtitle(title)
        .panel(panel)
        .panel(rates);
    let marks = [("highest that held", highest(points)), ("knee", knee)];
    let sheet = marks.into_iter().fold(sheet, |sheet, (name, rate)| match rate {
        Some(rate) => sheet.span(Span::limit(
            format!("{name}: {}/s", number::significant(rate, 4)),
            rate,
        )),
        None => sheet,
    });
    sheet.draw().map(Some)
}

/// Medians of the valid points with their range, and the others hollow.
fn curve(name: &str, hollow: &str, points: &[Point], of: impl Fn(&Point) -> f64) -> Series {
    let groups = by_rate(points.iter().filter(|point| point.valid));
    let mut ranges = Vec::new();
    let medians: Vec<(f64, f64)> = groups
        .iter()
        .filter_map(|same| {
            let mut values: Vec<f64> = same.iter().map(|point| of(point)).collect();
            values.sort_by(f64::total_cmp);
            let rate = same.first()?.rate;
            ranges.push((rate, *values.first()?, *values.last()?));
            Some((rate, *values.get(values.len() / 2)?))
        })
        .collect();
    let series = Series::new(name, medians).dots();
    let series = if groups.iter().any(|same| same.len() > 1) {
        series.band(ranges)
    } else {
        series
    };
    let invalid: Vec<(f64, f64)> = points
        .iter()
        .filter(|point| !point.valid)
        .map(|point| (point.rate, of(point)))
        .collect();
    if invalid.is_empty() {
        series
    } else {
        series.hollow(hollow, invalid)
    }
}

/// Points of equal rate together, in rising order.
fn by_rate<'a>(points: impl Iterator<Item = &'a Point>) -> Vec<Vec<&'a Point>> {
    let mut sorted: Vec<&Point> = points.collect();
    sorted.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    sorted
        .chunk_by(|a, b| a.rate.total_cmp(&b.rate).is_eq())
        .map(<[&Point]>::to_vec)
        .collect()
}
