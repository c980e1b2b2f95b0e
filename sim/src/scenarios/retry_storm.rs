//! `retry-storm` in small: how much does a naive retry policy add to the load while a replica is down?
//!
//! Three equal replicas behind round-robin, an open-model load, and one replica that is killed with requests in
//! hand and started again later. Without retries a third of the requests fail meanwhile and nothing is
//! amplified. With naive retries the failures vanish and amplification lies between 4/3 (every third request costs
//! a second attempt) and 3/2 (each retry also uses up a turn of the round-robin, so that every second request
//! meets the dead one), give or take the noise of some hundred requests. Both must be back to normal once
//! the replica is.

use super::config::{Config, Upstream};
use super::expectation::{Expectation, Window};
use super::fault::{Fault, What};
use super::knobs::Knobs;
use super::model::{Ask, Heal, Load, Network, Replica, Scenario, Variant};
use std::time::Duration;

const REPLICAS: u64 = 3;

/// On both sides of a change: longer than any request takes, so that beyond it none was caught by the change.
const SETTLE: Duration = Duration::from_millis(500);

/// How long the load goes on after that.
const NORMAL_AFTER: Duration = Duration::from_secs(2);

pub(super) fn build(knobs: &mut Knobs) -> Vec<Variant> {
    let ms = Duration::from_millis;
    // rate and service time are such that the victim has ten requests in hand or more, on average, when it is killed
    let retries = knobs.mode("retries", &["both", "off", "naive"]);
    let story = Story {
        rate: knobs.integer("rate", 200..=300),
        clients: knobs.integer("clients", 1..=3),
        service: knobs.time("service", ms(150)..=ms(200)),
        hop: knobs.time("hop", ms(1)..=ms(3)),
        victim: knobs.integer("victim", 0..=REPLICAS - 1),
        crash_at: knobs.time("crash_at", ms(1_500)..=ms(2_500)),
        down_for: knobs.time("down_for", ms(2_500)..=ms(3_500)),
        fragment: knobs.integer("fragment", 0..=1) == 1,
    };
    ["off", "naive"]
        .into_iter()
        .filter(|variant| retries == "both" || retries == *variant)
        .map(|variant| Variant {
            name: format!("retries={variant}"),
            scenario: story.scenario(variant == "naive"),
        })
        .collect()
}

struct Story {
    rate: u64,
    clients: u64,
    service: Duration,
    hop: Duration,
    victim: u64,
    crash_at: Duration,
    down_for: Duration,
    fragment: bool,
}

impl Story {
    fn scenario(&self, naive: bool) -> Scenario {
        let [shortest, longest] =
            [self.service / 2, self.service * 3 / 2].map(|d| format!("{}us", d.as_micros()));
        let replicas = (0..REPLICAS).map(|index| Replica {
            name: format!("r{index}"),
            behaviour: format!("latency=uniform:{shortest}..{longest} body=256B"),
            script: String::new(),
        });
        let victim = format!("r{}", self.victim);
        Scenario {
            network: Network {
                latency_min: self.hop,
                latency_max: 3 * self.hop,
                fragment: self.fragment,
            },
            configs: vec![config(naive)],
            replicas: replicas.collect(),
            load: self.load(),
            faults: vec![Fault {
                at: self.crash_at,
                lasts: self.down_for,
                what: What::Crash { host: victim.clone() },
            }],
            heal: Heal {
                at: self.back_at(),
                within: SETTLE,
                at_least: 0.999,
            },
            expectations: self.expectations(naive, victim),
        }
    }

    fn back_at(&self) -> Duration {
        self.crash_at + self.down_for
    }

    fn end(&self) -> Duration {
        self.back_at() + SETTLE + NORMAL_AFTER
    }

    fn load(&self) -> Load {
        Load {
            clients: self.clients as usize,
            rate: self.rate as f64,
            constant: false,
            duration: self.end(),
            timeout: Duration::from_secs(5),
            host: "shop.test".into(),
            asks: vec![Ask::get("/orders")],
            connections: 300,
            arrivals: Vec::new(),
        }
    }

    fn expectations(&self, naive: bool, victim: String) -> Vec<Expectation> {
        let before = Window::new(Duration::ZERO, self.crash_at - SETTLE);
        let down = Window::new(self.crash_at + SETTLE, self.back_at() - SETTLE);
        let after = Window::new(self.back_at() + SETTLE, self.end());
        let whole = Window::new(Duration::ZERO, self.end() + Duration::from_secs(60));
        let mut all = vec![
            Expectation::InFlightAtCrash {
                host: victim,
                at_least: 1,
            },
            Expectation::Success {
                window: before,
                at_least: 1.0,
                at_most: 1.0,
            },
        ];
        if naive {
            all.push(Expectation::Amplification {
                window: down,
                at_least: 1.2,
                at_most: 1.5,
            });
            all.push(Expectation::Success {
                window: down,
                at_least: 0.999,
                at_most: 1.0,
            });
        } else {
            all.push(Expectation::Amplification {
                window: whole,
                at_least: 1.0,
                at_most: 1.0,
            });
            all.push(Expectation::Success {
                window: down,
                at_least: 0.55,
                at_most: 0.78,
            });
        }
        all.push(Expectation::Recovers {
            window: after,
            at_least: 0.999,
        });
        all
    }
}

fn config(naive: bool) -> Config {
    let upstream = Upstream {
        retries: if naive { 2 } else { 0 },
        ..Upstream::new("orders", &["r0", "r1", "r2"])
    };
    Config::new("main", vec![upstream])
}
