//! What a second of CPU time answers in each arm, in interleaved rounds: gateway and stub on one core that is always busy, the load
//! generator alone on the other.
//!
//! By CPU time and not by the clock: where something else runs on that core too, the scheduler gives two processes twice what it
//! gives one, and the gateway would look like a gain.

use super::arms::Arm;
use super::data::{Data, Most};
use crate::exp::Context;
use crate::exp::real::{Chain, How, Way as _, drive};
use crate::failure::Failure;
use crate::scale::Scale;
use crate::stand::Layout;

/// Before what is measured: connections are opened and pools filled.
const FILL: u64 = 500;

pub(super) fn rounds(scale: Scale) -> u32 {
    match scale {
        Scale::Smoke => 0,
        Scale::Quick => 10,
        Scale::Full => 20,
    }
}

/// Fills `data.most`.
pub(super) async fn measure(ctx: &mut Context, rounds: u32, data: &mut Data) -> Result<(), Failure> {
    let requests = match ctx.scale {
        Scale::Smoke | Scale::Quick => 3_000,
        Scale::Full => 50_000,
    };
    let layout = Layout::latency()?;
    if rounds > 0 {
        ctx.run.note(layout.describe());
    }
    for round in 1..=rounds {
        for arm in Arm::ALL {
            ctx.console
                .step(&format!("at most, round {round} of {rounds}: {}", arm.title()));
            let chain = Chain::boot(ctx, arm, &layout, How::default()).await?;
            let (target, directory) = (chain.target(), chain.directory.clone());
            drive(ctx, &layout, arm, target, FILL, &directory).await?;
            let used = |chain: &Chain| Ok::<_, Failure>(chain.proxy_cpu()?.total + chain.stub_cpu()?.total);
            let before = used(&chain)?;
            let report = drive(ctx, &layout, arm, target, requests, &directory).await?;
            let cpu = used(&chain)?.saturating_sub(before);
            chain.stop(false).await?;
            data.most.push(Most {
                round,
                arm: arm.key().to_owned(),
                requests,
                cpu_ns: u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX),
                unexpected: report.unexpected(),
            });
        }
    }
    Ok(())
}
