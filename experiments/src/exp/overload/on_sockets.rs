//! The same on real sockets.

use super::figures::{goodput, lost};
use super::{ADAPTIVE, CAPACITY, JUDGED_AT_CAPACITY_S, JUDGED_S, LOST_MOST, NONE, VARIANTS, is_shedding};
use crate::claims::Claim;
use crate::exp::Context;
use crate::exp::simulated::{Data, values};
use crate::exp::sockets::{self, Overlay, Plan, Series, Sockets, seen};
use crate::failure::Failure;
use crate::scale::Scale;
use charts::{Page, number};

/// Slack is three deviations: of 800 requests of which a half is served, and of 200.
const SERIES: [Series<'static>; 3] = [
    Series::good_answers(0.06),
    Series::good_answers_of("critical requests' shares of good answers", 0, 0.11),
    Series::good_answers_of("low requests' shares of good answers", 3, 0.11),
];

pub(super) async fn play(ctx: &mut Context) -> Result<Sockets, Failure> {
    let seeds = match ctx.scale {
        Scale::Smoke => 0,
        Scale::Quick => 1,
        Scale::Full => 10,
    };
    let plan = Plan {
        seeds,
        side_by_side: VARIANTS.len(),
        ..Plan::of("overload")
    };
    sockets::play(ctx, &plan).await
}

fn overlay<'a>(data: &'a Data, sockets: &'a Sockets) -> Overlay<'a> {
    Overlay {
        simulated: data,
        sockets,
        variants: &VARIANTS,
        origin: |_, _| 0.0,
        span: None,
        series: &SERIES,
    }
}

pub(super) fn judge(data: &Data, sockets: &Sockets, seed: u64) -> Vec<Claim> {
    let mut claims = Vec::new();
    for (variant, title) in VARIANTS.into_iter().filter(|(variant, _)| is_shedding(variant)) {
        let id = format!("sockets-{variant}-goodput");
        let claim = format!(
            "on sockets with {title} less than a tenth of the goodput at capacity is lost at twice the load"
        );
        let lost = lost(&sockets.data, seed, variant).map(|(lost, _)| lost);
        claims.push(seen(
            sockets,
            (&id, &claim),
            lost,
            (LOST_MOST, "of it"),
            Claim::at_most,
        ));
    }
    claims.extend(overlay(data, sockets).claims());
    claims
}

pub(super) fn drawn(page: Page, data: &Data, sockets: &Sockets) -> Result<Page, Failure> {
    if sockets.is_empty() {
        return Ok(page);
    }
    let good = |variant| {
        let found = values(&goodput(&sockets.data, variant)).first().copied();
        found.map_or("–".into(), |value| number::significant(value, 3))
    };
    let text = format!(
        "On real sockets {} requests a second are served of 400 that come, between seconds {} and {}; of 800, between seconds {} and {}, {} with an adaptive limit and {} without shedding.",
        good(CAPACITY),
        JUDGED_AT_CAPACITY_S.0,
        JUDGED_AT_CAPACITY_S.1,
        JUDGED_S.0,
        JUDGED_S.1,
        good(ADAPTIVE),
        good(NONE),
    );
    overlay(data, sockets).drawn(page.section("On real sockets").text(text))
}
