//! `slow-upstream`: who feels it when one replica needs seconds, and what does a timeout per attempt buy?
//!
//! Two upstreams share the gateway: `orders`, of whose three replicas one slows down to seconds, and `cart`, whose
//! clients must not notice. Round-robin sends every third request for orders to the slow one.
//!
//! - `patient`: nothing gives up. All is answered; a third waits as long as the slow replica takes, and so does the p99.
//! - `fail-fast`: the route gives up after a second. Slow becomes failed: of three requests two succeed, exactly, for the
//!   round-robin is exact.
//! - `try-timeout`: an attempt is given up after 300 ms and made again elsewhere, once. All is answered, and the p99 is an
//!   attempt's timeout and a normal answer. A retry takes a turn of the round-robin too: of orders' attempts per
//!   request there are between 4/3 and 3/2, and one per request for cart, so that over both, which are asked for
//!   equally often, there are 7/6 to 5/4.
//!
//! In none does the neighbours' p99 leave what a normal answer takes.

use super::config::{Config, Upstream};
use super::expectation::{Expectation, Window};
use super::fault::{Fault, What};
use super::knobs::Knobs;
use super::model::{Ask, Heal, Load, Network, Replica, Scenario, Variant};
use std::time::Duration;

const ORDERS: [&str; 3] = ["orders0", "orders1", "orders2"];
const CART: [&str; 2] = ["cart0", "cart1"];

/// Places among the load's asks.
const ORDERS_ASK: usize = 0;
const CART_ASK: usize = 1;

/// The slow replica needs so long and up to a half more.
const SLOW: Duration = Duration::from_secs(2);
const SLOW_LONGEST: Duration = Duration::from_secs(3);

const SLOW_AT: Duration = Duration::from_secs(2);
const SLOW_FOR: Duration = Duration::from_secs(6);

/// What the slow replica still has in hand when it heals is done by then.
const SETTLE: Duration = Duration::from_millis(3_500);
const NORMAL_AFTER: Duration = Duration::from_secs(3);

/// Beyond everything a request may take.
const PATIENCE: Duration = Duration::from_secs(5);
const FAIL_FAST: Duration = Duration::from_secs(1);
const TRY_TIMEOUT: Duration = Duration::from_millis(300);

/// Network there and back four times (client, gateway and replica connect and ask), and the ticks in which who
/// received something takes his turn.
const HOPS_AND_TICKS: u32 = 8;

/// One setting.
struct Row {
    name: &'static str,
    timeout: Duration,
    try_timeout: Option<Duration>,
}

const ROWS: [Row; 3] = [
    Row {
        name: "patient",
        timeout: PATIENCE,
        try_timeout: None,
    },
    Row {
        name: "fail-fast",
        timeout: FAIL_FAST,
        try_timeout: None,
    },
    Row {
        name: "try-timeout",
        timeout: PATIENCE,
        try_timeout: Some(TRY_TIMEOUT),
    },
];

pub(super) fn build(knobs: &mut Knobs) -> Vec<Variant> {
    let ms = Duration::from_millis;
    let is_played = knobs.which("policy", &ROWS.map(|row| row.name));
    let story = Story {
        rate: knobs.integer("rate", 100..=160),
        clients: knobs.integer("clients", 1..=3) as usize,
        service: knobs.time("service", ms(10)..=ms(40)),
        hop: knobs.time("hop", ms(1)..=ms(3)),
        victim: ORDERS[knobs.integer("victim", 0..=ORDERS.len() as u64 - 1) as usize],
    };
    ROWS.iter()
        .filter(|row| is_played(row.name))
        .map(|row| Variant {
            name: row.name.into(),
            scenario: story.scenario(row),
        })
        .collect()
}

struct Story {
    rate: u64,
    clients: usize,
    service: Duration,
    hop: Duration,
    victim: &'static str,
}

impl Story {
    fn scenario(&self, row: &Row) -> Scenario {
        let [shortest, longest] = [self.service / 2, self.longest()].map(|d| format!("{}us", d.as_micros()));
        let replicas = ORDERS.iter().chain(&CART).map(|name| Replica {
            name: (*name).into(),
            behaviour: format!("latency=uniform:{shortest}..{longest} body=1KiB"),
            script: String::new(),
        });
        let orders = Upstream {
            timeout: row.timeout,
            try_timeout: row.try_timeout,
            retries: u8::from(row.try_timeout.is_some()),
            ..Upstream::new("orders", &ORDERS)
        };
        let cart = Upstream {
            timeout: PATIENCE,
            ..Upstream::new("cart", &CART)
        };
        let slow = What::UpstreamSlow {
            host: self.victim.into(),
            latency: format!("uniform:{}ms..{}ms", SLOW.as_millis(), SLOW_LONGEST.as_millis()),
        };
        Scenario {
            network: Network {
                latency_min: self.hop,
                latency_max: 2 * self.hop,
                fragment: false,
            },
            behind: None,
            tunnels: None,
            workers: 1,
            configs: vec![Config::new("main", vec![orders, cart])],
            replicas: replicas.collect(),
            load: self.load(),
            faults: vec![Fault {
                at: SLOW_AT,
                lasts: SLOW_FOR,
                what: slow,
            }],
            heal: Heal {
                at: SLOW_AT + SLOW_FOR,
                within: SETTLE,
                at_least: 1.0,
            },
            expectations: self.expectations(row),
        }
    }

    fn load(&self) -> Load {
        Load {
            clients: self.clients,
            rate: self.rate as f64,
            constant: false,
            duration: SLOW_AT + SLOW_FOR + SETTLE + NORMAL_AFTER,
            timeout: PATIENCE + Duration::from_secs(1),
            host: "shop.test".into(),
            asks: vec![Ask::get("/orders"), Ask::get("/cart")],
            // a third of half the load for the longest service, thrice
            connections: 300,
            schedule: None,
            arrivals: Vec::new(),
        }
    }

    /// The longest a healthy replica takes.
    fn longest(&self) -> Duration {
        self.service * 3 / 2
    }

    /// The longest a healthy request takes, ms.
    fn normal_ms(&self) -> u64 {
        let hops = HOPS_AND_TICKS * (2 * self.hop + Duration::from_millis(1));
        (self.longest() + hops).as_millis() as u64
    }

    fn expectations(&self, row: &Row) -> Vec<Expectation> {
        let heal = SLOW_AT + SLOW_FOR;
        let whole = Window::new(Duration::ZERO, Duration::from_secs(60));
        // a request of the moment of change may be on its way to the replica
        let before = Window::new(Duration::ZERO, SLOW_AT - Duration::from_millis(500));
        let slow = Window::new(SLOW_AT, heal - Duration::from_millis(500));
        let after = Window::new(heal + SETTLE, heal + SETTLE + NORMAL_AFTER);
        let success = Expectation::success;
        let p99 = |window, at_least_ms, at_most_ms| Expectation::P99 {
            window,
            at_least_ms,
            at_most_ms,
        };
        let normal_ms = self.normal_ms();
        let mut all = vec![
            success(before, 1.0, 1.0),
            success(whole.of(CART_ASK), 1.0, 1.0),
            p99(slow.of(CART_ASK), 0, normal_ms),
            p99(before.of(ORDERS_ASK), 0, normal_ms),
            p99(after.of(ORDERS_ASK), 0, normal_ms),
            Expectation::Recovers {
                window: after,
                at_least: 1.0,
            },
        ];
        let orders = slow.of(ORDERS_ASK);
        let [slow_ms, longest_ms] = [SLOW, SLOW_LONGEST].map(|d| d.as_millis() as u64);
        let try_ms = TRY_TIMEOUT.as_millis() as u64;
        all.extend(match row.name {
            "patient" => vec![
                success(orders, 1.0, 1.0),
                p99(orders, slow_ms, longest_ms + normal_ms),
            ],
            // give or take one turn of some two hundred at each end
            "fail-fast" => vec![success(orders, 0.65, 0.685)],
            _ => vec![
                success(orders, 1.0, 1.0),
                p99(orders, try_ms, try_ms + normal_ms),
                Expectation::amplification(slow, 1.1, 1.3),
            ],
        });
        all
    }
}
