//! What to send, how often and for how long: as typed ([`JobSpec`]), then checked ([`Job`]).
//!
//! Every error is reported at once. A `Job` can no longer be wrong: its request is built, its bounds are sane.

use crate::http::{Request, RequestError};
use bytes::Bytes;
use serde::Serialize;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;
use workload::Arrival;

/// Twenty times what one process reaches; above it a typing error is likelier than a wish.
const RATE_MAX: f64 = 10_000_000.0;
/// A run longer than a week is a mistake of units; it also keeps times far inside every integer.
const DURATION_MAX: Duration = Duration::from_secs(7 * 24 * 3_600);
/// The number of ports one address has towards one target.
const CONNECTIONS_MAX: usize = 65_535;
/// 56 bytes each: about 2.2 GiB, were it ever full.
const BACKLOG_MAX: usize = 40_000_000;
/// An interval takes a few kilobytes; more than a day of seconds is nobody's picture.
const INTERVALS_MAX: u128 = 100_000;
/// Histograms reach to one hour; a longer wait could not be recorded truthfully.
const TIMEOUT_MAX: Duration = Duration::from_secs(3_600);

/// A job as typed. [`JobSpec::new`] gives the defaults, [`JobSpec::build`] checks it all.
#[derive(Debug, Clone, Serialize)]
pub struct JobSpec {
    pub target: SocketAddr,
    /// Value of the `Host` header.
    pub host: String,
    pub method: String,
    /// Path and query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    #[serde(serialize_with = "length")]
    pub body: Bytes,
    /// Closed loop instead of a plan: every connection asks again as soon as it is answered. `arrival` and `rate` are
    /// not looked at.
    pub closed: bool,
    pub arrival: Arrival,
    /// Requests per second over all shards.
    pub rate: f64,
    /// Requests are due before this much time since the start; warm-up included.
    #[serde(serialize_with = "text")]
    pub duration: Duration,
    /// Stop planning after this many requests in time order, if that comes first; warm-up included.
    pub requests: Option<u64>,
    /// Most connections at once, over all shards.
    pub connections: usize,
    /// Most requests on connections at once, over all shards; as many as there are connections if that is less.
    pub max_in_flight: Option<usize>,
    /// A connection is closed after so many.
    pub requests_per_connection: Option<u64>,
    /// Open all connections before the start instead of on demand.
    pub preconnect: bool,
    /// Most requests waiting for a connection, over all shards; beyond it they fail as `overflow`.
    pub backlog: usize,
    /// For the complete answer, from the intended time.
    #[serde(serialize_with = "text")]
    pub timeout: Duration,
    /// How long to wait for outcomes after the last request was released.
    #[serde(serialize_with = "text")]
    pub drain: Duration,
    /// Requests due in the first part of the run are sent but not recorded.
    #[serde(serialize_with = "text")]
    pub warmup: Duration,
    /// Every request carries its id in `X-Load-Id`.
    pub load_id: bool,
    /// Length of the intervals of the time series; none, no series.
    #[serde(serialize_with = "optional_text")]
    pub interval: Option<Duration>,
}

impl JobSpec {
    /// `GET /` at a Poisson rate of 100/s for 10 s over at most 64 connections.
    pub fn new(target: SocketAddr, host: impl Into<String>) -> Self {
        Self {
            target,
            host: host.into(),
            method: "GET".into(),
            path: "/".into(),
            headers: Vec::new(),
            body: Bytes::new(),
            closed: false,
            arrival: Arrival::Poisson,
            rate: 100.0,
            duration: Duration::from_secs(10),
            requests: None,
            connections: 64,
            max_in_flight: None,
            requests_per_connection: None,
            preconnect: false,
            backlog: 1_000_000,
            timeout: Duration::from_secs(10),
            drain: Duration::from_secs(10),
            warmup: Duration::ZERO,
            load_id: true,
            interval: None,
        }
    }

    /// Checks everything; every error at once.
    pub fn build(self) -> Result<Job, JobErrors> {
        let mut errors = self.errors();
        match Request::new(
            &self.host,
            &self.method,
            &self.path,
            &self.headers,
            self.body.clone(),
        ) {
            Ok(request) if errors.is_empty() => Ok(Job { spec: self, request }),
            Ok(_) => Err(JobErrors(errors)),
            Err(more) => {
                errors.extend(
                    more.into_iter()
                        .map(|RequestError { field, what }| format!("{field}: {what}")),
                );
                Err(JobErrors(errors))
            }
        }
    }

    fn errors(&self) -> Vec<String> {
        let mut errors = Vec::new();
        let mut check = |holds: bool, what: String| {
            if !holds {
                errors.push(what);
            }
        };
        check(
            self.rate > 0.0 && self.rate <= RATE_MAX,
            format!(
                "rate: must be above 0 and at most {RATE_MAX} requests per second, not {}",
                self.rate
            ),
        );
        check(
            !self.duration.is_zero() && self.duration <= DURATION_MAX,
            format!("duration: must be above 0 and at most {}", human(DURATION_MAX)),
        );
        check(self.requests != Some(0), "requests: must be at least 1".into());
        check(
            (1..=CONNECTIONS_MAX).contains(&self.connections),
            format!(
                "connections: must be 1 to {CONNECTIONS_MAX}, not {}",
                self.connections
            ),
        );
        check(
            self.max_in_flight != Some(0),
            "max-in-flight: must be at least 1".into(),
        );
        check(
            self.requests_per_connection != Some(0),
            "requests-per-conn: must be at least 1".into(),
        );
        check(
            self.backlog <= BACKLOG_MAX,
            format!("backlog: must be at most {BACKLOG_MAX}"),
        );
        check(
            !self.timeout.is_zero() && self.timeout <= TIMEOUT_MAX,
            format!("timeout: must be above 0 and at most {}", human(TIMEOUT_MAX)),
        );
        check(
            self.drain <= TIMEOUT_MAX,
            format!("drain: must be at most {}", human(TIMEOUT_MAX)),
        );
        check(
            self.warmup < self.duration,
            format!(
                "warmup: {} leaves nothing of the duration of {}",
                human(self.warmup),
                human(self.duration)
            ),
        );
        if let Some(interval) = self.interval {
            let count = self.duration.as_nanos().checked_div(interval.as_nanos());
            check(
                count.is_some_and(|count| count <= INTERVALS_MAX),
                format!(
                    "interval: must be long enough for at most {INTERVALS_MAX} of them, not {}",
                    human(interval)
                ),
            );
        }
        errors
    }
}

/// A job that was checked: immutable, cheap to clone, the same on every shard.
#[derive(Debug, Clone)]
pub struct Job {
    spec: JobSpec,
    request: Request,
}

impl Job {
    pub fn spec(&self) -> &JobSpec {
        &self.spec
    }

    /// What is told apart in the recording beside the whole.
    pub(crate) fn part_names(&self) -> impl Iterator<Item = String> {
        std::iter::empty()
    }

    pub(crate) fn request(&self) -> &Request {
        &self.request
    }
}

/// What is wrong with a job: one error a line, each starting with the field's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobErrors(pub Vec<String>);

impl fmt::Display for JobErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for JobErrors {}

fn human(duration: Duration) -> humantime::FormattedDuration {
    humantime::format_duration(duration)
}

fn text<S: serde::Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&human(*duration))
}

fn optional_text<S: serde::Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => text(duration, to),
        None => to.serialize_none(),
    }
}

fn length<S: serde::Serializer>(body: &Bytes, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(body.len() as u64)
}
