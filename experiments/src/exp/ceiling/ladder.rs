//! One rate after the other, until the ceiling is known.

use super::arms::Arm;
use super::data::{Data, Step};
use super::search;
use crate::exp::Context;
use crate::exp::real::{Chain, How, Way as _};
use crate::failure::Failure;
use crate::scale::Scale;
use crate::stand::{self, Arrivals, Layout, Load, LoadReport};
use std::time::Duration;

/// Enough that a gateway which is not behind never waits for one.
const CONNECTIONS: usize = 256;
const TIMEOUT: Duration = Duration::from_secs(10);
pub(super) const WARMUP: Duration = Duration::from_millis(200);

/// The load of a step, and of what is held afterwards.
pub(super) fn load(ctx: &Context, chain: &Chain, rate: f64, measured: Duration) -> Load {
    Load {
        target: chain.target(),
        paths: Arm::Through.paths(),
        headers: Arm::Through.headers(),
        arrivals: Arrivals::Poisson(rate),
        duration: WARMUP + measured,
        requests: None,
        connections: CONNECTIONS,
        warmup: WARMUP,
        timeout: TIMEOUT,
        seed: ctx.seed_of("ceiling/ladder"),
        timer_only: true,
    }
}

/// Share of their core that stub and load generator used in a run.
pub(super) fn others_share(report: &LoadReport, stub: Duration) -> f64 {
    (report.cpu_seconds + stub.as_secs_f64()) / report.wall_seconds
}

/// Fills `data.steps`.
pub(super) async fn measure(ctx: &mut Context, data: &mut Data) -> Result<(), Failure> {
    let measured = match ctx.scale {
        Scale::Smoke | Scale::Quick => Duration::from_millis(800),
        Scale::Full => Duration::from_secs(10),
    };
    let layout = Layout::capacity()?;
    ctx.run.note(layout.describe());
    let chain = Chain::boot(ctx, Arm::Through, &layout, How::default()).await?;
    let outcomes = |steps: &[Step]| {
        steps
            .iter()
            .map(|step| (step.rate, step.held()))
            .collect::<Vec<_>>()
    };
    while let Some(rate) = search::next(&outcomes(&data.steps)) {
        ctx.console.expect_steps(1);
        ctx.console.step(&format!("offered: {rate} per second"));
        let load = load(ctx, &chain, rate, measured);
        let (gateway, stub) = (chain.proxy_cpu()?, chain.stub_cpu()?);
        let loadgen = ctx.binaries()?.loadgen;
        let report = stand::run_load(&loadgen, &load, None, &chain.directory, layout.load).await?;
        let gateway = chain.proxy_cpu()?.since(gateway).total;
        let stub = chain.stub_cpu()?.since(stub).total;
        data.steps.push(Step {
            rate,
            p50_us: report.response.p50,
            p99_us: report.response.p99,
            unexpected: report.unexpected(),
            send_lag_p99_us: report.send_lag.p99,
            gateway_share: gateway.as_secs_f64() / report.wall_seconds,
            others_share: others_share(&report, stub),
        });
    }
    chain.stop(false).await
}
