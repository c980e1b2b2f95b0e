//! What a picture must be whatever the data: well-formed, finite, and with every text legible.
//!
//! Random drawings of every kind, judged by the boxes the layout gives its texts: no two overlap, none leaves the
//! picture. The judge itself is tested on boxes that do overlap. Shapes are random, sizes are small: a case
//! costs about a millisecond. A failing case is shrunk and printed in full, and becomes a test in `pictures.rs`.

use charts::{Axis, Bar, Label, Limit, Line, Percentile, Series, Span, Svg, Value};
use proptest::prelude::*;
use proptest::sample::select;

/// What is wrong with a picture; nothing, it is hoped.
fn faults(svg: &Svg) -> Vec<String> {
    let (width, height) = svg.size();
    let mut faults = clashes(svg.labels(), width, height);
    let file = svg.standalone();
    match roxmltree::Document::parse(&file) {
        Err(error) => faults.push(format!("not well-formed: {error}")),
        Ok(document) => {
            let numbers = document
                .descendants()
                .flat_map(|node| node.attributes())
                .filter(|attribute| {
                    matches!(
                        attribute.name(),
                        "x" | "y" | "cx" | "cy" | "r" | "d" | "width" | "height" | "viewBox"
                    )
                });
            for attribute in numbers {
                let pieces = attribute
                    .value()
                    .split(|c: char| c.is_whitespace() || "MLHVhvz".contains(c));
                let bad = pieces
                    .filter(|p| !p.is_empty())
                    .find(|p| !p.parse().is_ok_and(f64::is_finite));
                faults.extend(bad.map(|b| format!("{} is {b:?}", attribute.name())));
            }
        }
    }
    if svg.inline().contains("NaN") || svg.inline().contains("inf ") {
        faults.push("a number that is none".to_owned());
    }
    faults
}

fn clashes(labels: &[Label], width: f64, height: f64) -> Vec<String> {
    let mut out = Vec::new();
    for (i, a) in labels.iter().enumerate() {
        if a.left < -0.01 || a.right > width + 0.01 || a.top < -0.01 || a.bottom > height + 0.01 {
            out.push(format!("outside {width}×{height}: {a:?}"));
        }
        for b in &labels[..i] {
            let apart = a.right <= b.left + 0.01
                || b.right <= a.left + 0.01
                || a.bottom <= b.top + 0.01
                || b.bottom <= a.top + 0.01;
            if !apart {
                out.push(format!("{a:?} overlaps {b:?}"));
            }
        }
    }
    out
}

/// Words as reports have them, and some that they should not have.
fn words() -> impl Strategy<Value = String> {
    let word = select(vec![
        "direct",
        "passthrough",
        "p99.9",
        "µs",
        "≤ 2 ms",
        "Δ",
        "request",
        "id",
        "漢字",
        "<b>&\"'",
        "\u{0}\u{7}",
        "",
        "an-unbreakable-name-that-is-longer-than-any-slot-could-be-in-a-drawing-of-760-pixels-is-it-not-so-yes-it-is",
    ]);
    prop::collection::vec(word, 0..6).prop_map(|words| words.join(" "))
}

/// Values over the magnitudes that measurements have.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        -10.0..10.0,
        (-9.0..14.7_f64).prop_map(|e| 10_f64.powf(e)),
        (-9.0..14.7_f64).prop_map(|e| -(10_f64.powf(e))),
    ]
}

fn positive() -> impl Strategy<Value = f64> {
    (-9.0..14.7_f64).prop_map(|e| 10_f64.powf(e))
}

fn points(log: bool) -> impl Strategy<Value = Vec<(f64, f64)>> {
    let one = if log { positive().boxed() } else { value().boxed() };
    let other = if log { positive().boxed() } else { value().boxed() };
    prop::collection::vec((one, other), 0..12)
}

fn line() -> impl Strategy<Value = Line> {
    let bits = (any::<bool>(), any::<bool>(), any::<bool>());
    any::<bool>().prop_flat_map(move |log| {
        let at = if log { positive().boxed() } else { value().boxed() };
        let limit = if log { positive().boxed() } else { value().boxed() };
        (
            (words(), words(), words(), words(), words()),
            prop::collection::vec((words(), points(log)), 0..20),
            prop::collection::vec((words(), at.clone(), at), 0..6),
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
                    let line = series.into_iter().fold(line, |line, (name, points)| {
                        let series = Series::new(name, points);
                        let series = if dots { series.dots() } else { series };
                        line.series(if steps { series.steps() } else { series })
                    });
                    let line = spans.into_iter().fold(line, |line, (name, a, b)| {
                        line.span(Span::new(name, a.min(b), a.max(b)))
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

#[test]
fn the_judge_sees_what_is_wrong() {
    let label = |left: f64, right: f64| Label {
        text: "x".to_owned(),
        left,
        top: 10.0,
        right,
        bottom: 20.0,
    };
    assert!(clashes(&[label(0.0, 10.0), label(11.0, 20.0)], 100.0, 100.0).is_empty());
    assert_eq!(
        clashes(&[label(0.0, 12.0), label(11.0, 20.0)], 100.0, 100.0).len(),
        1
    );
    assert_eq!(clashes(&[label(95.0, 101.0)], 100.0, 100.0).len(), 1);
    assert_eq!(clashes(&[label(0.0, 5.0)], 100.0, 15.0).len(), 1);
}
