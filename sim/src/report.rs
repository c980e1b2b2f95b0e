//! A run for people, and as JSON for programs.

mod json;

pub use json::json;

use crate::account::Account;
use crate::judge::{Check, Verdict};
use crate::run::{Played, Run};
use scenarios::{Fault, What};
use serde_json::Value;
use std::fmt::Write as _;

const SECOND_US: u64 = 1_000_000;

/// The whole report, ending in a line feed.
pub fn text(run: &Run) -> String {
    text_of(run, &run.document.command())
}

/// The same for a run that `again` does once more.
pub fn text_of(run: &Run, again: &str) -> String {
    let mut out = String::new();
    let document = &run.document;
    // a string takes everything
    let _ = writeln!(out, "scenario  {}, seed {}", document.scenario, document.seed);
    let knobs: Vec<_> = document
        .knobs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let _ = writeln!(out, "knobs     {}", knobs.join(" "));
    for played in &run.variants {
        let _ = writeln!(out, "\n{}", played.name);
        seconds(&mut out, played);
        totals(&mut out, &played.judgement.account);
        checks(&mut out, played.checks());
    }
    let _ = writeln!(
        out,
        "\ntrace     sha256 {}, {} events",
        run.trace.hash, run.trace.events
    );
    let _ = writeln!(
        out,
        "speed     {:.0} simulated requests per CPU-second",
        run.requests_per_cpu_second()
    );
    let _ = writeln!(out, "verdict   {}", run.verdict().name());
    let _ = writeln!(out, "replay    {again}");
    out
}

fn seconds(out: &mut String, played: &Played) {
    let scenario = &played.scenario;
    let _ = writeln!(out, "  second  requests  attempts      ok  failed   p99 ms");
    for (second, sums) in played.judgement.account.seconds.sums().iter().enumerate() {
        let (from, to) = (second as u64 * SECOND_US, (second as u64 + 1) * SECOND_US);
        let p99 = sums
            .p99_us()
            .map_or("-".into(), |us| format!("{:.1}", us as f64 / 1e3));
        let begin = |fault: &&Fault| (from..to).contains(&(fault.at.as_micros() as u64));
        let mut notes: Vec<_> = scenario.faults.iter().filter(begin).map(fault_words).collect();
        if (from..to).contains(&(scenario.heal.at.as_micros() as u64)) {
            notes.push("heal".into());
        }
        let line = format!(
            "  {second:>6}  {:>8}  {:>8}  {:>6}  {:>6}  {p99:>7}  {}",
            sums.requests,
            sums.attempts,
            sums.ok,
            sums.failed,
            notes.join(", ")
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

fn totals(out: &mut String, account: &Account) {
    let sums = &account.total;
    let amplification = sums
        .amplification()
        .map_or("-".into(), |ratio| format!("{ratio:.4}"));
    let _ = writeln!(
        out,
        "  total   {} requests, {} attempts upstream: amplification {amplification}",
        sums.requests, sums.attempts
    );
    let outcomes: Vec<_> = account
        .outcomes
        .iter()
        .map(|(outcome, count)| format!("{outcome} {count}"))
        .collect();
    let _ = writeln!(out, "  ends    {}", outcomes.join(", "));
}

/// What was judged, a line each; violations on lines of their own.
pub fn checks(out: &mut String, checks: &[Check]) {
    for check in checks {
        let mark = match check.verdict {
            Verdict::Holds => "ok",
            Verdict::LivenessLost => "LIVENESS LOST",
            Verdict::Invalid => "INVALID",
            Verdict::Violated => "VIOLATED",
        };
        let _ = writeln!(
            out,
            "  {mark:<8} {:<13} {}: {}",
            check.name, check.what, check.measured
        );
    }
}

/// `2s crash r1 for 1s`.
pub fn fault_words(fault: &Fault) -> String {
    let [at, lasts] = [fault.at, fault.lasts].map(humantime::format_duration);
    format!("{at} {} for {lasts}", what_words(&fault.what))
}

/// `cut r0 gateway`, from the fault's own serialised form.
pub fn what_words(what: &What) -> String {
    let mut words = vec![what.kind().name().to_owned()];
    if let Ok(Value::Object(fields)) = serde_json::to_value(what) {
        for value in fields
            .values()
            .filter_map(Value::as_object)
            .flat_map(|fields| fields.values())
        {
            words.push(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
    }
    words.join(" ")
}
