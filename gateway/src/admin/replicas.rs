//! Metrics of each replica: whether it is used, what it has in hand, how often it was taken out.
//!
//! Labelled by upstream and address, both of which the plan bounds; a plan of thousands of replicas still gets no more than
//! [`REPLICAS_MAX`] of them here, in its order. What all of an upstream have in common is counted over all of them.

use super::family::describe;
use crate::snapshot::Snapshot;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use std::fmt;

/// Replicas with series of their own. Four each; more would make a page that scrapers refuse.
const REPLICAS_MAX: usize = 4_096;

/// One replica now.
struct Row<'a> {
    labels: [(&'static str, &'a str); 2],
    is_usable: bool,
    in_flight: usize,
    ejections: u64,
    probes_failed: u64,
}

pub(super) fn replicas(snapshot: &Snapshot, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let mut rows = Vec::new();
    let states = snapshot.upstreams.iter().zip(&snapshot.replicas);
    let plans = snapshot.plan.upstreams.iter().zip(states);
    let mut usable = Vec::new();
    for (plan, (state, replicas)) in plans {
        let (mut place, mut count) = (0, 0_u64);
        state.health.each(|addr, member, replica| {
            count += u64::from(member.is_usable());
            // its name is made already, unless a reload is just under way
            let named = replicas.get(place).filter(|replica| replica.addr == addr);
            place += 1;
            if let Some(named) = named.filter(|_| rows.len() < REPLICAS_MAX) {
                rows.push(Row {
                    labels: [("upstream", &plan.name), ("replica", &named.name)],
                    is_usable: member.is_usable(),
                    in_flight: replica.in_flight(),
                    ejections: member.ejections(),
                    probes_failed: member.probes_failed(),
                });
            }
        });
        usable.push((plan.name.as_str(), count));
    }
    let help = "Replicas that get requests";
    let mut metric = describe(encoder, "upstream_usable", help, MetricType::Gauge)?;
    for (name, count) in usable {
        metric
            .encode_family(&[("upstream", name)])?
            .encode_gauge(&count)?;
    }
    let gauge = MetricType::Gauge;
    let help = "Whether the replica gets requests";
    each(encoder, "replica_usable", help, gauge, &rows, |row| {
        row.is_usable.into()
    })?;
    let help = "Attempts in flight at the replica";
    each(encoder, "replica_in_flight", help, gauge, &rows, |row| {
        row.in_flight as u64
    })?;
    let counter = MetricType::Counter;
    let help = "Times the replica was taken out";
    each(encoder, "replica_ejections", help, counter, &rows, |row| {
        row.ejections
    })?;
    let help = "Probes of the replica that failed";
    each(encoder, "replica_probes_failed", help, counter, &rows, |row| {
        row.probes_failed
    })
}

/// One metric of all of them, a gauge or a counter.
fn each(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    kind: MetricType,
    rows: &[Row<'_>],
    value: impl Fn(&Row<'_>) -> u64,
) -> fmt::Result {
    let mut metric = describe(encoder, name, help, kind)?;
    for row in rows {
        let mut series = metric.encode_family(&row.labels)?;
        match kind {
            MetricType::Counter => series.encode_counter::<NoLabelSet, _, u64>(&value(row), None)?,
            _ => series.encode_gauge(&value(row))?,
        }
    }
    Ok(())
}
