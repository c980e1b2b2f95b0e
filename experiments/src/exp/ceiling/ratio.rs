//! What a second of CPU time answers in each arm, in paired rounds: gateway and stub on one core that is always busy, the load
//! generator alone on the other.
//!
//! By CPU time and not by the clock: where something else runs on that core too, the scheduler gives two processes twice what it
//! gives one, and the gateway would look like a gain. Direct, the gateway and what is changed of it stand before the same stub and are
//! driven a fraction of a second apart (`sides`): a stub calibrates its work when it is booted, and how busy the machine is for
//! others decides how much a gateway finds to do each time it is woken, so that what was booted and run at another time differs by more
//! than what is to be seen.

use super::arms::Arm;
use super::changes::Change;
use super::data::Data;
use super::sides;
use crate::exp::Context;
use crate::exp::real::{Watched, Way as _, count_each, through_build};
use crate::failure::Failure;
use crate::scale::Scale;
use crate::stand::Layout;

/// Of the instructions of a build that is compared with another one.
const INSTRUCTIONS_SLOPES: usize = 3;

pub(super) fn rounds(scale: Scale) -> u32 {
    match scale {
        Scale::Smoke => 0,
        Scale::Quick => 12,
        Scale::Full => 40,
    }
}

/// Of each side and pass, with a stub that works and with one that is free.
fn requests(scale: Scale) -> (u64, u64) {
    match scale {
        Scale::Smoke | Scale::Quick => (700, 1_000),
        Scale::Full => (6_000, 12_000),
    }
}

/// Fills `data.most`.
pub(super) async fn measure(ctx: &mut Context, rounds: u32, data: &mut Data) -> Result<(), Failure> {
    let layout = Layout::latency()?;
    if rounds > 0 {
        ctx.run.note(layout.describe());
    }
    let (working, free) = requests(ctx.scale);
    let mut at_work = vec![Arm::DirectWork, Arm::ThroughWork];
    at_work.extend(Change::there(ctx.before().is_some()).map(Change::arm));
    if let Some(before) = ctx.before().filter(|_| rounds > 0) {
        ctx.console.expect_steps(1);
        ctx.console.step("instructions of both builds");
        let builds = [Arm::ThroughWork, Arm::BeforeWork];
        let run = async |ctx: &mut Context, arm: Arm, watched: Watched<'_>| {
            let build = (arm == Arm::BeforeWork).then_some(before.as_path());
            through_build(ctx, arm, watched, build).await
        };
        data.counted
            .extend(count_each(ctx, &builds, INSTRUCTIONS_SLOPES, run).await?);
    }
    for round in 1..=rounds {
        for (arms, requests) in [(&at_work[..], working), (&[Arm::Direct, Arm::Through], free)] {
            let stub = arms[0].title().trim_start_matches("direct, ");
            ctx.console
                .step(&format!("beside direct, round {round} of {rounds}: {stub}"));
            let sides = sides::boot_before_one(ctx, &layout, arms).await?;
            data.most
                .extend(sides::round(ctx, &layout, &sides, round, requests).await?);
            sides::stop(sides).await?;
        }
    }
    Ok(())
}
