//! Metrics of breakers: what state each is in, how often that changed, and what it turned away.
//!
//! Of upstreams that have one. The state is that of the breaker of all replicas, or of each where each has its own; what is
//! counted is counted over all of an upstream's.

use super::family::describe;
use crate::breaker::Phase;
use crate::event::BreakerState;
use crate::snapshot::Snapshot;
use crate::state::Breaker;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use std::fmt;
use tokio::time::Instant;

/// Replicas with series of their own: see [`super::replicas`].
const REPLICAS_MAX: usize = 4_096;

pub(super) fn breakers(snapshot: &Snapshot, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let states = snapshot.upstreams.iter().zip(&snapshot.replicas);
    let plans = snapshot.plan.upstreams.iter().zip(states);
    let with_breaker: Vec<_> = plans.filter(|(plan, _)| plan.breaker.is_some()).collect();
    if with_breaker.is_empty() {
        return Ok(());
    }
    let now = Instant::now();
    let (mut whole, mut each) = (Vec::new(), Vec::new());
    for (plan, (state, replicas)) in &with_breaker {
        let per_replica = plan.breaker.as_ref().is_some_and(|breaker| breaker.per_replica);
        if !per_replica {
            whole.extend(
                state
                    .breaker()
                    .map(|breaker| ([("upstream", plan.name.as_str())], breaker)),
            );
            continue;
        }
        each.extend(replicas.iter().filter_map(|replica| {
            let labels = [
                ("upstream", plan.name.as_str()),
                ("replica", replica.name.as_str()),
            ];
            Some((labels, replica.state.breaker()?))
        }));
    }
    each.truncate(REPLICAS_MAX);
    let help = "State of the upstream's breaker: 0 closed, 1 half-open, 2 open";
    let mut metric = describe(encoder, "upstream_breaker_state", help, MetricType::Gauge)?;
    for (labels, breaker) in whole {
        metric
            .encode_family(&labels)?
            .encode_gauge(&state(breaker, now))?;
    }
    let help = "State of the replica's breaker: 0 closed, 1 half-open, 2 open";
    let mut metric = describe(encoder, "replica_breaker_state", help, MetricType::Gauge)?;
    for (labels, breaker) in each {
        metric
            .encode_family(&labels)?
            .encode_gauge(&state(breaker, now))?;
    }
    let help = "Attempts that a breaker refused";
    let mut metric = describe(encoder, "upstream_breaker_rejected", help, MetricType::Counter)?;
    for (plan, (state, _)) in &with_breaker {
        let count = state.cells.sum(|cells| &cells.breaker_rejected);
        metric
            .encode_family(&[("upstream", plan.name.as_str())])?
            .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
    }
    let help = "Changes of breakers' states, by the new one";
    let mut metric = describe(encoder, "upstream_breaker_transitions", help, MetricType::Counter)?;
    for (plan, (state, _)) in &with_breaker {
        for to in BreakerState::ALL {
            let count = state.cells.sum(|cells| &cells.breaker_transitions[to as usize]);
            metric
                .encode_family(&[("upstream", plan.name.as_str()), ("to", to.label())])?
                .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
    }
    Ok(())
}

fn state(breaker: &Breaker, now: Instant) -> u64 {
    match breaker.shown(now).phase {
        Phase::Closed => BreakerState::Closed as u64,
        Phase::HalfOpen { .. } => BreakerState::HalfOpen as u64,
        Phase::Open { .. } => BreakerState::Open as u64,
    }
}
