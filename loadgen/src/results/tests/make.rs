//! Runs made up: recordings in which every latency is chosen.

use crate::event::{Failure, Unexpected};
use crate::job::JobSpec;
use crate::record::{Answered, Handed, Recording};
use crate::report::{Document, Generator, Limits, Run, Slo};
use rand::{Rng, RngExt};
use std::time::Duration;

/// One request: when it was due, how long until its outcome, and what that was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request {
    pub(super) at: Duration,
    pub(super) took: Duration,
    pub(super) outcome: Result<u16, Failure>,
}

/// Ten a second for so many seconds, of which the first is warm-up.
pub(super) fn spec(seconds: u64) -> JobSpec {
    let mut spec = JobSpec::new("127.0.0.1:1".parse().expect("literal"), "test");
    spec.duration = Duration::from_secs(seconds);
    spec.warmup = Duration::from_secs(1);
    spec.interval = Some(Duration::from_secs(1));
    spec
}

/// Records in time order, as a shard does.
pub(super) fn recording(spec: &JobSpec, requests: &[Request]) -> Recording {
    let mut recording = Recording::new(&spec.clone().build().expect("valid"));
    let both = requests
        .iter()
        .flat_map(|request| [(request.at, 0, request), (request.at + request.took, 1, request)]);
    let mut moments: Vec<_> = both.collect();
    moments.sort_by_key(|(now, step, _)| (*now, *step));
    for (now, step, request) in moments {
        match (step, request.outcome) {
            (0, _) => {
                recording.planned(request.at, now);
                recording.attempted(request.at);
                recording.sent(request.at, now, Handed::default());
            }
            (_, Ok(status)) => {
                let answered = Answered {
                    status,
                    body_bytes: 1,
                    service: request.took / 2,
                    first_byte: request.took / 4,
                };
                recording.done(request.at, now, answered);
                if status >= 500 {
                    recording.unexpected(request.at, now, Unexpected::Status, || format!("status {status}"));
                }
            }
            (_, Err(kind)) => recording.failed(request.at, now, kind, "as planned"),
        }
    }
    recording.close(spec.duration);
    recording
}

/// A valid run with one service level.
pub(super) fn document(spec: &JobSpec, recording: Recording, seed: u64, shard: Option<&str>) -> Document {
    let run = Run {
        tool: "loadgen 0".into(),
        title: "test".into(),
        command: "loadgen run".into(),
        seed,
        started_unix_s: 1_700_000_000.0,
        interrupted: false,
        closed: false,
        plan: None,
        offered: vec![(0.0, 10.0)],
        limits: Limits::default(),
        job: serde_json::to_value(spec).expect("a job is JSON"),
    };
    let generator = Generator {
        shard: shard.map(str::to_owned),
        threads: 1,
        wall_seconds: 1.0,
        busy: vec![0.5],
        ..Generator::default()
    };
    let slo: Slo = "p99<1s".parse().expect("a level");
    Document::new(run, recording, vec![generator], &[slo])
}

/// So many requests a second, evenly, whose latency in µs is drawn.
pub(super) fn steady<R: Rng>(
    seconds: u64,
    each: u64,
    rng: &mut R,
    mut latency: impl FnMut(&mut R) -> f64,
) -> Document {
    let spec = spec(seconds);
    let request = |index: u64| Request {
        at: Duration::from_secs(1) / u32::try_from(each).expect("few") * u32::try_from(index).expect("few"),
        took: Duration::from_nanos((latency(rng) * 1e3) as u64),
        outcome: Ok(200),
    };
    let requests: Vec<Request> = (0..seconds * each).map(request).collect();
    document(&spec, recording(&spec, &requests), 1, None)
}

/// Exponential, in µs.
pub(super) fn exponential(rng: &mut impl Rng, mean: f64) -> f64 {
    -mean * (1.0 - rng.random::<f64>()).ln()
}
