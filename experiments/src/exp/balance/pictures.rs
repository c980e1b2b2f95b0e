//! The pictures of `balance`.

use super::figures::{Figure, level, shares};
use super::{FLEETS, WAYS};
use crate::exp::simulated::{Data, value};
use crate::failure::Failure;
use crate::report;
use charts::{Axis, Bar, Value};

const DIGITS: usize = 3;

/// A figure of all ways on all fleets.
pub(super) fn by_way(data: &Data, seed: u64, figure: Figure) -> Result<charts::Figure, Failure> {
    let (title, axis, caption) = match figure {
        Figure::MostInHand => (
            "Requests in hand at the fullest replica",
            Axis::new("requests at once", ""),
            "The most that any replica had in hand at once in the run.",
        ),
        Figure::P50 | Figure::P99 => (
            "p99 by way of picking",
            Axis::new("p99 of response times", "ms"),
            "Who knows neither weights nor load drowns the smallest of unequal replicas: its queue grows for as long as the run lasts, so that \
             bar says how long that was.",
        ),
    };
    let mut picture = Bar::new(title, axis)
        .subtitle("median over seeds and its 95 % interval")
        .groups(FLEETS.map(|(_, title)| title))
        .digits(DIGITS)
        .sideways();
    for (way, title) in WAYS {
        let values = FLEETS.map(|(fleet, _)| value(level(data, seed, &format!("{way}-{fleet}"), figure)));
        picture = picture.series(title, values);
    }
    report::figure(
        &format!("{}-by-way", figure.name().replace(' ', "-")),
        picture.draw(),
        caption,
    )
}

/// Who gets how much, by way, on one fleet.
pub(super) fn load(
    data: &Data,
    (fleet, title): (&str, &str),
    caption: &str,
) -> Result<charts::Figure, Failure> {
    let of_ways = WAYS.map(|(way, _)| shares(data, &format!("{way}-{fleet}")));
    let mut names: Vec<String> = of_ways.iter().flatten().map(|(name, _)| name.clone()).collect();
    names.sort();
    names.dedup();
    let mut picture = Bar::new(
        format!("Load per replica: {title}"),
        Axis::new("share of requests", "%"),
    )
    .subtitle("of all requests of all seeds")
    .groups(WAYS.map(|(_, title)| title))
    .digits(DIGITS)
    .stacked()
    .sideways();
    for name in names {
        let values = of_ways.each_ref().map(|shares| {
            let found = shares.iter().find(|(of, _)| *of == name);
            found.map_or_else(Value::missing, |(_, share)| Value::new(100.0 * share))
        });
        picture = picture.series(name, values);
    }
    report::figure(&format!("load-{fleet}"), picture.draw(), caption)
}
