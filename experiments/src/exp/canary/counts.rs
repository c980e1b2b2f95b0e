//! Who got how many: by the load generator, by the gateway's metrics and by the stub's ledger.

use super::arms::Arm;
use crate::exp::Context;
use crate::exp::real::{Chain, How, Steady, drive};
use crate::failure::Failure;
use crate::measure::{Figure, sum_of};
use crate::scale::Scale;
use crate::stand::{self, Layout};
use std::time::Duration;

/// How long copies may be under way when the last answer has come.
const COPIES_WITHIN: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// One run of an arm through the shipped gateway.
pub(super) async fn measure(ctx: &mut Context, arm: Arm) -> Result<Vec<Steady>, Failure> {
    let requests = match ctx.scale {
        Scale::Smoke | Scale::Quick => 20_000,
        Scale::Full => 400_000,
    };
    let layout = Layout::capacity()?;
    let chain = Chain::boot(ctx, arm, &layout, How::default()).await?;
    let report = drive(ctx, &layout, arm, chain.target(), requests, &chain.directory).await?;
    let admin = chain.admin()?;
    let began = tokio::time::Instant::now();
    let metrics = loop {
        let metrics = stand::get(admin, "/metrics").await?;
        let under_way = sum_of(&metrics, "tollgate_upstream_in_flight", &[]);
        if under_way.is_none_or(|attempts| attempts == 0.0) || began.elapsed() > COPIES_WITHIN {
            break metrics;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    let ledger = stand::get(chain.stub.control, "/ledger").await?;
    chain.stop(false).await?;
    let ledger: serde_json::Value = serde_json::from_str(&ledger)
        .map_err(|e| Failure::run(format!("understand the stub's ledger: {e}")))?;
    let seen = |place: usize| match ledger["replicas"][place]["requests"].as_f64() {
        Some(count) => Figure::Measured(count),
        None => Figure::Missing("the stub's ledger counts no requests".into()),
    };
    let mirror = |name: &str| Figure::Measured(sum_of(&metrics, name, &[]).unwrap_or(0.0));
    let rows = [
        ("requests", Figure::Measured(report.counts.done as f64)),
        ("unexpected", Figure::Measured(report.unexpected() as f64)),
        ("first", seen(0)),
        ("second", seen(1)),
        ("mirror_sent", mirror("tollgate_mirror_sent_total")),
        ("mirror_skipped", mirror("tollgate_mirror_skipped_total")),
        ("mirror_lost", mirror("tollgate_mirror_lost_total")),
    ];
    Ok(rows.map(|(figure, value)| Steady::new(arm, figure, value)).into())
}
