//! Runs as a generator could have made them, from what became of each request.

use crate::event::{Failure, Unexpected};
use crate::job::JobSpec;
use crate::record::{Answered, Handed, Recording};
use crate::report::{Document, Generator, Limits, PlanCheck, Run, Slo};
use std::time::Duration;

/// One request, in microseconds: when it was due, how late it was sent, how long it waited for a connection, and how
/// long it took from its intended time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request {
    pub(super) at: u64,
    pub(super) lag: u64,
    pub(super) wait: u64,
    pub(super) took: u64,
    pub(super) outcome: Result<u16, Failure>,
}

/// What a run was asked for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) title: &'static str,
    pub(super) released: Duration,
    pub(super) warmup: Duration,
    pub(super) interval: Option<Duration>,
    pub(super) closed: bool,
    pub(super) offered: Vec<(f64, f64)>,
    pub(super) busy: f64,
    pub(super) slos: &'static [&'static str],
}

impl Asked {
    pub(super) fn of(title: &'static str, seconds: u64) -> Self {
        Self {
            title,
            released: Duration::from_secs(seconds),
            warmup: Duration::ZERO,
            interval: Some(Duration::from_secs(1)),
            closed: false,
            offered: Vec::new(),
            busy: 0.31,
            slos: &[],
        }
    }

    pub(super) fn document(&self, requests: &[Request]) -> Document {
        let spec = self.spec();
        let recording = self.recording(&spec, requests);
        let run = Run {
            tool: "loadgen 0.1.0".into(),
            title: self.title.into(),
            command: format!(
                "loadgen run http://127.0.0.1:8080/ -R 2000 -d {}s --seed 7",
                self.released.as_secs()
            ),
            seed: 7,
            started_unix_s: 1_764_000_000.0,
            interrupted: false,
            closed: self.closed,
            plan: Some(PlanCheck {
                text: "gaps as exponential as they claim (KS, p = 0.42)".into(),
                passes: true,
            }),
            offered: self.offered.clone(),
            limits: Limits::default(),
            job: serde_json::to_value(&spec).expect("writes"),
        };
        let generator = Generator {
            shard: None,
            threads: 1,
            pacer: "hybrid".into(),
            wall_seconds: self.released.as_secs_f64(),
            user_seconds: self.released.as_secs_f64() * 0.3,
            system_seconds: self.released.as_secs_f64() * 0.2,
            spun_seconds: self.released.as_secs_f64() * 0.1,
            busy: vec![self.busy],
        };
        let slos: Vec<Slo> = self
            .slos
            .iter()
            .map(|slo| slo.parse().expect("a level"))
            .collect();
        Document::new(run, recording, vec![generator], &slos)
    }

    fn spec(&self) -> JobSpec {
        let mut spec = JobSpec::new("127.0.0.1:8080".parse().expect("literal"), "127.0.0.1:8080");
        spec.duration = self.released.max(Duration::from_secs(1));
        (spec.warmup, spec.interval, spec.closed) = (self.warmup, self.interval, self.closed);
        spec
    }

    /// Recorded in time order, as a shard does.
    fn recording(&self, spec: &JobSpec, requests: &[Request]) -> Recording {
        let mut recording = Recording::new(&spec.clone().build().expect("valid"));
        let mut moments: Vec<(u64, u8, Request)> = Vec::new();
        for request in requests {
            let sent = request.at + (request.lag + request.wait).min(request.took);
            moments.extend([
                (request.at, 0, *request),
                (sent, 1, *request),
                (request.at + request.took, 2, *request),
            ]);
        }
        moments.sort_by_key(|(now, step, request)| (*now, *step, request.at));
        let mut open = 0_u64;
        for (now, step, request) in moments {
            let now = Duration::from_micros(now);
            if step == 1 && open < 32 {
                open += 1;
                recording.connected(now, false);
            }
            happen(&mut recording, now, step, request);
        }
        recording.close(self.released);
        recording
    }
}

fn happen(recording: &mut Recording, now: Duration, step: u8, request: Request) {
    let micros = Duration::from_micros;
    let at = micros(request.at);
    match (step, request.outcome) {
        (0, _) => {
            recording.planned(at, now);
            recording.attempted(at);
        }
        (1, Ok(_)) => {
            let handed = Handed {
                lag: micros(request.lag),
                pool_wait: micros(request.wait),
                ..Handed::default()
            };
            recording.sent(at, now, handed);
            recording.exchanged(at);
        }
        (2, Ok(status)) => {
            let service = request.took.saturating_sub(request.lag + request.wait);
            let answered = Answered {
                status,
                body_bytes: 1_234,
                service: micros(service),
                first_byte: micros(service / 2),
            };
            recording.done(at, now, answered);
            if status >= 500 {
                recording.unexpected(at, now, Unexpected::Status, || {
                    format!("status {status}, and the body says <b>overloaded</b> & goes on for a while")
                });
            }
        }
        (2, Err(kind)) => recording.failed(
            at,
            now,
            kind,
            "as the server wished: connection refused (os error 111)",
        ),
        _ => {}
    }
}

/// A number from 0 to 1 that looks random and is the same everywhere (splitmix64).
pub(super) fn noise(index: u64, salt: u64) -> f64 {
    let mut x = index.wrapping_add(salt << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// `count` requests at the times that `at` gives, each answered after about `base` µs with a tail.
pub(super) fn answered(count: u64, base: f64, at: impl Fn(u64) -> u64) -> Vec<Request> {
    let request = |index| {
        let tail = (1.0 - noise(index, 1)).max(1e-6).powf(-0.3);
        let lag = 8 + (20.0 * noise(index, 2)) as u64;
        Request {
            at: at(index),
            lag,
            wait: 0,
            took: lag + (base * tail) as u64,
            outcome: Ok(200),
        }
    };
    (0..count).map(request).collect()
}

/// Due one after the other, `rate` a second.
pub(super) fn steady(rate: u64) -> impl Fn(u64) -> u64 {
    move |index| index * 1_000_000 / rate
}

/// 2 000/s for 10 s, and a server that stands still for one of them.
pub(super) fn stall() -> Document {
    let mut requests = answered(20_000, 420.0, steady(2_000));
    let (from, to) = (4_000_000, 5_000_000);
    for (place, request) in requests
        .iter_mut()
        .filter(|r| (from..to).contains(&r.at))
        .enumerate()
    {
        let stood = to - request.at;
        request.took += stood;
        // the first hold the connections, the others wait for one
        request.wait = if place < 32 { 0 } else { stood };
    }
    let mut asked = Asked::of(
        "GET http://127.0.0.1:8080/: 2000/s for 10 s over at most 32 connections, 1 thread",
        10,
    );
    asked.offered = vec![(0.0, 2_000.0)];
    asked.slos = &["p99<50ms", "errors<0.1%"];
    asked.document(&requests)
}

/// 100/s to 3 900/s within 20 s after a warm-up of 4 s.
pub(super) fn ramp() -> Document {
    let mut at = Vec::new();
    let mut now = 0.0_f64;
    while now < 20.0 {
        at.push((now * 1e6) as u64);
        now += 1.0 / (100.0 + 190.0 * now);
    }
    let mut requests = answered(at.len() as u64, 300.0, |index| at[index as usize]);
    for request in &mut requests {
        request.took += (request.at / 1_000_000).pow(3) / 8;
        request.outcome = if request.took > 9_000 { Ok(503) } else { Ok(200) };
    }
    let mut asked = Asked::of("GET http://127.0.0.1:8080/: 0s:100, 20s:3900", 20);
    asked.warmup = Duration::from_secs(4);
    asked.offered = vec![(0.0, 100.0), (20.0, 3_900.0)];
    asked.document(&requests)
}

/// Asked for a tenth more than it carries, by a generator that cannot keep up either; a long drain.
pub(super) fn overload() -> Document {
    let mut requests = answered(40_000, 900.0, steady(2_000));
    for (index, request) in requests.iter_mut().enumerate() {
        request.wait = request.at / 4;
        request.lag += 3_000;
        request.took += request.wait + 3_000;
        if index % 400 > 390 && request.took > 2_000_000 {
            request.outcome = Err(Failure::Timeout);
        }
    }
    let mut asked = Asked::of("GET http://127.0.0.1:8080/: 2000/s for 20 s", 20);
    (asked.busy, asked.offered) = (0.97, vec![(0.0, 2_000.0)]);
    asked.document(&requests)
}

/// Nothing was ever answered.
pub(super) fn refused() -> Document {
    let mut requests = answered(5_000, 100.0, steady(500));
    for request in &mut requests {
        request.outcome = Err(Failure::Connect);
    }
    Asked::of("GET http://127.0.0.1:1/: 500/s for 10 s", 10).document(&requests)
}

pub(super) fn three() -> Document {
    Asked::of("GET http://127.0.0.1:8080/: 3 requests", 10).document(&answered(3, 700.0, |i| 1_500_000 * i))
}

pub(super) fn closed() -> Document {
    let mut asked = Asked::of(
        "GET http://127.0.0.1:8080/: closed loop, 32 connections, for 5 s",
        5,
    );
    (asked.closed, asked.interval) = (true, None);
    asked.document(&answered(15_000, 200.0, steady(3_000)))
}
