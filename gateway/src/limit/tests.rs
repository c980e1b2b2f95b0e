//! The limit in front of a queue: Poisson arrivals of all classes, `c` servers, exponential service, first come first served. Refused is
//! who finds no slot, and nobody comes back.

use super::*;
use proptest::prelude::*;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;
use world::Seed;

const PARAMS: Params = Params {
    min: 4,
    max: 1_000,
    start: 20,
    tolerance_percent: 125,
};

/// What came of one stretch of time.
#[derive(Debug, Default)]
struct Seen {
    done: u64,
    admitted: [u64; 4],
    refused: [u64; 4],
    limits: Vec<u32>,
    latencies: Vec<f64>,
}

impl Seen {
    fn mean_limit(&self) -> f64 {
        let sum: f64 = self.limits.iter().map(|limit| f64::from(*limit)).sum();
        sum / self.limits.len() as f64
    }

    fn quantile(&mut self, part: f64) -> f64 {
        self.latencies.sort_by(f64::total_cmp);
        let place = (self.latencies.len() as f64 * part) as usize;
        self.latencies.get(place).copied().unwrap_or(0.0)
    }
}

/// Times in seconds.
struct Model {
    rng: ChaCha8Rng,
    machine: Machine,
    servers: usize,
    /// Answers per second of one server.
    mu: f64,
    /// Of a slow route: its share, and how many times as long it takes.
    slow: (f64, f64),
    now: f64,
    looked: f64,
    totals: Totals,
    /// When they arrived.
    waiting: VecDeque<f64>,
    /// When they will be done and when they arrived, in nanoseconds.
    served: BinaryHeap<Reverse<(u64, u64)>>,
    turns: [u64; 4],
}

impl Model {
    fn new(seed: u64, servers: usize, mu: f64) -> Self {
        Self {
            rng: Seed(seed).child("overload").rng(),
            machine: Machine::new(PARAMS),
            servers,
            mu,
            slow: (0.0, 1.0),
            now: 0.0,
            looked: 0.0,
            totals: Totals::default(),
            waiting: VecDeque::new(),
            served: BinaryHeap::new(),
            turns: [0; 4],
        }
    }

    fn capacity(&self) -> f64 {
        self.servers as f64 * self.mu / (1.0 + self.slow.0 * (self.slow.1 - 1.0))
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        let u: f64 = self.rng.random();
        -libm::log(1.0 - u) * mean
    }

    fn held(&self) -> usize {
        self.waiting.len() + self.served.len()
    }

    fn serve(&mut self) {
        while self.served.len() < self.servers
            && let Some(came) = self.waiting.pop_front()
        {
            let is_slow = self.rng.random_bool(self.slow.0);
            let mean = if is_slow { self.slow.1 } else { 1.0 } / self.mu;
            let until = self.now + self.exponential(mean);
            self.served
                .push(Reverse(((until * 1e9) as u64, (came * 1e9) as u64)));
        }
    }

    /// So many arrivals a second for so many seconds; `classes` are their weights.
    fn run(&mut self, rate: f64, classes: [u32; 4], seconds: f64) -> Seen {
        let mut seen = Seen::default();
        let end = self.now + seconds;
        let mut arrival = self.now + self.exponential(1.0 / rate);
        loop {
            let next_done = self
                .served
                .peek()
                .map_or(f64::MAX, |Reverse((at, _))| *at as f64 / 1e9);
            self.now = arrival.min(next_done);
            if self.now >= end {
                self.now = end;
                return seen;
            }
            if next_done <= arrival {
                self.done(&mut seen);
            } else {
                self.arrives(classes, &mut seen);
                arrival = self.now + self.exponential(1.0 / rate);
            }
            self.serve();
            self.look(&mut seen);
        }
    }

    fn done(&mut self, seen: &mut Seen) {
        let Some(Reverse((_, came))) = self.served.pop() else {
            return;
        };
        let latency = self.now - came as f64 / 1e9;
        seen.done += 1;
        seen.latencies.push(latency);
        self.totals.samples += 1;
        self.totals.logs += log2_q10((latency * 1e6) as u64);
        self.totals.busy += self.held() as u64;
    }

    fn arrives(&mut self, classes: [u32; 4], seen: &mut Seen) {
        let drawn = self.rng.random_range(0..classes.iter().sum());
        let mut below = 0;
        let class = Priority::ALL.into_iter().find(|class| {
            below += classes[*class as usize];
            drawn < below
        });
        let class = class.expect("weights add up");
        let place = class as usize;
        let limit = self.machine.limit();
        let mut slots = class.slots(limit);
        if self.held() >= slots as usize {
            self.turns[place] += 1;
            if self.turns[place].is_multiple_of(TRICKLE) {
                slots = limit;
            }
        }
        if self.held() < slots as usize {
            seen.admitted[place] += 1;
            self.waiting.push_back(self.now);
        } else {
            seen.refused[place] += 1;
            self.totals.shed += 1;
        }
    }

    fn look(&mut self, seen: &mut Seen) {
        if self.now - self.looked >= LOOK_EVERY.as_secs_f64() {
            self.looked = self.now;
            let held = self.held() as u64;
            self.machine
                .look(Duration::from_secs_f64(self.now), self.totals, held);
            let limit = self.machine.limit();
            assert!((PARAMS.min..=PARAMS.max).contains(&limit), "{limit}");
            seen.limits.push(limit);
        }
    }
}

const NORMAL: [u32; 4] = [0, 0, 1, 0];
const MIXED: [u32; 4] = [1, 1, 1, 1];

/// Over many windows and some probes.
#[test]
fn it_converges_a_little_above_what_the_upstream_can_work_at() {
    for (servers, mu) in [
        (4, 50.0),
        (10, 100.0),
        (10, 5.0),
        (40, 100.0),
        (100, 20.0),
        (200, 200.0),
    ] {
        for load in [1.2, 2.0, 3.0] {
            let mut model = Model::new(servers as u64, servers, mu);
            let rate = load * model.capacity();
            model.run(rate, MIXED, 30.0_f64.max(600.0 / mu));
            let seconds = 20.0_f64.max(400.0 / mu);
            let mut seen = model.run(rate, MIXED, seconds);
            let c = servers as f64;
            let (limit, goodput) = (seen.mean_limit(), seen.done as f64 / seconds / model.capacity());
            // in service times, of which an answer that never waits has 4.6
            let p99 = seen.quantile(0.99) * mu;
            let told = format!(
                "c {servers} mu {mu} load {load}: limit {limit:.1} goodput {goodput:.3} p99 {p99:.1}"
            );
            assert!((c..=2.0 * c + 6.0).contains(&limit), "{told}");
            assert!(goodput >= if load < 2.0 { 0.85 } else { 0.9 }, "{told}");
            assert!(p99 < 7.0, "{told}");
        }
    }
}

#[test]
fn a_light_load_is_hardly_ever_refused() {
    for (servers, mu) in [(4, 50.0), (10, 100.0), (100, 20.0)] {
        for load in [0.2, 0.5, 0.7] {
            let mut model = Model::new(7, servers, mu);
            let rate = load * model.capacity();
            model.run(rate, NORMAL, 30.0);
            let seen = model.run(rate, NORMAL, 60.0);
            let (all, refused) = (seen.admitted[2] + seen.refused[2], seen.refused[2]);
            assert!(refused * 20 <= all, "c {servers} load {load}: {refused} of {all}");
        }
    }
}

#[test]
fn it_follows_a_capacity_that_falls_and_comes_back() {
    let mut model = Model::new(3, 40, 100.0);
    let rate = 2.0 * model.capacity();
    let before = model.run(rate, MIXED, 20.0).limits.pop().expect("looked");
    // a tenth of the servers is left
    model.servers = 4;
    model.run(rate, MIXED, 3.0);
    let seen = model.run(rate, MIXED, 3.0);
    assert!(seen.mean_limit() < 14.0, "{}", seen.mean_limit());
    assert!(seen.done as f64 > 0.85 * 3.0 * 400.0, "{}", seen.done);
    model.servers = 40;
    model.run(rate, MIXED, 3.0);
    let seen = model.run(rate, MIXED, 3.0);
    assert!(
        seen.done as f64 > 0.9 * 3.0 * 4_000.0,
        "{} after {before}",
        seen.done
    );
    // and every answer takes four times as long: another baseline, and the same limit
    model.mu = 25.0;
    model.run(rate, MIXED, 10.0);
    let seen = model.run(rate, MIXED, 10.0);
    assert!(seen.done as f64 > 0.85 * 10.0 * 1_000.0, "{}", seen.done);
    assert!((40.0..90.0).contains(&seen.mean_limit()), "{}", seen.mean_limit());
}

#[test]
fn a_slow_route_does_not_bring_it_down() {
    let mut model = Model::new(5, 100, 100.0);
    let rate = 0.5 * model.capacity();
    model.run(rate, NORMAL, 20.0);
    // a twentieth of the requests begins to take twenty times as long, and there is room for them
    model.slow = (0.05, 20.0);
    model.run(rate * 0.5, NORMAL, 10.0);
    let seen = model.run(rate * 0.5, NORMAL, 20.0);
    assert!(
        seen.refused[2] * 50 < seen.admitted[2],
        "{:?}",
        (seen.refused, seen.admitted)
    );
}

#[test]
fn the_least_go_first_and_none_gets_nothing() {
    for load in [2.0, 5.0, 10.0] {
        let mut model = Model::new(11, 20, 50.0);
        let rate = load * model.capacity();
        model.run(rate, MIXED, 10.0);
        let seen = model.run(rate, MIXED, 30.0);
        let share =
            |class: usize| seen.admitted[class] as f64 / (seen.admitted[class] + seen.refused[class]) as f64;
        let shares = [0, 1, 2, 3].map(share);
        // what trickles is the same for all, but for chance
        assert!(
            shares.is_sorted_by(|a, b| 1.1 * a >= *b),
            "load {load}: {shares:?}"
        );
        assert!(shares[3] > 0.0, "load {load}: {shares:?}");
        assert!(shares[0] > 2.0 * shares[3], "load {load}: {shares:?}");
    }
}

#[test]
fn who_comes_alone_is_no_less_served_for_being_least() {
    for class in Priority::ALL {
        let mut classes = [0; 4];
        classes[class as usize] = 1;
        let mut model = Model::new(13, 20, 50.0);
        let rate = 2.0 * model.capacity();
        model.run(rate, classes, 10.0);
        let seen = model.run(rate, classes, 20.0);
        let goodput = seen.done as f64 / 20.0 / model.capacity();
        assert!(goodput > 0.9, "{class:?}: {goodput}");
    }
}

/// Anything that workers could have measured, in any order.
fn looks() -> impl Strategy<Value = Vec<(u64, Totals, u64)>> {
    let few = || prop_oneof![3 => 0..300_u64, 1 => any::<u64>()];
    let logs = prop_oneof![3 => 0..70_000_u64, 1 => any::<u64>()];
    let totals = (few(), logs, few(), few()).prop_map(|(samples, log, busy, shed)| Totals {
        samples,
        logs: log.wrapping_mul(samples),
        busy: busy.wrapping_mul(samples),
        shed,
    });
    let ms = prop_oneof![4 => 0..500_u64, 1 => 0..100_000_u64];
    prop::collection::vec((ms, totals, few()), 1..300)
}

proptest! {
    #[test]
    fn it_stays_within_its_bounds_whatever_is_measured(
        (min, wider, start) in (1..50_u32, prop_oneof![Just(0), 0..2_000_u32, Just(1 << 24)], any::<u32>()),
        tolerance_percent in 101..1_000_u32,
        looks in looks(),
    ) {
        let max = min + wider;
        let params = Params { min, max, start: start.clamp(min, max), tolerance_percent };
        let mut machine = Machine::new(params);
        let (mut now, mut sum) = (Duration::ZERO, Totals::default());
        for (ms, totals, held) in looks {
            now += Duration::from_millis(ms);
            sum = Totals {
                samples: sum.samples.wrapping_add(totals.samples),
                logs: sum.logs.wrapping_add(totals.logs),
                busy: sum.busy.wrapping_add(totals.busy),
                shed: sum.shed.wrapping_add(totals.shed),
            };
            let before = machine.limit();
            let told = machine.look(now, sum, held);
            prop_assert_eq!(told, machine.limit() != before);
            prop_assert!((min..=max).contains(&machine.limit()), "{}", machine.limit());
        }
        let narrow = Params { min: 1, max: 3, start: 2, tolerance_percent };
        machine.set(narrow);
        prop_assert!((1..=3).contains(&machine.limit()));
    }
}
