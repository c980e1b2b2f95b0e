//! `reload`: is a config swap invisible?
//!
//! The scenario `reload`, in the simulator from many seeds and on sockets from one: under load another config comes and goes a dozen times a second, with other
//! replicas, targets and edits, and a broken one is tried in between. Everything here is a count, and is judged as one, but for what only sockets have: how long a config
//! takes to come into force, and memory. `figures` counts, `on_sockets` has what is there in life only, `pictures` draws, `draw` makes the page.

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
use super::sockets::{Sockets, of_smoke};
use crate::claims::Claim;
use crate::failure::Failure;
use crate::scale::Scale;
use figures::{Counts, counts};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "reload",
    question: QUESTION,
    recipe: "reload",
    world: World::Both,
    counts_allocations: false,
    run: |ctx| -> Running<'_> { Box::pin(run(ctx)) },
    draw: draw::draw,
    figures: draw::terminal,
    picture: "latency",
    comparable: comparable::figures,
};

const QUESTION: &str = "Is a config swap invisible?";

/// The scenario's only variant, and what it calls its configs.
const VARIANT: &str = "reload";
const MAIN: &str = "main";
const OTHER: &str = "other";
const BROKEN: &str = "broken";

async fn run(ctx: &mut Context) -> Result<Vec<Claim>, Failure> {
    let seeds = match ctx.scale {
        Scale::Smoke => 2,
        Scale::Quick => 24,
        Scale::Full => 100,
    };
    let data = simulated::play(ctx, "reload", seeds, &[Extra::Responses]).await?;
    let sockets = on_sockets::play(ctx).await?;
    sockets.write(&ctx.directory)?;
    Ok(of_smoke(judge(&data, &sockets), ctx.scale))
}

fn judge(data: &Data, sockets: &Sockets) -> Vec<Claim> {
    let counts = counts(data);
    let none = |id: &str, claim: &str, (count, of, what): (u64, u64, &str)| match of {
        0 => Claim::unmeasured(id, claim, 0.0, what, "there was nothing to count"),
        _ => Claim::at_most(id, claim, count as f64, 0.0, what)
            .with_note(format!("of {of}, over {} seeds", counts.runs)),
    };
    let Counts {
        requests,
        failed,
        taken,
        good_refused,
        broken,
        broken_taken,
        ..
    } = counts;
    let mut claims = vec![
        data.all_hold(),
        none(
            "dropped",
            "no request fails while configs come and go",
            (failed, requests, "requests"),
        ),
        never(
            data,
            ("mixed", "snapshot"),
            &[VARIANT],
            "no request is decided by a mixture of two configs",
        ),
        none(
            "broken",
            "no broken config is taken",
            (broken_taken, broken, "configs"),
        ),
        none(
            "refused",
            "no good config is refused",
            (good_refused, taken + good_refused, "configs"),
        ),
        never(
            data,
            ("tunnels", "tunnels"),
            &[VARIANT],
            "no tunnel or stream of events that is held open loses a byte or ends",
        ),
    ];
    claims.extend(on_sockets::judge(data, sockets));
    claims
}
