//! Metrics of the spans that requests leave, where the gateway traces.

use super::family::describe;
use crate::observe::{Dropped, SpanCounts};
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use std::fmt;
use std::sync::atomic::Ordering::Relaxed;

pub(super) fn spans(counts: &SpanCounts, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    for (name, help, count) in [
        (
            "trace_spans_exported",
            "Spans that the collector took",
            &counts.exported,
        ),
        (
            "trace_export_failures",
            "Exports that failed, tried again or not",
            &counts.export_failures,
        ),
    ] {
        let metric = describe(encoder, name, help, MetricType::Counter);
        metric?.encode_counter::<NoLabelSet, _, u64>(&count.load(Relaxed), None)?;
    }
    let help = "Spans that were not exported, by reason";
    let mut metric = describe(encoder, "trace_spans_dropped", help, MetricType::Counter)?;
    for (reason, count) in Dropped::LABELS.iter().zip(&counts.dropped) {
        metric
            .encode_family(&[("reason", *reason)])?
            .encode_counter::<NoLabelSet, _, u64>(&count.load(Relaxed), None)?;
    }
    Ok(())
}
