//! Heat maps and panels under the same judge, and how large a heat map's file may become.

use super::data::{points, positive, value, words};
use super::judge::faults;
use charts::{Axis, Cells, Error, HeatMap, Limit, Panel, Panels, Series, Span};
use proptest::prelude::*;

/// What the SVG of an hour may take in a report that is sent by mail, whatever the hour was like.
const FILE_MAX: usize = 300_000;

fn cells() -> impl Strategy<Value = Cells> {
    let count = prop_oneof![Just(0), Just(1), 0..1000_u64, any::<u64>()];
    let counts = prop::collection::vec((value(), value(), count), 0..40);
    let x = (value(), positive());
    (x, 1..40_usize, positive(), positive(), 1..30_usize, counts).prop_filter_map(
        "an x range too narrow for doubles",
        |((from, width), columns, low, high, rows, counts)| {
            let to = from + width.max(from.abs() * 1e-6);
            let mut cells = Cells::new((from, to), columns, (low.min(high), low.max(high)), rows).ok()?;
            for (x, y, count) in counts {
                cells.add(x, y, count).ok()?;
            }
            Some(cells)
        },
    )
}

fn heat_map() -> impl Strategy<Value = HeatMap> {
    let texts = (words(), words(), words(), words(), words(), words());
    let curve = (words(), prop::collection::vec((value(), positive()), 0..12));
    (
        texts,
        cells(),
        prop::collection::vec(curve, 0..4),
        prop::collection::vec((words(), value()), 0..4),
        prop::collection::vec((words(), positive()), 0..3),
    )
        .prop_map(
            |((title, subtitle, note, counted, x, y), cells, curves, spans, limits)| {
                let map = HeatMap::new(title, Axis::new(x, "s"), Axis::new(y, "ms"), cells)
                    .subtitle(subtitle)
                    .note(note)
                    .counting(counted);
                let map = curves
                    .into_iter()
                    .fold(map, |map, (name, points)| map.series(Series::new(name, points)));
                let map = spans
                    .into_iter()
                    .fold(map, |map, (name, at)| map.span(Span::at(name, at)));
                limits
                    .into_iter()
                    .fold(map, |map, (name, at)| map.limit(Limit::new(name, at)))
            },
        )
}

fn panel(x_log: bool) -> impl Strategy<Value = Panel> {
    any::<bool>().prop_flat_map(move |log| {
        let limit = if log { positive().boxed() } else { value().boxed() };
        // both axes of `points` are positive, or neither
        let series = prop::collection::vec((words(), points(log || x_log)), 0..6);
        (
            words(),
            series,
            prop::collection::vec((words(), limit), 0..3),
            80.0..200.0,
        )
            .prop_map(move |(y, series, limits, height)| {
                let axis = Axis::new(y, "ms");
                let panel = Panel::new(if log { axis.log() } else { axis }).height(height);
                let panel = series.into_iter().fold(panel, |panel, (name, points)| {
                    panel.series(Series::new(name, points))
                });
                limits
                    .into_iter()
                    .fold(panel, |panel, (name, y)| panel.limit(Limit::new(name, y)))
            })
    })
}

fn panels() -> impl Strategy<Value = Panels> {
    any::<bool>().prop_flat_map(|log| {
        let at = if log { positive().boxed() } else { value().boxed() };
        (
            (words(), words(), words(), words()),
            prop::collection::vec(panel(log), 1..6),
            prop::collection::vec((words(), at, any::<bool>()), 0..4),
        )
            .prop_map(move |((title, subtitle, note, x), panels, spans)| {
                let axis = Axis::new(x, "s");
                let drawing = Panels::new(title, if log { axis.log() } else { axis })
                    .subtitle(subtitle)
                    .note(note);
                let drawing = panels.into_iter().fold(drawing, Panels::panel);
                spans.into_iter().fold(drawing, |drawing, (name, x, limit)| {
                    drawing.span(if limit {
                        Span::limit(name, x)
                    } else {
                        Span::at(name, x)
                    })
                })
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn heat_maps_are_legible(map in heat_map()) {
        let svg = map.draw().expect("possible input");
        prop_assert_eq!(faults(&svg), Vec::<String>::new());
        prop_assert_eq!(svg, map.draw().expect("possible input"), "the same data, another picture");
    }

    #[test]
    fn panels_are_legible(panels in panels()) {
        let svg = panels.draw().expect("possible input");
        prop_assert_eq!(faults(&svg), Vec::<String>::new());
        prop_assert_eq!(svg, panels.draw().expect("possible input"), "the same data, another picture");
    }
}

/// 400 × 120 cells of `count(column, row, a hash of both)`, drawn: the length of the file.
fn size(count: impl Fn(u32, u32, u32) -> u64) -> Result<usize, Error> {
    let mut cells = Cells::new((0.0, 400.0), 400, (1.0, 1e12), 120)?;
    for at in 0..400 * 120_u32 {
        let (column, row) = (at / 120, at % 120);
        let hash = (at.wrapping_mul(0x9e37_79b9) ^ 0x5bd1).wrapping_mul(0x85eb_ca6b);
        let y = 10_f64.powf((f64::from(row) + 0.5) / 10.0);
        cells.add(f64::from(column) + 0.5, y, count(column, row, hash >> 8))?;
    }
    let svg = HeatMap::new("t", Axis::new("time", "s"), Axis::new("latency", "ms"), cells).draw()?;
    assert_eq!(faults(&svg), Vec::<String>::new());
    Ok(svg.standalone().len())
}

#[test]
fn a_long_run_is_a_small_file() {
    let bell = |row: u32| 1e5 * (-(f64::from(row) - 50.0).powi(2) / 300.0).exp();
    let noisy = |_, row, hash: u32| (bell(row) * (0.5 + f64::from(hash % 1000) / 1000.0)) as u64;
    let file = size(noisy).expect("possible input");
    assert!(file < FILE_MAX, "a run with much noise takes {file} bytes");
    // worse than any measurement: no two neighbours alike, and every shade anywhere
    let chessboard = |column, row, _| if (column + row) % 2 == 0 { 1 } else { 1000 };
    let noise = |_, _, hash: u32| 4_u64.pow(hash % 11);
    for worst in [size(chessboard), size(noise)] {
        let worst = worst.expect("possible input");
        assert!(worst < FILE_MAX, "a full grid of noise takes {worst} bytes");
    }
}
