//! Metrics of what follows a 101, of routes with `upgrade`.

use super::family::describe;
use crate::snapshot::Snapshot;
use crate::state::RouteCells;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use std::fmt;

pub(super) fn tunnels(snapshot: &Snapshot, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let routes = snapshot.plan.routes.iter().zip(&snapshot.routes);
    let routes: Vec<_> = routes
        .filter(|(route, _)| route.upgrade.is_some())
        .map(|(route, state)| (route.name.as_str(), &state.cells))
        .collect();
    if routes.is_empty() {
        return Ok(());
    }
    let mut open = describe(
        encoder,
        "tunnels_open",
        "Tunnels that are open",
        MetricType::Gauge,
    )?;
    for (route, cells) in &routes {
        // closed first: one that closes meanwhile counts as open still, and never as fewer than none
        let closed = cells.sum(|cells| &cells.tunnels.closed);
        let opened = cells.sum(|cells| &cells.tunnels.opened);
        open.encode_family(&[("route", *route)])?
            .encode_gauge(&opened.saturating_sub(closed))?;
    }
    let mut opened = describe(
        encoder,
        "tunnels",
        "Requests that became tunnels",
        MetricType::Counter,
    )?;
    for (route, cells) in &routes {
        let count = cells.sum(|cells| &cells.tunnels.opened);
        opened
            .encode_family(&[("route", *route)])?
            .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
    }
    let help = "Bytes carried by tunnels, up from clients and down to them";
    let mut bytes = describe(encoder, "tunnel_bytes", help, MetricType::Counter)?;
    for (route, cells) in &routes {
        let up = cells.sum(|cells: &RouteCells| &cells.tunnels.bytes_up);
        let down = cells.sum(|cells: &RouteCells| &cells.tunnels.bytes_down);
        for (direction, count) in [("up", up), ("down", down)] {
            bytes
                .encode_family(&[("route", *route), ("direction", direction)])?
                .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
    }
    Ok(())
}
