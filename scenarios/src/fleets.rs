//! `balance`: which way of picking replicas is for which fleet?
//!
//! Six ways meet four fleets under the same load: replicas that are alike, one that takes several times as long, capacities of 5 to
//! 2 to 1, and service times with a heavy tail. What is seen is how many requests replicas have in hand at once, beside what the
//! clients feel; what must hold is what each way promises:
//!
//! - by weight, shares of requests are the weights' within a hundredth;
//! - of two choices, next to never has anybody more than four in hand above the average, where random picking goes twice as far;
//! - on a ring, a replica that is taken away moves its own keys, and next to none but them.
//!
//! A way that knows neither weights nor load drowns the smallest of unequal replicas: there nothing is expected of it.

use super::balance::{Key, Lb};
use super::config::{Config, Upstream};
use super::expectation::{Expectation, Window};
use super::fault::{Fault, What};
use super::knobs::Knobs;
use super::model::{Ask, Heal, Load, Network, Replica, Scenario, Variant};
use std::time::Duration;

const WAYS: [&str; 6] = ["round-robin", "weighted", "least-conn", "p2c", "ring", "random"];
const FLEETS: [&str; 4] = ["equal", "one-slow", "capacity", "heavy-tail"];

/// Of the capacities' fleet, by replica.
const CAPACITIES: [u32; 3] = [5, 2, 1];

/// Different requests: on a ring each is a key, and there are enough of them that shares show.
const KEYS: usize = 256;

/// Requests that must have reached replicas for that.
const END: Duration = Duration::from_millis(4_000);
const REMOVED_AT: Duration = Duration::from_millis(2_000);
const SETTLE: Duration = Duration::from_millis(500);

/// How far above the average of all replicas one may be: two choices keep to it, and chance goes beyond twice of it.
const GAP: f64 = 4.0;

/// What a removed replica may move beyond its due share of a ring: four standard deviations of its arcs and of so many keys.
const RING_MORE: f64 = 0.15;

/// Of keys that moved though their replica stayed: those that the bound on loads sends elsewhere.
const NEEDLESS: f64 = 0.05;

pub(super) fn build(knobs: &mut Knobs) -> Vec<Variant> {
    let ms = Duration::from_millis;
    let is_way = knobs.which("way", &WAYS);
    let is_fleet = knobs.which("fleet", &FLEETS);
    let story = Story {
        rate: knobs.integer("rate", 600..=800),
        service: knobs.time("service", ms(110)..=ms(150)),
        hop: knobs.time("hop", ms(1)..=ms(2)),
    };
    let pairs = FLEETS
        .iter()
        .flat_map(|fleet| WAYS.iter().map(move |way| (*way, *fleet)));
    let played = pairs.filter(|(way, fleet)| is_way(way) && is_fleet(fleet));
    played
        .map(|(way, fleet)| Variant {
            name: format!("{way}-{fleet}"),
            scenario: story.scenario(way, fleet),
        })
        .collect()
}

struct Story {
    rate: u64,
    service: Duration,
    hop: Duration,
}

impl Story {
    fn scenario(&self, way: &str, fleet: &str) -> Scenario {
        let replicas = self.replicas(fleet);
        let names: Vec<&str> = replicas.iter().map(|replica| replica.name.as_str()).collect();
        let upstream = |names: &[&str]| Upstream {
            lb: lb(way),
            weights: names
                .iter()
                .zip(weights(way, fleet))
                .map(|(name, weight)| ((*name).into(), weight))
                .collect(),
            timeout: Duration::from_secs(20),
            ..Upstream::new("orders", names)
        };
        let mut configs = vec![Config::new("main", vec![upstream(&names)])];
        let mut faults = Vec::new();
        if way == "ring" {
            configs.push(Config::new("fewer", vec![upstream(&names[..names.len() - 1])]));
            faults.push(Fault {
                at: REMOVED_AT,
                lasts: END - REMOVED_AT,
                what: What::Reload {
                    config: "fewer".into(),
                },
            });
        }
        let drowns = fleet == "capacity" && matches!(way, "round-robin" | "ring" | "random");
        Scenario {
            network: Network {
                latency_min: self.hop,
                latency_max: 2 * self.hop,
                fragment: false,
            },
            behind: None,
            tunnels: None,
            workers: 1,
            configs,
            expectations: expectations(way, fleet, &names, drowns),
            replicas,
            load: Load {
                clients: 2,
                rate: self.rate as f64,
                constant: false,
                duration: END + SETTLE,
                timeout: Duration::from_secs(25),
                host: "shop.test".into(),
                asks: (0..KEYS).map(|key| Ask::get(&format!("/orders/{key}"))).collect(),
                connections: 5_000,
                schedule: None,
                arrivals: Vec::new(),
            },
            faults,
            heal: Heal {
                at: END,
                within: SETTLE / 2,
                at_least: if drowns { 0.0 } else { 0.999 },
            },
        }
    }

    fn replicas(&self, fleet: &str) -> Vec<Replica> {
        let [shortest, mean, longest] =
            [self.service / 2, self.service, self.service * 3 / 2].map(|time| time.as_micros());
        let behaviour = |place: usize| match fleet {
            "one-slow" if place == 0 => format!("latency=uniform:{}us..{}us", 3 * shortest, 3 * longest),
            "capacity" => {
                // three fifths busy when everybody gets what he can do
                let all: u32 = CAPACITIES.iter().sum();
                let busy = self.rate as f64 * self.service.as_secs_f64() / 0.6;
                let servers = (busy * f64::from(CAPACITIES[place]) / f64::from(all)).ceil() as u64;
                format!("latency=exp:{mean}us servers={servers}")
            }
            "heavy-tail" => format!("latency=pareto:min={}us,alpha=1.5,max=3s", mean / 3),
            _ => format!("latency=uniform:{shortest}us..{longest}us"),
        };
        let count = if fleet == "capacity" { CAPACITIES.len() } else { 4 };
        let replicas = (0..count).map(|place| Replica {
            name: format!("r{place}"),
            behaviour: behaviour(place),
            script: String::new(),
        });
        replicas.collect()
    }
}

fn lb(way: &str) -> Lb {
    match way {
        "round-robin" => Lb::RoundRobin,
        "weighted" => Lb::Weighted,
        "least-conn" => Lb::LeastConn,
        "p2c" => Lb::P2c,
        "ring" => Lb::RingHash {
            key: Key::Path,
            load_factor: Some(2.0),
        },
        _ => Lb::Random,
    }
}

/// Whoever can be told of capacities is; where there are none to tell of, weights show that shares are theirs.
fn weights(way: &str, fleet: &str) -> Vec<u32> {
    match (way, fleet) {
        ("weighted" | "least-conn" | "p2c", "capacity") => CAPACITIES.to_vec(),
        ("weighted", _) => vec![4, 3, 2, 1],
        _ => Vec::new(),
    }
}

fn expectations(way: &str, fleet: &str, names: &[&str], drowns: bool) -> Vec<Expectation> {
    let whole = Window::new(Duration::ZERO, END);
    let mut all = Vec::new();
    if !drowns {
        all.push(Expectation::success(whole, 1.0, 1.0));
    }
    if way == "weighted" {
        let weights = names.iter().zip(weights(way, fleet));
        all.push(Expectation::Shares {
            window: whole,
            weights: weights.map(|(name, weight)| ((*name).into(), weight)).collect(),
            within: 0.01,
        });
    }
    let gap = |at_least, at_most| Expectation::Gap {
        window: whole,
        at_least,
        at_most,
    };
    match (way, fleet) {
        ("p2c", "equal" | "heavy-tail") => all.push(gap(0.0, GAP)),
        ("random", "equal") => all.push(gap(2.0 * GAP, f64::from(u32::MAX))),
        ("ring", _) => all.push(Expectation::KeysMoved {
            at: REMOVED_AT,
            gone: names.last().map_or(String::new(), |name| (*name).into()),
            at_most: 1.0 / names.len() as f64 + RING_MORE,
            needless: NEEDLESS,
        }),
        _ => {}
    }
    all
}
