//! The pictures of `reload`.

use super::{BROKEN, MAIN, OTHER, VARIANT};
use crate::exp::simulated::{Data, cells};
use crate::exp::sockets::{Sockets, moments_panels};
use crate::failure::Failure;
use crate::report;
use crate::stand::simulated::Reload;
use charts::{Axis, HeatMap, Lane, Lanes, Panel, Panels, Row, Shape};

/// Marks on a row, at most as many as a row may have.
const MARKS_MAX: usize = 64;

/// How long answers took, over the time of one run; `None` where nothing was answered.
pub(super) fn heat(data: &Data) -> Result<Option<charts::Figure>, Failure> {
    heat_of(
        data,
        "latency",
        "of one seed, by the time at which requests were due",
    )
}

/// The same on sockets.
pub(super) fn heat_on_sockets(data: &Data) -> Result<Option<charts::Figure>, Failure> {
    heat_of(
        data,
        "latency-sockets",
        "on real sockets, by the time at which requests were due",
    )
}

fn heat_of(data: &Data, name: &str, subtitle: &str) -> Result<Option<charts::Figure>, Failure> {
    let fail = |e: charts::Error| Failure::run(format!("draw {name}: {e}"));
    let Some(cells) = cells(data, VARIANT).map_err(fail)? else {
        return Ok(None);
    };
    let picture = HeatMap::new(
        "Response time while configs come and go",
        Axis::new("time", "s"),
        Axis::new("response time", "ms"),
        cells,
    )
    .subtitle(subtitle)
    .counting("answers");
    let caption = "A swap that held anybody up would be a column that reaches above the others.";
    report::figure(name, picture.draw(), caption).map(Some)
}

/// What the gateway holds while configs come and go.
pub(super) fn memory(sockets: &Sockets) -> Result<charts::Figure, Failure> {
    let picture = Panels::new("What the gateway holds over all reloads", Axis::new("time", "s"))
        .subtitle("on real sockets, by the kernel's account and the gateway's");
    let picture = moments_panels(sockets, VARIANT)
        .into_iter()
        .fold(picture, Panels::panel);
    report::figure("memory", picture.draw(), "")
}

/// What was in force when, in the same run.
pub(super) fn configs(data: &Data) -> Result<charts::Figure, Failure> {
    let seed = data.example_seed();
    let reloads: Vec<&Reload> = data.reloads.iter().filter(|of| of.seed == seed).collect();
    let ends = data.responses.iter().map(|of| of.to_us as f64 / 1e6);
    let end_s = ends.fold(0.0, f64::max);
    let in_force = [MAIN, OTHER].map(|config| in_force(&reloads, config, end_s));
    let broken = reloads.iter().filter(|of| of.config == BROKEN).take(MARKS_MAX);
    let broken = broken.map(|of| {
        let words = if of.is_refused { "refused" } else { "taken" };
        (of.at_us as f64 / 1e6, words.to_owned())
    });
    let tried = Lane::new("broken one tried").row(Row::marks("", broken).colour(1).shape(Shape::Cross));
    let lanes = in_force
        .into_iter()
        .chain([tried])
        .fold(Lanes::new(0.0, end_s), Lanes::lane);
    let picture = Panels::new("Which config is in force", Axis::new("time", "s"))
        .subtitle("of the same seed")
        .panel(Panel::lanes("in force where shaded", lanes));
    report::figure("configs", picture.draw(), "")
}

/// When a config was in force. The first one is so from the start.
fn in_force(reloads: &[&Reload], config: &str, end_s: f64) -> Lane {
    let mut since_s = (config == MAIN).then_some(0.0);
    let mut lane = Lane::new(config);
    for reload in reloads.iter().filter(|of| !of.is_refused) {
        let at_s = reload.at_us as f64 / 1e6;
        if let Some(since_s) = since_s.take() {
            lane = lane.shade("", since_s, at_s);
        }
        since_s = (reload.config == config).then_some(at_s);
    }
    match since_s {
        Some(since_s) => lane.shade("", since_s, end_s),
        None => lane,
    }
}
