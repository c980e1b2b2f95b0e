//! What a picture must be whatever the data: well-formed, finite, and with every text legible.
//!
//! Random drawings of every kind, judged by the boxes the layout gives its texts: no two overlap, none leaves the
//! picture. The judge itself is tested on boxes that do overlap. Shapes are random, sizes are small: a case
//! costs about a millisecond. A failing case is shrunk and printed in full, and becomes a test in `pictures.rs`.

mod data;
mod judge;
mod lanes;
mod panes;

use charts::{Axis, Bar, Flame, Frame, Limit, Line, Percentile, Series, Span, Value};
use data::{points, positive, value, words};
use judge::faults;
use proptest::prelude::*;

fn line() -> impl Strategy<Value = Line> {
    let bits = (any::<bool>(), any::<bool>(), any::<bool>());
    any::<bool>().prop_flat_map(move |log| {
        let at = if log { positive().boxed() } else { value().boxed() };
        let limit = if log { positive().boxed() } else { value().boxed() };
        (
            (words(), words(), words(), words(), words()),
            prop::collection::vec((words(), points(log), words(), points(log)), 0..20),
            prop::collection::vec((words(), at.clone(), at, any::<bool>()), 0..6),
            prop::collection::vec((words(), limit), 0..4),
            bits,
            80.0..400.0,
            Just(log),
        )
            .prop_map(
                |((title, subtitle, note, x, y), series, spans, limits, (fit, dots, steps), height, log)| {
                    let axis = |title: String| {
                        if log {
                            Axis::new(title, "s").log()
                        } else {
                            Axis::new(title, "µs")
                        }
                    };
                    let y = if fit { axis(y).fit() } else { axis(y) };
                    let line = Line::new(title, axis(x), y)
                        .subtitle(subtitle)
                        .note(note)
                        .height(height);
                    let line = series
                        .into_iter()
                        .fold(line, |line, (name, points, off, hollow)| {
                            let series = Series::new(name, points).hollow(off, hollow);
                            let series = if dots { series.dots() } else { series };
                            line.series(if steps { series.steps() } else { series })
                        });
                    let line = spans.into_iter().fold(line, |line, (name, a, b, limit)| {
                        line.span(if limit {
                            Span::limit(name, a)
                        } else {
                            Span::new(name, a.min(b), a.max(b))
                        })
                    });
                    limits
                        .into_iter()
                        .fold(line, |line, (name, at)| line.limit(Limit::new(name, at)))
                },
            )
    })
}

fn bar() -> impl Strategy<Value = Bar> {
    let shape = (0..9_usize, 0..6_usize, any::<bool>(), any::<bool>());
    shape.prop_flat_map(|(groups, series, stacked, sideways)| {
        let measured = if stacked {
            positive().boxed()
        } else {
            value().boxed()
        };
        let one = (
            prop::option::weighted(0.9, measured),
            prop::option::of(0.0..1.5_f64),
        );
        let row = (words(), prop::collection::vec(one, groups));
        (
            (words(), words(), words(), words()),
            prop::collection::vec(words(), groups),
            prop::collection::vec(row, series),
            0..6_usize,
        )
            .prop_map(move |((title, subtitle, note, axis), groups, rows, digits)| {
                let bar = Bar::new(title, Axis::new(axis, "µs"))
                    .subtitle(subtitle)
                    .note(note)
                    .groups(groups);
                let bar = if stacked { bar.stacked() } else { bar };
                let bar = if sideways { bar.sideways() } else { bar };
                rows.into_iter().fold(bar.digits(digits), |bar, (name, values)| {
                    bar.series(
                        name,
                        values.into_iter().map(|(value, spread)| match (value, spread) {
                            (None, _) => Value::missing(),
                            (Some(v), None) => Value::new(v),
                            (Some(v), Some(s)) => {
                                Value::new(v).between(v - s * v.abs() / 2.0, v + s * v.abs() / 2.0)
                            }
                        }),
                    )
                })
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lines_are_legible(line in line()) {
        let svg = line.draw().expect("possible input");
        prop_assert_eq!(faults(&svg), Vec::<String>::new());
        prop_assert_eq!(svg, line.draw().expect("possible input"), "the same data, another picture");
    }

    #[test]
    fn bars_are_legible(bar in bar()) {
        let svg = bar.draw().expect("possible input");
        prop_assert_eq!(faults(&svg), Vec::<String>::new());
    }

    #[test]
    fn flames_are_legible(
        title in words(),
        stacks in prop::collection::vec((prop::collection::vec((words(), 0..12_u8), 0..9), 0..1_000_u64), 0..30),
    ) {
        let flame = stacks.into_iter().fold(Flame::new(title.clone()).note(title), |flame, (frames, count)| {
            let frames = frames.into_iter().map(|(name, owner)| Frame::new(name, format!("owner {owner}")));
            flame.stack(frames, count)
        });
        prop_assert_eq!(faults(&flame.draw().expect("possible input")), Vec::<String>::new());
    }

    #[test]
    fn percentiles_are_legible(
        curves in prop::collection::vec((words(), prop::collection::vec((0.0..=1.0_f64, positive()), 0..20)), 0..8),
        nines in 0..9_i32,
        log in any::<bool>(),
    ) {
        let axis = Axis::new("latency", "ms");
        let drawing = Percentile::new("t", if log { axis.log() } else { axis });
        let tail = [(1.0 - 10_f64.powi(-nines), 1.0), (1.0, 2.0)];
        let drawing = curves.into_iter().fold(drawing.series("tail", tail), |d, (name, points)| d.series(name, points));
        prop_assert_eq!(faults(&drawing.draw().expect("possible input")), Vec::<String>::new());
    }
}
