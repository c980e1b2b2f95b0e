//! Counts of one plain run: do client, gateway and stub agree on what happened, and were connections reused?

use super::arms::Arm;
use crate::exp::Context;
use crate::exp::real::{Chain, How, Steady, drive};
use crate::failure::Failure;
use crate::measure::{Figure, sum_of};
use crate::stand::{self, Layout};

/// Metrics of the gateway, by their names in its text.
const REQUESTS: &str = "tollgate_requests_total";
const DIALLED: &str = "tollgate_pool_dials_total";
const REUSED: &str = "tollgate_pool_reuses_total";

/// One run of `requests` through the shipped gateway.
pub(super) async fn measure(ctx: &mut Context, arm: Arm, requests: u64) -> Result<Vec<Steady>, Failure> {
    let layout = Layout::capacity()?;
    let chain = Chain::boot(ctx, arm, &layout, How::default()).await?;
    let report = drive(ctx, &layout, arm, chain.target(), requests, &chain.directory).await?;
    let metrics = stand::get(chain.admin()?, "/metrics").await?;
    let ledger = stand::get(chain.stub.control, "/ledger").await?;
    chain.stop(false).await?;
    let metric = |name: &str| match sum_of(&metrics, name, &[]) {
        Some(value) => Figure::Measured(value),
        None => Figure::Missing(format!("the gateway has no metric {name}")),
    };
    let at_stub = match stub_requests(&ledger) {
        Some(count) => Figure::Measured(count),
        None => Figure::Missing("the stub's ledger counts no requests".into()),
    };
    Ok(vec![
        Steady::new(arm, "requests", Figure::Measured(report.counts.done as f64)),
        Steady::new(arm, "unexpected", Figure::Measured(report.unexpected() as f64)),
        Steady::new(arm, "gateway_count", metric(REQUESTS)),
        Steady::new(arm, "stub_count", at_stub),
        Steady::new(arm, "reused", metric(REUSED)),
        Steady::new(arm, "dialled", metric(DIALLED)),
    ])
}

/// Requests of all replicas.
fn stub_requests(ledger: &str) -> Option<f64> {
    let ledger: serde_json::Value = serde_json::from_str(ledger).ok()?;
    let replicas = ledger["replicas"].as_array()?;
    replicas.iter().map(|replica| replica["requests"].as_f64()).sum()
}
