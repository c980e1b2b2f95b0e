//! `reuse`: what is a pooled connection worth?
//!
//! The same load through pools that keep connections, keep none, and keep too few; and ten thousand clients over a pool of
//! fifty. Counts come from the gateway's metrics and from the stub's own ledger, open files from the kernel, all of them
//! sampled while the load runs (`watch`); CPU time and latency are taken in rounds by `real`. `claims` judges, `draw` turns
//! data into the page.

mod arms;
mod claims;
mod comparable;
mod data;
mod draw;
#[cfg(test)]
mod tests;
mod watch;

use super::context::Context;
use super::experiment::{Experiment, Running, World};
use super::real::{BusyPlan, Data as Timed, RoundsPlan, Way as _, measure_busy, measure_rounds};
use crate::claims::Claim;
use crate::failure::Failure;
use crate::stand;
use arms::Arm;
use data::Data;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "reuse",
    question: QUESTION,
    recipe: "reuse",
    world: World::Real,
    counts_allocations: false,
    run: |ctx| -> Running<'_> { Box::pin(run(ctx)) },
    draw: draw::draw,
    figures: draw::terminal,
    picture: "cpu",
    comparable: comparable::figures,
};

const QUESTION: &str = "What is a pooled connection worth?";

async fn run(ctx: &mut Context) -> Result<Vec<Claim>, Failure> {
    let open_files = stand::raise_open_files();
    let crowd = watch::crowd_within(open_files);
    if crowd < watch::CROWD {
        ctx.run.note(format!(
            "a process may have {open_files} open files here, so the crowd is {crowd} clients and not {}",
            watch::CROWD
        ));
    }
    let plans = (RoundsPlan::of(ctx.scale), BusyPlan::of(ctx.scale));
    let rounds = plans.0.map_or(0, |plan| plan.rounds as usize * Arm::POOLS.len());
    let busy = plans.1.map_or(0, |plan| plan.steps(Arm::SATURATED.len()));
    ctx.console.expect_steps(Arm::ALL.len() + rounds + busy);
    let mut data = Data::default();
    for arm in Arm::ALL {
        ctx.console.step(&format!("counts over time: {}", arm.title()));
        watch::measure(ctx, arm, crowd, &mut data).await?;
    }
    let mut timed = Timed::default();
    if let Some(plan) = plans.1 {
        timed.busy = measure_busy(ctx, plan, &Arm::SATURATED).await?;
    }
    if let Some(plan) = plans.0 {
        timed.rounds = measure_rounds(ctx, plan, &Arm::POOLS).await?;
        ctx.run.note(plan.describe());
    }
    timed.write(&ctx.directory)?;
    data.write(&ctx.directory)?;
    Ok(claims::judge(&data, &timed, &ctx.run))
}
