//! Keeping a server busy: requests offered faster than it can serve them, over connections that are never idle.

use super::way::Way;
use crate::exp::Context;
use crate::failure::Failure;
use crate::stand::{self, Arrivals, Layout, Load};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

const CONNECTIONS: usize = 64;
/// More than any proxy serves on one core.
const OFFERED_PER_SECOND: f64 = 100_000.0;
/// Waiting in the backlog counts; under valgrind the last request waits for all others.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Drives `requests` of a way through `target`, all connections busy.
pub(in crate::exp) async fn drive<W: Way>(
    ctx: &Context,
    layout: &Layout,
    way: W,
    target: SocketAddr,
    requests: u64,
    directory: &Path,
) -> Result<stand::LoadReport, Failure> {
    let load = Load {
        target,
        paths: way.paths(),
        headers: way.headers(),
        arrivals: Arrivals::Poisson(OFFERED_PER_SECOND),
        duration: TIMEOUT,
        requests: Some(requests),
        connections: CONNECTIONS,
        warmup: Duration::ZERO,
        timeout: TIMEOUT,
        seed: ctx.seed_of(&format!("{}/steady", W::EXPERIMENT)),
        timer_only: true,
    };
    stand::run_load(&ctx.binaries()?.loadgen, &load, None, directory, layout.load).await
}
