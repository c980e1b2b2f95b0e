//! The same on real sockets.

use super::figures::{goodput, lost};
use super::{ADAPTIVE, CAPACITY, JUDGED_S, LOST_MOST, NONE, VARIANTS, is_shedding};
use crate::claims::Claim;
use crate::exp::Context;
use crate::exp::simulated::{Data, values};
use crate::exp::sockets::{self, Overlay, Plan, Series, Sockets, judged_by};
use crate::failure::Failure;
use crate::scale::Scale;
use crate::stand::simulated::Second;
use charts::{Page, number};

const SERIES: [Series<'static>; 2] = [
    Series {
        name: "shares of good answers",
        unit: "",
        ask: None,
        figure: good,
        // three deviations of 800 requests of which a half is served
        slack: 0.06,
    },
    Series {
        name: "attempts per request",
        unit: "",
        ask: None,
        figure: attempts,
        slack: 0.06,
    },
];

fn good(second: &Second) -> Option<f64> {
    (second.requests > 0).then(|| second.ok as f64 / second.requests as f64)
}

fn attempts(second: &Second) -> Option<f64> {
    (second.requests > 0).then(|| second.attempts as f64 / second.requests as f64)
}

pub(super) async fn play(ctx: &mut Context) -> Result<Sockets, Failure> {
    let seeds = match ctx.scale {
        Scale::Smoke => 0,
        Scale::Quick => 1,
        Scale::Full => 10,
    };
    let plan = Plan {
        seeds,
        side_by_side: 2,
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
        claims.push(match lost(&sockets.data, seed, variant) {
            Some((lost, _)) => judged_by(sockets, Claim::at_most(&id, &claim, lost, LOST_MOST, "of it")),
            None => Claim::unmeasured(
                &id,
                &claim,
                LOST_MOST,
                "of it",
                "this scale plays it in the simulator alone",
            ),
        });
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
        "On real sockets, between seconds {} and {}, {} requests a second are served of 400 that come; of 800, {} with an adaptive limit and {} without shedding.",
        JUDGED_S.0,
        JUDGED_S.1,
        good(CAPACITY),
        good(ADAPTIVE),
        good(NONE),
    );
    overlay(data, sockets).drawn(page.section("On real sockets").text(text))
}
