//! `retry-storm`: can retries keep an overload alive whose cause is gone?
//!
//! Three replicas with two servers each, a line before them, and an offered load that is constant and well below what
//! they can do: utilisation ρ is 65 % to 75 %. For ten seconds they slow down, so that the same load asks for
//! r = 130 % to 150 % of them. A request that was given up still takes its service time, as in life.
//!
//! **Without retries** the line grows by r − 1 seconds of work a second, and from then on shrinks by 1 − ρ: it is empty
//! 10·(r − 1)/(1 − ρ) seconds after the cause is gone, that is after 9 to 20 seconds. Five seconds more are allowed for.
//!
//! **With retries** an attempt is given up after 500 ms. As soon as the line is longer than that, which takes
//! 0.5/(r − 1) ≤ 1.7 seconds, every attempt is in vain and costs a service time all the same. Naively repeated
//! (thrice, whatever the method) a request costs four of them: the load is 4ρ ≥ 260 % for good. Only what is idempotent,
//! half of all: 2.5ρ ≥ 160 %. Both are above 100 %, so the line grows for ever and nobody is served in time, although
//! the replicas are as quick as before: the state is metastable (Bronson et al., 2021). It is the cause that
//! heals, not the system; so nothing is asked of the liveness phase, and that it does *not* recover is what is expected.
//!
//! **With a budget** of a tenth, and one retry a second, a request costs at most s = 1.11 attempts on average whatever fails, so
//! the load is sρ ≤ 84 % once the cause is gone: the line grows by rs − 1 and shrinks by 1 − sρ, and is empty after at most 40
//! seconds.
//!
//! **With a breaker as well** (`full`) the line is never much longer than an attempt waits: when it is longer than 500 ms attempts fail, and once a fifth of those
//! of a second have failed nobody is sent there for half a second, or, where a round of probes fails, for a second and then two, and a tenth more at most; meanwhile the line shrinks
//! by a second of work a second. What the cause leaves behind is a closed door, for 2.2 seconds at most, and five probes, of which each has to be answered. Five seconds are more
//! than twice that: enough for a round of probes that met what was left of the line.
//!
//! **With `trigger=kill`** the same replicas are killed for ten seconds. A refused connection fails at once: each naive
//! request costs exactly four attempts, but these store up no work anywhere, and all is well as soon as they are back.
//! What makes a storm is not failing but waiting.

use super::config::Config;
use super::expectation::{Expectation, Window};
use super::fault::{Fault, What};
use super::knobs::Knobs;
use super::model::{Ask, Heal, Load, Network, Replica, Scenario, Variant};
use super::policies::{REPLICAS, ROWS, Row, SERVERS, TIMEOUT, upstream};
use std::time::Duration;

const TRIGGER_FOR: Duration = Duration::from_secs(10);
/// So long after the trigger it is looked at what became of it.
const LATER: Duration = Duration::from_secs(60);
const LOOK_FOR: Duration = Duration::from_secs(5);

/// For a request that was on its way at a change.
const SETTLE: Duration = Duration::from_secs(3);
/// Twice a breaker's longest open time, and rounds of probes.
const REOPENED: Duration = Duration::from_secs(5);
/// For what queueing theory leaves to chance.
const MARGIN: Duration = Duration::from_secs(5);

pub(super) fn build(knobs: &mut Knobs) -> Vec<Variant> {
    let ms = Duration::from_millis;
    let is_played = knobs.which("policy", &ROWS.map(|row| row.name));
    let story = Story {
        kill: knobs.mode("trigger", &["slow", "kill"]) == "kill",
        rate: knobs.integer("rate", 100..=130),
        clients: knobs.integer("clients", 1..=3) as usize,
        busy_percent: knobs.integer("busy_percent", 65..=75),
        slowed_percent: knobs.integer("slowed_percent", 130..=150),
        hop: knobs.time("hop", ms(1)..=ms(2)),
        trigger_at: knobs.time("trigger_at", ms(4_000)..=ms(6_000)),
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
    kill: bool,
    rate: u64,
    clients: usize,
    /// ρ.
    busy_percent: u64,
    /// r.
    slowed_percent: u64,
    hop: Duration,
    trigger_at: Duration,
}

impl Story {
    fn scenario(&self, row: &Row) -> Scenario {
        let replicas = REPLICAS.map(|name| Replica {
            name: name.into(),
            behaviour: format!(
                "latency={} servers={SERVERS} body=64B",
                self.service(self.busy_percent)
            ),
            script: String::new(),
        });
        let storms = row.storms && !self.kill;
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
            load: self.load(),
            faults: self.faults(),
            heal: Heal {
                at: self.healed_at(),
                within: self.recovers_within(row),
                at_least: if storms { 0.0 } else { 0.999 },
            },
            expectations: match self.kill {
                true => self.expect_of_kill(row),
                false => self.expect_of_slowness(row),
            },
        }
    }

    /// The service time with which the load keeps all servers busy so much of the time, as a stub's word.
    fn service(&self, percent: u64) -> String {
        let servers = REPLICAS.len() as u64 * SERVERS;
        let mean_us = percent * servers * 10_000 / self.rate;
        format!("uniform:{}us..{}us", mean_us / 2, mean_us * 3 / 2)
    }

    fn faults(&self) -> Vec<Fault> {
        let what = |host: &str| match self.kill {
            true => What::Crash { host: host.into() },
            false => What::UpstreamSlow {
                host: host.into(),
                latency: self.service(self.slowed_percent),
            },
        };
        let fault = |host: &&str| Fault {
            at: self.trigger_at,
            lasts: TRIGGER_FOR,
            what: what(host),
        };
        REPLICAS.iter().map(fault).collect()
    }

    fn load(&self) -> Load {
        Load {
            clients: self.clients,
            rate: self.rate as f64,
            constant: true,
            duration: self.healed_at() + LATER + LOOK_FOR,
            timeout: 2 * TIMEOUT,
            host: "shop.test".into(),
            asks: vec![Ask::get("/orders"), Ask::post("/orders")],
            // twice what is on its way when everything takes the whole timeout
            connections: 700,
            schedule: None,
            arrivals: Vec::new(),
        }
    }

    fn healed_at(&self) -> Duration {
        self.trigger_at + TRIGGER_FOR
    }

    /// Until the line is empty, and a margin.
    fn recovers_within(&self, row: &Row) -> Duration {
        if row.breaks {
            return REOPENED;
        }
        if self.kill || row.storms {
            return SETTLE;
        }
        let [slowed, busy] = [self.slowed_percent, self.busy_percent]
            .map(|percent| percent as f64 / 100.0 * row.attempts_most);
        let ms = TRIGGER_FOR.as_millis() as f64 * (slowed - 1.0) / (1.0 - busy);
        Duration::from_millis(ms.ceil() as u64) + MARGIN
    }

    fn trigger(&self) -> Window {
        Window::new(self.trigger_at, self.healed_at())
    }

    fn before(&self) -> Expectation {
        let window = Window::new(Duration::ZERO, self.trigger_at - SETTLE);
        Expectation::success(window, 1.0, 1.0)
    }

    /// Exactly one attempt per request over the whole run, where there are no retries.
    fn one_each(&self, row: &Row) -> Option<Expectation> {
        let window = Window::new(Duration::ZERO, self.load().duration + Duration::from_secs(60));
        (row.retries == 0).then(|| Expectation::amplification(window, 1.0, 1.0))
    }

    /// Of a window of about ten seconds: requests of the ten before it pay, too.
    fn within_budget(&self, row: &Row, window: Window) -> Option<Expectation> {
        let most = 2.0 * row.attempts_most - 1.0;
        row.budget
            .then(|| Expectation::amplification(window, row.attempts_slowed, most + 0.02))
    }

    fn recovers(&self, row: &Row) -> Expectation {
        Expectation::Recovers {
            window: Window::new(self.healed_at() + self.recovers_within(row), self.load().duration),
            at_least: 0.999,
        }
    }

    fn expect_of_slowness(&self, row: &Row) -> Vec<Expectation> {
        let mut all = vec![self.before()];
        all.extend(self.one_each(row));
        if !row.storms {
            all.extend(self.within_budget(row, self.trigger()));
            all.push(self.recovers(row));
            return all;
        }
        // requests from before the window can have attempts in it
        all.push(Expectation::amplification(
            self.trigger(),
            row.attempts_slowed,
            row.attempts_most + 0.1,
        ));
        let later = self.healed_at() + LATER;
        let later = Window::new(later, later + LOOK_FOR);
        all.push(Expectation::amplification(
            later,
            row.attempts_most - 0.2,
            row.attempts_most + 0.2,
        ));
        // less than half of the success before, which was complete
        all.push(Expectation::success(later, 0.0, 0.5));
        all
    }

    fn expect_of_kill(&self, row: &Row) -> Vec<Expectation> {
        let settle = Duration::from_millis(500);
        let down = Window::new(self.trigger_at + settle, self.healed_at() - settle);
        let mut all = vec![self.before()];
        all.extend(self.one_each(row));
        if row.budget {
            all.extend(self.within_budget(row, down));
        } else {
            // nobody listens: nothing was sent, so that any method may be tried again
            let attempts = f64::from(row.retries) + 1.0;
            all.push(Expectation::amplification(down, attempts - 0.05, attempts + 0.05));
        }
        all.push(Expectation::success(down, 0.0, 0.0));
        all.push(self.recovers(row));
        all
    }
}
