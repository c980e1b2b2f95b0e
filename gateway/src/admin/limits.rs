//! Metrics of adaptive limits: what each is, what it rests on, how much of it is in use, and who was refused.

use super::family::describe;
use crate::limit::Priority;
use crate::snapshot::Snapshot;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;
use std::fmt;

/// Of upstreams that have one.
pub(super) fn limits(snapshot: &Snapshot, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let upstreams = snapshot.plan.upstreams.iter().zip(&snapshot.upstreams);
    let with_limit = upstreams.filter(|(plan, _)| plan.concurrency.is_some());
    let shown: Vec<_> = with_limit
        .filter_map(|(plan, state)| Some((plan.name.as_str(), state.concurrency()?.shown())))
        .collect();
    if shown.is_empty() {
        return Ok(());
    }
    let help = "Requests without an answer that the adaptive limit allows";
    let mut metric = describe(encoder, "upstream_concurrency_limit", help, MetricType::Gauge)?;
    for (name, shown) in &shown {
        metric
            .encode_family(&[("upstream", *name)])?
            .encode_gauge(&shown.limit)?;
    }
    let help = "Requests without an answer";
    let mut metric = describe(encoder, "upstream_concurrency", help, MetricType::Gauge)?;
    for (name, shown) in &shown {
        metric
            .encode_family(&[("upstream", *name)])?
            .encode_gauge(&(shown.held as u64))?;
    }
    let help = "What an answer takes without a queue";
    let name = "upstream_concurrency_baseline";
    let mut metric = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Gauge)?;
    for (name, shown) in &shown {
        if let Some(us) = shown.baseline_us {
            metric
                .encode_family(&[("upstream", *name)])?
                .encode_gauge(&(us as f64 / 1e6))?;
        }
    }
    let help = "Requests refused over the adaptive limit, by class";
    let mut metric = describe(encoder, "upstream_shed", help, MetricType::Counter)?;
    for (name, shown) in &shown {
        for class in Priority::ALL {
            metric
                .encode_family(&[("upstream", *name), ("priority", class.name())])?
                .encode_counter::<NoLabelSet, _, u64>(&shown.shed[class as usize], None)?;
        }
    }
    Ok(())
}
