//! What lies within the plot: spans, bands, curves, dots, limits.
//!
//! Everything is drawn into a window of the plot's size, so that an axis with an explicit range cuts curves off
//! instead of letting them run over the texts. Curves of more points than pixels are thinned to the
//! extremes of each pixel column, which looks the same and bounds the file: at most four points a column.

use super::axes::Area;
use super::plot::{Band, Plot, Series, line_class};
use crate::canvas::{Canvas, Px};
use std::fmt::Write as _;

/// Room around the window for strokes and dots that lie on the plot's edge.
const BLEED: f64 = 4.0;
/// Points of a run from which it is thinned: a few per pixel column.
const THIN_FROM: usize = 2000;
/// Dots beyond which they would merge into a line anyway.
const DOTS_MAX: usize = 240;

/// Shades the spans; draws moments as dotted lines.
pub(crate) fn spans(canvas: &mut Canvas, plot: &Plot, area: &Area) {
    for span in &plot.spans {
        if span.from > area.x.high || span.to < area.x.low {
            continue;
        }
        let (from, to) = (area.x(span.from).max(area.left), area.x(span.to).min(area.right));
        if to - from < 1.0 {
            canvas.line("c-mark", (from, area.top), (from, area.bottom));
        } else {
            canvas.rect("c-span", from, area.top, to - from, area.bottom - area.top);
        }
    }
}

/// Draws the dashed lines of limits that lie on the axis.
pub(crate) fn limits(canvas: &mut Canvas, plot: &Plot, area: &Area) {
    for limit in plot
        .limits
        .iter()
        .filter(|l| l.y >= area.y.low && l.y <= area.y.high)
    {
        let y = area.y(limit.y);
        canvas.line("c-limit", (area.left, y), (area.right, y));
    }
}

/// Draws one series: band, curve, dots.
pub(crate) fn series(canvas: &mut Canvas, plot: &Plot, index: usize, area: &Area) {
    let series = &plot.series[index];
    let class = line_class(plot, index);
    let fill = class.replace("c-line c-s", "c-f");
    canvas.open(&series.name);
    canvas.open_window(
        area.left - BLEED,
        area.top - BLEED,
        area.right - area.left + 2.0 * BLEED,
        area.bottom - area.top + 2.0 * BLEED,
    );
    if !series.band.is_empty() {
        canvas.path(&format!("c-band {fill}"), &outline(&series.band, area));
    }
    let mut dots = 0;
    for run in &series.runs {
        let points: Vec<(f64, f64)> = run
            .iter()
            .map(|p| (near(area.x(p.0)), near(area.y(p.1))))
            .collect();
        if points.len() > 1 {
            canvas.path(&class, &curve(&thinned(&points), series));
        }
        // a run of one point has no line: without a dot it would not be seen
        if (series.dots && dots + points.len() <= DOTS_MAX) || points.len() == 1 {
            dots += points.len();
            for (x, y) in points {
                canvas.dot(&format!("c-dot {fill}"), x, y, 3.5);
            }
        }
    }
    canvas.close_window();
    canvas.close();
}

/// Keeps positions of values far outside an explicit range within what viewers compute with.
fn near(px: f64) -> f64 {
    px.clamp(-1e5, 1e5)
}

fn curve(points: &[(f64, f64)], series: &Series) -> String {
    let mut data = String::new();
    for (i, (x, y)) in points.iter().enumerate() {
        // writing to a String cannot fail
        let _ = match (i, series.steps) {
            (0, _) => write!(data, "M{} {}", Px(*x), Px(*y)),
            (_, true) => write!(data, "H{}V{}", Px(*x), Px(*y)),
            (_, false) => write!(data, "L{} {}", Px(*x), Px(*y)),
        };
    }
    data
}

/// The band's upper edge forward, then its lower edge back.
fn outline(band: &[Band], area: &Area) -> String {
    let upper = band.iter().map(|b| (b.0, b.2));
    let lower = band.iter().rev().map(|b| (b.0, b.1));
    let mut data = String::new();
    for (i, (x, y)) in upper.chain(lower).enumerate() {
        let command = if i == 0 { 'M' } else { 'L' };
        let _ = write!(data, "{command}{} {}", Px(near(area.x(x))), Px(near(area.y(y))));
    }
    data + "z"
}

/// First, lowest, highest and last point of each pixel column, in their order.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() < THIN_FROM {
        return points.to_vec();
    }
    let mut out = Vec::new();
    for column in points.chunk_by(|a, b| a.0.floor() == b.0.floor()) {
        let by_height = |pick: fn(f64, f64) -> bool| {
            (0..column.len()).reduce(|best, i| {
                if pick(column[i].1, column[best].1) {
                    i
                } else {
                    best
                }
            })
        };
        let ends = [
            Some(0),
            by_height(|a, b| a < b),
            by_height(|a, b| a > b),
            column.len().checked_sub(1),
        ];
        let mut kept: Vec<usize> = ends.into_iter().flatten().collect();
        kept.sort_unstable();
        kept.dedup();
        out.extend(kept.into_iter().map(|i| column[i]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_extremes_and_bounds_the_count() {
        let spike = |i: u32| {
            if i == 54_321 {
                0.0
            } else {
                100.0 + f64::from(i % 7)
            }
        };
        let points: Vec<(f64, f64)> = (0..100_000).map(|i| (f64::from(i) / 200.0, spike(i))).collect();
        let thin = thinned(&points);
        assert!(thin.len() <= 4 * 500, "{}", thin.len());
        assert!(
            thin.iter().any(|p| p.1 == 0.0),
            "the spike is what the reader came for"
        );
        assert!(thin.windows(2).all(|p| p[0].0 <= p[1].0));
        assert_eq!((thin.first(), thin.last()), (points.first(), points.last()));
    }
}
