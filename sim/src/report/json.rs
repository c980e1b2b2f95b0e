//! The report as JSON.

use super::what_words;
use crate::account::{ASKS_MAX, Account, Cell, FINE_US, Given, Seconds, Sums, Timeline, Turn};
use crate::judge::Check;
use crate::run::{Played, Run};
use scenarios::{Fault, Scenario, Window};
use serde_json::{Value, json};

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
    let seconds = seconds_json(&account.seconds, None);
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
        "failed": account.total.failed,
        "last_failed_us": account.timeline.last_failed_us,
        "p50_us": of_all.map(|of| of.p50_us),
        "p99_us": of_all.map(|of| of.p99_us),
        "p999_us": of_all.map(|of| of.p999_us),
        "replicas": replicas,
        "reached_fine": reached_fine(account),
        "amplification": account.total.amplification(),
        "outcomes": outcomes,
        "seconds_of_asks": seconds_of_asks(&played.scenario, &account.timeline),
        "responses": responses_json(&account.timeline),
        "faults": faults_json(&played.scenario),
        "reloads": reloads_json(&played.scenario, &account.timeline),
        "breakers": breakers_json(&played.scenario, &account.timeline),
        "checks": played.checks().iter().map(check_json).collect::<Vec<_>>(),
        "verdict": played.judgement.verdict().name(),
    })
}

fn check_json(check: &Check) -> Value {
    let finding = check.finding.as_ref();
    json!({
        "name": check.name, "what": check.what, "measured": check.measured, "value": check.value,
        "looked_at": finding.map(|finding| finding.looked_at),
        "violations": finding.map(|finding| finding.violations.len() as u64 + finding.more),
        "verdict": check.verdict.name(),
    })
}

/// Around the first end of a fault: when so many requests reached a replica within how short a time.
fn reached_fine(account: &Account) -> Vec<Value> {
    let row = |(from_us, host, requests): (u64, u64, u64)| {
        json!({
            "from_us": from_us, "to_us": from_us + FINE_US, "replica": account.name(host), "requests": requests,
        })
    };
    account.fine.rows().map(row).collect()
}

/// Of all requests, or of one kind.
fn seconds_json(seconds: &Seconds, ask: Option<usize>) -> Vec<Value> {
    let row = |(second, sums): (usize, &Sums)| {
        json!({
            "ask": ask, "second": second, "requests": sums.requests, "attempts": sums.attempts,
            "ok": sums.ok, "failed": sums.failed, "p99_us": sums.p99_us(),
        })
    };
    seconds.sums().iter().enumerate().map(row).collect()
}

/// Where all kinds have them. Nobody tells attempts apart by what was asked for: there are none.
fn seconds_of_asks(scenario: &Scenario, timeline: &Timeline) -> Vec<Value> {
    let has_all = (2..=ASKS_MAX).contains(&scenario.load.asks.len());
    let asks = timeline.asks.iter().enumerate().filter(|_| has_all);
    asks.flat_map(|(ask, seconds)| seconds_json(seconds, Some(ask)))
        .collect()
}

/// How many answers took how long, by when they were asked for.
fn responses_json(timeline: &Timeline) -> Vec<Value> {
    let cell = |cell: Cell| {
        json!({
            "from_us": cell.from_us, "to_us": cell.to_us, "response_us": cell.response_us,
            "count": cell.count,
        })
    };
    timeline.cells().map(cell).collect()
}

/// The plan.
fn faults_json(scenario: &Scenario) -> Vec<Value> {
    let fault = |fault: &Fault| {
        json!({
            "kind": fault.what.kind().name(), "what": what_words(&fault.what),
            "from_s": fault.at.as_secs_f64(), "to_s": fault.end().as_secs_f64(),
        })
    };
    scenario.faults.iter().map(fault).collect()
}

/// Every config that was given to the gateway, and whether it took it.
fn reloads_json(scenario: &Scenario, timeline: &Timeline) -> Vec<Value> {
    let reload = |given: &Given| {
        let config = scenario.configs.get(given.config as usize);
        json!({
            "at_us": given.at_us, "config": config.map(|config| &config.name), "is_refused": given.is_refused,
        })
    };
    timeline.given.iter().map(reload).collect()
}

/// Every turn of one.
fn breakers_json(scenario: &Scenario, timeline: &Timeline) -> Vec<Value> {
    let upstreams = scenario.upstreams();
    let hosts: Vec<String> = scenario.host_names().collect();
    let turn = |turn: &Turn| {
        let upstream = upstreams.get(turn.upstream as usize);
        let replica = turn
            .host
            .checked_sub(1)
            .and_then(|place| hosts.get(place as usize));
        json!({
            "at_us": turn.at_us, "upstream": upstream.map(|upstream| &upstream.name), "replica": replica,
            "from": turn.from, "to": turn.to,
        })
    };
    timeline.turns.iter().map(turn).collect()
}

/// What an expectation looked at.
fn window_json(window: &Window, sums: &Sums) -> Value {
    let quantiles = sums.quantiles();
    json!({
        "from_s": window.from.as_secs_f64(), "to_s": window.to.as_secs_f64(), "ask": window.ask,
        "requests": sums.requests, "attempts": sums.attempts, "ok": sums.ok, "failed": sums.failed,
        "p50_us": quantiles.map(|of| of.p50_us), "p99_us": quantiles.map(|of| of.p99_us),
        "p999_us": quantiles.map(|of| of.p999_us), "ok_p99_us": sums.ok_p99_us(),
    })
}
