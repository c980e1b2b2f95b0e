//! What holds the gateway at its ceiling: the rate is offered once more, and kernel and profiler are asked meanwhile.

use super::arms::Arm;
use super::data::{Data, Held, Share};
use super::ladder::{WARMUP, load, others_share};
use super::stacks::Stacks;
use crate::exp::Context;
use crate::exp::real::{Chain, How};
use crate::failure::Failure;
use crate::measure::{Owner, owners, run_queue_wait, stacks};
use crate::scale::Scale;
use crate::stand::{self, Layout};
use std::time::Duration;

/// Samples per second of CPU time: many enough for shares of a percent in seconds, and no multiple of a timer's.
const HZ: u32 = 499;

/// Fills `data.held` and `data.profile`: first the kernel's account undisturbed, then the profile, which costs time itself.
pub(super) async fn measure(ctx: &mut Context, rate: f64, data: &mut Data) -> Result<(), Failure> {
    let seconds: u64 = match ctx.scale {
        Scale::Smoke | Scale::Quick => 2,
        Scale::Full => 30,
    };
    ctx.console.expect_steps(2);
    let layout = Layout::capacity()?;
    let chain = Chain::boot(ctx, Arm::Through, &layout, How::default()).await?;
    let loadgen = ctx.binaries()?.loadgen;
    let load = load(ctx, &chain, rate, Duration::from_secs(seconds));
    let gone = || {
        Failure::run("read how long the gateway waited for a CPU: it is gone, or this kernel does not say")
    };
    let waited = || chain.proxy_pid().and_then(run_queue_wait).ok_or_else(gone);
    ctx.console.step(&format!("held: {rate} per second"));
    let (cpu, stub, wait) = (chain.proxy_cpu()?, chain.stub_cpu()?, waited()?);
    let report = stand::run_load(&loadgen, &load, None, &chain.directory, layout.load).await?;
    let cpu = chain.proxy_cpu()?.since(cpu);
    let stub = chain.stub_cpu()?.since(stub).total;
    data.held.push(Held {
        rate,
        seconds: report.wall_seconds,
        user_s: cpu.user.as_secs_f64(),
        kernel_s: cpu.kernel.as_secs_f64(),
        cpu_s: cpu.total.as_secs_f64(),
        waited_s: waited()?.saturating_sub(wait).as_secs_f64(),
        others_share: others_share(&report, stub),
    });
    ctx.console.step(&format!("profiled: {rate} per second"));
    let admin = chain.admin()?;
    let profile = async {
        tokio::time::sleep(WARMUP).await;
        let page = format!("/debug/pprof/profile?seconds={seconds}&hz={HZ}");
        stand::get_bytes_of(admin, &page, Duration::from_secs(seconds)).await
    };
    // longer than the profile, so that none of it is taken of an idle gateway
    let load = super::ladder::load(ctx, &chain, rate, Duration::from_secs(seconds + 1));
    let running = stand::run_load(&loadgen, &load, None, &chain.directory, layout.load);
    let (profile, report) = tokio::join!(profile, running);
    report?;
    let none = || Failure::run("read the gateway's profile: it is none");
    let profile = profile?;
    data.stacks = Stacks::pruned(stacks(&profile).ok_or_else(none)?);
    let owners = owners(&profile).ok_or_else(none)?;
    let rows = owners.into_iter().map(|(owner, samples)| match owner {
        Owner::Kernel(call) => Share {
            owner: call,
            in_kernel: true,
            samples,
        },
        Owner::Code(name) => Share {
            owner: name,
            in_kernel: false,
            samples,
        },
    });
    data.profile.extend(rows);
    chain.stop(false).await
}
