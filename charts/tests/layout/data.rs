//! Random data as measurements have it, and some that they should not have.

use proptest::prelude::*;
use proptest::sample::select;

/// Words as reports have them, and some that they should not have.
pub(crate) fn words() -> impl Strategy<Value = String> {
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
pub(crate) fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        -10.0..10.0,
        (-9.0..14.7_f64).prop_map(|e| 10_f64.powf(e)),
        (-9.0..14.7_f64).prop_map(|e| -(10_f64.powf(e))),
    ]
}

pub(crate) fn positive() -> impl Strategy<Value = f64> {
    (-9.0..14.7_f64).prop_map(|e| 10_f64.powf(e))
}

pub(crate) fn points(log: bool) -> impl Strategy<Value = Vec<(f64, f64)>> {
    let one = if log { positive().boxed() } else { value().boxed() };
    let other = if log { positive().boxed() } else { value().boxed() };
    prop::collection::vec((one, other), 0..12)
}
