//! One arm's run, watched: every tenth of a second its counters, its connections and its open files.

use super::arms::Arm;
use super::data::{Data, End, STEADY_FROM_S, Sample};
use crate::exp::Context;
use crate::exp::real::{Chain, How, Way as _, drive, watch};
use crate::failure::Failure;
use crate::measure::{footprint, sum_of};
use crate::scale::Scale;
use crate::stand::{self, Arrivals, Layout, Load};
use std::time::Duration;
use tokio::time::Instant;

/// Clients of [`Arm::Crowd`], where the limit on open files lets the load generator have them.
pub(super) const CROWD: usize = 10_000;
/// Files of a process besides its clients' connections: the pool, listeners, logs, and those it dials at the moment.
const FILES_BESIDES: u64 = 256;

const CONNECTIONS: usize = 64;
/// Requests over as many busy connections before anything is sampled.
const FILL: u64 = 1_000;
const RATE_PER_SECOND: f64 = 2_000.0;
/// Of a crowd the last is answered when all others were.
const TIMEOUT: Duration = Duration::from_secs(60);
const SAMPLE_EVERY: Duration = Duration::from_millis(100);

/// How many clients a crowd can be.
pub(super) fn crowd_within(open_files: u64) -> usize {
    let there = open_files.saturating_sub(FILES_BESIDES);
    usize::try_from(there).unwrap_or(CROWD).min(CROWD)
}

/// Runs the load of `arm` and adds what was seen to `data`.
pub(super) async fn measure(
    ctx: &mut Context,
    arm: Arm,
    crowd: usize,
    data: &mut Data,
) -> Result<(), Failure> {
    let layout = Layout::latency()?;
    ctx.run.note(layout.describe());
    let chain = Chain::boot(ctx, arm, &layout, How::default()).await?;
    // as many connections as the load generator will ever use at once, so that a pool that keeps them has them
    drive(ctx, &layout, arm, chain.target(), FILL, &chain.directory).await?;
    let load = load(ctx, arm, crowd, &chain);
    let binaries = ctx.binaries()?;
    let running = stand::run_load(&binaries.loadgen, &load, None, &chain.directory, layout.load);
    let began = Instant::now();
    let look = async |_| sample(&chain, arm, began).await;
    let report = watch(running, SAMPLE_EVERY, &mut data.samples, look).await?;
    let at_end = sample(&chain, arm, began).await?;
    chain.stop(false).await?;
    // when the load generator goes, its connections do: no part of what is steady
    data.samples
        .retain(|sample| sample.arm != arm.key() || sample.at_s <= load.duration.as_secs_f64());
    data.ends.push(End {
        arm: arm.key().to_owned(),
        clients_wanted: load.connections as u64,
        unexpected: report.unexpected(),
        dialled: at_end.dialled,
        accepted: at_end.accepted,
    });
    Ok(())
}

fn load(ctx: &Context, arm: Arm, crowd: usize, chain: &Chain) -> Load {
    let steady = match ctx.scale {
        Scale::Smoke | Scale::Quick => Duration::from_secs(2),
        Scale::Full => Duration::from_secs(30),
    };
    let (arrivals, connections) = match arm {
        Arm::Crowd => (Arrivals::Closed, crowd),
        Arm::Kept | Arm::Small | Arm::Off => (Arrivals::Poisson(RATE_PER_SECOND), CONNECTIONS),
    };
    Load {
        target: chain.target(),
        paths: arm.paths(),
        headers: arm.headers(),
        arrivals,
        duration: Duration::from_secs_f64(STEADY_FROM_S) + steady,
        requests: None,
        connections,
        warmup: Duration::ZERO,
        timeout: TIMEOUT,
        seed: ctx.seed_of("reuse/watched"),
        timer_only: true,
    }
}

async fn sample(chain: &Chain, arm: Arm, began: Instant) -> Result<Sample, Failure> {
    let metrics = stand::get(chain.admin()?, "/metrics").await?;
    let ledger = stand::get(chain.stub.control, "/ledger").await?;
    let at_s = began.elapsed().as_secs_f64();
    let ledger: serde_json::Value = serde_json::from_str(&ledger)
        .map_err(|e| Failure::run(format!("understand the stub's ledger: {e}")))?;
    let metric = |name: &str| {
        let value = sum_of(&metrics, name, &[]);
        let missing = || Failure::run(format!("read {name} of the gateway: it has no such metric"));
        value.map(|value| value as u64).ok_or_else(missing)
    };
    let seen = |name: &str| {
        let value = ledger["replicas"][0][name].as_u64();
        value.ok_or_else(|| Failure::run(format!("read {name} of the stub's ledger: it is not there")))
    };
    let files = chain.proxy_pid().and_then(footprint);
    let files = files.ok_or_else(|| Failure::run("count the gateway's open files: it is gone"))?;
    Ok(Sample {
        arm: arm.key().to_owned(),
        at_s,
        open_files: files.open_files,
        clients: metric("tollgate_client_connections")?,
        dialled: metric("tollgate_pool_dials_total")?,
        reused: metric("tollgate_pool_reuses_total")?,
        upstream: seen("connections_open")?,
        accepted: seen("connections_accepted")?,
        requests: seen("requests")?,
    })
}
