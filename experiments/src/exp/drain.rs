//! `drain`: can a gateway be stopped without anyone noticing?
//!
//! The scenario `drain`, in the simulator from many seeds and on sockets: a gateway is told to stop with tens of requests in hand, and another takes its place two seconds later; and
//! gateways behind another one are replaced one by one. Everything here is a count, and is judged as one. `figures` counts, `pictures` draws, `draw`
//! makes the page.

mod comparable;
mod draw;
mod figures;
mod on_sockets;
mod pictures;
#[cfg(test)]
mod tests;

use super::context::Context;
use super::experiment::{Experiment, Running, World};
use super::simulated::{self, Data, Extra, never};
use super::sockets::of_smoke;
use crate::claims::Claim;
use crate::failure::Failure;
use crate::scale::Scale;
use figures::counts;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "drain",
    question: QUESTION,
    recipe: "drain",
    world: World::Both,
    counts_allocations: false,
    run: |ctx| -> Running<'_> { Box::pin(run(ctx)) },
    draw: draw::draw,
    figures: draw::terminal,
    picture: "latency-rolling",
    comparable: comparable::figures,
};

const QUESTION: &str = "Can a gateway be stopped without anyone noticing?";

/// As the scenario calls its variants, and as people read them.
const VARIANTS: [(&str, &str); 2] = [
    (ALONE, "one gateway, stopped"),
    (ROLLING, "gateways replaced one by one"),
];
const ALONE: &str = "drain";
const ROLLING: &str = "rolling";
/// On sockets only.
const HANDED_OVER: &str = "handed-over";

async fn run(ctx: &mut Context) -> Result<Vec<Claim>, Failure> {
    let seeds = match ctx.scale {
        Scale::Smoke => 2,
        Scale::Quick => 16,
        Scale::Full => 100,
    };
    let data = simulated::play(ctx, "drain", seeds, &[Extra::Responses]).await?;
    let sockets = on_sockets::play(ctx).await?;
    sockets.write(&ctx.directory)?;
    let mut claims = judge(&data);
    claims.extend(of_smoke(on_sockets::judge(&data, &sockets), ctx.scale));
    Ok(claims)
}

fn judge(data: &Data) -> Vec<Claim> {
    let rolling = counts(data, ROLLING);
    let claim = "no client gets an error while gateways are replaced one by one";
    let unnoticed = match rolling.requests {
        0 => Claim::unmeasured("rolling", claim, 0.0, "requests", "no run measured it"),
        of => Claim::at_most("rolling", claim, rolling.failed as f64, 0.0, "requests").with_note(format!(
            "of {of}, while {} gateways were replaced, over {} seeds",
            rolling.stops, rolling.runs
        )),
    };
    vec![
        data.all_hold(),
        never(
            data,
            ("aborted", "drain"),
            &[ALONE],
            "a gateway that stops cuts off no request in its hands: its deadline exceeds the longest of them",
        ),
        never(
            data,
            ("lost", "conservation"),
            &VARIANTS.map(|(variant, _)| variant),
            "no request has no outcome, or two",
        ),
        unnoticed,
    ]
}
