//! The recording of one shard, and the sum of several.
//!
//! HdrHistogram in nanoseconds, 1 ns to one hour, three significant digits: an error of at most 0.1 % wherever
//! the value lies, in 270 KB of fixed size. A longer time is recorded as one hour.

use super::counts::Counts;
use super::histogram::histogram;
use super::series::Series;
use crate::event::Failure;
use crate::job::Job;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything recorded; times in nanoseconds. The warm-up is in none of it but [`Counts::warmup`] and the series.
#[derive(Debug, Clone)]
pub struct Recording {
    /// From the intended time to the last byte, of answered requests.
    pub response: Histogram<u64>,
    /// From the hand-over to a live connection to the last byte, of answered requests.
    pub service: Histogram<u64>,
    /// From the intended time to that hand-over without the wait for a connection, of sent requests.
    pub send_lag: Histogram<u64>,
    /// From the intended time to the failure, of failed requests.
    pub failed: Histogram<u64>,
    pub counts: Counts,
    /// The first failure of each kind in words.
    pub examples: BTreeMap<Failure, String>,
    /// When the last answer or failure came.
    pub last_outcome: Duration,
    /// When the last request was sent.
    pub last_sent: Duration,
    /// How long requests were released; less than the job's duration when the run was stopped or a number of
    /// requests reached.
    pub released_for: Duration,
    pub series: Option<Series>,
    warmup: Duration,
}

/// How an answered request went.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) body_bytes: u64,
    pub(crate) service: Duration,
}

impl Recording {
    pub fn new(job: &Job) -> Self {
        Self {
            response: histogram(),
            service: histogram(),
            send_lag: histogram(),
            failed: histogram(),
            counts: Counts::default(),
            examples: BTreeMap::new(),
            last_outcome: Duration::ZERO,
            last_sent: Duration::ZERO,
            released_for: Duration::ZERO,
            series: job.spec().interval.map(Series::new),
            warmup: job.spec().warmup,
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
            mine.add(theirs)
                .expect("histograms of this crate have the same bounds");
        }
        self.counts.merge(&other.counts);
        for (kind, example) in &other.examples {
            self.examples.entry(*kind).or_insert_with(|| example.clone());
        }
        self.last_outcome = self.last_outcome.max(other.last_outcome);
        self.last_sent = self.last_sent.max(other.last_sent);
        self.released_for = self.released_for.max(other.released_for);
        match (&mut self.series, &other.series) {
            (Some(mine), Some(theirs)) if mine.interval() == theirs.interval() => mine.merge(theirs),
            // rows of different lengths have no sum
            (mine, _) => *mine = None,
        }
    }

    pub(crate) fn planned(&mut self, at: Duration) {
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

    pub(crate) fn connected(&mut self) {
        self.counts.connections += 1;
    }

    pub(crate) fn sent(&mut self, at: Duration, now: Duration, lag: Duration) {
        if !self.is_warmup(at) {
            self.counts.sent += 1;
            self.last_sent = now;
            self.send_lag.saturating_record(nanos(lag));
        }
    }

    pub(crate) fn done(&mut self, at: Duration, now: Duration, answered: Answered) {
        let response_ns = nanos(now.saturating_sub(at));
        if let Some(series) = &mut self.series {
            series.done(now, response_ns);
        }
        if self.is_warmup(at) {
            return;
        }
        self.response.saturating_record(response_ns);
        self.service.saturating_record(nanos(answered.service));
        self.counts.done += 1;
        self.counts.body_bytes += answered.body_bytes;
        *self.counts.statuses.entry(answered.status).or_default() += 1;
        self.last_outcome = now;
    }

    pub(crate) fn failed(&mut self, at: Duration, now: Duration, kind: Failure, detail: &str) {
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

    /// Nothing more will be recorded.
    pub(crate) fn close(&mut self, released_for: Duration) {
        self.released_for = released_for;
        if let Some(series) = &mut self.series {
            series.close();
        }
    }

    fn is_warmup(&self, at: Duration) -> bool {
        at < self.warmup
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
