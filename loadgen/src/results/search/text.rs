//! A search for people: what was found first, then the curve.

use super::machine::Outcome;
use super::result::{Limit, SearchResult};
use crate::report::{duration, number};
use std::fmt::Write;

/// The whole text.
pub fn render(result: &SearchResult) -> String {
    let mut text = format!("  {}\n\n", result.asked.target);
    found(&mut text, result);
    let levels = match result.asked.slos.as_slice() {
        [] => "none yet".into(),
        slos => slos.join(", "),
    };
    let source = match result.asked.slos_assumed && !result.asked.slos.is_empty() {
        true => {
            " (none was given: ten times p99 at the first rate, which in a plain queue is nine tenths of its capacity)"
        }
        false => "",
    };
    line(&mut text, &format!("  levels: {levels}{source}\n"));
    curve(&mut text, result);
    line(&mut text, &format!("\n  again: {}", result.asked.command));
    text
}

fn found(text: &mut String, result: &SearchResult) {
    if result.interrupted {
        line(text, "  stopped before its end: what was found until then");
    }
    match result.highest {
        Some(rate) => {
            let doubt = match result.confirmed {
                true => "",
                false => ", not confirmed by repeats",
            };
            line(text, &format!("  holds up to  {}/s{doubt}", number(rate)));
        }
        None if result.runs.is_empty() => line(text, "  nothing was measured"),
        None => line(
            text,
            "  holds at no rate that was tried: start lower, with --from",
        ),
    }
    match (result.lowest_failing, result.limit) {
        (Some(rate), Some(limit)) => {
            line(text, &format!("  fails from   {}/s", number(rate)));
            let whose = match limit {
                Limit::Target => "the target",
                Limit::Generator => "this generator or its settings, so the target's own may be higher",
            };
            line(text, &format!("  limit of     {whose}"));
        }
        _ if result.highest.is_some() => {
            line(
                text,
                "  never failed: the highest rate that was tried held (--max-rate)",
            );
        }
        _ => {}
    }
    if let Some(reason) = &result.reason {
        line(text, &format!("  because      {reason}"));
    }
    match result.knee {
        Some(knee) => line(
            text,
            &format!(
                "  knee         {}/s, beyond which latency grows faster than throughput",
                number(knee)
            ),
        ),
        None => line(text, "  knee         not reached by the valid rates measured"),
    }
}

fn curve(text: &mut String, result: &SearchResult) {
    line(
        text,
        &format!(
            "  {:>12}{:>12}{:>12}{:>12}{:>12}{:>10}{:>6}  outcome",
            "rate/s", "answered/s", "p50", "p99", "p99.9", "errors", "runs"
        ),
    );
    for level in &result.levels {
        let outcome = match level.outcome {
            Outcome::Held => "holds",
            Outcome::Broken => "breaks",
            Outcome::Invalid => "INVALID",
        };
        line(
            text,
            &format!(
                "  {:>12}{:>12}{:>12}{:>12}{:>12}{:>8.2} %{:>6}  {outcome}",
                number(level.rate),
                number(level.achieved),
                duration(level.p50_us),
                duration(level.p99_us),
                duration(level.p99_9_us),
                level.errors * 100.0,
                level.runs,
            ),
        );
    }
}

fn line(text: &mut String, line: &str) {
    // writing to a string cannot fail
    let _ = writeln!(text, "{line}");
}
