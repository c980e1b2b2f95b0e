//! How much load, when, dealt to whom.

use super::errors::{DAY, Errors};
use super::start_at::start_at;
use crate::cli::args::LoadArgs;
use loadgen::{Arrival, JobSpec, Offered, ShardOf};
use std::fs::File;
use std::io::Read;
use std::time::Duration;
use workload::schedule::STREAMS;
use workload::{Profile, Rate, Trace};

const DURATION_DEFAULT: Duration = Duration::from_secs(10);
/// An hour at the highest rates, as 20-byte lines.
const TRACE_BYTES_MAX: u64 = 1 << 30;

/// What is not the job's, because it differs by machine.
#[derive(Debug)]
pub(in crate::cli) struct Load {
    pub(in crate::cli) threads: usize,
    pub(in crate::cli) cores: Vec<usize>,
    pub(in crate::cli) seed: Option<u64>,
    pub(in crate::cli) shard: ShardOf,
    /// Since the Unix epoch.
    pub(in crate::cli) start_at: Option<Duration>,
}

pub(super) fn apply(args: &LoadArgs, job: &mut JobSpec, errors: &mut Errors) -> Load {
    job.closed = args.closed;
    job.requests = args
        .requests
        .as_deref()
        .map(|n| errors.parse("--requests", n, "a number of requests", 1));
    let natural = offered(args, job, errors);
    job.duration = match &args.duration {
        Some(text) => errors.duration("--duration", text, DAY),
        None => natural.unwrap_or(DURATION_DEFAULT),
    };
    job.warmup = errors.duration("--warmup", &args.warmup, Duration::ZERO);
    job.drain = errors.duration("--drain", &args.drain, super::errors::SECOND);
    let cores = args.cores.iter().flat_map(|list| list.split(','));
    let cores = cores
        .map(|core| errors.parse("--cores", core, "a core number", 0))
        .collect();
    // each needs one of the schedule's streams
    let shard = args.shard.as_deref();
    let shard = shard.map(|text| ShardOf::parse(text, STREAMS as usize));
    Load {
        threads: errors.parse("--threads", &args.threads, "a number of threads", 1),
        cores,
        seed: args
            .seed
            .as_deref()
            .map(|seed| errors.parse("--seed", seed, "a whole number", 0)),
        shard: shard
            .and_then(|shard| errors.take("--shard", shard.map_err(Some)))
            .unwrap_or_default(),
        start_at: args
            .start_at
            .as_deref()
            .and_then(|text| errors.take("--start-at", start_at(text).map_err(Some))),
    }
}

impl Load {
    /// What shards and connections have to do with each other.
    pub(super) fn check(&self, job: &JobSpec, errors: &mut Errors) {
        let (threads, shards) = (self.threads, self.shard.of);
        let parts = threads.saturating_mul(shards);
        let over = match shards {
            1 => String::new(),
            shards => format!(" on each of {shards} shards"),
        };
        if threads == 0 || parts > STREAMS as usize {
            errors.add(format!(
                "--threads: must be 1 to {}{over}, not {threads}",
                STREAMS as usize / shards
            ));
        } else if job.connections < parts {
            errors.add(format!(
                "--connections: {} are too few for {threads} threads{over}",
                job.connections
            ));
        }
    }
}

/// Sets what is offered; gives how long that takes, if it says so itself.
fn offered(args: &LoadArgs, job: &mut JobSpec, errors: &mut Errors) -> Option<Duration> {
    let is_trace = args.arrival.as_deref() == Some("trace");
    if let Some(kind) = args.arrival.as_deref().filter(|_| !is_trace) {
        let arrival = kind.parse().map_err(|_| {
            Some(format!(
                "{kind:?} is no arrival process: write constant, poisson, uniform or trace"
            ))
        });
        job.arrival = errors.take("--arrival", arrival).unwrap_or(Arrival::Poisson);
    }
    if is_trace && args.trace.is_none() {
        errors.add("--arrival: a trace needs its file: add --trace FILE");
    }
    if args.trace.is_some() && args.arrival.is_some() && !is_trace {
        errors.add("--trace: its arrivals are given: leave out --arrival, or write --arrival trace");
    }
    match (&args.rate, &args.schedule, &args.trace) {
        _ if args.closed => job.requests.map(|_| DAY),
        (Some(rate), ..) => {
            let rate: Option<Rate> = errors.take("--rate", rate.parse::<Rate>().map_err(Some));
            job.rate = rate.map_or(1.0, |rate| rate.per_second());
            job.requests.map(|requests| long_enough(requests, job.rate))
        }
        (_, Some(schedule), _) => {
            let profile = errors.take("--schedule", Profile::parse(schedule))?;
            let end = profile.end();
            if end.is_none() && args.duration.is_none() && job.requests.is_none() {
                errors.add(
                    "--schedule: its last rate holds for ever: say how long with -d, or end with a step",
                );
            }
            job.rate = profile.rate_max();
            job.offered = Some(Offered::Profile(profile));
            end.or(Some(DAY))
        }
        (_, _, Some(file)) => {
            let text = read(file, TRACE_BYTES_MAX)
                .and_then(|bytes| String::from_utf8(bytes).map_err(|_| format!("{file} is not text")));
            let text = errors.take("--trace", text.map_err(Some))?;
            let trace = Trace::parse(&text).map_err(|errors| {
                errors
                    .into_iter()
                    .map(|error| format!("{file}: {error}"))
                    .collect::<Vec<_>>()
            });
            let trace = errors.take("--trace", trace)?;
            // the last arrival is one of the run
            let end = trace.duration() + Duration::from_nanos(1);
            job.rate = (trace.count() as f64 / end.as_secs_f64()).clamp(f64::MIN_POSITIVE, 1e7);
            job.offered = Some(Offered::Trace(trace));
            Some(end)
        }
        (None, None, None) => {
            errors.add("--rate: say how many requests a second: -R 1000, or --schedule, --trace or --closed");
            None
        }
    }
}

/// Long enough for so many arrivals of a Poisson stream: forty standard deviations above the mean.
fn long_enough(requests: u64, rate: f64) -> Duration {
    let count = requests as f64;
    Duration::try_from_secs_f64((count + 40.0 * (count.sqrt() + 1.0)) / rate).unwrap_or(Duration::MAX)
}

/// A whole file of at most `most` bytes. What says that it has none, such as a pipe, may have any number.
pub(super) fn read(path: &str, most: u64) -> Result<Vec<u8>, String> {
    let unread = |error: std::io::Error| format!("failed to read {path}: {error}");
    let file = File::open(path).map_err(unread)?;
    let length = file.metadata().map_err(unread)?.len();
    if length > most {
        return Err(format!("{path} has {length} bytes, more than {most}"));
    }
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 > most {
        return Err(format!("{path} has more than {most} bytes"));
    }
    Ok(bytes)
}
