//! Metrics of what goes wrong with attempts and of what is made of it: timeouts, retries that were due and not made, and what
//! is left of each upstream's budget.

use super::family::{Family, describe};
use crate::snapshot::Snapshot;
use crate::state::{Denied, Fired, Hedged, UpstreamCells};
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use std::fmt;
use tokio::time::Instant;

pub(super) fn timeouts_and_retries(
    upstreams: &Family<'_, UpstreamCells>,
    encoder: &mut DescriptorEncoder<'_>,
) -> fmt::Result {
    let help = "Timeouts that fired, by what was waited for";
    upstreams.by_label(
        encoder,
        ("upstream_timeouts", help),
        ("kind", &Fired::LABELS),
        |cells| &cells.timeouts.0,
    )?;
    let help = "Retries that were due and not made, by reason";
    upstreams.by_label(
        encoder,
        ("upstream_retries_denied", help),
        ("reason", &Denied::LABELS),
        |cells| &cells.retries_denied.0,
    )?;
    let help = "Hedges that have ended, by what became of them";
    let (metric, label) = (("upstream_hedges", help), ("outcome", &Hedged::LABELS));
    upstreams.by_label(encoder, metric, label, |cells| &cells.hedges.0)
}

/// Of the upstreams that a route with a budget leads to; where several do, by the most generous.
pub(super) fn budgets(snapshot: &Snapshot, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let now = Instant::now();
    let mut left: Vec<Option<u64>> = vec![None; snapshot.upstreams.len()];
    for route in &snapshot.plan.routes {
        let Some(budget) = &route.retry.budget else {
            continue;
        };
        let upstreams = route.action.upstreams().into_iter();
        for upstream in upstreams.chain(route.falls_back_on()) {
            let affordable = snapshot.upstreams[upstream].retry_budget.affordable(budget, now);
            left[upstream] = left[upstream].max(Some(affordable));
        }
    }
    let help = "Retries that the budget allows now";
    let mut metric = describe(encoder, "upstream_retry_budget", help, MetricType::Gauge)?;
    for (plan, left) in snapshot.plan.upstreams.iter().zip(left) {
        if let Some(left) = left {
            metric
                .encode_family(&[("upstream", plan.name.as_str())])?
                .encode_gauge(&left)?;
        }
    }
    Ok(())
}
