//! `ceiling`: where does the gateway saturate, and on what?
//!
//! Three measurements. `ladder` offers more and more until the service level breaks and then narrows the rate down, the gateway
//! alone on its core; `ratio` compares the most that a stub answers by itself and behind the gateway, and behind one of which something
//! is changed, all on one core and `sides` by side; `variation` does the same with other answers, workers and sites; and at the highest rate that held, `evidence` asks the kernel and the gateway's own
//! profiler where the time goes, and a share of it is held for minutes (`soak`). `claims` judges, `draw` turns data into the page.

mod arms;
mod changes;
mod claims;
mod comparable;
mod data;
mod draw;
mod evidence;
mod ladder;
mod pictures;
mod ratio;
mod search;
mod sides;
mod soak;
mod stacks;
mod tables;
#[cfg(test)]
mod tests;
mod variation;

use super::context::Context;
use super::experiment::{Experiment, Running, World};
use super::real::{count_allocations, count_syscalls, through};
use crate::claims::Claim;
use crate::failure::Failure;
use crate::scale::Scale;
use arms::Arm;
use data::Data;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "ceiling",
    question: QUESTION,
    recipe: "ceiling",
    world: World::Real,
    counts_allocations: true,
    run: |ctx| -> Running<'_> { Box::pin(run(ctx)) },
    draw: draw::draw,
    figures: draw::terminal,
    picture: "hockey-stick",
    comparable: comparable::figures,
};

const QUESTION: &str = "Where does the gateway saturate, and on what?";

async fn run(ctx: &mut Context) -> Result<Vec<Claim>, Failure> {
    let rounds = ratio::rounds(ctx.scale);
    ctx.console
        .expect_steps(2 + rounds as usize * 2 + variation::steps(ctx.scale));
    ctx.console.step("allocations");
    let mut data = Data {
        counted: count_allocations(ctx, Arm::Through).await?,
        ..Data::default()
    };
    ctx.console.step("system calls");
    data.counted
        .extend(count_syscalls(ctx, Arm::Through, through).await?);
    ratio::measure(ctx, rounds, &mut data).await?;
    variation::measure(ctx, &mut data).await?;
    if ctx.scale != Scale::Smoke {
        ladder::measure(ctx, &mut data).await?;
        if let Some(rate) = data.ceiling() {
            evidence::measure(ctx, rate, &mut data).await?;
            soak::measure(ctx, rate, soak::duration(ctx.scale), &mut data).await?;
        }
    }
    data.write(&ctx.directory)?;
    Ok(claims::judge(&data, &ctx.run))
}
