//! One metric over all routes, or all upstreams.

use crate::state::{BUCKET_BOUNDS, Cell64, Classes, Closes, Durations, PerWorker};
use http1::connection::Close;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;
use std::fmt;

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The routes, or the upstreams: members by name, each with the cells of all workers.
pub(super) struct Family<'a, T> {
    pub(super) label: &'static str,
    pub(super) members: Vec<(&'a str, &'a PerWorker<T>)>,
}

impl<T: Default> Family<'_, T> {
    pub(super) fn counter(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        metric: &str,
        help: &str,
        cell: impl Fn(&T) -> &Cell64,
    ) -> fmt::Result {
        let mut metric = describe(encoder, metric, help, MetricType::Counter)?;
        for (name, cells) in &self.members {
            let count = cells.sum(&cell);
            metric
                .encode_family(&[(self.label, *name)])?
                .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
        Ok(())
    }

    pub(super) fn by_class(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        metric: &str,
        help: &str,
        statuses: impl Fn(&T) -> &Classes,
    ) -> fmt::Result {
        let mut metric = describe(encoder, metric, help, MetricType::Counter)?;
        for (name, cells) in &self.members {
            for (class, label) in CLASSES.iter().enumerate() {
                let count = cells.sum(|cells| &statuses(cells).0[class]);
                let labels = [(self.label, *name), ("status", *label)];
                metric
                    .encode_family(&labels)?
                    .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
            }
        }
        Ok(())
    }

    pub(super) fn by_close(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        closes: impl Fn(&T) -> &Closes,
    ) -> fmt::Result {
        let help = "Connections that could not be used again, by reason";
        let mut metric = describe(encoder, "pool_closes", help, MetricType::Counter)?;
        for (name, cells) in &self.members {
            for (place, reason) in Close::ALL.iter().enumerate() {
                let count = cells.sum(|cells| &closes(cells).0[place]);
                let labels = [(self.label, *name), ("reason", reason.label())];
                metric
                    .encode_family(&labels)?
                    .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
            }
        }
        Ok(())
    }

    /// With one more label, which has these values.
    pub(super) fn by_label<const N: usize>(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        (name, help): (&str, &str),
        (label, values): (&str, &[&str; N]),
        cells: impl Fn(&T) -> &[Cell64; N],
    ) -> fmt::Result {
        let mut metric = describe(encoder, name, help, MetricType::Counter)?;
        for (member, of_workers) in &self.members {
            for (place, value) in values.iter().enumerate() {
                let count = of_workers.sum(|of_worker| &cells(of_worker)[place]);
                metric
                    .encode_family(&[(self.label, *member), (label, *value)])?
                    .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
            }
        }
        Ok(())
    }

    pub(super) fn durations(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        metric: &str,
        help: &str,
        durations: impl Fn(&T) -> &Durations,
    ) -> fmt::Result {
        let mut metric =
            encoder.encode_descriptor(metric, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        for (name, cells) in &self.members {
            let bounds = BUCKET_BOUNDS.iter().map(|us| *us as f64 / 1e6).chain([f64::MAX]);
            let count_in = |bucket: usize| cells.sum(|cells| &durations(cells).buckets[bucket]);
            let buckets: Vec<_> = bounds.zip((0..=BUCKET_BOUNDS.len()).map(count_in)).collect();
            let count = buckets.iter().map(|(_, count)| count).sum();
            let sum = cells.sum(|cells| &durations(cells).sum_us) as f64 / 1e6;
            let labels = [(self.label, *name)];
            metric
                .encode_family(&labels)?
                .encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
        }
        Ok(())
    }
}

pub(super) fn describe<'e>(
    encoder: &'e mut DescriptorEncoder<'_>,
    name: &'e str,
    help: &str,
    kind: MetricType,
) -> Result<MetricEncoder<'e>, fmt::Error> {
    encoder.encode_descriptor(name, help, None, kind)
}
