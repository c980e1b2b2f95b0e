//! The part of the load generator's JSON document that experiments judge by.

use crate::failure::Failure;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Times in µs.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Quantiles {
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub p99_9: f64,
    pub max: f64,
    pub mean: f64,
}

/// One run, its warm-up left out of everything but `counts.warmup`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LoadReport {
    /// The load generator trusts its own figures.
    pub valid: bool,
    /// Why not.
    pub reasons: Vec<String>,
    pub counts: Counts,
    /// From the intended send time.
    #[serde(rename = "response_us")]
    pub response: Quantiles,
    /// From the actual one.
    #[serde(rename = "service_us")]
    pub service: Quantiles,
    #[serde(rename = "send_lag_us")]
    pub send_lag: Quantiles,
    /// Of the load generator's own process: seconds that it ran, and CPU time that it used in them without spinning.
    #[serde(skip)]
    pub wall_seconds: f64,
    #[serde(skip)]
    pub cpu_seconds: f64,
    #[serde(skip)]
    pub series: LoadSeries,
}

/// The run in intervals of equal length.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct LoadSeries {
    pub interval_s: f64,
    pub rows: Vec<LoadInterval>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LoadInterval {
    /// From the intended send time; none where nothing was answered.
    pub p99_us: Option<f64>,
    /// Without an answer.
    pub failed: u64,
    /// Answered with something else.
    pub unexpected: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Counts {
    /// Sent in the warm-up.
    pub warmup: u64,
    pub planned: u64,
    /// Answered in full, whatever the status.
    pub done: u64,
    /// Without an answer, by kind.
    pub failed: BTreeMap<String, u64>,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
}

#[derive(Deserialize)]
struct Document {
    report: LoadReport,
    #[serde(default)]
    generators: Vec<Generator>,
    #[serde(default)]
    series: LoadSeries,
}

#[derive(Deserialize)]
struct Generator {
    wall_seconds: f64,
    user_seconds: f64,
    system_seconds: f64,
    spun_seconds: f64,
}

impl LoadReport {
    pub fn parse(json: &str) -> Result<Self, Failure> {
        let document: Document = serde_json::from_str(json)
            .map_err(|e| Failure::run(format!("understand the load generator's report: {e}")))?;
        let mut report = document.report;
        report.series = document.series;
        // one process, and so one generator
        for generator in document.generators {
            report.wall_seconds += generator.wall_seconds;
            report.cpu_seconds += generator.user_seconds + generator.system_seconds - generator.spun_seconds;
        }
        Ok(report)
    }

    /// Requests that got anything but a 200.
    pub fn unexpected(&self) -> u64 {
        let ok = self.counts.statuses.get(&200).copied().unwrap_or(0);
        self.counts.planned.saturating_sub(ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_for_what_is_judged() {
        let latency = r#"{"count":8,"min":1,"p50":2.5,"p90":3,"p99":4,"p99_9":5,"max":6,"mean":2.7}"#;
        let json = format!(
            r#"{{"tool":"loadgen 0.1.0","report":{{"valid":false,"reasons":["late"],
                "counts":{{"warmup":2,"planned":10,"done":9,"failed":{{"timeout":1}},"statuses":{{"200":8,"503":1}}}},
                "response_us":{latency},"service_us":{latency},"send_lag_us":{latency}}},
                "series":{{"interval_s":1.0,"rows":[{{"p99_us":4,"failed":0,"unexpected":1,"sent":7}},{{"p99_us":null,"failed":2,"unexpected":0}}]}},
                "generators":[{{"wall_seconds":2.0,"user_seconds":0.5,"system_seconds":0.75,"spun_seconds":0.25}}]}}"#
        );
        let report = LoadReport::parse(&json).expect("reads");
        assert_eq!(
            (report.counts.warmup, report.unexpected(), report.response.p99_9),
            (2, 2, 5.0)
        );
        assert_eq!((report.wall_seconds, report.cpu_seconds), (2.0, 1.0));
        let p99: Vec<_> = report.series.rows.iter().map(|row| row.p99_us).collect();
        assert_eq!(p99, [Some(4.0), None]);
        assert!(!report.valid && report.reasons == ["late"]);
        assert!(LoadReport::parse("{}").is_err());
    }
}
