//! The recording of one shard, and the sum of several.
//!
//! HdrHistogram in nanoseconds, 1 ns to one hour, three significant digits: an error of at most 0.1 % wherever
//! the value lies, in 270 KB of fixed size. A longer time is recorded as one hour.

use super::counts::Counts;
use super::histogram::{add, histogram, nanos, one};
use super::in_flight::InFlight;
use super::part::Part;
use super::series::{Row, Series};
use crate::event::{Failure, Unexpected};
use crate::job::Job;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Status codes with a histogram of their own; a server that answers with more of them gets counts alone.
const STATUSES_MAX: usize = 32;

/// Everything recorded; times in nanoseconds. The warm-up is in none of it but [`Counts::warmup`] and the series.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recording {
    /// From the intended time to the last byte, of answered requests.
    #[serde(with = "one")]
    pub response: Histogram<u64>,
    /// From the hand-over to a live connection to the last byte, of answered requests.
    #[serde(with = "one")]
    pub service: Histogram<u64>,
    /// From the intended time to that hand-over without the wait for a connection, of sent requests.
    #[serde(with = "one")]
    pub send_lag: Histogram<u64>,
    /// From the intended time to the failure, of failed requests.
    #[serde(with = "one")]
    pub failed: Histogram<u64>,
    pub phases: Phases,
    /// Response times by status; see [`STATUSES_MAX`].
    pub statuses: BTreeMap<u16, Status>,
    /// Where there are several kinds of requests: each by itself, in the order of the catalogue.
    pub parts: Vec<Part>,
    pub counts: Counts,
    /// The first failure of each kind in words.
    pub examples: BTreeMap<Failure, String>,
    /// The first answer of each kind that was not as expected, in words.
    pub surprises: BTreeMap<Unexpected, String>,
    /// When the last answer or failure came.
    pub last_outcome: Duration,
    /// When the last request was sent.
    pub last_sent: Duration,
    /// How long requests were released; less than the job's duration when the run was stopped or a number of
    /// requests reached.
    pub released_for: Duration,
    pub warmup: Duration,
    pub series: Option<Series>,
    #[serde(skip)]
    in_flight: InFlight,
}

/// Where the time of a request went.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Phases {
    /// Released, and no connection free nor allowed to be made. Of sent requests.
    #[serde(with = "one")]
    pub pool_wait: Histogram<u64>,
    /// TCP or unix connect, of requests that waited for one.
    #[serde(with = "one")]
    pub connect: Histogram<u64>,
    /// TLS handshake, of requests that waited for one.
    #[serde(with = "one")]
    pub tls: Histogram<u64>,
    /// From the hand-over to the head of the answer, of answered requests.
    #[serde(with = "one")]
    pub first_byte: Histogram<u64>,
}

/// Answers of one status code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Status {
    #[serde(with = "one")]
    pub response: Histogram<u64>,
}

/// How a request came to a connection.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Handed {
    pub(crate) lag: Duration,
    pub(crate) pool_wait: Duration,
    pub(crate) connect: Option<Duration>,
    pub(crate) tls: Option<Duration>,
}

/// How an answered request went.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) body_bytes: u64,
    pub(crate) service: Duration,
    pub(crate) first_byte: Duration,
}

impl Recording {
    pub fn new(job: &Job) -> Self {
        Self {
            response: histogram(),
            service: histogram(),
            send_lag: histogram(),
            failed: histogram(),
            phases: Phases::new(),
            statuses: BTreeMap::new(),
            parts: job.part_names().iter().map(|name| Part::new(name)).collect(),
            counts: Counts::default(),
            examples: BTreeMap::new(),
            surprises: BTreeMap::new(),
            last_outcome: Duration::ZERO,
            last_sent: Duration::ZERO,
            released_for: Duration::ZERO,
            warmup: job.spec().warmup,
            series: job.spec().interval.map(Series::new),
            in_flight: InFlight::default(),
        }
    }

    /// Adds another shard's recording of the same job: every figure becomes the sum.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.response, &other.response),
            (&mut self.service, &other.service),
            (&mut self.send_lag, &other.send_lag),
            (&mut self.failed, &other.failed),
        ] {
            add(mine, theirs);
        }
        self.phases.merge(&other.phases);
        for (status, theirs) in &other.statuses {
            let mine = self.statuses.entry(*status).or_insert_with(Status::new);
            add(&mut mine.response, &theirs.response);
        }
        for (place, theirs) in other.parts.iter().enumerate() {
            let same = |mine: &Part| mine.name == theirs.name;
            // steps of one flow may share a name: those of one job are told apart by their place
            let place = match self.parts.get(place).is_some_and(same) {
                true => Some(place),
                false => self.parts.iter().position(same),
            };
            match place.and_then(|place| self.parts.get_mut(place)) {
                Some(mine) => mine.merge(theirs),
                None => self.parts.push(theirs.clone()),
            }
        }
        self.counts.merge(&other.counts);
        add_missing(&mut self.examples, &other.examples);
        add_missing(&mut self.surprises, &other.surprises);
        self.last_outcome = self.last_outcome.max(other.last_outcome);
        self.last_sent = self.last_sent.max(other.last_sent);
        self.released_for = self.released_for.max(other.released_for);
        match (&mut self.series, &other.series) {
            (Some(mine), Some(theirs)) if mine.interval() == theirs.interval() => mine.merge(theirs),
            // rows of different lengths have no sum
            (mine, _) => *mine = None,
        }
    }

    pub(crate) fn planned(&mut self, at: Duration, now: Duration) {
        self.in_flight.enter(now, &mut self.series);
        if let Some(series) = &mut self.series {
            series.planned(at);
        }
        match self.is_warmup(at) {
            true => self.counts.warmup += 1,
            false => self.counts.planned += 1,
        }
    }

    pub(crate) fn attempted(&mut self, at: Duration) {
        self.counts.attempted += u64::from(!self.is_warmup(at));
    }

    pub(crate) fn connected(&mut self, now: Duration, resumed: bool) {
        self.counts.connections += 1;
        self.counts.resumed += u64::from(resumed);
        if let Some(series) = &mut self.series {
            series.connected(now);
        }
    }

    pub(crate) fn sent(&mut self, at: Duration, now: Duration, handed: Handed) {
        let lag_ns = nanos(handed.lag);
        if let Some(series) = &mut self.series {
            series.sent(now, lag_ns);
        }
        if self.is_warmup(at) {
            return;
        }
        self.counts.sent += 1;
        self.last_sent = now;
        self.send_lag.saturating_record(lag_ns);
        self.phases.handed(handed);
    }

    /// One exchange more, of an arrival that may be a flow of several.
    pub(crate) fn exchanged(&mut self, at: Duration) {
        self.counts.requests += u64::from(!self.is_warmup(at));
    }

    /// The outcome of one exchange of a kind that is told apart.
    pub(crate) fn part(&mut self, at: Duration, part: usize, outcome: Option<(Duration, bool)>) {
        if self.is_warmup(at) {
            return;
        }
        match (self.parts.get_mut(part), outcome) {
            (Some(part), Some((service, as_expected))) => part.done(service, as_expected),
            (Some(part), None) => part.failed(),
            (None, _) => {}
        }
    }

    pub(crate) fn done(&mut self, at: Duration, now: Duration, answered: Answered) {
        self.in_flight.leave(now, &mut self.series);
        let response_ns = nanos(now.saturating_sub(at));
        if let Some(series) = &mut self.series {
            series.done(now, response_ns);
        }
        if self.is_warmup(at) {
            return;
        }
        self.response.saturating_record(response_ns);
        self.service.saturating_record(nanos(answered.service));
        self.phases
            .first_byte
            .saturating_record(nanos(answered.first_byte));
        self.counts.done += 1;
        self.counts.body_bytes += answered.body_bytes;
        *self.counts.statuses.entry(answered.status).or_default() += 1;
        self.by_status(answered.status, response_ns);
        self.last_outcome = now;
    }

    /// An answer that was not as expected; it counts as done too.
    pub(crate) fn unexpected(
        &mut self,
        at: Duration,
        now: Duration,
        kind: Unexpected,
        detail: impl FnOnce() -> String,
    ) {
        if let Some(series) = &mut self.series {
            series.unexpected(now);
        }
        if !self.is_warmup(at) {
            *self.counts.unexpected.entry(kind).or_default() += 1;
            self.surprises.entry(kind).or_insert_with(detail);
        }
    }

    pub(crate) fn failed(&mut self, at: Duration, now: Duration, kind: Failure, detail: &str) {
        self.in_flight.leave(now, &mut self.series);
        if let Some(series) = &mut self.series {
            series.failed(now);
        }
        if self.is_warmup(at) {
            return;
        }
        self.failed.saturating_record(nanos(now.saturating_sub(at)));
        *self.counts.failed.entry(kind).or_default() += 1;
        self.examples.entry(kind).or_insert_with(|| detail.to_owned());
        self.last_outcome = now;
    }

    /// The rows of the series before `now` that come after the first `known`; none without a series.
    pub(crate) fn rows_since(&mut self, known: usize, now: Duration) -> &[Row] {
        self.in_flight.settle(now, &mut self.series);
        match &mut self.series {
            Some(series) => series.closed_since(known, now),
            None => &[],
        }
    }

    /// Nothing more will be recorded.
    pub(crate) fn close(&mut self, released_for: Duration) {
        self.released_for = released_for;
        if let Some(series) = &mut self.series {
            series.close();
        }
    }

    fn by_status(&mut self, status: u16, response_ns: u64) {
        let room = self.statuses.len() < STATUSES_MAX;
        if let Some(own) = self.statuses.get_mut(&status) {
            own.response.saturating_record(response_ns);
        } else if room {
            let own = self.statuses.entry(status).or_insert_with(Status::new);
            own.response.saturating_record(response_ns);
        }
    }

    fn is_warmup(&self, at: Duration) -> bool {
        at < self.warmup
    }
}

impl Phases {
    fn new() -> Self {
        Self {
            pool_wait: histogram(),
            connect: histogram(),
            tls: histogram(),
            first_byte: histogram(),
        }
    }

    fn handed(&mut self, handed: Handed) {
        self.pool_wait.saturating_record(nanos(handed.pool_wait));
        if let Some(connect) = handed.connect {
            self.connect.saturating_record(nanos(connect));
        }
        if let Some(tls) = handed.tls {
            self.tls.saturating_record(nanos(tls));
        }
    }

    fn merge(&mut self, other: &Self) {
        add(&mut self.pool_wait, &other.pool_wait);
        add(&mut self.connect, &other.connect);
        add(&mut self.tls, &other.tls);
        add(&mut self.first_byte, &other.first_byte);
    }
}

impl Status {
    fn new() -> Self {
        Self {
            response: histogram(),
        }
    }
}

fn add_missing<K: Ord + Copy>(to: &mut BTreeMap<K, String>, more: &BTreeMap<K, String>) {
    for (key, example) in more {
        to.entry(*key).or_insert_with(|| example.clone());
    }
}
