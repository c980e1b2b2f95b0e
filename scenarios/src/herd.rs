//! `herd`: a dead upstream comes back while requests for it are waiting; who comes at once, and how many?
//!
//! Three replicas with 40 servers each; all that they can do is C a second, and ρ·C is offered, 55 % to 60 % of it, evenly. Clients do not
//! retry: what can pile up are requests that the gateway holds between attempts. A port of a dead process refuses at once, so that no request waits *for* it.
//!
//! **All three are killed** and come back together after five seconds.
//!
//! - `at-once`: ten retries without a wait. Eleven refusals take as many round trips, some 50 ms; then the request has failed. Nothing is left when
//!   the replicas are back, and nothing was saved: no herd, and no success meanwhile.
//! - `backoff`: the same with waits up to 100 ms, doubling, up to a second (full jitter). A request lives for 50 + 100 + 200 + 400 + 6 · 500 = 3750 ms on average
//!   before it gives up, so that 3.75·ρ·C of them wait when the replicas are back, and come within the longest wait, which is a second. With those that are new the
//!   first second carries 4.75·ρ·C ≥ 2.6·C, give or take a tenth. Nobody gives up before ten seconds are over, so that the line is served:
//!   (4.75·ρ − 1)/(1 − ρ) ≤ 4.7 seconds later all is well.
//! - `budget`: the same within a budget of a fifth of requests, and three a second. Who may not retry has failed at once, so that next to nobody waits; the first
//!   second carries what is new, and a fifth, and what three a second have saved up in ten.
//! - `breaker`: the waits of `backoff`, and a breaker. A retry is not made past an open one: whoever wakes up has failed. It probes when its time is over, three
//!   at first; the first second carries no more than what is new, and mostly less, because the breaker learns up to 2.2 seconds late that they are back.
//! - `full`: waits, budget, breaker, probes of health, and slow start. As it was for `breaker`. Slow start has no part in it: replicas that come back together share what comes as before.
//!
//! **One of three is killed**, and is cold when it comes back: its requests take three times as long for three seconds, so that it can do C/9. The others carry
//! on (1.5·ρ ≤ 90 % busy). Picked is who has the fewest in flight, and who comes back has none.
//!
//! - `one`: so it gets every request until it has as many as the others. These have 60·ρ ≥ 33 each and lose half as many as it gets meanwhile: two thirds of that, 22 requests
//!   within a fifth of a second, are as many as it can do in a whole one. Then all three have as many, of which it does a seventh: in two seconds, of which it is known to be back for one and a half to
//!   one and three quarters, it gets 15 % to 20 % of all.
//! - `one-slow-start`: its share begins with a tenth and is all after five seconds; a tenth to a third of what the others have in hand, and it does not finish much of that: 5 % to 9 % of all.
//!
//! That it is back, probes of health tell, the second good one of which comes half a second later at most.

use super::again::{Again, Backoff, Budget};
use super::balance::Lb;
use super::breaker::Breaks;
use super::config::{Config, Upstream};
use super::expectation::{Expectation, Window};
use super::fault::{Fault, What};
use super::health::Probes;
use super::knobs::Knobs;
use super::model::{Ask, Heal, Load, Network, Replica, Scenario, Variant};
use std::time::Duration;

const REPLICAS: [&str; 3] = ["r0", "r1", "r2"];
/// Each replica's.
const SERVERS: u64 = 40;

const DOWN_FOR: Duration = Duration::from_secs(5);
/// How long a replica that was alone is slow when it is back, and how much.
const COLD_FOR: Duration = Duration::from_secs(3);
const COLD: u64 = 3;
const SLOW_START: Duration = Duration::from_secs(5);

const RETRIES: u8 = 10;
const TIMEOUT: Duration = Duration::from_secs(10);

/// Until the line is empty, its last request is answered, and a margin.
const RECOVERED: Duration = Duration::from_secs(7);
const NORMAL_AFTER: Duration = Duration::from_secs(2);
/// The longest that a request takes at a replica, and more.
const SETTLE: Duration = Duration::from_secs(1);

/// One policy, and what it meets. A policy more is a row more.
#[derive(Default)]
struct Row {
    name: &'static str,
    waits: bool,
    budget: bool,
    breaks: bool,
    /// Replicas are probed.
    health: bool,
    slow_start: bool,
    /// One of them is killed, and not all.
    one: bool,
}

/// Every row.
fn rows() -> [Row; 7] {
    let of = |name| Row {
        name,
        waits: true,
        ..Row::default()
    };
    [
        Row {
            waits: false,
            ..of("at-once")
        },
        of("backoff"),
        Row {
            budget: true,
            ..of("budget")
        },
        Row {
            breaks: true,
            ..of("breaker")
        },
        Row {
            budget: true,
            breaks: true,
            health: true,
            slow_start: true,
            ..of("full")
        },
        Row {
            health: true,
            one: true,
            ..of("one")
        },
        Row {
            health: true,
            slow_start: true,
            one: true,
            ..of("one-slow-start")
        },
    ]
}

pub(super) fn build(knobs: &mut Knobs) -> Vec<Variant> {
    let ms = Duration::from_millis;
    let rows = rows();
    let names: Vec<_> = rows.iter().map(|row| row.name).collect();
    let is_played = knobs.which("policy", &names);
    let story = Story {
        rate: knobs.integer("rate", 110..=130),
        busy_percent: knobs.integer("busy_percent", 55..=60),
        clients: knobs.integer("clients", 1..=3) as usize,
        hop: knobs.time("hop", ms(1)..=ms(2)),
        crash_at: knobs.time("crash_at", ms(2_500)..=ms(3_500)),
    };
    let played = rows.iter().filter(|row| is_played(row.name));
    played
        .map(|row| Variant {
            name: row.name.into(),
            scenario: story.scenario(row),
        })
        .collect()
}

struct Story {
    rate: u64,
    /// ρ.
    busy_percent: u64,
    clients: usize,
    hop: Duration,
    crash_at: Duration,
}

impl Story {
    fn scenario(&self, row: &Row) -> Scenario {
        let replicas = REPLICAS.map(|name| Replica {
            name: name.into(),
            behaviour: format!("latency={} servers={SERVERS} body=64B", self.service(1)),
            script: String::new(),
        });
        let healed_at = match row.one {
            true => self.back_at() + COLD_FOR,
            false => self.back_at(),
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
            configs: vec![Config::new("main", vec![upstream(row)])],
            replicas: replicas.to_vec(),
            load: Load {
                clients: self.clients,
                rate: self.rate as f64,
                constant: true,
                duration: healed_at + RECOVERED + NORMAL_AFTER,
                timeout: TIMEOUT + SETTLE,
                host: "shop.test".into(),
                asks: vec![Ask::get("/orders")],
                // what comes in the whole timeout, and more than half again
                connections: 2_000,
                schedule: None,
                arrivals: Vec::new(),
            },
            faults: self.faults(row),
            heal: Heal {
                at: healed_at,
                within: RECOVERED,
                at_least: 0.999,
            },
            expectations: self.expectations(row),
        }
    }

    /// The service time with which the load keeps all servers busy so much of the time, or so many times that, as a stub's word.
    fn service(&self, times: u64) -> String {
        let servers = REPLICAS.len() as u64 * SERVERS;
        let mean_us = times * self.busy_percent * servers * 10_000 / self.rate;
        format!("uniform:{}us..{}us", mean_us / 2, mean_us * 3 / 2)
    }

    fn back_at(&self) -> Duration {
        self.crash_at + DOWN_FOR
    }

    fn faults(&self, row: &Row) -> Vec<Fault> {
        let crash = |host: &&str| Fault {
            at: self.crash_at,
            lasts: DOWN_FOR,
            what: What::Crash { host: (*host).into() },
        };
        let [.., last] = &REPLICAS;
        match row.one {
            false => REPLICAS.iter().map(crash).collect(),
            true => vec![
                crash(last),
                Fault {
                    at: self.back_at(),
                    lasts: COLD_FOR,
                    what: What::UpstreamSlow {
                        host: (*last).into(),
                        latency: self.service(COLD),
                    },
                },
            ],
        }
    }

    fn expectations(&self, row: &Row) -> Vec<Expectation> {
        let before = Window::new(Duration::ZERO, self.crash_at - SETTLE);
        let mut all = vec![Expectation::success(before, 1.0, 1.0)];
        let back_at = self.back_at();
        let first = Window::new(back_at, back_at + Duration::from_secs(1));
        if row.one {
            let whole = Window::new(Duration::ZERO, back_at + COLD_FOR + RECOVERED + NORMAL_AFTER);
            all.push(Expectation::success(whole, 0.999, 1.0));
            let (of_last, of_others) = if row.slow_start { (7, 93) } else { (17, 83) };
            let weights = [("r0", of_others), ("r1", of_others), ("r2", 2 * of_last)];
            all.push(Expectation::Shares {
                window: Window::new(back_at, back_at + Duration::from_secs(2)),
                weights: weights.map(|(name, weight)| (name.to_owned(), weight)).into(),
                within: 0.05,
            });
            return all;
        }
        // what they can do, per request that comes
        let capacity = 100.0 / self.busy_percent as f64;
        all.push(match row.waits && !row.budget && !row.breaks {
            true => Expectation::amplification(first, 4.25, 5.25),
            false => Expectation::amplification(first, 0.0, capacity),
        });
        // who comes later may be among the probes
        let down = Window::new(self.crash_at, back_at - SETTLE);
        if !row.waits || row.breaks {
            all.push(Expectation::success(down, 0.0, 0.02));
        }
        all.push(Expectation::Recovers {
            window: Window::new(back_at + RECOVERED, back_at + RECOVERED + NORMAL_AFTER),
            at_least: 0.999,
        });
        all
    }
}

fn upstream(row: &Row) -> Upstream {
    let ms = Duration::from_millis;
    Upstream {
        lb: Lb::LeastConn,
        retries: RETRIES,
        again: Again {
            backoff: row.waits.then(|| Backoff::new(100, 1_000)),
            budget: row.budget.then(Budget::usual),
            ..Again::default()
        },
        timeout: TIMEOUT,
        breaker: row.breaks.then(|| Breaks {
            probes: 3,
            ..Breaks::soon()
        }),
        probes: row.health.then(|| Probes {
            // of its own accord the stub takes as long for it as for anything
            path: "/delay/5ms".into(),
            port: None,
            interval: ms(250),
            timeout: ms(200),
            unhealthy_after: 2,
            healthy_after: 2,
            statuses: [200, 299],
        }),
        slow_start: row.slow_start.then_some(SLOW_START),
        ..Upstream::new("orders", &REPLICAS)
    }
}
