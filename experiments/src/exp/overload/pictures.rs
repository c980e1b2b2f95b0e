//! The pictures of `overload`.

use super::figures::{level, served};
use super::{CLASSES, JUDGED_S, VARIANTS};
use crate::exp::simulated::{Data, median_curve, value};
use crate::failure::Failure;
use crate::report;
use crate::stand::simulated::Second;
use charts::{Axis, Bar, Limit, Panel, Panels, Series, Span};

const DIGITS: usize = 3;
/// Of the scenario's replicas, a second.
const CAPACITY: f64 = 400.0;

/// Goodput and response times.
pub(super) fn over_time(data: &Data) -> Result<charts::Figure, Failure> {
    let panel = |axis: Axis, figure: fn(&Second) -> Option<f64>| {
        let mut panel = Panel::new(axis).height(190.0);
        for (colour, (variant, title)) in VARIANTS.into_iter().enumerate() {
            let points = median_curve(
                data.seconds_of(variant, None).filter(|of| of.requests > 0),
                figure,
            );
            panel = panel.series(Series::new(title, points).colour(colour));
        }
        panel
    };
    let good = panel(Axis::new("good answers", "1/s"), |second| Some(second.ok as f64));
    let p99 = panel(Axis::new("p99 of all answers", "ms").log(), |second| {
        Some(second.p99_us? as f64 / 1e3)
    });
    let picture = Panels::new("Twice as much as can be done", Axis::new("time", "s"))
        .subtitle("median over seeds of each second, by the time at which requests were due")
        .panel(good.limit(Limit::new("capacity", CAPACITY)))
        .panel(p99)
        .span(Span::new("judged", JUDGED_S.0, JUDGED_S.1));
    let caption = "Refusals are answers too, so p99 of all answers is less than that of what is served; the table has both.";
    report::figure("over-time", picture.draw(), caption)
}

/// Who is served.
pub(super) fn by_class(data: &Data, seed: u64) -> Result<charts::Figure, Failure> {
    let mut picture = Bar::new("Who is served", Axis::new("requests that are served", "%"))
        .subtitle("median over seeds and its 95 % interval")
        .groups(CLASSES)
        .digits(DIGITS);
    for (variant, title) in VARIANTS {
        let mut places = 0..;
        let values = CLASSES.map(|class| {
            let place = places.next().unwrap_or_default();
            value(level(&served(data, variant, place), seed, class, variant))
        });
        picture = picture.series(title, values);
    }
    let caption = "A fixed limit does not know whom it refuses; the adaptive one has less of itself for the lower classes.";
    report::figure("by-class", picture.draw(), caption)
}
