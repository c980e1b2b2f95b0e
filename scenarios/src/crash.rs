//! `crash`: what do clients see of a replica that is killed with requests in hand, and comes back?
//!
//! Three equal replicas behind round-robin, an open-model load of half GET and half POST, and one replica that is
//! killed and started again later.
//!
//! - Without retries every third request fails meanwhile, and nothing is amplified.
//! - With two retries of what is idempotent no GET ever fails: of what the dead one had in hand GETs are sent again,
//!   and what finds nobody listening did no harm yet, whatever its method. So of the POSTs only those fail that
//!   were in its hands, which the gateway must not send twice. Attempts per request lie between 4/3 (every third
//!   request costs a second attempt) and 3/2 (each retry also uses up a turn of the round-robin, so that every
//!   second request meets the dead one), give or take the noise of some hundred requests.
//!
//! Both must be back to normal half a second after the replica is.

use super::config::{Config, Upstream};
use super::expectation::{Expectation, Window};
use super::fault::{Fault, What};
use super::knobs::Knobs;
use super::model::{Ask, Heal, Load, Network, Replica, Scenario, Variant};
use std::time::Duration;

const REPLICAS: u64 = 3;

/// Places among the load's asks.
const GET: usize = 0;
const POST: usize = 1;

/// On both sides of a change: longer than any request takes, so that beyond it none was caught by the change.
const SETTLE: Duration = Duration::from_millis(500);

/// How long the load goes on after that.
const NORMAL_AFTER: Duration = Duration::from_secs(2);

/// What is compared, each by its retries.
const VARIANTS: [(&str, u8); 2] = [("retries=0", 0), ("retries=2", 2)];

pub(super) fn build(knobs: &mut Knobs) -> Vec<Variant> {
    let ms = Duration::from_millis;
    // rate and service time are such that the victim has ten requests in hand or more, on average, when it is killed
    let retries = knobs.mode("retries", &["both", "0", "2"]);
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
    VARIANTS
        .into_iter()
        .filter(|(_, count)| retries == "both" || retries == count.to_string())
        .map(|(name, count)| Variant {
            name: name.into(),
            scenario: story.scenario(count),
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
    fn scenario(&self, retries: u8) -> Scenario {
        let [shortest, longest] =
            [self.service / 2, self.service * 3 / 2].map(|d| format!("{}us", d.as_micros()));
        let replicas = (0..REPLICAS).map(|index| Replica {
            name: format!("r{index}"),
            behaviour: format!("latency=uniform:{shortest}..{longest} body=256B"),
            script: String::new(),
        });
        let victim = format!("r{}", self.victim);
        let upstream = Upstream {
            retries,
            ..Upstream::new("orders", &["r0", "r1", "r2"])
        };
        Scenario {
            network: Network {
                latency_min: self.hop,
                latency_max: 3 * self.hop,
                fragment: self.fragment,
            },
            behind: None,
            tunnels: None,
            workers: 1,
            configs: vec![Config::new("main", vec![upstream])],
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
            expectations: self.expectations(retries > 0, victim),
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
            asks: vec![Ask::get("/orders"), Ask::post("/orders")],
            connections: 300,
            schedule: None,
            arrivals: Vec::new(),
        }
    }

    fn expectations(&self, with_retries: bool, victim: String) -> Vec<Expectation> {
        let whole = Window::new(Duration::ZERO, self.end() + Duration::from_secs(60));
        let before = Window::new(Duration::ZERO, self.crash_at - SETTLE);
        let caught = Window::new(self.crash_at - SETTLE, self.crash_at + SETTLE);
        let down = Window::new(self.crash_at + SETTLE, self.back_at() - SETTLE);
        let after = Window::new(self.back_at() + SETTLE, self.end());
        let (success, amplification) = (Expectation::success, Expectation::amplification);
        let mut all = vec![
            Expectation::InFlightAtCrash {
                host: victim,
                at_least: 1,
            },
            success(before, 1.0, 1.0),
        ];
        all.extend(match with_retries {
            true => vec![
                success(whole.of(GET), 1.0, 1.0),
                // a third of what comes in the longest service time is in its hands, of a whole second's
                success(caught.of(POST), 0.85, 1.0),
                success(down.of(POST), 1.0, 1.0),
                amplification(down, 1.2, 1.5),
            ],
            false => vec![amplification(whole, 1.0, 1.0), success(down, 0.55, 0.78)],
        });
        all.push(Expectation::Recovers {
            window: after,
            at_least: 0.999,
        });
        all
    }
}
