//! The command line checked: every error at once, then a plan that can be run.

use super::args::{Args, Format, Pacer};
use super::url::Url;
use bytes::Bytes;
use loadgen::{Arrival, JobSpec, LagLimit, Limits};
use std::fmt::Display;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use workload::schedule::STREAMS;

const DURATION_DEFAULT: Duration = Duration::from_secs(10);
/// Stand in for times that were not understood, so that nothing else seems wrong because of them.
const DAY: Duration = Duration::from_secs(24 * 3_600);
const SECOND: Duration = Duration::from_secs(1);
/// A body is in memory once; more than this is a wrong file.
const BODY_BYTES_MAX: u64 = 1 << 30;

/// What to run and where to write it. The target's address is still to be looked up.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) job: JobSpec,
    pub(super) name: String,
    pub(super) threads: usize,
    pub(super) cores: Vec<usize>,
    pub(super) seed: Option<u64>,
    pub(super) pacer: Pacer,
    pub(super) format: Format,
    pub(super) allow_invalid: bool,
    pub(super) limits: Limits,
    pub(super) output: Option<PathBuf>,
    pub(super) hlog: Option<PathBuf>,
    pub(super) series: Option<PathBuf>,
}

/// Collects errors; a value that is wrong is replaced by one that isn't, so that the rest can be checked too.
#[derive(Default)]
struct Errors(Vec<String>);

impl Errors {
    fn parse<T: FromStr>(&mut self, flag: &str, text: &str, what: &str, instead: T) -> T {
        text.parse().unwrap_or_else(|_| {
            self.0.push(format!("{flag}: {text:?} is not {what}"));
            instead
        })
    }

    fn duration(&mut self, flag: &str, text: &str, instead: Duration) -> Duration {
        humantime::parse_duration(text).unwrap_or_else(|_| {
            self.0.push(format!(
                "{flag}: {text:?} is not a time with its unit, as in 500ms, 10s or 2m"
            ));
            instead
        })
    }

    fn take<T, E: Display>(&mut self, result: Result<T, E>, instead: T) -> T {
        result.unwrap_or_else(|error| {
            self.0.push(error.to_string());
            instead
        })
    }
}

impl Plan {
    pub(super) fn new(args: Args) -> Result<Self, Vec<String>> {
        let mut errors = Errors::default();
        let nowhere = Url {
            authority: "nowhere".into(),
            name: String::new(),
            path: "/".into(),
        };
        let url = errors.take(Url::parse(&args.url), nowhere);
        let job = job(&args, &url, &mut errors);
        let threads = errors.parse("--threads", &args.threads, "a number of threads", 1_usize);
        if !(1..=STREAMS as usize).contains(&threads) {
            errors
                .0
                .push(format!("--threads: must be 1 to {STREAMS}, not {threads}"));
        } else if job.connections < threads {
            errors.0.push(format!(
                "--connections: {} are too few for {threads} threads",
                job.connections
            ));
        }
        let cores = args.cores.iter().flat_map(|list| list.split(','));
        let cores = cores
            .map(|core| errors.parse("--cores", core, "a core number", 0))
            .collect();
        let seed = args
            .seed
            .as_deref()
            .map(|seed| errors.parse("--seed", seed, "a whole number", 0));
        let most = errors.duration("--max-send-lag", &args.max_send_lag, SECOND);
        let limits = Limits {
            send_lag: vec![LagLimit { quantile: 0.99, most }],
            ..Limits::default()
        };
        if let Err(wrong) = job.clone().build() {
            errors.0.extend(wrong.0);
        }
        if !errors.0.is_empty() {
            return Err(errors.0);
        }
        Ok(Self {
            job,
            name: url.name,
            threads,
            cores,
            seed,
            pacer: args.pacer,
            format: args.format,
            allow_invalid: args.allow_invalid,
            limits,
            output: args.output,
            hlog: args.hlog,
            series: args.series,
        })
    }
}

fn job(args: &Args, url: &Url, errors: &mut Errors) -> JobSpec {
    let unknown = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let mut job = JobSpec::new(unknown, &url.authority);
    job.path.clone_from(&url.path);
    job.closed = args.closed;
    if let Some(rate) = &args.rate {
        job.rate = errors.parse("--rate", rate, "a number of requests per second", 1.0);
    }
    job.requests = args
        .requests
        .as_deref()
        .map(|n| errors.parse("--requests", n, "a number of requests", 1));
    job.duration = match (&args.duration, job.requests) {
        (Some(text), _) => errors.duration("--duration", text, DAY),
        (None, Some(_)) if args.closed => DAY,
        (None, Some(requests)) => long_enough(requests, job.rate),
        (None, None) => DURATION_DEFAULT,
    };
    job.connections = errors.parse("--connections", &args.connections, "a number of connections", 64);
    job.arrival = errors.take(
        args.arrival.parse().map_err(|e| format!("--arrival: {e}")),
        Arrival::Poisson,
    );
    job.warmup = errors.duration("--warmup", &args.warmup, Duration::ZERO);
    job.timeout = errors.duration("--timeout", &args.timeout, SECOND);
    job.drain = errors.duration("--drain", &args.drain, SECOND);
    job.backlog = errors.parse("--backlog", &args.backlog, "a number of requests", 0);
    job.interval = Some(errors.duration("--interval", &args.interval, SECOND));
    job.preconnect = args.preconnect;
    job.load_id = !args.no_load_id;
    for header in &args.headers {
        match header.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("host") => {
                value.trim().clone_into(&mut job.host)
            }
            Some((name, value)) => job.headers.push((name.into(), value.trim().into())),
            None => errors
                .0
                .push(format!("--header: {header:?} has no colon: write 'Name: value'")),
        }
    }
    let body = args
        .body
        .as_deref()
        .map(|text| errors.take(body(text), Bytes::new()));
    job.method = args
        .method
        .clone()
        .unwrap_or(if body.is_some() { "POST" } else { "GET" }.into());
    job.body = body.unwrap_or_default();
    job
}

/// Long enough for so many arrivals of a Poisson stream: forty standard deviations above the mean.
fn long_enough(requests: u64, rate: f64) -> Duration {
    let count = requests as f64;
    Duration::try_from_secs_f64((count + 40.0 * (count.sqrt() + 1.0)) / rate).unwrap_or(Duration::MAX)
}

fn body(text: &str) -> Result<Bytes, String> {
    let Some(path) = text.strip_prefix('@') else {
        return Ok(Bytes::copy_from_slice(text.as_bytes()));
    };
    let length = std::fs::metadata(path)
        .map_err(|e| format!("--body: failed to read {path}: {e}"))?
        .len();
    if length > BODY_BYTES_MAX {
        return Err(format!(
            "--body: {path} has {length} bytes, more than {BODY_BYTES_MAX}"
        ));
    }
    std::fs::read(path)
        .map(Bytes::from)
        .map_err(|e| format!("--body: failed to read {path}: {e}"))
}
