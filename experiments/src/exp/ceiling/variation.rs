//! What a request costs the gateway when one thing is varied: the size of an answer, the number of workers, the size of the site. The
//! gateway is alone on its core (two workers have both), all variants are booted at once and driven in turn.

use super::arms::Arm;
use super::data::Data;
use super::sides;
use crate::exp::Context;
use crate::exp::real::{count_each, through};
use crate::failure::Failure;
use crate::scale::Scale;
use crate::stand::Layout;

/// Of which instructions are counted: of two workers, a tracer that runs one thread at a time would say nothing.
pub(super) const COUNTED: [Arm; 4] = [Arm::Through, Arm::Small, Arm::Large, Arm::Fleet];

fn rounds(scale: Scale) -> (u32, u64) {
    match scale {
        Scale::Smoke => (0, 0),
        Scale::Quick => (10, 600),
        Scale::Full => (20, 20_000),
    }
}

/// Steps that [`measure`] will tell the console of.
pub(super) fn steps(scale: Scale) -> usize {
    match rounds(scale).0 {
        0 => 0,
        rounds => rounds as usize + 1,
    }
}

/// Fills `data.varied`, and adds to `data.counted`.
pub(super) async fn measure(ctx: &mut Context, data: &mut Data) -> Result<(), Failure> {
    let (rounds, requests) = rounds(ctx.scale);
    if rounds == 0 {
        return Ok(());
    }
    ctx.console.step("instructions of what is varied");
    data.counted.extend(count_each(ctx, &COUNTED, 1, through).await?);
    let layout = Layout::capacity()?;
    let sides = sides::boot_each(ctx, &layout, &Arm::VARIED).await?;
    for round in 1..=rounds {
        ctx.console.step(&format!("varied, round {round} of {rounds}"));
        data.varied
            .extend(sides::round(ctx, &layout, &sides, round, requests).await?);
    }
    sides::stop(sides).await
}
