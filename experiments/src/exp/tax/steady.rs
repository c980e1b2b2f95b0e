//! The steady figures of `tax`: what is counted of which arm.

use super::arms::Arm;
use super::features::{Feature, Step};
use super::server::Server;
use crate::exp::Context;
use crate::exp::real::Way as _;
use crate::exp::real::{
    Steady, Watched, count_allocations, count_each, count_instructions, count_syscalls, drive, through,
};
use crate::failure::Failure;
use crate::stand::LoadReport;

/// Of the run whose counts are compared: the 64 dials must be far below one in a hundred.
const COUNTED: u64 = 20_000;

/// Slopes of instructions of a step, which is compared with its neighbours and by no claim.
const FEATURE_SLOPES: usize = 1;

/// Steps that [`measure`] will tell the console of.
pub(super) fn steps(arms: &[Arm]) -> usize {
    arms.len() * 2 + Arm::GATEWAY.len() * 2
}

/// Steps that [`features`] will tell the console of.
pub(super) fn feature_steps() -> usize {
    1 + Feature::ALL.len()
}

/// Measures each feature alone, and the chain of them.
pub(super) async fn features(ctx: &mut Context) -> Result<Vec<Steady>, Failure> {
    let steps = Step::all();
    ctx.console
        .step("instructions: each feature alone, and in a chain");
    let mut rows = count_each(ctx, &steps, FEATURE_SLOPES, through).await?;
    for feature in Feature::ALL {
        ctx.console.step(&format!("allocations: {}", feature.title()));
        rows.extend(count_allocations(ctx, Step::Alone(feature)).await?);
    }
    Ok(rows)
}

/// Measures `arms`, the direct one not among them. One after the other: claims are about them, and what is driven on the other core moves a count.
pub(super) async fn measure(ctx: &mut Context, arms: &[Arm]) -> Result<Vec<Steady>, Failure> {
    let mut rows = Vec::new();
    for &arm in arms {
        ctx.console.step(&format!("instructions: {}", arm.title()));
        let counted = count_instructions(ctx, arm, run).await?;
        rows.push(Steady::new(arm, "instructions", counted));
        ctx.console.step(&format!("system calls: {}", arm.title()));
        rows.extend(count_syscalls(ctx, arm, run).await?);
        if Arm::GATEWAY.contains(&arm) {
            ctx.console.step(&format!("allocations: {}", arm.title()));
            rows.extend(count_allocations(ctx, arm).await?);
            ctx.console.step(&format!("counts: {}", arm.title()));
            rows.extend(super::counts::measure(ctx, arm, COUNTED).await?);
        }
    }
    Ok(rows)
}

/// One watched run, of a proxy or of a server by itself.
async fn run(ctx: &mut Context, arm: Arm, watched: Watched<'_>) -> Result<LoadReport, Failure> {
    if !Arm::SERVERS.contains(&arm) {
        return through(ctx, arm, watched).await;
    }
    let layout = ctx.capacity()?;
    let server = Server::boot(ctx, arm, &layout, watched.wrapper).await?;
    let (target, requests) = (server.target, watched.requests);
    let driven = drive(ctx, &layout, arm, target, requests, &server.directory);
    let report = watched.turns.alone(driven).await?;
    server.stop(watched.traced).await?;
    Ok(report)
}
