//! The steady figures of `tax`: what is counted of which arm.

use super::arms::Arm;
use super::server::Server;
use crate::exp::Context;
use crate::exp::real::Way as _;
use crate::exp::real::{Chain, How, Steady, Watched, count_instructions, count_syscalls, drive, through};
use crate::failure::Failure;
use crate::measure::{Figure, parse_allocations, per_request_if_any};
use crate::stand::{self, Layout, LoadReport};

/// Of the run whose counts are compared: the 64 dials must be far below one in a hundred.
const COUNTED: u64 = 20_000;

/// Steps that [`measure`] will tell the console of.
pub(super) fn steps(arms: &[Arm]) -> usize {
    arms.len() * 2 + Arm::GATEWAY.len() * 2
}

/// Measures `arms`, the direct one not among them.
pub(super) async fn measure(ctx: &mut Context, arms: &[Arm]) -> Result<Vec<Steady>, Failure> {
    let mut rows = Vec::new();
    for &arm in arms {
        ctx.console.step(&format!("instructions: {}", arm.title()));
        rows.push(Steady::new(
            arm,
            "instructions",
            count_instructions(ctx, arm, run).await?,
        ));
        ctx.console.step(&format!("system calls: {}", arm.title()));
        rows.extend(count_syscalls(ctx, arm, run).await?);
        if Arm::GATEWAY.contains(&arm) {
            ctx.console.step(&format!("allocations: {}", arm.title()));
            rows.extend(allocations(ctx, arm).await?);
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
    let layout = Layout::capacity()?;
    let server = Server::boot(ctx, arm, &layout, watched.wrapper).await?;
    let report = drive(
        ctx,
        &layout,
        arm,
        server.target,
        watched.requests,
        &server.directory,
    )
    .await?;
    server.stop(watched.traced).await?;
    Ok(report)
}

async fn allocations(ctx: &mut Context, arm: Arm) -> Result<Vec<Steady>, Failure> {
    let both = |allocations, bytes| {
        vec![
            Steady::new(arm, "allocations", allocations),
            Steady::new(arm, "allocated_bytes", bytes),
        ]
    };
    let binary = match ctx.instrumented() {
        Ok(binary) => binary,
        Err(why) => return Ok(both(Figure::Missing(why.clone()), Figure::Missing(why))),
    };
    let layout = Layout::capacity()?;
    let chain = Chain::boot(
        ctx,
        arm,
        &layout,
        How {
            wrapper: None,
            gateway: Some(&binary),
        },
    )
    .await?;
    let admin = chain.admin()?;
    let count = async || {
        let answer = stand::get(admin, "/debug/heap").await?;
        parse_allocations(&answer).map_err(Failure::Run)
    };
    // a first run fills pools and buffers once and for all
    drive(
        ctx,
        &layout,
        arm,
        chain.target(),
        arm.lengths()[0],
        &chain.directory,
    )
    .await?;
    let mut used = Vec::new();
    for requests in arm.lengths() {
        let before = count().await?;
        drive(ctx, &layout, arm, chain.target(), requests, &chain.directory).await?;
        used.push(count().await?.since(before));
    }
    chain.stop(false).await?;
    let (short, long) = (used[0], used[1]);
    let slope = |of: fn(&crate::measure::AllocationCount) -> u64| {
        let [less, more] = arm.lengths();
        per_request_if_any((less, of(&short)), (more, of(&long)))
    };
    Ok(both(slope(|count| count.allocations), slope(|count| count.bytes)))
}
