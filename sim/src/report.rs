//! A run for people, and as JSON for programs.

use crate::account::{Account, Sums};
use crate::judge::{Check, Verdict};
use crate::run::{Played, Run};
use crate::scenarios::{Fault, What, Window};
use serde_json::{Value, json};
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
    for (second, sums) in played.judgement.account.seconds.iter().enumerate() {
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

/// The whole report as one JSON object.
pub fn json(run: &Run) -> Value {
    let document = &run.document;
    let variants: Vec<_> = run.variants.iter().map(variant_json).collect();
    let knobs: serde_json::Map<String, Value> = document
        .knobs
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    json!({
        "scenario": document.scenario,
        "seed": document.seed,
        "knobs": knobs,
        "variants": variants,
        "trace": { "sha256": run.trace.hash, "events": run.trace.events },
        "requests_per_cpu_second": run.requests_per_cpu_second(),
        "verdict": run.verdict().name(),
        "replay": document.command(),
    })
}

fn variant_json(played: &Played) -> Value {
    let account = &played.judgement.account;
    let seconds: Vec<_> = account
        .seconds
        .iter()
        .enumerate()
        .map(|(second, sums)| sums_json(sums, second))
        .collect();
    let windows: Vec<_> = account
        .windows
        .iter()
        .map(|(window, sums)| window_json(window, sums))
        .collect();
    let outcomes: serde_json::Map<String, Value> = account
        .outcomes
        .iter()
        .map(|(outcome, count)| (outcome.to_string(), json!(count)))
        .collect();
    let checks: Vec<_> = played
        .checks()
        .iter()
        .map(|check| {
            json!({
                "name": check.name, "what": check.what, "measured": check.measured, "value": check.value,
                "verdict": check.verdict.name(),
            })
        })
        .collect();
    let of_all = account.total.quantiles();
    let replicas: Vec<_> = account
        .replicas()
        .map(|(name, load)| {
            json!({ "name": name, "requests": load.requests, "most_in_hand": load.most_in_hand })
        })
        .collect();
    json!({
        "name": played.name,
        "seconds": seconds,
        "windows": windows,
        "requests": account.total.requests,
        "attempts": account.total.attempts,
        "ok": account.total.ok,
        "p50_us": of_all.map(|of| of.p50_us),
        "p99_us": of_all.map(|of| of.p99_us),
        "p999_us": of_all.map(|of| of.p999_us),
        "replicas": replicas,
        "amplification": account.total.amplification(),
        "outcomes": outcomes,
        "checks": checks,
        "verdict": played.judgement.verdict().name(),
    })
}

fn sums_json(sums: &Sums, second: usize) -> Value {
    json!({
        "second": second, "requests": sums.requests, "attempts": sums.attempts,
        "ok": sums.ok, "failed": sums.failed, "p99_us": sums.p99_us(),
    })
}

/// What an expectation looked at.
fn window_json(window: &Window, sums: &Sums) -> Value {
    let quantiles = sums.quantiles();
    json!({
        "from_s": window.from.as_secs_f64(), "to_s": window.to.as_secs_f64(), "ask": window.ask,
        "requests": sums.requests, "attempts": sums.attempts, "ok": sums.ok, "failed": sums.failed,
        "p50_us": quantiles.map(|of| of.p50_us), "p99_us": quantiles.map(|of| of.p99_us),
        "p999_us": quantiles.map(|of| of.p999_us),
    })
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
