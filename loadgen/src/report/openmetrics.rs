//! A run in the OpenMetrics text format 1.0, for a push gateway or a textfile collector.
//!
//! Times in seconds, as the format wants; quantiles as summaries, because buckets would lose what the histogram has.

use super::document::Document;
use super::model::Latency;
use crate::record::Counts;
use std::fmt::Write;

/// The whole document; ends with `# EOF`.
pub fn openmetrics(document: &Document) -> String {
    let mut text = String::new();
    let report = &document.report;
    let counts = &report.counts;
    let latencies = [
        (
            "response_time",
            "From the intended time to the last byte.",
            &report.response_us,
        ),
        (
            "service_time",
            "From the hand-over to a connection to the last byte.",
            &report.service_us,
        ),
        (
            "send_lag",
            "From the intended time to the hand-over.",
            &report.send_lag_us,
        ),
        ("pool_wait", "Wait for a connection.", &report.phases_us.pool_wait),
        ("connect_time", "TCP or unix connect.", &report.phases_us.connect),
        ("tls_time", "TLS handshake.", &report.phases_us.tls),
        (
            "first_byte_time",
            "From the hand-over to the head of the answer.",
            &report.phases_us.first_byte,
        ),
    ];
    for (name, help, latency) in latencies {
        summary(&mut text, name, help, latency);
    }
    counters(&mut text, counts);
    gauge(
        &mut text,
        "valid",
        "1 when the generator did what it planned.",
        u8::from(report.valid).into(),
    );
    gauge(
        &mut text,
        "planned_rate",
        "Arrivals planned per second.",
        report.planned_per_second,
    );
    gauge(
        &mut text,
        "answered_rate",
        "Answers per second.",
        report.done_per_second,
    );
    let busiest = document
        .generators
        .iter()
        .map(super::Generator::busiest)
        .fold(0.0, f64::max);
    gauge(
        &mut text,
        "busiest_thread",
        "CPU share of the busiest thread, spinning left out.",
        busiest,
    );
    text.push_str("# EOF\n");
    text
}

fn counters(text: &mut String, counts: &Counts) {
    let totals = [
        ("planned", "Arrivals released by the pacer.", counts.planned),
        ("sent", "Handed to a live connection.", counts.sent),
        ("answered", "Answered in full, whatever the status.", counts.done),
        ("connections", "Connections made.", counts.connections),
        ("body_bytes", "Bytes of answer bodies.", counts.body_bytes),
    ];
    for (name, help, value) in totals {
        family(text, name, "counter", help);
        line(text, format_args!("loadgen_{name}_total {value}"));
    }
    family(text, "answers", "counter", "Answers by status.");
    for (status, count) in &counts.statuses {
        line(
            text,
            format_args!("loadgen_answers_total{{status=\"{status}\"}} {count}"),
        );
    }
    family(
        text,
        "errors",
        "counter",
        "Failures and unexpected answers by kind.",
    );
    let kinds = counts.failed.iter().map(|(kind, count)| (kind.name(), count));
    let unexpected = counts.unexpected.iter().map(|(kind, count)| (kind.name(), count));
    for (class, kind, count) in kinds
        .map(|(kind, count)| ("failed", kind, count))
        .chain(unexpected.map(|(kind, count)| ("unexpected", kind, count)))
    {
        line(
            text,
            format_args!("loadgen_errors_total{{class=\"{class}\",kind=\"{kind}\"}} {count}"),
        );
    }
}

fn summary(text: &mut String, name: &str, help: &str, latency: &Latency) {
    let name = format!("{name}_seconds");
    family(text, &name, "summary", help);
    line(text, format_args!("# UNIT loadgen_{name} seconds"));
    let quantiles = [
        ("0.5", latency.p50),
        ("0.9", latency.p90),
        ("0.95", latency.p95),
        ("0.99", latency.p99),
        ("0.999", latency.p99_9),
        ("0.9999", latency.p99_99),
        ("1", latency.max),
    ];
    for (quantile, micros) in quantiles.into_iter().filter(|_| latency.count > 0) {
        line(
            text,
            format_args!("loadgen_{name}{{quantile=\"{quantile}\"}} {}", seconds(micros)),
        );
    }
    line(text, format_args!("loadgen_{name}_count {}", latency.count));
    line(
        text,
        format_args!(
            "loadgen_{name}_sum {}",
            seconds(latency.mean * latency.count as f64)
        ),
    );
}

fn gauge(text: &mut String, name: &str, help: &str, value: f64) {
    family(text, name, "gauge", help);
    line(text, format_args!("loadgen_{name} {value}"));
}

fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    line(text, format_args!("# TYPE loadgen_{name} {kind}"));
    line(text, format_args!("# HELP loadgen_{name} {help}"));
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // writing to a string cannot fail
    let _ = writeln!(text, "{line}");
}

/// To the nanosecond.
fn seconds(micros: f64) -> f64 {
    (micros * 1e3).round() / 1e9
}
