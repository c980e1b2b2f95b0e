//! The same on real sockets, but for the gateway that waits without jitter, which does not ship.

use super::figures::{Runs, dead_s, first_second};
use super::{ARMS, BACKOFF, CAPACITY, COLD, FULL, HERD, ONE_TO_ONE};
use crate::claims::Claim;
use crate::exp::Context;
use crate::exp::simulated::{Data, values};
use crate::exp::sockets::{self, Overlay, Plan, Series, Sockets, expectations_hold, seen};
use crate::failure::Failure;
use crate::scale::Scale;
use charts::{Page, number};

/// Attempts are not compared: those that a dead port refuses are told by the simulator's gateway, and by no stub.
const SERIES: [Series<'static>; 1] = [Series::good_answers(0.1)];

pub(super) async fn play(ctx: &mut Context) -> Result<Sockets, Failure> {
    let seeds = match ctx.scale {
        Scale::Smoke => 0,
        Scale::Quick => 1,
        Scale::Full => 5,
    };
    let plan = Plan {
        seeds,
        side_by_side: ARMS.len() + COLD.len(),
        reached: true,
        ..Plan::of("herd")
    };
    sockets::play(ctx, &plan).await
}

/// As the simulator's, so that figures are taken in one place.
fn runs(sockets: &Sockets) -> Runs {
    Runs {
        jitter: sockets.data.clone(),
        no_jitter: Data::default(),
    }
}

pub(super) fn judge(runs_of_simulator: &Runs, sockets: &Sockets) -> Vec<Claim> {
    let played = runs(sockets);
    let worst = |values: Vec<f64>, pick: fn(f64, f64) -> f64| values.into_iter().reduce(pick);
    let mut claims = vec![
        seen(
            sockets,
            (
                "sockets-first-second",
                "on sockets with all of it the first second after the return carries at most what the replicas can do in one",
            ),
            worst(values(&first_second(&played, FULL)), f64::max),
            (CAPACITY, "× capacity"),
            Claim::at_most,
        ),
        seen(
            sockets,
            (
                "sockets-herd",
                "on sockets where requests wait and nothing bounds how many, the first second carries more than twice what the replicas can do",
            ),
            worst(values(&first_second(&played, BACKOFF)), f64::min),
            (HERD, "× capacity"),
            Claim::at_least,
        ),
        expectations_hold(sockets),
    ];
    let variants = variants();
    claims.extend(overlay(&runs_of_simulator.jitter, sockets, &variants).claims());
    claims
}

/// Those that sockets play.
fn variants() -> Vec<(&'static str, &'static str)> {
    let arms = ARMS.into_iter().filter(|arm| *arm != ONE_TO_ONE);
    arms.map(|arm| (arm.name, arm.title)).collect()
}

fn overlay<'a>(data: &'a Data, sockets: &'a Sockets, variants: &'a [(&'a str, &'a str)]) -> Overlay<'a> {
    Overlay {
        simulated: data,
        sockets,
        variants,
        origin: |data, seed| dead_s(data, BACKOFF.name, seed).map_or(0.0, |(from_s, _)| from_s),
        span: Some(("dead", 0.0, 5.0)),
        series: &SERIES,
    }
}

pub(super) fn drawn(page: Page, runs_of_simulator: &Runs, sockets: &Sockets) -> Result<Page, Failure> {
    if sockets.is_empty() {
        return Ok(page);
    }
    let played = runs(sockets);
    let first = |arm| {
        let found = values(&first_second(&played, arm)).first().copied();
        found.map_or("–".into(), |value| number::significant(value, 3))
    };
    let text = format!(
        "On real sockets the first second after the return carries {} of what the replicas can do in one where requests wait, and {} with all of it.",
        first(BACKOFF),
        first(FULL),
    );
    let variants = variants();
    overlay(&runs_of_simulator.jitter, sockets, &variants).drawn(page.section("On real sockets").text(text))
}
