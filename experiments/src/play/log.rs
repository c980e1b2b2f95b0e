//! From the load generator's log of requests to the rows that the simulator tells too.
//!
//! Sums are as the simulator's: requests by their intended time, times of everything that was answered, quantiles by nearest rank.

use super::Stage;
use super::load::ask_name;
use crate::failure::Failure;
use crate::report::read_csv;
use crate::stand::simulated::{Check, Fault, Response, Second, Variant as Told, Whole, Window};
use scenarios::{Expectation, Variant};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

const SECOND_US: u64 = 1_000_000;
/// Kinds of requests that have seconds of their own, as in the simulator.
const ASKS_MAX: usize = 8;

/// Cells of a heat map, as the simulator has them: a column of 50 ms, eight rows from one time to its double.
const COLUMN_US: u64 = 50_000;
const ROWS_PER_DOUBLE: f64 = 8.0;

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Request {
    pub(super) at_us: u64,
    pub(super) request: String,
    pub(super) ended_us: u64,
    pub(super) status: Option<u16>,
    failure: Option<String>,
}

impl Request {
    fn is_ok(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    fn response_us(&self) -> u64 {
        self.ended_us.saturating_sub(self.at_us)
    }
}

pub(super) fn read(path: &Path) -> Result<Vec<Request>, Failure> {
    read_csv(path)
}

/// Those whose connection ended before their answer was complete.
pub(super) fn broken_off(requests: &[Request]) -> u64 {
    let is_meant = |request: &&Request| request.failure.as_deref() == Some("reset");
    requests.iter().filter(is_meant).count() as u64
}

/// Counts of some of them.
#[derive(Default)]
struct Sums {
    requests: u64,
    ok: u64,
    /// µs of what was answered, and of that of what was answered well; sorted.
    answered: Vec<u64>,
    good: Vec<u64>,
}

impl Sums {
    fn of<'a>(requests: impl Iterator<Item = &'a Request>) -> Self {
        let mut sums = Self::default();
        for request in requests {
            sums.requests += 1;
            sums.ok += u64::from(request.is_ok());
            if request.status.is_some() {
                sums.answered.push(request.response_us());
            }
            if request.is_ok() {
                sums.good.push(request.response_us());
            }
        }
        sums.answered.sort_unstable();
        sums.good.sort_unstable();
        sums
    }

    fn quantile_us(&self, share: f64) -> Option<u64> {
        nearest_rank(&self.answered, share)
    }
}

fn nearest_rank(sorted: &[u64], share: f64) -> Option<u64> {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

/// Everything that the log alone tells; attempts, breakers, replicas and configs are others'.
pub(super) fn told(stage: Stage<'_>, variant: &Variant, requests: &[Request]) -> Told {
    let (seed, name) = (stage.seed, &variant.name);
    let scenario = &variant.scenario;
    let asks = scenario.load.asks.len();
    let kinds = (0..asks).filter(|_| (2..=ASKS_MAX).contains(&asks));
    let until = scenario.load.duration.min(stage.until);
    Told {
        whole: whole(seed, name, requests),
        seconds: seconds(seed, name, requests, None),
        seconds_of_asks: kinds
            .flat_map(|ask| seconds(seed, name, requests, Some(ask)))
            .collect(),
        responses: responses(seed, name, requests),
        faults: faults(seed, variant),
        reloads: Vec::new(),
        breakers: Vec::new(),
        replicas: Vec::new(),
        reached_fine: Vec::new(),
        windows: windows(seed, variant, requests, until),
        checks: checks(seed, variant, requests, until),
    }
}

fn whole(seed: u64, variant: &str, requests: &[Request]) -> Whole {
    let sums = Sums::of(requests.iter());
    let failed = requests.iter().filter(|request| !request.is_ok());
    Whole {
        seed,
        variant: variant.to_owned(),
        requests: sums.requests,
        attempts: 0,
        ok: sums.ok,
        failed: sums.requests - sums.ok,
        last_failed_us: failed.map(|request| request.at_us).max(),
        p50_us: sums.quantile_us(0.5),
        p99_us: sums.quantile_us(0.99),
        p999_us: sums.quantile_us(0.999),
    }
}

fn is_of(request: &Request, ask: Option<usize>) -> bool {
    ask.is_none_or(|ask| request.request == ask_name(ask))
}

fn seconds(seed: u64, variant: &str, requests: &[Request], ask: Option<usize>) -> Vec<Second> {
    let mut by_second: BTreeMap<u64, Vec<&Request>> = BTreeMap::new();
    for request in requests.iter().filter(|request| is_of(request, ask)) {
        by_second
            .entry(request.at_us / SECOND_US)
            .or_default()
            .push(request);
    }
    let last = by_second.keys().next_back().map_or(0, |last| last + 1);
    let row = |second: u64| {
        let of = by_second.get(&second).map_or(&[][..], Vec::as_slice);
        let sums = Sums::of(of.iter().copied());
        Second {
            seed,
            variant: variant.to_owned(),
            ask: ask.map(|ask| ask as u64),
            second,
            requests: sums.requests,
            attempts: 0,
            ok: sums.ok,
            failed: sums.requests - sums.ok,
            p99_us: sums.quantile_us(0.99),
        }
    };
    (0..last).map(row).collect()
}

fn responses(seed: u64, variant: &str, requests: &[Request]) -> Vec<Response> {
    let mut cells: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    for request in requests.iter().filter(|request| request.status.is_some()) {
        let row = (request.response_us().max(1) as f64).log2() * ROWS_PER_DOUBLE;
        *cells.entry((request.at_us / COLUMN_US, row as u64)).or_default() += 1;
    }
    let cell = |((column, row), count): ((u64, u64), u64)| Response {
        seed,
        variant: variant.to_owned(),
        from_us: column * COLUMN_US,
        to_us: (column + 1) * COLUMN_US,
        response_us: ((row as f64 + 0.5) / ROWS_PER_DOUBLE).exp2(),
        count,
    };
    cells.into_iter().map(cell).collect()
}

fn faults(seed: u64, variant: &Variant) -> Vec<Fault> {
    let row = |fault: &scenarios::Fault| Fault {
        seed,
        variant: variant.name.clone(),
        kind: fault.what.kind().name().to_owned(),
        what: fault.what.hosts().0.unwrap_or_default().to_owned(),
        from_s: fault.at.as_secs_f64(),
        to_s: fault.end().as_secs_f64(),
    };
    variant.scenario.faults.iter().map(row).collect()
}

/// Those that expectations look at, if the load lasted that long.
fn windows(seed: u64, variant: &Variant, requests: &[Request], until: Duration) -> Vec<Window> {
    let expectations = variant.scenario.expectations.iter();
    let asked = expectations
        .filter_map(Expectation::window)
        .filter(|window| window.from < until);
    let row = |window: scenarios::Window| {
        let sums = within(requests, window);
        Window {
            seed,
            variant: variant.name.clone(),
            from_s: window.from.as_secs_f64(),
            to_s: window.to.as_secs_f64(),
            ask: window.ask.map(|ask| ask as u64),
            requests: sums.requests,
            attempts: 0,
            ok: sums.ok,
            p50_us: sums.quantile_us(0.5),
            p99_us: sums.quantile_us(0.99),
            p999_us: sums.quantile_us(0.999),
            ok_p99_us: nearest_rank(&sums.good, 0.99),
        }
    };
    asked.map(row).collect()
}

fn within(requests: &[Request], window: scenarios::Window) -> Sums {
    let is_in = |request: &&Request| {
        let at = Duration::from_micros(request.at_us);
        is_of(request, window.ask) && (window.from..window.to).contains(&at)
    };
    Sums::of(requests.iter().filter(is_in))
}

/// What the scenario expects of shares of successes holds on sockets too; times are not compared between worlds.
fn checks(seed: u64, variant: &Variant, requests: &[Request], until: Duration) -> Vec<Check> {
    let check = |expectation: &Expectation| {
        let (window, low, high, what) = match expectation {
            Expectation::Success {
                window,
                at_least,
                at_most,
            } => (window, *at_least, *at_most, "share of successes"),
            Expectation::Recovers { window, at_least } => {
                (window, *at_least, 1.0, "recovered: share of successes")
            }
            _ => return None,
        };
        let sums = within(requests, *window);
        if window.from >= until || sums.requests == 0 {
            return None;
        }
        let share = sums.ok as f64 / sums.requests as f64;
        let holds = (low..=high).contains(&share);
        Some(Check {
            seed,
            variant: variant.name.clone(),
            name: "expectation".into(),
            what: format!("{window}, {what}"),
            measured: format!("{share:.4}, expected {low} to {high}"),
            value: Some(share),
            looked_at: None,
            violations: None,
            verdict: if holds { "holds" } else { "violated" }.into(),
        })
    };
    variant.scenario.expectations.iter().filter_map(check).collect()
}
