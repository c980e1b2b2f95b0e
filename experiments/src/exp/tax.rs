//! `tax`: what does each edge feature cost per request?
//!
//! Two kinds of measurement. Steady figures (instructions, allocations, system calls, counts) are taken once per
//! arm and are the same on a busy machine. Latency and CPU time are taken in interleaved rounds and compared
//! within a round. Files: `arms` says what is compared, `features` what each feature is alone and in a chain, `server` boots what is no way through a proxy, `steady` and `counts` count,
//! `claims` judges, `draw` turns data into the page, `terminal` into a few lines, `comparable` into what later runs are
//! compared with; the rest is `real`'s.

mod arms;
mod claims;
mod comparable;
mod counts;
mod draw;
mod features;
mod pictures;
mod server;
mod steady;
mod tables;
mod terminal;

use super::context::Context;
use super::experiment::{Experiment, Running, World};
use super::real::{BusyPlan, Data, RoundsPlan, measure_busy, measure_rounds};
use crate::claims::Claim;
use crate::failure::Failure;
use crate::provenance;
use crate::scale::Scale;
use arms::Arm;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "tax",
    question: QUESTION,
    recipe: "tax",
    world: World::Real,
    counts_allocations: true,
    run: |ctx| -> Running<'_> { Box::pin(run(ctx)) },
    draw: draw::draw,
    figures: terminal::figures,
    picture: "instructions",
    comparable: comparable::figures,
};

const QUESTION: &str = "What does each edge feature cost per request?";

async fn run(ctx: &mut Context) -> Result<Vec<Claim>, Failure> {
    let has_nginx = provenance::find("nginx").is_some();
    if !has_nginx {
        ctx.run
            .note("not measured: the reference arms (nginx not installed)");
    }
    let arms = Arm::there(&Arm::ALL, has_nginx);
    let timed = Arm::there(&Arm::TIMED, has_nginx);
    let counted = Arm::counted(has_nginx);
    let plan = RoundsPlan::of(ctx.scale);
    let rounds = plan.map_or(0, |plan| plan.rounds as usize * arms.len());
    let busy_plan = BusyPlan::of(ctx.scale);
    let busy = busy_plan.map_or(0, |plan| plan.steps(timed.len()));
    let has_features = ctx.scale != Scale::Smoke;
    let features = if has_features { steady::feature_steps() } else { 0 };
    ctx.console
        .expect_steps(steady::steps(&counted) + features + rounds + busy);
    let mut data = Data {
        steady: steady::measure(ctx, &counted).await?,
        ..Data::default()
    };
    if has_features {
        data.steady.extend(steady::features(ctx).await?);
    }
    if let Some(plan) = plan {
        data.rounds = measure_rounds(ctx, plan, &arms).await?;
        ctx.run.note(plan.describe());
    }
    if let Some(plan) = busy_plan {
        data.busy = measure_busy(ctx, plan, &timed).await?;
    }
    data.write(&ctx.directory)?;
    let missing = data.steady.iter().filter(|steady| steady.value.is_none()).count();
    if missing > 0 {
        ctx.run
            .note(format!("{missing} figures were not measured; the tables say why"));
    }
    Ok(claims::judge(&data, &ctx.run))
}

#[cfg(test)]
pub(super) mod tests;
