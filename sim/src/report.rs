//! A run for people, and as JSON for programs.

use crate::account::{Account, Outcome};
use crate::judge::Verdict;
use crate::parts::failure_name;
use crate::run::{Played, Run};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

const SECOND_US: u64 = 1_000_000;

/// The whole report, ending in a line feed.
pub fn text(run: &Run) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "scenario  {}, seed {}", run.scenario, run.seed);
    let knobs: Vec<_> = run
        .knobs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let _ = writeln!(out, "knobs     {}", knobs.join(" "));
    for played in &run.variants {
        let _ = writeln!(out, "\n{}", played.name);
        seconds(&mut out, played);
        totals(&mut out, &played.account);
        checks(&mut out, played);
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
    let _ = writeln!(out, "replay    {}", run.replay());
    out
}

fn seconds(out: &mut String, played: &Played) {
    let faults = &played.scenario.faults;
    let _ = writeln!(out, "  second  requests  attempts      ok  failed   p99 ms");
    for second in 0..played.account.end_us.div_ceil(SECOND_US) {
        let (from, to) = (second * SECOND_US, (second + 1) * SECOND_US);
        let sums = played.account.window(from..to);
        let p99 = sums
            .p99_us
            .map_or("-".into(), |us| format!("{:.1}", us as f64 / 1e3));
        let notes: Vec<_> = faults
            .iter()
            .filter(|fault| (from..to).contains(&micros(fault.at)))
            .map(|fault| format!("{} {}", humantime::format_duration(fault.at), words(&fault.fault)))
            .collect();
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
    let sums = account.window(0..u64::MAX);
    let amplification = sums
        .amplification()
        .map_or("-".into(), |ratio| format!("{ratio:.4}"));
    let _ = writeln!(
        out,
        "  total   {} requests, {} attempts upstream: amplification {amplification}",
        sums.requests, sums.attempts
    );
    let outcomes: Vec<_> = account
        .outcomes()
        .iter()
        .map(|(outcome, count)| format!("{} {count}", name(*outcome)))
        .collect();
    let _ = writeln!(out, "  ends    {}", outcomes.join(", "));
}

fn checks(out: &mut String, played: &Played) {
    for check in &played.checks {
        let mark = match check.verdict {
            Verdict::Holds => "ok",
            Verdict::LivenessLost => "LIVENESS LOST",
            Verdict::Invalid => "INVALID",
            Verdict::Violated => "VIOLATED",
        };
        let _ = writeln!(out, "  {mark:<7} {}: {}", check.what, check.measured);
    }
}

/// The whole report as one JSON object.
pub fn json(run: &Run) -> Value {
    let variants: Vec<_> = run.variants.iter().map(variant_json).collect();
    let knobs: serde_json::Map<String, Value> = run
        .knobs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    json!({
        "scenario": run.scenario,
        "seed": run.seed.0,
        "knobs": knobs,
        "variants": variants,
        "trace": { "sha256": run.trace.hash, "events": run.trace.events },
        "requests_per_cpu_second": run.requests_per_cpu_second(),
        "verdict": run.verdict().name(),
        "replay": run.replay(),
    })
}

fn variant_json(played: &Played) -> Value {
    let account = &played.account;
    let seconds: Vec<_> = (0..account.end_us.div_ceil(SECOND_US))
        .map(|second| {
            let sums = account.window(second * SECOND_US..(second + 1) * SECOND_US);
            json!({
                "second": second, "requests": sums.requests, "attempts": sums.attempts,
                "ok": sums.ok, "failed": sums.failed, "p99_us": sums.p99_us,
            })
        })
        .collect();
    let sums = account.window(0..u64::MAX);
    let outcomes: serde_json::Map<String, Value> = account
        .outcomes()
        .iter()
        .map(|(outcome, count)| (name(*outcome), json!(count)))
        .collect();
    let checks: Vec<_> = played
        .checks
        .iter()
        .map(|check| json!({ "what": check.what, "measured": check.measured, "verdict": check.verdict.name() }))
        .collect();
    json!({
        "name": played.name,
        "seconds": seconds,
        "requests": sums.requests,
        "attempts": sums.attempts,
        "amplification": sums.amplification(),
        "outcomes": outcomes,
        "checks": checks,
    })
}

fn name(outcome: Option<Outcome>) -> String {
    match outcome {
        Some(Outcome::Status(status)) => status.to_string(),
        Some(Outcome::Failed(number)) => failure_name(number).into(),
        None => "none".into(),
    }
}

/// `crash r1`, from the fault's own serialised form.
fn words(fault: &crate::scenarios::Fault) -> String {
    let Ok(Value::Object(fault)) = serde_json::to_value(fault) else {
        return String::new();
    };
    let mut words = Vec::new();
    for (name, fields) in fault {
        words.push(name);
        for value in fields.as_object().into_iter().flat_map(|fields| fields.values()) {
            words.push(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
    }
    words.join(" ")
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
