//! The figures of one run.

use super::super::figure::Figure;
use super::super::load::Loaded;
use super::super::log::Log;
use super::comparison::Of;
use crate::report::Document;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;

/// What one run measured, and whether it may be believed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    values: BTreeMap<Figure, f64>,
    /// Answers that the latencies are of.
    pub(super) count: u64,
    /// Why it is INVALID, if it is.
    pub reasons: Vec<String>,
}

impl Figures {
    pub fn of_document(document: &Document, of: Of) -> Self {
        let recording = &document.recording;
        let mut figures = Self::of_histogram(match of {
            Of::Response => &recording.response,
            Of::Service => &recording.service,
        });
        figures
            .values
            .insert(Figure::Errors, recording.counts.error_share());
        figures
            .values
            .insert(Figure::Rate, document.report.done_per_second);
        figures.reasons.clone_from(&document.report.reasons);
        figures
    }

    /// Latencies alone: a log counts no errors.
    pub(super) fn of_log(log: &Log, of: Of) -> Result<Self, String> {
        match of {
            Of::Response => Ok(Self::of_histogram(&log.response)),
            Of::Service => log
                .others
                .get("service")
                .map(Self::of_histogram)
                .ok_or_else(|| "it has no lines tagged service".into()),
        }
    }

    pub(super) fn of_loaded(loaded: &Loaded, of: Of) -> Result<Self, String> {
        match loaded {
            Loaded::Document(document) => Ok(Self::of_document(document, of)),
            Loaded::Log(log) => Self::of_log(log, of),
        }
    }

    /// A quantile is one where at least one answer lies beyond it.
    fn of_histogram(histogram: &Histogram<u64>) -> Self {
        let mut figures = Self {
            count: histogram.len(),
            ..Self::default()
        };
        if histogram.is_empty() {
            return figures;
        }
        for figure in Figure::ALL {
            if let Some(q) = figure.quantile().filter(|q| figures.beyond(*q) >= 1.0) {
                let value = histogram.value_at_quantile(q) as f64 / 1e3;
                figures.values.insert(figure, value);
            }
        }
        figures.values.insert(Figure::Mean, histogram.mean() / 1e3);
        figures
    }

    pub fn get(&self, figure: Figure) -> Option<f64> {
        self.values.get(&figure).copied()
    }

    /// How many answers lie beyond a quantile; a hair is added for what 1 − 0.999 lacks of a thousandth.
    pub(super) fn beyond(&self, quantile: f64) -> f64 {
        self.count as f64 * (1.0 - quantile) + 1e-6
    }
}
