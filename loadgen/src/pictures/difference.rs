//! What one run takes longer than another, quantile by quantile: where they differ, not only whether.

use super::named::Named;
use super::quantile::grid;
use super::unit::Unit;
use charts::{Axis, Error, Limit, Percentile, Svg};

/// B less A at one quantile, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// 0 to 1.
    pub quantile: f64,
    pub us: f64,
    /// What it lies between, where that was estimated: low, high.
    pub interval_us: Option<(f64, f64)>,
}

/// Of the response times of two runs, without intervals, as far as both have requests beyond. Empty where either has
/// no answers.
pub fn differences(a: Named<'_>, b: Named<'_>) -> Vec<Difference> {
    let (a, b) = (&a.document.recording.response, &b.document.recording.response);
    let count = a.len().min(b.len());
    if count == 0 {
        return Vec::new();
    }
    let at = |quantile| {
        let (a, b) = (a.value_at_quantile(quantile), b.value_at_quantile(quantile));
        (b as f64 - a as f64) / 1e3
    };
    grid(count)
        .map(|quantile| Difference {
            quantile,
            us: at(quantile),
            interval_us: None,
        })
        .collect()
}

/// Draws the differences of two runs called `a` and `b`. None without any.
pub fn difference(a: &str, b: &str, points: &[Difference]) -> Result<Option<Svg>, Error> {
    if points.is_empty() {
        return Ok(None);
    }
    let nanos = |us: f64| us * 1e3;
    let ends = points.iter().flat_map(|point| {
        let (low, high) = point.interval_us.unwrap_or((point.us, point.us));
        [point.us, low, high]
    });
    let unit = Unit::for_most(ends.map(|us| nanos(us).abs()).fold(0.0, f64::max));
    let y: Axis = unit.axis("difference of response time");
    let band: Vec<_> = points
        .iter()
        .filter_map(|point| {
            let (low, high) = point.interval_us?;
            Some((point.quantile, unit.of(nanos(low)), unit.of(nanos(high))))
        })
        .collect();
    let note = match band.is_empty() {
        true => "No interval was estimated: some of this is chance. loadgen compare says how much.",
        false => "Where the shaded interval holds zero, no difference is shown.",
    };
    let curve = points
        .iter()
        .map(|point| (point.quantile, unit.of(nanos(point.us))));
    Percentile::new("Difference by percentile", y)
        .subtitle(format!("{b} less {a}: below zero, {b} is faster"))
        .note(note)
        .series("difference", curve)
        .band(band)
        .limit(Limit::new("no difference", 0.0))
        .draw()
        .map(Some)
}
