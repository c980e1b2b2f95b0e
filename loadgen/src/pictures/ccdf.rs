//! How many requests took longer than x, on logarithmic axes: a straight line is a power law, a plateau a stall or a timeout.
//!
//! Exact down to the last request, unlike quantile curves: the height itself says how few they are.

use super::named::Named;
use super::unit::Unit;
use charts::{Axis, Error, Line, Series, Svg};
use hdrhistogram::Histogram;

/// Points nearer than this on both axes are one: 60 per decade, which is below a pixel's width.
const APART: f64 = 1.04;

/// P(X > x) of response and service time of one run, or of the response times of several. None where nothing was
/// answered.
pub fn ccdf(runs: &[Named<'_>]) -> Result<Option<Svg>, Error> {
    let curves: Vec<(&str, &Histogram<u64>)> = match runs {
        [Named { document, .. }] => {
            let recording = &document.recording;
            vec![("response", &recording.response), ("service", &recording.service)]
        }
        several => several
            .iter()
            .map(|run| (run.name, &run.document.recording.response))
            .collect(),
    };
    let most = curves.iter().map(|(_, histogram)| histogram.max()).max();
    let Some(most) = most.filter(|_| curves.iter().any(|(_, histogram)| !histogram.is_empty())) else {
        return Ok(None);
    };
    let unit = Unit::for_most(most as f64);
    let (title, subtitle) = match runs {
        [one] => (
            "Share of requests that took longer",
            one.document.run.title.as_str(),
        ),
        _ => (
            "Share of requests that took longer",
            "response time, from the intended time to the last byte",
        ),
    };
    let chart = Line::new(
        title,
        unit.axis("latency x").log(),
        Axis::new("P(X > x)", "").log(),
    )
    .subtitle(subtitle);
    let chart = curves
        .iter()
        .enumerate()
        .filter(|(_, (_, histogram))| !histogram.is_empty())
        .fold(chart, |chart, (place, (name, histogram))| {
            let series = Series::new(*name, tail(histogram, unit));
            chart.series(series.steps().colour(place))
        });
    chart.draw().map(Some)
}

/// (x, share of what is greater), falling, from the least value to the greatest.
fn tail(histogram: &Histogram<u64>, unit: Unit) -> Vec<(f64, f64)> {
    let count = histogram.len();
    let mut last = (unit.positive(histogram.min() as f64), 1.0);
    let mut points = vec![last];
    let mut seen = 0;
    for step in histogram.iter_recorded() {
        seen += step.count_since_last_iteration();
        let point = (
            unit.positive(step.value_iterated_to() as f64),
            count.saturating_sub(seen) as f64 / count as f64,
        );
        if point.1 > 0.0 && (point.0 > last.0 * APART || point.1 < last.1 / APART) {
            points.push(point);
            last = point;
        }
    }
    // nothing is greater than the greatest, which has no place on the axis
    points.push((unit.positive(histogram.max() as f64), last.1));
    points
}
