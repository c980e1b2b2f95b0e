//! `hedge`: one of three replicas is slow now and then; how long do the unlucky wait?
//!
//! Replicas take 10 to 30 ms. For twenty seconds the third takes 10 ms as a rule, and one of its requests in six takes more than 100 ms,
//! one in thirty more than half a second: a lognormal time, as of a machine that collects garbage.
//!
//! - `none`: of all requests one in a hundred waits for more than 250 ms.
//! - `after`: what has taken 60 ms is sent to another replica too, which answers within 30 ms but for the network: seven requests in a hundred
//!   are, and p99 is below 60 ms and what a healthy answer takes.
//! - `quantile`: the same after the running p95, which is about 100 ms: one request in twenty.
//!
//! Both stay within the budget of a fifth. When the third is well again, all is as before.

use super::again::{Again, Backoff, Budget, Hedge};
use super::config::{Config, Upstream};
use super::expectation::{Expectation, Window};
use super::fault::{Fault, What};
use super::knobs::Knobs;
use super::model::{Ask, Heal, Load, Network, Replica, Scenario, Variant};
use std::time::Duration;

const REPLICAS: [&str; 3] = ["r0", "r1", "r2"];

const SLOW_AT: Duration = Duration::from_secs(2);
const SLOW_FOR: Duration = Duration::from_secs(20);
/// Until the quantile is that of the slow time: some hundred samples of the route.
const WARM: Duration = Duration::from_secs(5);
/// What had begun by the end of the slow time is over.
const SETTLE: Duration = Duration::from_secs(5);
const NORMAL_AFTER: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(10);

const AFTER_MS: u64 = 60;
/// Of two replicas that are well, the network and ticks included.
const HEALTHY_MS: u64 = 30;
const HOPS_AND_TICKS: u32 = 8;

const ROWS: [&str; 3] = ["none", "after", "quantile"];

pub(super) fn build(knobs: &mut Knobs) -> Vec<Variant> {
    let is_played = knobs.which("policy", &ROWS);
    let rate = knobs.integer("rate", 150..=200);
    let clients = knobs.integer("clients", 1..=3) as usize;
    let hop = knobs.time("hop", Duration::from_millis(1)..=Duration::from_millis(3));
    let played = ROWS.into_iter().filter(|row| is_played(row));
    played
        .map(|row| Variant {
            name: row.into(),
            scenario: scenario(row, rate, clients, hop),
        })
        .collect()
}

fn scenario(row: &str, rate: u64, clients: usize, hop: Duration) -> Scenario {
    let hedge = match row {
        "after" => Some(Hedge::after(AFTER_MS)),
        "quantile" => Some(Hedge::slower("p95", 20)),
        _ => None,
    };
    let upstream = Upstream {
        retries: 1,
        again: Again {
            budget: Some(Budget::usual()),
            backoff: Some(Backoff::new(25, 250)),
            hedge,
            ..Again::default()
        },
        timeout: PATIENCE / 2,
        ..Upstream::new("all", &REPLICAS)
    };
    let replica = |name: &str| Replica {
        name: name.into(),
        behaviour: "latency=uniform:10ms..30ms body=1KiB".into(),
        script: String::new(),
    };
    let slow = Fault {
        at: SLOW_AT,
        lasts: SLOW_FOR,
        what: What::UpstreamSlow {
            host: "r2".into(),
            latency: "lognormal:p50=10ms,p99=1500ms".into(),
        },
    };
    Scenario {
        behind: None,
        tunnels: None,
        network: Network {
            latency_min: hop,
            latency_max: 2 * hop,
            fragment: false,
        },
        workers: 1,
        configs: vec![Config::new("main", vec![upstream])],
        replicas: REPLICAS.map(replica).into(),
        load: Load {
            clients,
            rate: rate as f64,
            constant: false,
            duration: SLOW_AT + SLOW_FOR + SETTLE + NORMAL_AFTER,
            timeout: PATIENCE,
            host: "shop.test".into(),
            asks: vec![Ask::get("/all")],
            connections: 200,
            schedule: None,
            arrivals: Vec::new(),
        },
        faults: vec![slow],
        heal: Heal {
            at: SLOW_AT + SLOW_FOR,
            within: SETTLE,
            at_least: 1.0,
        },
        expectations: expectations(row, hop),
    }
}

fn expectations(row: &str, hop: Duration) -> Vec<Expectation> {
    let heal = SLOW_AT + SLOW_FOR;
    let judged = Window::new(SLOW_AT + WARM, heal);
    let after = Window::new(heal + SETTLE, heal + SETTLE + NORMAL_AFTER);
    let healthy_ms = HEALTHY_MS + (HOPS_AND_TICKS * (2 * hop + Duration::from_millis(1))).as_millis() as u64;
    let (at_least_ms, at_most_ms) = match row {
        "none" => (250, 5_000),
        "after" => (AFTER_MS, AFTER_MS + healthy_ms),
        _ => (60, 180 + healthy_ms),
    };
    let more = if row == "none" { 0.0 } else { 0.12 };
    // by itself the third takes longer than the route's timeout once in two hundred of its requests, and both of two seldom do
    let least = if row == "none" { 0.99 } else { 0.999 };
    vec![
        Expectation::success(Window::new(Duration::ZERO, after.to), least, 1.0),
        Expectation::P99 {
            window: judged,
            at_least_ms,
            at_most_ms,
        },
        Expectation::amplification(judged, 0.99 + more / 5.0, 1.01 + more),
        Expectation::P99 {
            window: after,
            at_least_ms: 0,
            at_most_ms: healthy_ms,
        },
        Expectation::Recovers {
            window: after,
            at_least: 1.0,
        },
    ]
}
