//! `containment`: one upstream falls sick; does its neighbour feel it, and is the sick one spared?
//!
//! Two upstreams share the gateway. For ten seconds `payments` takes 200 ms and answers three requests of ten with 503; `catalog` is
//! healthy throughout, and its clients must not notice: nobody fails, each is sent there once, and their p99 stays what a normal answer takes.
//!
//! What reaches `payments` is counted per request for payments: which of the two a request is for is a coin's, and no matter of a breaker's.
//!
//! - `none`: every request for payments is sent there, of which seven in ten succeed; there is one attempt per request, exactly.
//! - `breaker`: it opens when a fifth of at least ten are errors, for half a second at first, and five probes have to be good,
//!   which with three errors in ten happens in one round of six. So of payments' requests most are refused at once: those in the
//!   closed time before enough has been seen (ten, and what is in flight then: 80/s × 0.2 s = 16) and five for each round, over
//!   cycles of some seconds. Less than half get there, and less than half succeed.
//! - `slow`: a breaker that counts answers slower than 100 ms too, and opens at a fifth of them. A normal one takes 60 ms at most, and everyone of the sick takes longer: of those that
//!   came back within the last second they are a fifth as soon as 0.36 seconds after `payments` fell sick, since the first of them come after 0.2 and then take the place of four
//!   others in 0.16. Errors are three of ten of these and need 0.73 seconds for the same, and by chance longer (see below). No probe is good while it is sick: of
//!   requests for payments next to nothing gets there.
//! - `bulkhead`: no breaker, and 16 requests of payments in flight at most, where 60 to 80 a second that take 0.2 seconds, and the way, would be 12 to 17 on average: some are refused
//!   at once, a fifteenth to a fifth of them by Erlang's formula, and seven of ten of the others succeed. While it is well four are in flight, and 16 never are.
//! - `well`: with that breaker, and nobody falls sick: what `catalog`'s clients notice is what they notice beyond this.
//!
//! **How late the breaker can be.** t seconds after the beginning, 0.2 < t < 1.2, some 0.8·λ answers of payments came back within the last second, of which (t − 0.2)·λ are of the
//! sick and three tenths of those errors: a fifth of all where t − 0.2 = 0.53. Later than a second is a run in which at t = 1 less than a fifth of 0.8·λ = 56 are errors (λ = 70): of 56 with p = 0.3
//! 11 or less are, by the binomial distribution, in one run of seventeen. From t = 1.2 on there are λ answers, all of the sick, and less than a fifth of 70 are errors one time in forty-six. With a breaker for each replica there
//! are half as many answers, and chance is greater. So it is chance, and not the window.
//!
//! When it is well again the breaker has let probes through after two seconds and a tenth at the latest, and all is as before.

use super::breaker::{Breaks, Slow};
use super::config::{Config, Upstream};
use super::expectation::{Expectation, Window};
use super::fault::{Fault, What};
use super::knobs::Knobs;
use super::model::{Ask, Heal, Load, Network, Replica, Scenario, Variant};
use std::time::Duration;

const PAYMENTS: [&str; 2] = ["payments0", "payments1"];
const CATALOG: [&str; 2] = ["catalog0", "catalog1"];

/// Places among the load's asks.
const PAYMENTS_ASK: usize = 0;
const CATALOG_ASK: usize = 1;

const SICK_AT: Duration = Duration::from_secs(2);
const SICK_FOR: Duration = Duration::from_secs(10);

/// The longest open time, a round of probes and what is in hand.
const SETTLE: Duration = Duration::from_secs(4);
const NORMAL_AFTER: Duration = Duration::from_secs(3);

const PATIENCE: Duration = Duration::from_secs(3);

/// Network there and back four times, and the ticks in which who received something takes his turn.
const HOPS_AND_TICKS: u32 = 8;

const ROWS: [&str; 5] = ["none", BREAKER, SLOW, BULKHEAD, "well"];
const BREAKER: &str = "breaker";
const SLOW: &str = "slow";
const BULKHEAD: &str = "bulkhead";

/// No normal answer takes as long, and every one of the sick longer.
const SLOW_AFTER: Duration = Duration::from_millis(100);

/// In flight, where that is felt.
const IN_FLIGHT_MAX: usize = 16;

pub(super) fn build(knobs: &mut Knobs) -> Vec<Variant> {
    let ms = Duration::from_millis;
    let is_played = knobs.which("policy", &ROWS);
    let story = Story {
        rate: knobs.integer("rate", 120..=160),
        clients: knobs.integer("clients", 1..=3) as usize,
        service: knobs.time("service", ms(10)..=ms(40)),
        hop: knobs.time("hop", ms(1)..=ms(3)),
        per_replica: knobs.mode("scope", &["upstream", "replica"]) == "replica",
    };
    let played = ROWS.into_iter().filter(|row| is_played(row));
    played
        .map(|row| Variant {
            name: row.into(),
            scenario: story.scenario(row, row != "well"),
        })
        .collect()
}

struct Story {
    rate: u64,
    clients: usize,
    service: Duration,
    hop: Duration,
    per_replica: bool,
}

impl Story {
    fn scenario(&self, row: &str, is_sick: bool) -> Scenario {
        let [shortest, longest] = [self.service / 2, self.longest()].map(|d| format!("{}us", d.as_micros()));
        let replicas = PAYMENTS.iter().chain(&CATALOG).map(|name| Replica {
            name: (*name).into(),
            behaviour: format!("latency=uniform:{shortest}..{longest} body=1KiB"),
            script: String::new(),
        });
        let plain = Upstream::new("payments", &PAYMENTS);
        let payments = Upstream {
            breaker: (!["none", BULKHEAD].contains(&row)).then(|| self.breaks(row == SLOW)),
            ..match row {
                BULKHEAD => Upstream {
                    in_flight_max: IN_FLIGHT_MAX,
                    pending_max: IN_FLIGHT_MAX,
                    ..plain
                },
                _ => plain,
            }
        };
        let fault = |what| Fault {
            at: SICK_AT,
            lasts: SICK_FOR,
            what,
        };
        let faults = PAYMENTS.iter().flat_map(|host| {
            let (slow, failing) = ((*host).into(), (*host).into());
            let latency = "200ms".into();
            [
                fault(What::UpstreamSlow { host: slow, latency }),
                fault(What::UpstreamErrors {
                    host: failing,
                    share: 0.3,
                }),
            ]
        });
        Scenario {
            network: Network {
                latency_min: self.hop,
                latency_max: 2 * self.hop,
                fragment: false,
            },
            behind: None,
            tunnels: None,
            workers: 1,
            configs: vec![Config::new(
                "main",
                vec![payments, Upstream::new("catalog", &CATALOG)],
            )],
            replicas: replicas.collect(),
            load: self.load(),
            faults: faults.filter(|_| is_sick).collect(),
            heal: Heal {
                at: SICK_AT + SICK_FOR,
                within: SETTLE,
                at_least: 1.0,
            },
            expectations: match is_sick {
                true => self.expectations(row),
                false => self.expectations_of_the_well(),
            },
        }
    }

    fn breaks(&self, of_slow: bool) -> Breaks {
        Breaks {
            slow: of_slow.then_some(Slow {
                after: SLOW_AFTER,
                ratio: 0.2,
            }),
            per_replica: self.per_replica,
            ..Breaks::soon()
        }
    }

    fn load(&self) -> Load {
        Load {
            clients: self.clients,
            rate: self.rate as f64,
            constant: false,
            duration: SICK_AT + SICK_FOR + SETTLE + NORMAL_AFTER,
            timeout: PATIENCE,
            host: "shop.test".into(),
            asks: vec![Ask::get("/payments"), Ask::get("/catalog")],
            // half the load for 200 ms, many times over
            connections: 200,
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

    fn expectations_of_the_well(&self) -> Vec<Expectation> {
        let whole = Window::new(Duration::ZERO, Duration::from_secs(60));
        vec![
            Expectation::success(whole, 1.0, 1.0),
            Expectation::amplification(whole, 1.0, 1.0),
            self.is_normal(self.sick().of(CATALOG_ASK)),
            self.is_normal(self.sick().of(PAYMENTS_ASK)),
        ]
    }

    /// A request of the moment of change may be on its way to the replica.
    fn sick(&self) -> Window {
        let change = Duration::from_millis(500);
        Window::new(SICK_AT + change, SICK_AT + SICK_FOR - change)
    }

    fn is_normal(&self, window: Window) -> Expectation {
        Expectation::P99 {
            window,
            at_least_ms: 0,
            at_most_ms: self.normal_ms(),
        }
    }

    fn expectations(&self, row: &str) -> Vec<Expectation> {
        let heal = SICK_AT + SICK_FOR;
        let whole = Window::new(Duration::ZERO, Duration::from_secs(60));
        // a request of the moment of change may be on its way to the replica
        let before = Window::new(Duration::ZERO, SICK_AT - Duration::from_millis(500));
        let sick = self.sick();
        let after = Window::new(heal + SETTLE, heal + SETTLE + NORMAL_AFTER);
        let mut all = vec![
            Expectation::success(before, 1.0, 1.0),
            Expectation::success(whole.of(CATALOG_ASK), 1.0, 1.0),
            self.is_normal(sick.of(CATALOG_ASK)),
            self.is_normal(after.of(PAYMENTS_ASK)),
            Expectation::Recovers {
                window: after,
                at_least: 1.0,
            },
        ];
        let payments = sick.of(PAYMENTS_ASK);
        let (success, attempts) = match row {
            BREAKER => ((0.02, 0.5), (0.02, 0.5)),
            SLOW => ((0.0, 0.1), (0.005, 0.2)),
            BULKHEAD => ((0.45, 0.75), (0.6, 1.02)),
            _ => ((0.6, 0.8), (0.98, 1.02)),
        };
        all.extend([
            Expectation::success(payments, success.0, success.1),
            Expectation::amplification(payments, attempts.0, attempts.1),
            Expectation::amplification(sick.of(CATALOG_ASK), 0.98, 1.02),
        ]);
        all
    }
}
