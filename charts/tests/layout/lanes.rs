//! Lanes under the same judge, and how large a picture of the longest run may become.

use super::data::{positive, value, words};
use super::judge::faults;
use charts::{Axis, Error, Lane, Lanes, Panel, Panels, Row, Series, Shape, Span};
use proptest::prelude::*;

/// What a picture of many lanes may take, whatever happened on them.
const FILE_MAX: usize = 500_000;

fn row() -> impl Strategy<Value = Row> {
    let count = prop_oneof![Just(0), Just(1), 0..1000_u64, any::<u64>()];
    let bars = (words(), prop::collection::vec(count, 0..40)).prop_map(|(name, bars)| Row::bars(name, bars));
    let marks = prop::collection::vec((value(), words()), 0..20);
    let marks = (words(), marks).prop_map(|(name, marks)| Row::marks(name, marks));
    let shape = prop_oneof![Just(Shape::Dot), Just(Shape::Cross), Just(Shape::Triangle)];
    (prop_oneof![bars, marks], shape, 0..20_usize)
        .prop_map(|(row, shape, colour)| row.shape(shape).colour(colour))
}

fn lane() -> impl Strategy<Value = Lane> {
    let note = (words(), value(), positive(), any::<bool>());
    let (rows, notes) = (
        prop::collection::vec(row(), 0..5),
        prop::collection::vec(note, 0..12),
    );
    (words(), rows, notes).prop_map(|(name, rows, notes)| {
        let lane = rows.into_iter().fold(Lane::new(name), Lane::row);
        notes
            .into_iter()
            .fold(lane, |lane, (label, at, length, flag)| match flag {
                true => lane.flag(label, at),
                false => lane.shade(label, at, at + length),
            })
    })
}

fn drawing() -> impl Strategy<Value = Panels> {
    let range = (value(), positive());
    let words = (words(), words(), words());
    let spans = prop::collection::vec((super::data::words(), value()), 0..3);
    (words, range, prop::collection::vec(lane(), 0..6), spans).prop_map(
        |((title, caption, name), (from, width), lanes, spans)| {
            let range = Lanes::new(from, from + width.max(from.abs() * 1e-6));
            let lanes = lanes.into_iter().fold(range, Lanes::lane);
            let curve = Series::new(name, [(from, 1.0), (from + width, 2.0)]);
            let drawing = Panels::new(title, Axis::new("time", "s"))
                .panel(Panel::lanes(caption, lanes))
                .panel(Panel::new(Axis::new("rate", "requests/s")).series(curve));
            spans
                .into_iter()
                .fold(drawing, |drawing, (name, at)| drawing.span(Span::at(name, at)))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lanes_are_legible(panels in drawing()) {
        let svg = panels.draw().expect("possible input");
        prop_assert_eq!(faults(&svg), Vec::<String>::new());
        prop_assert_eq!(svg, panels.draw().expect("possible input"), "the same data, another picture");
    }
}

fn draw(lanes: Lanes) -> Result<String, Error> {
    let svg = Panels::new("t", Axis::new("time", "s"))
        .panel(Panel::lanes("who did what", lanes))
        .draw()?;
    assert_eq!(faults(&svg), Vec::<String>::new());
    Ok(svg.standalone())
}

#[test]
fn a_long_run_is_a_small_file() {
    let noise = |salt: u64| (0..200_u64).map(move |i| (i + salt).wrapping_mul(0x9e37_79b9) >> 7 & 0xfff);
    let lanes = (0..16).fold(Lanes::new(0.0, 60.0), |lanes, lane| {
        let rows = (0..5).map(|row| Row::bars("requests", noise(lane * 5 + row)));
        let lane = rows.fold(Lane::new(format!("r{lane}")), Lane::row);
        let shaded = (0..60).fold(lane, |lane, i| {
            lane.shade("power-loss", f64::from(i), f64::from(i) + 0.5)
        });
        lanes.lane(shaded)
    });
    let file = draw(lanes).expect("possible input").len();
    assert!(file < FILE_MAX, "16 lanes of noise take {file} bytes");
}

#[test]
fn what_is_there_is_drawn_and_what_cannot_be_is_refused_by_name() {
    let marks = [(1.0, "request 7 <b>".to_owned()), (99.0, "outside".to_owned())];
    let lane = Lane::new("client0")
        .row(Row::bars("ok", [0, 3, 7]))
        .row(Row::marks("failed", marks).shape(Shape::Cross))
        .shade("cut → gateway", 2.0, 4.0)
        .flag("at-most-once", 5.0);
    let file = draw(Lanes::new(0.0, 10.0).lane(lane)).expect("possible input");
    for part in [
        "client0",
        "≤ 7",
        "cut → gateway",
        "at-most-once",
        "request 7 &lt;b&gt;",
    ] {
        assert!(file.contains(part), "{part}");
    }
    assert!(!file.contains("outside"), "what lies beyond the axis is left out");
    let refused = |lane: Lane, name: &str| {
        let error = draw(Lanes::new(0.0, 1.0).lane(lane))
            .expect_err("impossible")
            .to_string();
        assert!(error.contains(name), "{error}");
    };
    refused(Lane::new("a").shade("back", 1.0, 0.0), "back");
    refused(
        Lane::new("b").row(Row::marks("r", [(f64::NAN, String::new())])),
        "row \"r\"",
    );
    refused(Lane::new("c").row(Row::bars("many", vec![1; 1_000])), "many");
}
