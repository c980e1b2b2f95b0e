//! CPU time per request at saturation, in interleaved rounds: what the machine pays when it matters.
//!
//! At a low rate a process wakes for each request and most of its time is waking. Here it hardly sleeps. Per round and
//! way the proxy is booted alone on its core, pools are filled, and the CPU time of a short run is taken off that
//! of a long one, so that accepting connections cancels out.

use super::chain::{Chain, How};
use super::data::Busy;
use super::drive::drive;
use super::rounds::in_turn;
use super::way::Way;
use crate::exp::Context;
use crate::failure::Failure;
use crate::scale::Scale;
use crate::stand::Layout;
use std::time::Duration;
use tokio::time::Instant;

/// Of the run that fills the pools, and of the short one that is taken off.
const FILL: u64 = 1_000;
const SHORT: u64 = 1_000;

/// How often, and for how many requests.
#[derive(Debug, Clone, Copy)]
pub(in crate::exp) struct Plan {
    rounds: u32,
    /// Of the long run, beyond those of the short one.
    requests: u64,
}

impl Plan {
    /// `None` where the scale takes steady figures only.
    pub(in crate::exp) fn of(scale: Scale) -> Option<Self> {
        match scale {
            Scale::Smoke => None,
            Scale::Quick => Some(Self {
                rounds: 10,
                requests: 4_000,
            }),
            // half a second each: the fastest of them spent 10 µs of CPU time on a request
            Scale::Full => Some(Self {
                rounds: 30,
                requests: 50_000,
            }),
        }
    }

    /// Steps that [`measure`] will tell the console of.
    pub(in crate::exp) fn steps(&self, ways: usize) -> usize {
        self.rounds as usize * ways
    }
}

pub(in crate::exp) async fn measure<W: Way>(
    ctx: &mut Context,
    plan: Plan,
    ways: &[W],
) -> Result<Vec<Busy>, Failure> {
    let mut rows = Vec::new();
    for round in 1..=plan.rounds {
        for way in in_turn(ways, round) {
            ctx.console.step(&format!(
                "saturated, round {round} of {}: {}",
                plan.rounds,
                way.title()
            ));
            rows.push(one(ctx, plan, round, way).await?);
        }
    }
    Ok(rows)
}

async fn one<W: Way>(ctx: &mut Context, plan: Plan, round: u32, way: W) -> Result<Busy, Failure> {
    let layout = Layout::capacity()?;
    let chain = Chain::boot(ctx, way, &layout, How::default()).await?;
    drive(ctx, &layout, way, chain.target(), FILL, &chain.directory).await?;
    let (begin, began) = (chain.proxy_cpu()?, Instant::now());
    let short = drive(ctx, &layout, way, chain.target(), SHORT, &chain.directory).await?;
    let (middle, turned) = (chain.proxy_cpu()?, Instant::now());
    let long = drive(
        ctx,
        &layout,
        way,
        chain.target(),
        SHORT + plan.requests,
        &chain.directory,
    )
    .await?;
    let (end, wall) = (chain.proxy_cpu()?, turned.elapsed());
    chain.stop(false).await?;
    let (short_cpu, long_cpu) = (middle.since(begin), end.since(middle));
    let used = long_cpu.since(short_cpu);
    let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    Ok(Busy {
        round,
        arm: way.key().to_owned(),
        requests: plan.requests,
        cpu_ns: nanos(used.total),
        user_ns: nanos(used.user),
        kernel_ns: nanos(used.kernel),
        wall_ns: nanos(wall.saturating_sub(turned - began)),
        unexpected: short.unexpected() + long.unexpected(),
    })
}
