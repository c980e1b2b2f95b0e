//! Rounds of latency: one way after the other, and again, each time with freshly booted parts.
//!
//! All ways of a round get the same arrivals (one seed per round). The rate is fixed: at 2 000/s gateway and stub
//! together use some tenths of their core, so that queueing behind other requests hardly adds to what a
//! layer costs, and a run of ten seconds still has 20 requests beyond its p99.9.

use super::chain::{Chain, How};
use super::data::Round;
use super::way::Way;
use crate::exp::Context;
use crate::failure::Failure;
use crate::scale::Scale;
use crate::stand::{self, Arrivals, Layout, Load, LoadReport};
use std::time::Duration;
use tokio::time::Instant;

const RATE_PER_SECOND: f64 = 2_000.0;
/// At 2 000/s and well below a millisecond each, two or three are busy; the rest is for bursts.
const CONNECTIONS: usize = 64;
const TIMEOUT: Duration = Duration::from_secs(10);
/// Above this share of their core, gateway and stub queue for each other, and the difference is no longer
/// what the layer costs.
const CORE_LOAD_MAX: f64 = 0.6;

/// How often and for how long.
#[derive(Debug, Clone, Copy)]
pub(in crate::exp) struct Plan {
    pub(in crate::exp) rounds: u32,
    warmup: Duration,
    /// Recorded, after the warm-up.
    measured: Duration,
}

impl Plan {
    /// `None` where the scale draws no latency.
    pub(in crate::exp) fn of(scale: Scale) -> Option<Self> {
        let (rounds, warmup, measured) = match scale {
            Scale::Smoke => return None,
            Scale::Quick => (10, Duration::from_millis(50), Duration::from_millis(200)),
            // 8 000 requests, so that 80 of them are beyond p99 in each round
            Scale::Full => (20, Duration::from_secs(1), Duration::from_secs(4)),
        };
        Some(Self {
            rounds,
            warmup,
            measured,
        })
    }

    /// In words, for the report.
    pub(in crate::exp) fn describe(&self) -> String {
        let time = humantime::format_duration(self.measured);
        format!(
            "{} rounds of {time} per arm at {RATE_PER_SECOND} requests per second",
            self.rounds
        )
    }
}

/// Runs all rounds over `ways`.
pub(in crate::exp) async fn measure<W: Way>(
    ctx: &mut Context,
    plan: Plan,
    ways: &[W],
) -> Result<Vec<Round>, Failure> {
    let layout = Layout::latency()?;
    ctx.run.note(layout.describe());
    let mut rounds = Vec::new();
    for round in 1..=plan.rounds {
        for way in in_turn(ways, round) {
            ctx.console
                .step(&format!("round {round} of {}: {}", plan.rounds, way.title()));
            rounds.push(one(ctx, plan, &layout, round, way).await?);
        }
    }
    Ok(rounds)
}

/// All of them, and in each round another one first: what a place among them brings with it is nobody's.
pub(super) fn in_turn<T: Copy>(ways: &[T], round: u32) -> impl Iterator<Item = T> {
    let first = round as usize % ways.len().max(1);
    ways.iter().cycle().skip(first).take(ways.len()).copied()
}

async fn one<W: Way>(
    ctx: &mut Context,
    plan: Plan,
    layout: &Layout,
    round: u32,
    way: W,
) -> Result<Round, Failure> {
    let chain = Chain::boot(ctx, way, layout, How::default()).await?;
    let load = Load {
        target: chain.target(),
        paths: way.paths(),
        headers: way.headers(),
        arrivals: Arrivals::Poisson(RATE_PER_SECOND),
        duration: plan.warmup + plan.measured,
        requests: None,
        connections: CONNECTIONS,
        warmup: plan.warmup,
        timeout: TIMEOUT,
        seed: ctx.seed_of(&format!("{}/round/{round}", W::EXPERIMENT)),
        timer_only: layout.degraded.is_some(),
    };
    let log = chain.directory.join("load.hlog");
    let (proxy_before, stub_before, began) = (chain.proxy_cpu()?, chain.stub_cpu()?, Instant::now());
    let report = stand::run_load(
        &ctx.binaries()?.loadgen,
        &load,
        Some(&log),
        &chain.directory,
        layout.load,
    )
    .await?;
    let wall = began.elapsed();
    let (proxy, stub) = (
        chain.proxy_cpu()?.since(proxy_before),
        chain.stub_cpu()?.since(stub_before),
    );
    let footprint = chain.proxy_footprint();
    chain.stop(false).await?;
    super::logs::append(&ctx.directory, way.key(), round, &log)?;
    let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let mut row = Round {
        round,
        arm: way.key().to_owned(),
        valid: true,
        reasons: String::new(),
        requests: report.counts.done + report.counts.warmup,
        unexpected: report.unexpected(),
        p50_us: report.response.p50,
        p90_us: report.response.p90,
        p99_us: report.response.p99,
        p999_us: report.response.p99_9,
        max_us: report.response.max,
        mean_us: report.response.mean,
        send_lag_p99_us: report.send_lag.p99,
        proxy_cpu_ns: nanos(proxy.total),
        proxy_user_ns: nanos(proxy.user),
        proxy_kernel_ns: nanos(proxy.kernel),
        stub_cpu_ns: nanos(stub.total),
        wall_ns: nanos(wall),
        proxy_rss_kib: footprint.rss_kib,
        proxy_files: footprint.open_files,
    };
    let reasons = reasons(&report, row.core_load());
    row.valid = reasons.is_empty();
    row.reasons = reasons.join("; ");
    Ok(row)
}

/// Why the instruments of a round were not good enough; empty if they were.
fn reasons(report: &LoadReport, core_load: f64) -> Vec<String> {
    let mut reasons = report.reasons.clone();
    if !report.valid && reasons.is_empty() {
        reasons.push("the load generator does not trust itself".to_owned());
    }
    if core_load > CORE_LOAD_MAX {
        let (is, max) = (core_load * 100.0, CORE_LOAD_MAX * 100.0);
        reasons.push(format!(
            "proxy and stub used {is:.0} % of their core, more than {max:.0} %"
        ));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::in_turn;

    #[test]
    fn each_has_every_place_among_the_others_as_often() {
        let rounds = (1..=3).map(|round| in_turn(&[1, 2, 3], round).collect::<Vec<_>>());
        assert_eq!(rounds.collect::<Vec<_>>(), [[2, 3, 1], [3, 1, 2], [1, 2, 3]]);
        assert_eq!(in_turn::<u8>(&[], 1).count(), 0);
    }
}
