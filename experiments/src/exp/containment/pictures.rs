//! The pictures of `containment`.

use super::figures::{Figure, level, turns};
use super::{BREAKER, CATALOG, PAYMENTS, VARIANTS};
use crate::exp::simulated::{Data, breaker_panel, median_curve, value};
use crate::failure::Failure;
use crate::report;
use crate::stand::simulated::Second;
use charts::{Axis, Bar, Panel, Panels, Series, Span};

const DIGITS: usize = 3;

/// Both upstreams over time, and a breaker of one seed.
pub(super) fn over_time(data: &Data) -> Result<charts::Figure, Failure> {
    let panel = |axis: Axis, ask: u64, figure: fn(&Second) -> Option<f64>| {
        let mut panel = Panel::new(axis);
        for (colour, (variant, title)) in VARIANTS.into_iter().enumerate() {
            let points = median_curve(data.seconds_of(variant, Some(ask)), figure);
            panel = panel.series(Series::new(title, points).colour(colour));
        }
        panel
    };
    let p99_ms = |second: &Second| Some(second.p99_us? as f64 / 1e3);
    let errors = |second: &Second| {
        (second.requests > 0).then(|| 100.0 * second.failed as f64 / second.requests as f64)
    };
    let seed = data.example_seed();
    let seconds = data.example(BREAKER).map(|second| second.second as f64 + 1.0);
    let end_s = seconds.fold(0.0, f64::max);
    let breaker = breaker_panel("breaker of payments", &turns(data, seed), end_s);
    let mut picture = Panels::new("One of two upstreams falls sick", Axis::new("time", "s"))
        .subtitle("median over seeds of each second; the breaker of one seed")
        .panel(panel(Axis::new("catalog: p99", "ms"), CATALOG, p99_ms))
        .panel(panel(Axis::new("payments: p99", "ms"), PAYMENTS, p99_ms))
        .panel(panel(Axis::new("payments: errors", "%"), PAYMENTS, errors));
    picture = breaker.into_iter().fold(picture, Panels::panel);
    if let Some((from_s, to_s)) = data.broken_s(BREAKER, seed) {
        picture = picture.span(Span::new("payments sick", from_s, to_s));
    }
    let caption = "With the breaker most requests for `payments` are refused at once, so its p99 is that of refusals and of probes. Errors are what its clients get.";
    report::figure("over-time", picture.draw(), caption)
}

/// p99 of each upstream while one is sick.
pub(super) fn waits(data: &Data, seed: u64) -> Result<charts::Figure, Failure> {
    let asks = [(CATALOG, "catalog"), (PAYMENTS, "payments")];
    let mut picture = Bar::new(
        "p99 while payments is sick",
        Axis::new("p99 of response times", "ms"),
    )
    .subtitle("median over seeds and its 95 % interval")
    .groups(asks.map(|(_, title)| title))
    .digits(DIGITS);
    for (variant, title) in VARIANTS {
        let values = asks.map(|(ask, _)| value(level(data, seed, variant, ask, Figure::P99)));
        picture = picture.series(title, values);
    }
    report::figure("waits", picture.draw(), "")
}
