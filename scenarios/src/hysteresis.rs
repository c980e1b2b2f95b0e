//! `hysteresis`: load goes up and comes down again, and nothing is ever broken; does what is served come back with it?
//!
//! The replicas and policies of `retry-storm`. The offered load climbs in steps of a tenth from 40 % of what the replicas can do to
//! 80 %, is 120 % for one step, and goes down by the same steps. A step is 20 seconds; what is looked at is its last five.
//!
//! **On the way up** no line is worth speaking of, and everybody is served. **At the top** the line grows by 0.2 seconds of work a
//! second, to four seconds at the end of the step.
//!
//! **Without retries** a request is given up after 2.5 seconds, so that after 12.5 seconds nobody is served in time. At 80 % the line shrinks by 0.2
//! seconds a second: 7.5 seconds later people are served again, long before that step is looked at. Whatever the rate, what is served is the
//! same on both ways.
//!
//! **Naively repeated** an attempt is given up after half a second, which the line has after 2.5 seconds at the top. From then on a request costs four attempts
//! and all of them are in vain. On the way down these ask for 4 · 80 % = 320 % of the replicas, and for 160 % still at 40 %: the line never shrinks, and
//! nobody is served at rates at which everybody was before. Below a quarter of the capacity it would, at last. Between a quarter and all of it there are
//! two states, and which of them the system is in is a matter of its past: a hysteresis loop.
//!
//! **With budget and breaker** (`full`) a request costs at most 1.11 attempts, which is below 100 % at 80 %, and the line is never much longer than half a second, as
//! attempts that wait longer fail and open the breaker. It closes within five seconds of the load's being fit to be served (`retry-storm` says why), so that the way down is
//! the way up. At the top no more can be served than 1/1.2 of what comes, whoever does what. The line takes 2.5 seconds to half a second, a second's failures
//! open the breaker for half a second, and all begins again: more than half is served. Five seconds are a cycle or two, so what is looked at lies somewhere around that.

use super::config::Config;
use super::expectation::{Expectation, Window};
use super::knobs::Knobs;
use super::model::{Ask, Heal, Load, Network, Replica, Scenario, Variant};
use super::policies::{REPLICAS, ROWS, Row, SERVERS, TIMEOUT, upstream};
use std::time::Duration;

/// Offered, of what the replicas can do.
const PERCENTS: [u64; 11] = [40, 50, 60, 70, 80, TOP, 80, 70, 60, 50, 40];
const TOP: u64 = 120;

const STEP: Duration = Duration::from_secs(20);
/// The end of a step, which is looked at.
const LOOK_FOR: Duration = Duration::from_secs(5);

/// The others lie between.
const POLICIES: [&str; 3] = ["none", NAIVE, FULL];
const NAIVE: &str = "naive";
const FULL: &str = "full";

/// Attempts of a naive request that is in vain.
const IN_VAIN: f64 = 4.0;

pub(super) fn build(knobs: &mut Knobs) -> Vec<Variant> {
    let ms = Duration::from_millis;
    let is_played = knobs.which("policy", &POLICIES);
    let story = Story {
        capacity: knobs.integer("capacity", 100..=130),
        clients: knobs.integer("clients", 1..=3) as usize,
        hop: knobs.time("hop", ms(1)..=ms(2)),
    };
    let is_meant = |row: &&Row| POLICIES.contains(&row.name) && is_played(row.name);
    let rows = ROWS.iter().filter(is_meant);
    rows.map(|row| Variant {
        name: row.name.into(),
        scenario: story.scenario(row),
    })
    .collect()
}

struct Story {
    /// Requests a second that keep all servers busy.
    capacity: u64,
    clients: usize,
    hop: Duration,
}

impl Story {
    fn scenario(&self, row: &Row) -> Scenario {
        let mean_us = REPLICAS.len() as u64 * SERVERS * 1_000_000 / self.capacity;
        let replicas = REPLICAS.map(|name| Replica {
            name: name.into(),
            behaviour: format!(
                "latency=uniform:{}us..{}us servers={SERVERS} body=64B",
                mean_us / 2,
                mean_us * 3 / 2
            ),
            script: String::new(),
        });
        let load = self.load();
        Scenario {
            network: Network {
                latency_min: self.hop,
                latency_max: 2 * self.hop,
                fragment: false,
            },
            behind: None,
            tunnels: None,
            workers: 1,
            configs: vec![Config::new("main", vec![upstream(row)])],
            replicas: replicas.to_vec(),
            faults: Vec::new(),
            // nothing heals
            heal: Heal {
                at: load.duration,
                within: Duration::ZERO,
                at_least: 0.0,
            },
            load,
            expectations: expectations(row.name),
        }
    }

    fn load(&self) -> Load {
        let rate = |percent: u64| self.capacity as f64 * percent as f64 / 100.0;
        let step = |percent: u64| format!("step {}x{}s", rate(percent), STEP.as_secs());
        Load {
            clients: self.clients,
            rate: rate(TOP),
            constant: true,
            duration: STEP * PERCENTS.len() as u32,
            timeout: 2 * TIMEOUT,
            host: "shop.test".into(),
            asks: vec![Ask::get("/orders"), Ask::post("/orders")],
            // twice what is on its way when everything takes the whole timeout
            connections: 800,
            schedule: Some(PERCENTS.map(step).join(", ")),
            arrivals: Vec::new(),
        }
    }
}

fn expectations(policy: &str) -> Vec<Expectation> {
    let top = PERCENTS
        .iter()
        .position(|percent| *percent == TOP)
        .unwrap_or_default();
    let mut all = Vec::new();
    for place in 0..PERCENTS.len() {
        let end = STEP * (place as u32 + 1);
        let window = Window::new(end - LOOK_FOR, end);
        let success = |least, most| Expectation::success(window, least, most);
        match place.cmp(&top) {
            std::cmp::Ordering::Less => all.push(success(0.999, 1.0)),
            std::cmp::Ordering::Equal if policy == FULL => all.push(success(0.4, 0.95)),
            std::cmp::Ordering::Equal => all.push(success(0.0, 0.05)),
            std::cmp::Ordering::Greater if policy == NAIVE => {
                all.push(success(0.0, 0.05));
                all.push(Expectation::amplification(window, IN_VAIN - 0.2, IN_VAIN + 0.2));
            }
            std::cmp::Ordering::Greater => all.push(success(0.999, 1.0)),
        }
    }
    all
}
