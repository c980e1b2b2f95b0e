//! `drain`: is a gateway stopped with requests in hand, and none of them lost?
//!
//! Three replicas that take their time, an open-model load, and a gateway that is told to stop while it has tens of requests in
//! hand, and tunnels that live on to the deadline; when it has ended, another one is started in its place.
//!
//! In a second variant gateways are replaced one by one behind another: see [`rolling`].
//!
//! Whatever had reached it before succeeds: the deadline exceeds the longest request. Between the two nobody listens, and what
//! comes then is refused at once and not sent into the void: what comes after the start succeeds again.

use super::config::{Config, Upstream};
use super::expectation::{Expectation, Window};
use super::fault::{Fault, What};
use super::knobs::Knobs;
use super::model::{Ask, Heal, Load, Network, Replica, Scenario, Variant};
use super::rolling;
use super::tunnels::Tunnels;
use std::time::Duration;

const REPLICAS: u64 = 3;

/// Longer than any request takes.
const SETTLE: Duration = Duration::from_secs(1);

/// How long the load goes on after that.
const NORMAL_AFTER: Duration = Duration::from_secs(2);

pub(super) fn build(knobs: &mut Knobs) -> Vec<Variant> {
    let ms = Duration::from_millis;
    let rate = knobs.integer("rate", 100..=300);
    let clients = knobs.integer("clients", 1..=3);
    let service = knobs.time("service", ms(100)..=ms(400));
    let hop = knobs.time("hop", ms(1)..=ms(3));
    let workers = knobs.integer("workers", 1..=3);
    let tunnels = knobs.integer("tunnels", 2..=4);
    let stop_at = knobs.time("stop_at", ms(1_500)..=ms(2_500));
    let down_for = knobs.time("down_for", ms(1_500)..=ms(2_500));
    let back_at = stop_at + down_for;
    let end = back_at + SETTLE + NORMAL_AFTER;
    let [shortest, longest] = [service / 2, service * 3 / 2].map(|d| format!("{}us", d.as_micros()));
    let replicas = (0..REPLICAS).map(|index| Replica {
        name: format!("r{index}"),
        behaviour: format!("latency=uniform:{shortest}..{longest} body=256B"),
        script: String::new(),
    });
    // a connection and a request, at their slowest, and a moment for each
    let reaches = 8 * 3 * hop + ms(20);
    let scenario = Scenario {
        network: Network {
            latency_min: hop,
            latency_max: 3 * hop,
            fragment: false,
        },
        workers: workers as usize,
        configs: vec![Config::new(
            "main",
            vec![Upstream::new("orders", &["r0", "r1", "r2"])],
        )],
        replicas: replicas.collect(),
        behind: None,
        tunnels: Some(Tunnels {
            count: tunnels as usize,
            idle_timeout: ms(1_000),
        }),
        load: load(clients as usize, rate as f64, end),
        faults: vec![Fault {
            at: stop_at,
            lasts: down_for,
            what: What::Stop {
                lead: Duration::ZERO,
                deadline: SETTLE,
                host: None,
            },
        }],
        heal: Heal {
            at: back_at,
            within: SETTLE,
            at_least: 0.999,
        },
        expectations: vec![
            Expectation::success(Window::new(Duration::ZERO, stop_at - reaches), 1.0, 1.0),
            Expectation::Recovers {
                window: Window::new(back_at + SETTLE, end),
                at_least: 0.999,
            },
        ],
    };
    let rolling = rolling::scenario(knobs, &scenario, SETTLE);
    let is_played = knobs.which("variant", &["drain", "rolling"]);
    let variants = [("drain", scenario), ("rolling", rolling)].map(|(name, scenario)| Variant {
        name: name.into(),
        scenario,
    });
    let played = variants.into_iter().filter(|variant| is_played(&variant.name));
    played.collect()
}

fn load(clients: usize, rate: f64, duration: Duration) -> Load {
    Load {
        clients,
        rate,
        constant: false,
        duration,
        timeout: Duration::from_secs(5),
        host: "shop.test".into(),
        asks: vec![Ask::get("/orders"), Ask::post("/orders")],
        connections: 300,
        schedule: None,
        arrivals: Vec::new(),
    }
}
