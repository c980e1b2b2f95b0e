//! `overload`: twice as much as an upstream can work at, for as long as it takes; what gets done, and whose?
//!
//! Two replicas serve four requests at a time each, in 20 ms on average, so that 400 a second is all they can do; 800 come, a quarter of
//! each class. Work is done in order of arrival, and that for which nobody waits any more is done as well.
//!
//! - `none`: the line grows by 400 a second, up to `in_flight_max` = 1000, which is two and a half seconds long; the route gives up after one.
//!   From the second second on hardly anything is answered in time, though all of the capacity is used.
//! - `fixed`: `in_flight_max` is 16, which is right for these replicas, and somebody had to know. Half is answered, whoever it is for.
//! - `adaptive`: nobody has said what is right. Half is answered, less a tenth of it at most; of `critical` requests almost all, of `low`
//!   ones few; and 99 of 100 answers, refusals among them, within a quarter of a second: 92 ms of service, 50 ms of waiting, and
//!   the way.
//! - `capacity`: as `none`, but what comes is 400 a second, so that nearly all of it is answered in time: chance makes a line, and over a dozen seconds no
//!   long one (its length has a standard deviation of √(2 · 400 · 12) ≈ 100, a quarter of a second). This is what the others' goodput is compared with.
//!
//! **How long.** Twice the load lasts eighteen seconds, of which thirteen are judged: 10 400 requests that come by chance, and work of exponential length that is enough for 5 200, have a share
//! of successes with a standard deviation of 0.5 · √(1/10 400 + 1/5 200) ≈ 0.009, so that an adaptive limit that loses a thirtieth, 0.483, is four of them above 0.45. In seven seconds it were
//! three, which one run of some hundreds falls short by. At capacity it is a dozen: there the line is longer by chance the longer it lasts.

use super::adapts::{Adapts, CLASSES};
use super::balance::Lb;
use super::config::{Config, Upstream};
use super::expectation::{Expectation, Window};
use super::knobs::Knobs;
use super::model::{Ask, Heal, Load, Network, Replica, Scenario, Variant};
use super::route::{Action, Path, Route};
use std::time::Duration;

const REPLICAS: [&str; 2] = ["orders0", "orders1"];
/// All that they can do.
const CAPACITY: f64 = 400.0;

/// The line has grown long, or the limit is where it belongs.
const SETTLED: Duration = Duration::from_secs(4);
const DURATION: Duration = Duration::from_secs(18);
const DURATION_AT_CAPACITY: Duration = Duration::from_secs(12);
const TIMEOUT: Duration = Duration::from_secs(1);

const ROWS: [&str; 4] = ["none", "fixed", "adaptive", "capacity"];

pub(super) fn build(knobs: &mut Knobs) -> Vec<Variant> {
    let is_played = knobs.which("policy", &ROWS);
    let clients = knobs.integer("clients", 1..=3) as usize;
    let hop = knobs.time("hop", Duration::from_millis(1)..=Duration::from_millis(3));
    let workers = knobs.integer("workers", 1..=2) as usize;
    let played = ROWS.into_iter().filter(|row| is_played(row));
    played
        .map(|row| Variant {
            name: row.into(),
            scenario: scenario(row, clients, hop, workers),
        })
        .collect()
}

fn scenario(row: &str, clients: usize, hop: Duration, workers: usize) -> Scenario {
    let (rate, duration) = match row {
        "capacity" => (CAPACITY, DURATION_AT_CAPACITY),
        _ => (2.0 * CAPACITY, DURATION),
    };
    let orders = Upstream {
        lb: Lb::LeastConn,
        timeout: TIMEOUT,
        in_flight_max: if row == "fixed" { 16 } else { 1_000 },
        pending_max: 16,
        concurrency: (row == "adaptive").then_some(Adapts { min: 4, max: 1_000 }),
        ..Upstream::new("orders", &REPLICAS)
    };
    let routes = CLASSES.map(|class| Route {
        priority: Some(class.into()),
        ..Route::new(
            class,
            Path::Prefix(path(class)),
            Action::Upstream("orders".into()),
        )
    });
    let replicas = REPLICAS.map(|name| Replica {
        name: name.into(),
        behaviour: "latency=exp:20ms servers=4 body=1KiB".into(),
        script: String::new(),
    });
    Scenario {
        behind: None,
        tunnels: None,
        network: Network {
            latency_min: hop,
            latency_max: 2 * hop,
            fragment: false,
        },
        workers,
        configs: vec![Config::with_routes("main", vec![orders], routes.into())],
        replicas: replicas.into(),
        load: Load {
            clients,
            rate,
            constant: false,
            duration,
            timeout: 2 * TIMEOUT,
            host: "shop.test".into(),
            asks: CLASSES.map(|class| Ask::get(&path(class))).into(),
            // what comes in a timeout, and more than half again
            connections: 2_000,
            schedule: None,
            arrivals: Vec::new(),
        },
        faults: Vec::new(),
        // nothing heals
        heal: Heal {
            at: duration,
            within: Duration::ZERO,
            at_least: 0.0,
        },
        expectations: expectations(row, duration),
    }
}

fn path(class: &str) -> String {
    format!("/{class}")
}

fn expectations(row: &str, duration: Duration) -> Vec<Expectation> {
    let window = Window::new(SETTLED, duration - TIMEOUT);
    let success = Expectation::success;
    let p99 = Expectation::P99 {
        window,
        at_least_ms: 0,
        at_most_ms: 250,
    };
    match row {
        "none" => vec![success(window, 0.0, 0.2)],
        "capacity" => vec![success(window, 0.95, 1.0)],
        "fixed" => vec![success(window, 0.45, 0.55), p99],
        _ => vec![
            success(window, 0.45, 0.55),
            p99,
            success(window.of(0), 0.8, 1.0),
            success(window.of(3), 0.01, 0.4),
        ],
    }
}
