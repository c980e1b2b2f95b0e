//! The pictures that `tax` alone has: what each arm adds to direct, and each feature to a bare route.

use super::arms::Arm;
use super::features::{Feature, Step};
use super::tables;
use crate::exp::real::{Data, Figure, Way as _, added, bar};
use crate::failure::Failure;
use crate::report;
use charts::{Axis, Bar, Value};

/// What each arm adds to direct in `figure`, with intervals; `None` where nothing was run.
pub(super) fn difference(data: &Data, seed: u64, figure: Figure) -> Result<Option<charts::Figure>, Failure> {
    let arms = behind(data);
    if arms.is_empty() {
        return Ok(None);
    }
    let value = |arm: &Arm| {
        let delta = added(data, seed, *arm, Arm::Direct, figure);
        bar(delta.map(|delta| (delta.median, delta.interval)))
    };
    let name = figure.name();
    let axis = Axis::new(format!("response time added to {name}"), "µs");
    let picture = Bar::new(format!("What each arm adds to {name}"), axis)
        .subtitle("median over rounds of the difference to direct within the round, 95 % interval")
        .groups(arms.iter().map(|arm| arm.title()))
        .series("", arms.iter().map(value))
        .sideways();
    report::figure(&format!("added-{name}"), picture.draw(), "").map(Some)
}

/// Timed arms with something before the stub.
pub(super) fn behind(data: &Data) -> Vec<Arm> {
    let arms = data.timed(&Arm::ALL).into_iter();
    arms.filter(|arm| *arm != Arm::Direct).collect()
}

/// What each feature adds by itself; `None` where it was not counted.
pub(super) fn alone(data: &Data) -> Result<Option<charts::Figure>, Failure> {
    let added = Feature::ALL.map(|feature| tables::added_alone(data, feature, "instructions"));
    if added.iter().all(Option::is_none) {
        return Ok(None);
    }
    let picture = Bar::new(
        "What a feature alone adds to a bare route",
        Axis::new("user instructions per request", ""),
    )
    .subtitle("counted by cachegrind, less those of the bare route")
    .groups(Feature::ALL.map(|feature| feature.title().replace('`', "")))
    .series(
        "",
        added.map(|added| added.map_or_else(Value::missing, Value::new)),
    )
    .digits(4)
    .sideways();
    report::figure("alone", picture.draw(), "").map(Some)
}

/// The bare route and what each of the chain adds to those before it; none where one of them was not counted.
pub(super) fn layers(data: &Data) -> Vec<(String, f64)> {
    let chain: Option<Vec<f64>> = (0..Step::CHAIN.len())
        .map(|index| data.value(Step::of_chain(index), "instructions"))
        .collect();
    let (Some(bare), Some(chain)) = (data.value(Arm::Passthrough, "instructions"), chain) else {
        return Vec::new();
    };
    let mut before = bare;
    let mut layers = vec![("bare route".to_owned(), bare)];
    for (feature, whole) in Step::CHAIN.iter().zip(chain) {
        layers.push((feature.title().replace('`', ""), whole - before));
        before = whole;
    }
    layers
}

/// All of them on top of each other; `None` where one was not counted.
pub(super) fn chain(data: &Data) -> Result<Option<charts::Figure>, Failure> {
    let layers = layers(data);
    if layers.is_empty() {
        return Ok(None);
    }
    let picture = Bar::new(
        "One feature after the other",
        Axis::new("user instructions per request", ""),
    )
    .subtitle("each on top of all before it")
    .groups(["one route with all of them"]);
    let picture = layers.iter().fold(picture, |picture, (name, added)| {
        // a stack has no parts below zero
        picture.series(name.clone(), [added.max(0.0)])
    });
    report::figure("chain", picture.digits(4).stacked().sideways().draw(), "").map(Some)
}
