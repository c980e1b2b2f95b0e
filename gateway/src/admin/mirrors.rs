//! Metrics of the copies that routes with a `mirror` send, and of how their answers compare.

use super::family::Family;
use crate::snapshot::Snapshot;
use crate::state::{Lost, Skip};
use prometheus_client::encoding::DescriptorEncoder;
use std::fmt;

const COMPARED: [&str; 2] = ["same", "differs"];

pub(super) fn mirrors(snapshot: &Snapshot, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let names = snapshot.route_names().zip(&snapshot.mirrors);
    let members = names.filter_map(|(name, state)| Some((name, &state.as_ref()?.cells)));
    let routes = Family {
        label: "route",
        members: members.collect(),
    };
    if routes.members.is_empty() {
        return Ok(());
    }
    routes.counter(encoder, "mirror_sent", "Copies sent", |cells| &cells.sent)?;
    let help = "Copies that were due and not made, by reason";
    routes.by_label(
        encoder,
        ("mirror_skipped", help),
        ("reason", &Skip::LABELS),
        |cells| &cells.skipped,
    )?;
    let help = "Copies without an answer, by reason";
    routes.by_label(
        encoder,
        ("mirror_lost", help),
        ("reason", &Lost::LABELS),
        |cells| &cells.lost,
    )?;
    let help = "Copies whose answer has the status of the original's, or another";
    routes.by_label(encoder, ("mirror_status", help), ("result", &COMPARED), |cells| {
        &cells.status
    })?;
    let help = "Copies whose answer's body has the size of the original's, or another";
    routes.by_label(encoder, ("mirror_size", help), ("result", &COMPARED), |cells| {
        &cells.size
    })?;
    let help = "From a copy to the head of its answer, of those that are compared";
    routes.durations(encoder, "mirror_duration", help, |cells| &cells.shadow)?;
    let help = "From the original to the head of its answer, of those that are compared";
    routes.durations(encoder, "mirror_original_duration", help, |cells| &cells.primary)
}
