//! What lies within the plot: spans, bands, curves, dots, limits.
//!
//! Everything is drawn into a window of the plot's size, so that an axis with an explicit range cuts curves off
//! instead of letting them run over the texts. Curves of more points than pixels are thinned to the
//! extremes of each pixel column, which looks the same and bounds the file: at most four points a column.

use super::axes::Area;
use super::plot::Pane;
use super::series::{Band, Limit, Span};
use crate::backend::UNITS;
use crate::canvas::{Canvas, INFALLIBLE, units};
use crate::frame;
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters_backend::BackendCoord;

/// Room around the window for strokes and dots that lie on the plot's edge.
const BLEED: f64 = 4.0;
/// Points of a run from which it is thinned: a few per pixel column.
const THIN_FROM: usize = 2000;
/// Radius of a dot, in px.
const DOT_RADIUS: f64 = 3.5;
/// Dots beyond which they would merge into a line anyway.
const DOTS_MAX: usize = 240;

/// Shades the spans; draws moments as dotted lines.
pub(crate) fn spans(canvas: &mut Canvas, spans: &[Span], area: &Area) {
    let (span_style, mark_style) = (canvas.shape("c-span"), canvas.shape("c-mark"));
    let within = canvas.with(area.coordinates());
    let (low, high) = (area.y.low, area.y.high);
    for span in spans.iter().filter(|span| !span.limit) {
        if span.from > area.x.high || span.to < area.x.low {
            continue;
        }
        let (from, to) = (span.from.max(area.x.low), span.to.min(area.x.high));
        let drawn = if area.x(to) - area.x(from) < 1.0 {
            within.draw(&PathElement::new([(from, low), (from, high)], mark_style))
        } else {
            within.draw(&Rectangle::new([(from, low), (to, high)], span_style))
        };
        drawn.expect(INFALLIBLE);
    }
}

/// Draws the dashed lines of limits that lie on the axes: upright those among the spans, across the others.
pub(crate) fn limits(canvas: &mut Canvas, spans: &[Span], limits: &[Limit], area: &Area) {
    let style = canvas.shape("c-limit");
    let within = canvas.with(area.coordinates());
    let (x, y) = (area.x, area.y);
    let upright = spans
        .iter()
        .filter(|span| span.limit && span.from >= x.low && span.from <= x.high)
        .map(|span| [(span.from, y.low), (span.from, y.high)]);
    let across = limits
        .iter()
        .filter(|limit| limit.y >= y.low && limit.y <= y.high)
        .map(|limit| [(x.low, limit.y), (x.high, limit.y)]);
    for ends in upright.chain(across) {
        within.draw(&PathElement::new(ends, style)).expect(INFALLIBLE);
    }
}

/// Draws one series: band, curve, dots, hollow dots.
pub(crate) fn series(canvas: &mut Canvas, pane: &Pane, index: usize, area: &Area) {
    let series = &pane.series[index];
    let class = pane.line_class(index);
    let fill = frame::fill(&class);
    canvas.open(&series.name);
    canvas.open_window(
        area.left - BLEED,
        area.top - BLEED,
        area.right - area.left + 2.0 * BLEED,
        area.bottom - area.top + 2.0 * BLEED,
    );
    let within = canvas.with(area.coordinates());
    if !series.band.is_empty() {
        let style = canvas.shape(&format!("c-band {fill}"));
        within
            .draw(&Polygon::new(outline(&series.band), style))
            .expect(INFALLIBLE);
    }
    let (line_style, dot_style) = (canvas.shape(&class), canvas.shape(&format!("c-dot {fill}")));
    let mut dots = 0;
    for run in &series.runs {
        let points: Vec<BackendCoord> = run.iter().map(|point| within.map_coordinate(point)).collect();
        if points.len() > 1 {
            let thin = thinned(&points);
            let path = if series.steps { stairs(&thin) } else { thin };
            canvas.put(&PathElement::new(path, line_style));
        }
        // a run of one point has no line: without a dot it would not be seen
        if (series.dots && dots + points.len() <= DOTS_MAX) || points.len() == 1 {
            dots += points.len();
            for point in points {
                canvas.put(&Circle::new(point, units(DOT_RADIUS), dot_style));
            }
        }
    }
    for &(x, y) in &series.hollow.points {
        frame::ring(canvas, series.hollow.class(&class), area.x(x), area.y(y));
    }
    canvas.close_window();
    canvas.close();
}

/// Each height holds until the next point.
fn stairs(points: &[BackendCoord]) -> Vec<BackendCoord> {
    let corners = points
        .windows(2)
        .flat_map(|pair| [pair[0], (pair[1].0, pair[0].1)]);
    corners.chain(points.last().copied()).collect()
}

/// The band's upper edge forward, then its lower edge back.
fn outline(band: &[Band]) -> Vec<(f64, f64)> {
    let upper = band.iter().map(|b| (b.0, b.2));
    let lower = band.iter().rev().map(|b| (b.0, b.1));
    upper.chain(lower).collect()
}

/// First, lowest, highest and last point of each pixel column, in their order.
fn thinned(points: &[BackendCoord]) -> Vec<BackendCoord> {
    if points.len() < THIN_FROM {
        return points.to_vec();
    }
    let mut out = Vec::new();
    let column_of = |point: &BackendCoord| point.0.div_euclid(UNITS as i32);
    for column in points.chunk_by(|a, b| column_of(a) == column_of(b)) {
        let by_height = |pick: fn(i32, i32) -> bool| {
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
        let spike = |i: i32| if i == 54_321 { 0 } else { 10_000 + 100 * (i % 7) };
        let points: Vec<BackendCoord> = (0..100_000).map(|i| (i / 2, spike(i))).collect();
        let thin = thinned(&points);
        assert!(thin.len() <= 4 * 500, "{}", thin.len());
        assert!(
            thin.iter().any(|p| p.1 == 0),
            "the spike is what the reader came for"
        );
        assert!(thin.windows(2).all(|p| p[0].0 <= p[1].0));
        assert_eq!((thin.first(), thin.last()), (points.first(), points.last()));
    }

    #[test]
    fn stairs_hold_each_height() {
        assert_eq!(
            stairs(&[(0, 5), (10, 7), (20, 3)]),
            [(0, 5), (10, 5), (10, 7), (20, 7), (20, 3)]
        );
    }
}
