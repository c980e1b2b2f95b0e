//! A run for people: the three latencies side by side, rates, failures and the verdict.

use super::document::Document;
use super::model::Latency;
use crate::event::Failure;
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

/// The whole text; `response` is the histogram to draw, in nanoseconds.
pub fn render(document: &Document, response: &Histogram<u64>, style: Style) -> String {
    let mut text = format!("  {}\n\n", document.title);
    latencies(&mut text, document, style);
    bars(&mut text, response, style);
    rates(&mut text, document);
    failures(&mut text, document, style);
    verdict(&mut text, document, style);
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
            "  response: from the intended time · service: from the actual send",
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
    row(
        "answered",
        counts.done,
        report.done_per_second,
        statuses(document),
    );
    let failed = counts.failed_total();
    let share = if counts.planned == 0 {
        0.0
    } else {
        failed as f64 / counts.planned as f64 * 100.0
    };
    let during = if report.seconds > 0.0 {
        failed as f64 / report.seconds
    } else {
        0.0
    };
    row("failed", failed, during, format!("{share:.2} % of planned"));
    if counts.warmup > 0 {
        line(
            text,
            &format!(
                "  {:<10}{:>12}  sent before that, not measured",
                "warm-up", counts.warmup
            ),
        );
    }
    let generator = &document.generator;
    let wall = generator.wall_seconds.max(1e-9);
    let cpu = generator.user_seconds + generator.system_seconds;
    line(text, "");
    line(
        text,
        &format!(
            "  {} connections made · {} of bodies · generator: {:.0} % of a core, busiest thread {:.0} % ({} pacer)",
            counts.connections,
            bytes(counts.body_bytes),
            cpu / wall * 100.0,
            generator.busiest_thread * 100.0,
            generator.pacer,
        ),
    );
}

fn statuses(document: &Document) -> String {
    let each = document.report.counts.statuses.iter();
    each.map(|(status, count)| format!("{status}: {count}"))
        .collect::<Vec<_>>()
        .join(" · ")
}

fn failures(text: &mut String, document: &Document, style: Style) {
    for kind in Failure::ALL {
        let count = document.report.counts.failed_as(kind);
        if count > 0 {
            let example = document.report.failures.get(&kind).map_or("", String::as_str);
            let row = format!("  {:<10}{count:>12}  {example}", kind.name());
            line(text, &style.paint("33", &row));
        }
    }
    line(text, "");
}

fn verdict(text: &mut String, document: &Document, style: Style) {
    if document.interrupted {
        line(
            text,
            &style.paint("33", "  interrupted: the figures are of the part that ran"),
        );
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
    for reason in &document.report.reasons {
        line(text, &format!("  {}  {reason}", style.paint("1;31", "INVALID")));
    }
    line(text, &style.paint("2", &format!("  again: {}", document.command)));
}

fn line(text: &mut String, line: &str) {
    // writing to a string cannot fail
    let _ = writeln!(text, "{line}");
}

/// Three significant digits with the unit that fits.
fn duration(micros: f64) -> String {
    let (value, unit) = match micros {
        us if us < 999.5 => (us, "µs"),
        us if us < 999_500.0 => (us / 1e3, "ms"),
        us => (us / 1e6, "s"),
    };
    format!("{} {unit}", three_digits(value))
}

fn three_digits(value: f64) -> String {
    match value {
        v if v < 9.995 => format!("{v:.2}"),
        v if v < 99.95 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}

fn number(value: f64) -> String {
    if value < 1_000.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1_024.0 && unit + 1 < UNITS.len() {
        value /= 1_024.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{count} B")
    } else {
        format!("{} {}", three_digits(value), UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_three_digits() {
        let cases = [
            (0.0, "0.00 µs"),
            (0.51, "0.51 µs"),
            (9.996, "10.0 µs"),
            (61.24, "61.2 µs"),
            (999.4, "999 µs"),
            (1_020.0, "1.02 ms"),
            (2_500_000.0, "2.50 s"),
        ];
        for (micros, text) in cases {
            assert_eq!(duration(micros), text);
        }
        assert_eq!(bytes(1_023), "1023 B");
        assert_eq!(bytes(3 * 1_024 * 1_024), "3.00 MiB");
    }
}
