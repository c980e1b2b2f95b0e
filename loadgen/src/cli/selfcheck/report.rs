//! The findings as a page of text. All times in ms, so that columns can be compared.

use super::check::{Check, Unit};
use super::findings::{Finding, Findings};
use super::floor::Machine;
use super::judge::Verdict;
use loadgen::Latency;
use std::fmt::{self, Write};

pub(super) fn text(findings: &Findings) -> String {
    let mut out = String::new();
    // a string takes every write
    let _ = page(&mut out, findings);
    out
}

fn page(out: &mut String, findings: &Findings) -> fmt::Result {
    write!(out, "loadgen selfcheck, seed {}: ", findings.seed)?;
    match findings.cores {
        Some((generator, server)) => {
            writeln!(out, "generator on core {generator}, null server on core {server}")?;
        }
        None => writeln!(out, "generator and null server share one core, which delays both")?,
    }
    writeln!(
        out,
        "\nThis machine{:>26} {:>9} {:>9} {:>9}",
        "p50", "p99", "p99.9", "max"
    )?;
    row(out, "bare round trip", &findings.bare_us)?;
    if let Some(found) = &findings.machine {
        machine(out, found)?;
    }
    if !findings.cases.is_empty() {
        writeln!(
            out,
            "\nGround truth on sockets, to within 1 % + 0.100 ms; times in ms"
        )?;
    }
    for finding in &findings.cases {
        case(out, finding)?;
    }
    Ok(())
}

fn row(out: &mut String, what: &str, latency: &Latency) -> fmt::Result {
    let Latency {
        p50, p99, p99_9, max, ..
    } = latency;
    let ms = [p50, p99, p99_9, max].map(|us| format!("{:.3}", us / 1e3));
    writeln!(
        out,
        "  {what:<26} {:>9} {:>9} {:>9} {:>9}",
        ms[0], ms[1], ms[2], ms[3]
    )
}

fn machine(out: &mut String, machine: &Machine) -> fmt::Result {
    row(out, "timer, late by", &machine.timer_us)?;
    row(out, "floor of a response", &machine.floor_us)?;
    row(out, "send lag, half speed", &machine.lag_us)?;
    writeln!(
        out,
        "  the CPU was taken away for {:.1} ms in the sum",
        machine.taken_away_ms
    )?;
    writeln!(out, "  one thread does {:.0} requests/s at most", machine.ceiling)?;
    for reason in &machine.reasons {
        writeln!(out, "  NOT SHOWN: {reason}")?;
    }
    let floor = machine.floor_us.p99 / 1e3;
    writeln!(out, "Latencies below {floor:.3} ms are not measurable here.")?;
    match machine.valid_rate {
        Some(rate) => writeln!(out, "Valid up to {rate:.0} requests/s on one thread."),
        None => writeln!(out, "No rate was valid."),
    }
}

fn case(out: &mut String, finding: &Finding) -> fmt::Result {
    let (word, reasons) = match &finding.verdict {
        Verdict::Ok => ("OK", &[][..]),
        Verdict::NotShown(reasons) => ("NOT SHOWN", reasons.as_slice()),
        Verdict::Wrong(reasons) => ("WRONG", reasons.as_slice()),
    };
    let tries = match finding.tries {
        1 => String::new(),
        tries => format!(", try {tries}"),
    };
    let late = finding.lateness_ms;
    let (name, about) = (finding.name, &finding.about);
    writeln!(
        out,
        "\n{word:<9}  {name}: {about}{tries}; late by {late:.3} ms in the sum"
    )?;
    for reason in reasons {
        writeln!(out, "  {reason}")?;
    }
    writeln!(
        out,
        "{:<22} {:>11} {:>11} {:>11} {:>9}",
        "", "textbook", "predicted", "measured", "within"
    )?;
    for check in &finding.checks {
        let sign = if check.fits() { ' ' } else { '!' };
        let textbook = check
            .textbook
            .map_or_else(|| "-".into(), |value| figure(check, value));
        let [predicted, measured, within] =
            [check.predicted, check.measured, check.tolerance].map(|value| figure(check, value));
        let name = &check.name;
        writeln!(
            out,
            "{sign} {name:<20} {textbook:>11} {predicted:>11} {measured:>11} {within:>9}"
        )?;
    }
    Ok(())
}

fn figure(check: &Check, value: f64) -> String {
    match check.unit {
        Unit::Seconds => format!("{:.3}", value * 1e3),
        Unit::Requests if value.fract() == 0.0 => format!("{value:.0}"),
        Unit::Requests => format!("{value:.2}"),
        Unit::Ratio => format!("{value:.5}"),
    }
}
