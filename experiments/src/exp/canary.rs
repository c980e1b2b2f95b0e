//! `canary`: is 5 % really 5 %, and does the mirror stay invisible?
//!
//! What is drawn is counted by the stub's ledger and held against the binomial; what a mirror costs is counted in instructions; and a
//! mirror whose shadow is dead must change neither answers nor latency, which is shown by equivalence and not by the lack of a
//! difference. `arms` says what is compared, `counts` and `real` measure, `claims` judges, `draw` turns data into the page.

mod arms;
mod binomial;
mod claims;
mod comparable;
mod counts;
mod draw;
#[cfg(test)]
mod tests;

use super::context::Context;
use super::experiment::{Experiment, Running, World};
use super::real::{Data, RoundsPlan, Steady, Way as _, count_instructions, measure_rounds, through};
use crate::claims::Claim;
use crate::failure::Failure;
use arms::Arm;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "canary",
    question: QUESTION,
    recipe: "canary",
    world: World::Real,
    counts_allocations: false,
    run: |ctx| -> Running<'_> { Box::pin(run(ctx)) },
    draw: draw::draw,
    figures: draw::terminal,
    picture: "share",
    comparable: comparable::figures,
};

const QUESTION: &str = "Is 5 % really 5 %, and does the mirror stay invisible?";

async fn run(ctx: &mut Context) -> Result<Vec<Claim>, Failure> {
    let plan = RoundsPlan::of(ctx.scale);
    let rounds = plan.map_or(0, |plan| plan.rounds as usize * Arm::TIMED.len());
    ctx.console
        .expect_steps(Arm::ALL.len() + Arm::COUNTED.len() + rounds);
    let mut data = Data::default();
    for arm in Arm::ALL {
        ctx.console.step(&format!("counts: {}", arm.title()));
        data.steady.extend(counts::measure(ctx, arm).await?);
    }
    for arm in Arm::COUNTED {
        ctx.console.step(&format!("instructions: {}", arm.title()));
        let counted = count_instructions(ctx, arm, through::<Arm>).await?;
        data.steady.push(Steady::new(arm, "instructions", counted));
    }
    if let Some(plan) = plan {
        data.rounds = measure_rounds(ctx, plan, &Arm::TIMED).await?;
        ctx.run.note(plan.describe());
    }
    data.write(&ctx.directory)?;
    Ok(claims::judge(&data, &ctx.run))
}
