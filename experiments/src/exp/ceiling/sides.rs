//! Ways to an answer that stand side by side, booted all at once, and driven in turn: those that wait use no CPU time, so that what is
//! compared is a fraction of a second apart and, before one stub, differs in nothing else.
//!
//! In a round each side is driven there and back (A B C, C B A), so that what drifts evenly is the same for all. Between the two
//! passes each has a short run, which is taken off its long ones: opening the connections of a run cancels out.

use super::arms::{Arm, NICE};
use super::data::Most;
use crate::exp::Context;
use crate::exp::real::{Before, Way as _, drive};
use crate::failure::Failure;
use crate::measure::{cpu_time, sleeps};
use crate::provenance;
use crate::stand::{Gateway, Layout, Stub, Wrapper, boot_stub, boot_workers};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

/// Before what is measured: pools are filled.
const FILL: u64 = 300;
/// Of the run that is taken off: each of 64 connections is used.
const SHORT: u64 = 100;

/// One of them.
pub(super) struct Side {
    arm: Arm,
    stub: Rc<Stub>,
    gateway: Option<Gateway>,
    /// Where the load generator's files are.
    directory: PathBuf,
}

/// What was used, by runs or since the parts were booted.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    gateway: Duration,
    stub: Duration,
    sleeps: u64,
    /// Requests that were not answered with 200.
    unexpected: u64,
}

/// All before one stub, that of the first.
pub(super) async fn boot_before_one(
    ctx: &mut Context,
    layout: &Layout,
    arms: &[Arm],
) -> Result<Vec<Side>, Failure> {
    let Some(first) = arms.first() else {
        return Ok(Vec::new());
    };
    let stub = Rc::new(boot_own(ctx, layout, *first).await?);
    let mut sides = Vec::new();
    for &arm in arms {
        sides.push(Side::boot(ctx, layout, arm, Rc::clone(&stub)).await?);
    }
    Ok(sides)
}

/// Each before a stub of its own.
pub(super) async fn boot_each(
    ctx: &mut Context,
    layout: &Layout,
    arms: &[Arm],
) -> Result<Vec<Side>, Failure> {
    let mut sides = Vec::new();
    for &arm in arms {
        let stub = Rc::new(boot_own(ctx, layout, arm).await?);
        sides.push(Side::boot(ctx, layout, arm, stub).await?);
    }
    Ok(sides)
}

async fn boot_own(ctx: &mut Context, layout: &Layout, arm: Arm) -> Result<Stub, Failure> {
    let (directory, seed) = (ctx.scratch()?, ctx.seed_of("ceiling/parts"));
    let (behaviour, binary) = (arm.behaviour(), ctx.binaries()?.stub);
    ctx.config(&format!("upstream-stub --behaviour of {}", arm.key()), behaviour);
    let core = layout.stub;
    boot_stub(&binary, arm.replicas(), behaviour, &directory, core, seed, None).await
}

impl Side {
    async fn boot(ctx: &mut Context, layout: &Layout, arm: Arm, stub: Rc<Stub>) -> Result<Self, Failure> {
        let directory = ctx.scratch()?;
        let gateway = match arm.before() {
            Before::Nothing => None,
            _ => {
                let config = arm.gateway_config(&stub.replicas);
                let (binary, seed) = (gateway_of(ctx, arm)?, ctx.seed_of("ceiling/parts"));
                let (workers, wrapper) = (arm.workers(), wrapper_of(arm)?);
                let core = layout.gateway.filter(|_| workers == 1);
                let booted = boot_workers(
                    workers,
                    &binary,
                    &config,
                    &directory,
                    core,
                    seed,
                    wrapper.as_ref(),
                )
                .await?;
                ctx.config(&format!("gateway.yaml of {}", arm.key()), &config);
                Some(booted)
            }
        };
        Ok(Self {
            arm,
            stub,
            gateway,
            directory,
        })
    }

    /// Keeps it busy with so many requests; gives those that were not answered with 200.
    async fn drive(&self, ctx: &Context, layout: &Layout, requests: u64) -> Result<u64, Failure> {
        let target = self
            .gateway
            .as_ref()
            .map_or(self.stub.replica(), |gateway| gateway.http);
        let report = drive(ctx, layout, self.arm, target, requests, &self.directory).await?;
        Ok(report.unexpected())
    }

    /// Adds what a run of `requests` uses to `sum`.
    async fn run(
        &self,
        ctx: &Context,
        layout: &Layout,
        requests: u64,
        sum: &mut Used,
    ) -> Result<(), Failure> {
        let before = self.used()?;
        let unexpected = self.drive(ctx, layout, requests).await?;
        let used = self.used()?.since(before);
        *sum = Used {
            gateway: sum.gateway + used.gateway,
            stub: sum.stub + used.stub,
            sleeps: sum.sleeps + used.sleeps,
            unexpected: sum.unexpected + unexpected,
        };
        Ok(())
    }

    fn used(&self) -> Result<Used, Failure> {
        let gone = || Failure::run(format!("read the CPU time of {}: a part is gone", self.arm.key()));
        let of = |pid| cpu_time(pid).map(|time| time.total).ok_or_else(gone);
        let gateway = self.gateway.as_ref().map(|gateway| gateway.part.pid());
        Ok(Used {
            gateway: gateway.map_or(Ok(Duration::ZERO), of)?,
            stub: of(self.stub.part.pid())?,
            sleeps: gateway.map_or(Ok(0), |pid| sleeps(pid).ok_or_else(gone))?,
            unexpected: 0,
        })
    }
}

/// Drives all of them through one round of `requests` per side and pass; gives what each used.
pub(super) async fn round(
    ctx: &Context,
    layout: &Layout,
    sides: &[Side],
    number: u32,
    requests: u64,
) -> Result<Vec<Most>, Failure> {
    for side in sides {
        side.drive(ctx, layout, FILL).await?;
    }
    let (mut long, mut short) = (
        vec![Used::default(); sides.len()],
        vec![Used::default(); sides.len()],
    );
    let order = order(sides.len(), number);
    for &index in &order {
        sides[index].run(ctx, layout, requests, &mut long[index]).await?;
    }
    for &index in &order {
        sides[index].run(ctx, layout, SHORT, &mut short[index]).await?;
    }
    for &index in order.iter().rev() {
        sides[index].run(ctx, layout, requests, &mut long[index]).await?;
    }
    let row = |(side, (long, short)): (&Side, (Used, Used))| {
        let used = long.since(short).since(short);
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Most {
            round: number,
            arm: side.arm.key().to_owned(),
            requests: 2 * (requests - SHORT),
            cpu_ns: nanos(used.gateway + used.stub),
            unexpected: long.unexpected + short.unexpected,
            gateway_ns: nanos(used.gateway),
            sleeps: used.sleeps,
        }
    };
    Ok(sides.iter().zip(long.into_iter().zip(short)).map(row).collect())
}

/// The order of a round: each begins with another side, because what is driven last there is driven first back and finds more of its own
/// in the caches.
fn order(sides: usize, round: u32) -> Vec<usize> {
    (0..sides).map(|index| (index + round as usize) % sides).collect()
}

/// Ends all parts in order.
pub(super) async fn stop(sides: Vec<Side>) -> Result<(), Failure> {
    let mut stubs = Vec::new();
    for side in sides {
        if let Some(gateway) = side.gateway {
            gateway.part.stop().await?;
        }
        stubs.push(side.stub);
    }
    for stub in stubs.into_iter().filter_map(Rc::into_inner) {
        stub.part.stop().await?;
    }
    Ok(())
}

/// The build that an arm runs.
fn gateway_of(ctx: &Context, arm: Arm) -> Result<PathBuf, Failure> {
    match arm {
        Arm::BeforeWork => ctx
            .before()
            .ok_or_else(|| Failure::run("boot the gateway before: none was given")),
        _ => Ok(ctx.binaries()?.gateway),
    }
}

/// What starts it.
fn wrapper_of(arm: Arm) -> Result<Option<Wrapper>, Failure> {
    if arm != Arm::NiceWork {
        return Ok(None);
    }
    let program = provenance::find("nice").ok_or_else(|| Failure::run("find nice on the PATH"))?;
    Ok(Some(Wrapper {
        program,
        arguments: vec!["-n".into(), NICE.into()],
    }))
}

impl Used {
    fn since(self, before: Self) -> Self {
        Self {
            gateway: self.gateway.saturating_sub(before.gateway),
            stub: self.stub.saturating_sub(before.stub),
            sleeps: self.sleeps.saturating_sub(before.sleeps),
            unexpected: self.unexpected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_the_rounds_each_side_is_everywhere() {
        for place in 0..4 {
            let mut there: Vec<usize> = (1..=4).map(|round| order(4, round)[place]).collect();
            there.sort_unstable();
            assert_eq!(there, [0, 1, 2, 3]);
        }
    }
}
