//! `peers`: would a user do better with another proxy?
//!
//! Bare proxying and nothing else: one route, one upstream, keep-alive on both sides, one worker, no access log. Each proxy is
//! booted anew for every measurement, on the same cores, in interleaved rounds, and differences are taken within a round.
//! `arms` says what is compared, `real` measures, `claims` judges, `draw` turns data into the page.

mod arms;
mod claims;
mod comparable;
mod draw;
mod tables;
#[cfg(test)]
mod tests;

use super::context::Context;
use super::experiment::{Experiment, Running, World};
use super::real::{
    BusyPlan, Data, RoundsPlan, Steady, Way as _, count_instructions, measure_busy, measure_rounds, through,
};
use crate::claims::Claim;
use crate::failure::Failure;
use arms::Arm;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "peers",
    question: QUESTION,
    recipe: "peers",
    world: World::Real,
    counts_allocations: false,
    run: |ctx| -> Running<'_> { Box::pin(run(ctx)) },
    draw: draw::draw,
    figures: draw::terminal,
    picture: "cpu",
    comparable: comparable::figures,
};

const QUESTION: &str = "Would a user do better with another proxy?";

async fn run(ctx: &mut Context) -> Result<Vec<Claim>, Failure> {
    let (there, missing): (Vec<Arm>, Vec<Arm>) = Arm::ALL.into_iter().partition(|arm| arm.is_there());
    for arm in missing {
        ctx.run
            .note(format!("not measured: {} (not installed)", arm.title()));
    }
    let plans = (RoundsPlan::of(ctx.scale), BusyPlan::of(ctx.scale));
    let rounds = plans.0.map_or(0, |plan| plan.rounds as usize * there.len());
    let busy = plans.1.map_or(0, |plan| plan.steps(there.len()));
    ctx.console.expect_steps(there.len() + rounds + busy);
    let mut data = Data::default();
    for &arm in &there {
        ctx.console.step(&format!("instructions: {}", arm.title()));
        let counted = count_instructions(ctx, arm, through::<Arm>).await?;
        data.steady.push(Steady::new(arm, "instructions", counted));
    }
    if let Some(plan) = plans.1 {
        data.busy = measure_busy(ctx, plan, &there).await?;
    }
    if let Some(plan) = plans.0 {
        data.rounds = measure_rounds(ctx, plan, &there).await?;
        ctx.run.note(plan.describe());
    }
    data.write(&ctx.directory)?;
    Ok(claims::judge(&data, &ctx.run))
}
