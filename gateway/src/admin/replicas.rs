//! Metrics of each replica: whether it is used, what it has in hand, how often it was taken out.
//!
//! Labelled by upstream and address, both of which the plan bounds; a plan of thousands of replicas still gets no more than
//! [`REPLICAS_MAX`] of them here, in its order. What all of an upstream have in common is counted over all of them.

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
    let mut metric = encoder.encode_descriptor("upstream_usable", help, None, MetricType::Gauge)?;
    for (name, count) in usable {
        metric
            .encode_family(&[("upstream", name)])?
            .encode_gauge(&count)?;
    }
    let help = "Whether the replica gets requests";
    gauge(encoder, "replica_usable", help, &rows, |row| row.is_usable.into())?;
    let help = "Attempts in flight at the replica";
    gauge(encoder, "replica_in_flight", help, &rows, |row| {
        row.in_flight as u64
    })?;
    let help = "Times the replica was taken out";
    counter(encoder, "replica_ejections", help, &rows, |row| row.ejections)?;
    let help = "Probes of the replica that failed";
    counter(encoder, "replica_probes_failed", help, &rows, |row| {
        row.probes_failed
    })
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    rows: &[Row<'_>],
    value: impl Fn(&Row<'_>) -> u64,
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for row in rows {
        metric.encode_family(&row.labels)?.encode_gauge(&value(row))?;
    }
    Ok(())
}

fn counter(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    rows: &[Row<'_>],
    value: impl Fn(&Row<'_>) -> u64,
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for row in rows {
        metric
            .encode_family(&row.labels)?
            .encode_counter::<NoLabelSet, _, u64>(&value(row), None)?;
    }
    Ok(())
}
