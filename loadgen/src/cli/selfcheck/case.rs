//! The cases, as rows: load, server, and the textbook's law for what comes of them.
//!
//! Rates and service times are those of the textbook's tables at 70 and 75 % utilisation, where a queue already
//! dominates every latency. Each case has connections enough that no request ever waits for one: the wait would be in the
//! response time too, but the server would see other arrivals than were planned.

use super::textbook::Law;
use loadgen::null::{Behaviour, Service};
use loadgen::{Arrival, JobSpec};
use std::net::SocketAddr;
use std::time::Duration;
use workload::Dist;
use world::Seed;

/// How long to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// 5 000 to 15 000 requests each, about a minute in all.
    Full,
    /// At most 3 s each.
    Quick,
}

/// Load against a server, and what is to be judged.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) about: String,
    pub(super) arrival: Arrival,
    pub(super) rate: f64,
    pub(super) duration: Duration,
    /// Answers that are not there this long after the last request was due stay unanswered.
    pub(super) drain: Duration,
    pub(super) connections: usize,
    pub(super) behaviour: Behaviour,
    pub(super) law: Law,
    pub(super) quantiles: &'static [f64],
}

pub(super) const NAMES: [&str; 7] = ["stall", "m-m-1", "d-m-1", "m-d-1", "m-m-4", "delay", "overload"];

/// A millisecond of service on average: μ = 1 000/s.
const SERVICE: Duration = Duration::from_millis(1);
const MU: f64 = 1_000.0;
/// Waits for every answer.
const PATIENT: Duration = Duration::from_secs(10);
const QUANTILES: &[f64] = &[0.5, 0.9, 0.95, 0.99, 0.999];

/// All of them, in the order of [`NAMES`].
pub(super) fn all(scale: Scale, seed: Seed) -> Vec<Case> {
    let exponential = Dist::Exp { mean: SERVICE };
    let fixed = Dist::Fixed(SERVICE);
    let (poisson, constant) = (Arrival::Poisson, Arrival::Constant);
    let one = |lambda| Law::Mmc {
        lambda,
        mu: MU,
        servers: 1,
    };
    let even = Law::Dm1 {
        lambda: 700.0,
        mu: MU,
    };
    let fixed_service = Law::Md1 {
        lambda: 700.0,
        service: SERVICE,
    };
    let four = Law::Mmc {
        lambda: 3_000.0,
        mu: MU,
        servers: 4,
    };
    let queue = |name, arrival, dist, (rate, servers), seconds, law| Case {
        name,
        about: format!(
            "{arrival} {rate}/s, {servers} server{} of {dist}",
            if servers == 1 { "" } else { "s" }
        ),
        arrival,
        rate,
        duration: scale.seconds(seconds),
        drain: PATIENT,
        connections: 256,
        behaviour: Behaviour::Queue {
            service: Service {
                dist,
                seed: seed.child(name),
            },
            servers,
        },
        law,
        quantiles: QUANTILES,
    };
    vec![
        stall(scale),
        queue("m-m-1", poisson, exponential, (700.0, 1), (10.0, 3.0), one(700.0)),
        queue("d-m-1", constant, exponential, (700.0, 1), (10.0, 3.0), even),
        queue("m-d-1", poisson, fixed, (700.0, 1), (10.0, 3.0), fixed_service),
        queue("m-m-4", poisson, exponential, (3_000.0, 4), (5.0, 2.0), four),
        delay(scale),
        overload(scale, seed),
    ]
}

/// Everybody who comes while the server stands still waits for its end: what coordinated omission hides.
fn stall(scale: Scale) -> Case {
    let (run, pause, rate) = match scale {
        Scale::Full => (Duration::from_secs(10), Duration::from_secs(1), 500.0),
        Scale::Quick => (Duration::from_secs(2), Duration::from_millis(200), 500.0),
    };
    stalled(run, pause, rate)
}

pub(super) fn stalled(run: Duration, pause: Duration, rate: f64) -> Case {
    Case {
        name: "stall",
        about: format!(
            "constant {rate}/s for {}, the server stands still for {}",
            humantime::format_duration(run),
            humantime::format_duration(pause),
        ),
        arrival: Arrival::Constant,
        rate,
        duration: run,
        drain: PATIENT,
        connections: (pause.as_secs_f64() * rate) as usize + 100,
        behaviour: Behaviour::Stall {
            at: run.mul_f64(0.4),
            pause,
        },
        law: Law::Stall { run, pause },
        // not 0.9, which is the step itself
        quantiles: &[0.5, 0.95, 0.99, 0.999],
    }
}

fn delay(scale: Scale) -> Case {
    let delay = Duration::from_millis(5);
    Case {
        name: "delay",
        about: "poisson 2000/s, each answered after 5ms".into(),
        arrival: Arrival::Poisson,
        rate: 2_000.0,
        duration: scale.seconds((5.0, 1.5)),
        drain: PATIENT,
        // ten are in flight on average; so many never are
        connections: 128,
        behaviour: Behaviour::Delay(delay),
        law: Law::Delay(delay),
        quantiles: QUANTILES,
    }
}

/// The queue grows for ever, and the run ends before it is served.
fn overload(scale: Scale, seed: Seed) -> Case {
    let rate = 1_200.0;
    let duration = scale.seconds((4.2, 2.0));
    let drain = scale.seconds((0.3, 0.15));
    let dist = Dist::Fixed(SERVICE);
    Case {
        name: "overload",
        about: format!(
            "constant {rate}/s, 1 server of {dist}, cut {} after the last",
            humantime::format_duration(drain)
        ),
        arrival: Arrival::Constant,
        rate,
        duration,
        drain,
        connections: ((rate - MU) * duration.as_secs_f64()) as usize + 100,
        behaviour: Behaviour::Queue {
            service: Service { dist, seed },
            servers: 1,
        },
        law: Law::Line {
            lambda: rate,
            mu: MU,
            until: duration + drain,
        },
        quantiles: QUANTILES,
    }
}

impl Scale {
    fn seconds(self, (full, quick): (f64, f64)) -> Duration {
        Duration::from_secs_f64(match self {
            Self::Full => full,
            Self::Quick => quick,
        })
    }
}

impl Case {
    pub(super) fn job(&self, target: SocketAddr) -> JobSpec {
        let mut spec = JobSpec::new(target, "null");
        (spec.arrival, spec.rate) = (self.arrival, self.rate);
        (spec.duration, spec.drain) = (self.duration, self.drain);
        spec.timeout = self.duration + self.drain + PATIENT;
        (spec.connections, spec.preconnect) = (self.connections, true);
        // thirty intervals: the slope of an overload is seen in them
        spec.interval = Some(self.duration / 30);
        spec
    }
}
