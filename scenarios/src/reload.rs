//! `reload`: is a config swapped under load without any client noticing, and wholly?
//!
//! Three replicas and an open-model load of GET and POST. Every so often another config comes into force and goes again: it has other
//! replicas, other retries, other targets and other header edits, up and down, and both tell in each answer whose it is. Now and
//! then a broken one is tried, which changes nothing.
//!
//! Beside them tunnels are held, over any number of reloads.
//!
//! Nothing else is wrong, so every request succeeds; and the oracle `snapshot` holds each of them against one config: a replica of
//! the one at the target of the other would be a mixture.

use super::config::{Config, Upstream};
use super::expectation::{Expectation, Window};
use super::fault::{Fault, What};
use super::knobs::Knobs;
use super::model::{Ask, Heal, Load, Network, Replica, Scenario, Variant};
use super::route::{Edits, Rewrite, Route};
use super::tunnels::Tunnels;
use std::time::Duration;

const REPLICAS: u64 = 3;

/// Before the first reload and after the last: longer than any request takes.
const SETTLE: Duration = Duration::from_millis(500);

pub(super) fn build(knobs: &mut Knobs) -> Vec<Variant> {
    let ms = Duration::from_millis;
    let rate = knobs.integer("rate", 200..=400);
    let clients = knobs.integer("clients", 1..=3);
    let service = knobs.time("service", ms(20)..=ms(80));
    let hop = knobs.time("hop", ms(1)..=ms(3));
    let workers = knobs.integer("workers", 1..=3);
    let every = knobs.time("every", ms(40)..=ms(120));
    let reloads = knobs.integer("reloads", 20..=50);
    let tunnels = knobs.integer("tunnels", 2..=6);
    let end = SETTLE * 2 + every * reloads as u32;
    let whole = Window::new(Duration::ZERO, end);
    let [shortest, longest] = [service / 2, service * 3 / 2].map(|d| format!("{}us", d.as_micros()));
    let replicas = (0..REPLICAS).map(|index| Replica {
        name: format!("r{index}"),
        behaviour: format!("latency=uniform:{shortest}..{longest} body=256B"),
        script: String::new(),
    });
    // one in force for half of the time, and every fourth is refused
    let fault = |index: u64| Fault {
        at: SETTLE + every * index as u32,
        lasts: every / 2,
        what: What::Reload {
            config: if index % 4 == 3 { "broken" } else { "other" }.into(),
        },
    };
    let scenario = Scenario {
        network: Network {
            latency_min: hop,
            latency_max: 3 * hop,
            fragment: false,
        },
        workers: workers as usize,
        configs: vec![
            config("main", &["r0", "r1"], 0, None),
            config("other", &["r1", "r2"], 2, Some("/orders/new")),
            Config::broken("broken"),
        ],
        replicas: replicas.collect(),
        behind: None,
        // longer than any gap between two lines
        tunnels: Some(Tunnels {
            count: tunnels as usize,
            idle_timeout: ms(1_000),
        }),
        load: load(clients as usize, rate as f64, end),
        faults: (0..reloads).map(fault).collect(),
        heal: Heal {
            at: end - SETTLE,
            within: SETTLE / 2,
            at_least: 0.999,
        },
        expectations: vec![
            Expectation::success(whole, 1.0, 1.0),
            Expectation::amplification(
                Window::new(Duration::ZERO, end + Duration::from_secs(60)),
                1.0,
                1.0,
            ),
        ],
    };
    vec![Variant {
        name: "reload".into(),
        scenario,
    }]
}

fn load(clients: usize, rate: f64, duration: Duration) -> Load {
    Load {
        clients,
        rate,
        constant: false,
        duration,
        timeout: Duration::from_secs(5),
        host: "shop.test".into(),
        asks: [Ask::get("/orders"), Ask::post("/orders")].map(marked).into(),
        connections: 300,
        schedule: None,
        arrivals: Vec::new(),
    }
}

fn marked(ask: Ask) -> Ask {
    Ask {
        headers: vec![("X-Mark-Keep".into(), "kept".into())],
        ..ask
    }
}

fn config(name: &str, replicas: &[&str], retries: u8, target: Option<&str>) -> Config {
    let upstream = Upstream {
        retries,
        ..Upstream::new("orders", replicas)
    };
    let route = Route {
        rewrite: target.map(|target| Rewrite::Path(target.into())),
        edits: Some(Edits {
            set: vec![("X-Mark-Config".into(), name.into())],
            ..Edits::default()
        }),
        ..Route::of_upstream("orders")
    };
    Config::with_routes(name, vec![upstream], vec![route]).telling(true)
}
