//! A run for people: the verdict first, then the latencies side by side, where the time went, rates and errors.

use super::document::Document;
use super::model::Latency;
use super::ratio::share;
use super::words::{bytes, duration, number};
use crate::event::{Failure, Unexpected};
use hdrhistogram::Histogram;
use std::fmt::Write;

/// Bars of the distribution, at most.
const BARS: usize = 11;
const BAR_WIDTH: f64 = 40.0;

/// Colours for terminals, or none.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub colours: bool,
}

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        if self.colours {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// The whole text.
pub fn render(document: &Document, style: Style) -> String {
    let mut text = format!("  {}\n\n", document.run.title);
    verdict(&mut text, document, style);
    latencies(&mut text, document, style);
    bars(&mut text, &document.recording.response, style);
    rates(&mut text, document);
    effort(&mut text, document);
    phases(&mut text, document);
    statuses(&mut text, document);
    parts(&mut text, document);
    errors(&mut text, document, style);
    slos(&mut text, document, style);
    let again = format!("  again: {}", document.run.command);
    line(&mut text, &style.paint("2", &again));
    text
}

fn latencies(text: &mut String, document: &Document, style: Style) {
    let report = &document.report;
    let columns = [&report.response_us, &report.service_us, &report.send_lag_us];
    let head = format!(
        "  {:<10}{:>12}{:>12}{:>12}",
        "", "response", "service", "send lag"
    );
    line(text, &style.paint("1", &head));
    type Figure = fn(&Latency) -> f64;
    // a quantile is shown where at least one request lies beyond it
    let rows: [(&str, u64, Figure); 9] = [
        ("p50", 2, |l| l.p50),
        ("p75", 4, |l| l.p75),
        ("p90", 10, |l| l.p90),
        ("p95", 20, |l| l.p95),
        ("p99", 100, |l| l.p99),
        ("p99.9", 1_000, |l| l.p99_9),
        ("p99.99", 10_000, |l| l.p99_99),
        ("max", 1, |l| l.max),
        ("mean", 1, |l| l.mean),
    ];
    for (name, enough, figure) in rows {
        let cells = columns.map(|l| {
            if l.count < enough {
                "–".into()
            } else {
                duration(figure(l))
            }
        });
        line(
            text,
            &format!("  {name:<10}{:>12}{:>12}{:>12}", cells[0], cells[1], cells[2]),
        );
    }
    line(
        text,
        &style.paint(
            "2",
            match document.run.closed {
                true => "  closed loop: each connection asks again when it is answered, so a slow server is asked less",
                false => "  response: from the intended time · service: from the actual send",
            },
        ),
    );
    line(text, "");
}

/// Response times in bars of equal ratio: latencies spread over orders of magnitude.
fn bars(text: &mut String, histogram: &Histogram<u64>, style: Style) {
    if histogram.min_nz() >= histogram.max() {
        return;
    }
    let low = histogram.min_nz() as f64;
    let step = (histogram.max() as f64 / low).powf(1.0 / BARS as f64);
    let edge = |index: usize| low * step.powi(i32::try_from(index).unwrap_or(i32::MAX));
    let mut from = 0;
    let mut counts = Vec::with_capacity(BARS);
    for index in 1..=BARS {
        let to = if index == BARS {
            histogram.max()
        } else {
            edge(index) as u64
        };
        counts.push((
            to,
            if to < from {
                0
            } else {
                histogram.count_between(from, to)
            },
        ));
        from = histogram.next_non_equivalent(to);
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
    for (to, count) in counts {
        let width = (count as f64 / most as f64 * BAR_WIDTH).ceil() as usize;
        let upto = duration(to as f64 / 1e3);
        line(
            text,
            &format!(
                "  ≤ {upto:>8} {count:>10} {}",
                style.paint("36", &"■".repeat(width))
            ),
        );
    }
    line(text, "");
}

fn rates(text: &mut String, document: &Document) {
    let report = &document.report;
    let counts = &report.counts;
    let mut row = |name: &str, count: u64, rate: f64, note: String| {
        line(
            text,
            format!("  {name:<10}{count:>12}{:>12}/s  {note}", number(rate)).trim_end(),
        );
    };
    row(
        "planned",
        counts.planned,
        report.planned_per_second,
        format!("in {:.1} s", report.seconds),
    );
    row(
        "sent",
        counts.sent,
        report.sent_per_second,
        format!("{:.2} % of planned", report.sent_ratio * 100.0),
    );
    row("answered", counts.done, report.done_per_second, answers(document));
    let errors = counts.errors();
    let during = if report.seconds > 0.0 {
        errors as f64 / report.seconds
    } else {
        0.0
    };
    row(
        "errors",
        errors,
        during,
        format!("{:.2} % of planned", report.error_share * 100.0),
    );
    if counts.requests != counts.sent {
        row(
            "requests",
            counts.requests,
            counts.requests as f64 / report.seconds.max(1e-9),
            "on the wire: each step of a flow, and what was sent again on another connection".into(),
        );
    }
    if counts.warmup > 0 {
        line(
            text,
            &format!(
                "  {:<10}{:>12}  sent before that, not measured",
                "warm-up", counts.warmup
            ),
        );
    }
    line(text, "");
}

/// What the run took: connections, bytes, and the generator's own time.
fn effort(text: &mut String, document: &Document) {
    let counts = &document.report.counts;
    line(
        text,
        &format!(
            "  {} connections made{} · {} of bodies",
            counts.connections,
            match counts.resumed {
                0 => String::new(),
                resumed => format!(" ({resumed} TLS sessions resumed)"),
            },
            bytes(counts.body_bytes),
        ),
    );
    for generator in &document.generators {
        let wall = generator.wall_seconds.max(1e-9);
        let cpu = generator.user_seconds + generator.system_seconds;
        line(
            text,
            &format!(
                "  generator{}: {:.0} % of a core, {:.0} % of it spinning for precision, busiest thread {:.0} % \
                 without that ({} pacer)",
                generator
                    .shard
                    .as_ref()
                    .map_or(String::new(), |shard| format!(" {shard}")),
                cpu / wall * 100.0,
                generator.spun_seconds / cpu.max(1e-9) * 100.0,
                generator.busiest() * 100.0,
                generator.pacer,
            ),
        );
    }
    if let Some(plan) = &document.run.plan {
        line(text, &format!("  plan: {}", plan.text));
    }
    line(text, "");
}

fn answers(document: &Document) -> String {
    let each = document.report.counts.statuses.iter();
    each.map(|(status, count)| format!("{status}: {count}"))
        .collect::<Vec<_>>()
        .join(" · ")
}

/// Where the time went, as far as there is anything to tell.
fn phases(text: &mut String, document: &Document) {
    let phases = &document.report.phases_us;
    let rows = [
        ("pool wait", &phases.pool_wait),
        ("connect", &phases.connect),
        ("tls", &phases.tls),
        ("first byte", &phases.first_byte),
    ];
    table(
        text,
        "where the time went",
        rows.into_iter()
            .filter(|(_, latency)| latency.max > 0.0)
            .map(|(name, latency)| (name.to_owned(), *latency, String::new())),
    );
}

/// Response time by status, where there are several.
fn statuses(text: &mut String, document: &Document) {
    let statuses = &document.report.statuses_us;
    if statuses.len() > 1 {
        let rows = statuses.iter();
        table(
            text,
            "response by status",
            rows.map(|(status, latency)| (status.to_string(), *latency, String::new())),
        );
    }
}

/// Service time by scenario and step.
fn parts(text: &mut String, document: &Document) {
    let rows = document.report.parts.iter().map(|part| {
        let errors = part.failed + part.unexpected;
        let note = format!("errors {:.2} %", share(errors, part.done + part.failed) * 100.0);
        (part.name.clone(), part.service_us, note)
    });
    table(text, "service by scenario", rows);
}

fn table(text: &mut String, title: &str, rows: impl Iterator<Item = (String, Latency, String)>) {
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return;
    }
    let width = rows
        .iter()
        .map(|(name, ..)| name.chars().count())
        .max()
        .unwrap_or(0);
    let width = width.max(title.chars().count());
    line(
        text,
        &format!(
            "  {title:<width$}{:>12}{:>12}{:>12}{:>12}{:>12}",
            "count", "p50", "p90", "p99", "max"
        ),
    );
    for (name, latency, note) in rows {
        let [p50, p90, p99, max] = [latency.p50, latency.p90, latency.p99, latency.max].map(duration);
        let row = format!(
            "  {name:<width$}{:>12}{p50:>12}{p90:>12}{p99:>12}{max:>12}  {note}",
            latency.count
        );
        line(text, row.trim_end());
    }
    line(text, "");
}

fn errors(text: &mut String, document: &Document, style: Style) {
    let report = &document.report;
    let failed = Failure::ALL.into_iter().map(|kind| {
        let example = report.failures.get(&kind);
        (kind.name(), report.counts.failed_as(kind), example)
    });
    let unexpected = Unexpected::ALL.into_iter().map(|kind| {
        let count = report.counts.unexpected.get(&kind).copied().unwrap_or(0);
        (kind.name(), count, report.surprises.get(&kind))
    });
    let mut any = false;
    for (kind, count, example) in failed.chain(unexpected).filter(|(_, count, _)| *count > 0) {
        any = true;
        let row = format!("  {kind:<10}{count:>12}  {}", example.map_or("", String::as_str));
        line(text, &style.paint("33", row.trim_end()));
    }
    if any {
        line(text, "");
    }
}

fn slos(text: &mut String, document: &Document, style: Style) {
    for slo in &document.slos {
        let (word, code) = if slo.holds {
            ("KEPT", "1;32")
        } else {
            ("BROKEN", "1;31")
        };
        line(
            text,
            &format!(
                "  {}  {} (measured: {})",
                style.paint(code, word),
                slo.slo,
                slo.measured
            ),
        );
    }
    if !document.slos.is_empty() {
        line(text, "");
    }
}

fn verdict(text: &mut String, document: &Document, style: Style) {
    for reason in &document.report.reasons {
        line(text, &format!("  {}  {reason}", style.paint("1;31", "INVALID")));
    }
    if document.report.valid {
        line(
            text,
            &format!(
                "  {}  the generator did what it planned",
                style.paint("1;32", "VALID")
            ),
        );
    }
    if document.run.interrupted {
        let note = "  interrupted: the figures are of the part that ran";
        line(text, &style.paint("33", note));
    }
    line(text, "");
}

fn line(text: &mut String, line: &str) {
    // writing to a string cannot fail
    let _ = writeln!(text, "{line}");
}
