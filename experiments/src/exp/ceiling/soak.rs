//! A rate near the ceiling, held for long: does the gateway grow?
//!
//! Not the ceiling itself is held but a share of it: above it a queue that some disturbance of the machine has filled never empties, and
//! what grows then is the load generator's backlog and not the gateway.

use super::arms::Arm;
use super::data::{Data, Grown, Second};
use super::ladder::load;
use crate::exp::Context;
use crate::exp::real::{Chain, How, watch};
use crate::failure::Failure;
use crate::measure::footprint;
use crate::scale::Scale;
use crate::stand::{self, Layout};
use std::time::Duration;
use tokio::time::Instant;

/// Of the ceiling, what is held.
pub(super) const SHARE: f64 = 0.8;
/// Samples in all, about.
const SAMPLES: u32 = 600;
const SAMPLE_EVERY_MAX: Duration = Duration::from_secs(1);
const SAMPLE_EVERY_MIN: Duration = Duration::from_millis(50);

/// How long; in a quick run only to see that it can be done.
pub(super) fn duration(scale: Scale) -> Duration {
    match scale {
        Scale::Smoke => Duration::ZERO,
        Scale::Quick => Duration::from_secs(3),
        Scale::Full => Duration::from_secs(600),
    }
}

/// Holds the share of `ceiling` for so long, and fills `data.grown` and `data.seconds`.
pub(super) async fn measure(
    ctx: &mut Context,
    ceiling: f64,
    duration: Duration,
    data: &mut Data,
) -> Result<(), Failure> {
    let rate = (SHARE * ceiling).round();
    let time = humantime::format_duration(duration);
    ctx.console.expect_steps(1);
    ctx.console.step(&format!("held for {time}: {rate} per second"));
    let layout = Layout::capacity()?;
    let chain = Chain::boot(ctx, Arm::Through, &layout, How::default()).await?;
    let load = load(ctx, &chain, rate, duration);
    let loadgen = ctx.binaries()?.loadgen;
    let running = stand::run_load(&loadgen, &load, None, &chain.directory, layout.load);
    let every = (duration / SAMPLES).clamp(SAMPLE_EVERY_MIN, SAMPLE_EVERY_MAX);
    let sample = async |began: Instant| {
        let gone = || Failure::run("look at the gateway's memory and files: it is gone");
        let seen = chain.proxy_pid().and_then(footprint).ok_or_else(gone)?;
        Ok(Grown {
            at_s: began.elapsed().as_secs_f64(),
            rss_kib: seen.rss_kib,
            open_files: seen.open_files,
        })
    };
    let report = watch(running, every, &mut data.grown, sample).await?;
    chain.stop(false).await?;
    // when the load generator goes, its connections do: no part of what is held
    data.grown
        .retain(|sample| sample.at_s <= load.duration.as_secs_f64());
    let interval = report.series.interval_s;
    let seconds = report.series.rows.iter().enumerate();
    data.seconds.extend(seconds.map(|(number, row)| Second {
        until_s: interval * (number + 1) as f64,
        p99_us: row.p99_us,
        unexpected: row.failed + row.unexpected,
    }));
    Ok(())
}
