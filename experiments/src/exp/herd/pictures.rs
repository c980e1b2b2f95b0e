//! The pictures of `herd`.

use super::figures::{Runs, added_up, arrived, capacity, cold_capacity, colour, first_second, level};
use super::{ARMS, Arm, COLD};
use crate::exp::simulated::value;
use crate::failure::Failure;
use crate::report;
use charts::{Axis, Bar, Limit, Line, Panel, Panels, Series};

const DIGITS: usize = 3;

/// A hundredth of a second, as the simulator counts.
const STEP_S: f64 = 0.01;
/// What is shown of the time after the return.
const SHOWN_S: f64 = 2.5;
/// For so long one replica is cold.
const COLD_S: f64 = 3.0;

/// What reaches the replicas, of one seed.
pub(super) fn back(runs: &Runs) -> Result<charts::Figure, Failure> {
    let seed = runs.jitter.example_seed();
    let panel = |arm: Arm| {
        let panel = Panel::new(Axis::new(arm.title, "1/10 ms")).height(105.0);
        let series = Series::new("requests", curve(runs, arm, seed))
            .colour(colour(arm))
            .steps();
        match capacity(&runs.jitter, seed) {
            Some(capacity) => panel
                .series(series)
                .limit(Limit::new("capacity", STEP_S * capacity)),
            None => panel.series(series),
        }
    };
    let picture = Panels::new("A dead upstream is back", Axis::new("time since it is back", "s"))
        .subtitle("requests that reach its replicas, of one seed; each panel has a scale of its own");
    let picture = ARMS.into_iter().map(panel).fold(picture, Panels::panel);
    let caption = "At once: nobody waits, so nobody comes. With a breaker nobody does either, and it has yet to learn that the upstream is back.";
    report::figure("return", picture.draw(), caption)
}

/// Requests of every step, of which most have none.
fn curve(runs: &Runs, arm: Arm, seed: u64) -> Vec<(f64, f64)> {
    let arrived = arrived(runs, arm, seed, None);
    let steps = (SHOWN_S / STEP_S) as u64;
    let mut counts = vec![0; steps as usize];
    for (at_us, requests) in arrived {
        // the return lies within a step
        let place = (at_us as f64 / (STEP_S * 1e6)).round() as usize;
        if let Some(count) = counts.get_mut(place) {
            *count += requests;
        }
    }
    let points = counts.into_iter().enumerate();
    points
        .map(|(place, count)| (place as f64 * STEP_S, count as f64))
        .collect()
}

/// What the first second carries.
pub(super) fn first(runs: &Runs, seed: u64) -> Result<charts::Figure, Failure> {
    let bar = |arm: Arm| value(level(&first_second(runs, arm), seed, "first-second", arm));
    let picture = Bar::new(
        "The first second after the return",
        Axis::new("requests, to what the replicas can do", "×"),
    )
    .subtitle("median over seeds and its 95 % interval")
    .groups(ARMS.map(|arm| arm.title))
    .series("first second", ARMS.map(bar))
    .digits(DIGITS)
    .sideways();
    report::figure(
        "first-second",
        picture.draw(),
        "1 is all that the replicas can do in a second.",
    )
}

/// What one cold replica is given.
pub(super) fn cold(runs: &Runs) -> Result<charts::Figure, Failure> {
    let seed = runs.jitter.example_seed();
    let mut picture = Line::new(
        "One of three is back, and cold",
        Axis::new("time since it is back", "s"),
        Axis::new("requests that have reached it", ""),
    )
    .subtitle("of one seed; picked is who has the fewest in flight");
    for arm in COLD {
        picture = picture.series(Series::new(arm.title, added_up(runs, arm, seed)).colour(colour(arm)));
    }
    if let Some(per_s) = cold_capacity(runs, seed) {
        let theory = [(0.0, 0.0), (COLD_S, per_s * COLD_S)];
        picture = picture.series(Series::new("what it can do while it is cold", theory).colour(1));
    }
    let caption = "Steeper than the straight line is more than it can do. It is found to be back by its probes, half a second late at most.";
    report::figure("cold", picture.draw(), caption)
}
