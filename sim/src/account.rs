//! A simulation's trace added up: requests with their outcomes, attempts, crashes.
//!
//! Pure bookkeeping over the records of one simulation; it judges nothing.

use crate::trace::text::name_from_values;
use crate::trace::{DecodeError, Kind, Reader, Record};
use std::collections::BTreeMap;
use std::ops::Range;

/// Every simulation of a trace, apart.
pub fn simulations(trace: &[u8]) -> Result<Vec<Vec<Record>>, DecodeError> {
    let mut all: Vec<Vec<Record>> = Vec::new();
    for record in Reader::new(trace)? {
        let record = record?;
        if record.kind == Kind::Run || all.is_empty() {
            all.push(Vec::new());
        }
        if let Some(last) = all.last_mut() {
            last.push(record);
        }
    }
    Ok(all)
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Answered with this status.
    Status(u64),
    /// Not answered; the number is the load generator's.
    Failed(u64),
}

impl Outcome {
    pub fn is_ok(self) -> bool {
        matches!(self, Outcome::Status(200..=299))
    }
}

/// What one client's request came to. Times are µs since the start of the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    pub intended_us: u64,
    pub end: Option<(u64, Outcome)>,
}

impl Request {
    /// From the intended time to the end of the answer.
    pub fn response_us(&self) -> Option<u64> {
        match self.end {
            Some((at, Outcome::Status(_))) => Some(at.saturating_sub(self.intended_us)),
            _ => None,
        }
    }
}

/// A host that was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crash {
    pub host: String,
    pub at_us: u64,
    /// Requests its replica had read and not yet answered.
    pub in_hand: u64,
}

/// One simulation, added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// By host and id.
    pub requests: BTreeMap<(u64, u64), Request>,
    /// When the gateway sent each attempt upstream.
    pub attempts_us: Vec<u64>,
    pub crashes: Vec<Crash>,
    pub end_us: u64,
    /// Host numbers and their names.
    pub names: BTreeMap<u64, String>,
}

impl Account {
    pub fn new(records: &[Record]) -> Self {
        let mut account = Self::default();
        let mut in_hand = BTreeMap::<u64, u64>::new();
        for record in records {
            let id = (record.host, record.get("id").unwrap_or_default());
            let hand = in_hand.entry(record.host).or_default();
            match record.kind {
                Kind::Host => drop(
                    account
                        .names
                        .insert(record.host, name_from_values(record.values())),
                ),
                Kind::ClientPlanned => {
                    let intended_us = record.get("intended_us").unwrap_or_default();
                    account.requests.entry(id).or_insert(Request {
                        intended_us,
                        end: None,
                    });
                }
                Kind::ClientDone => account.end(record, id, Outcome::Status(record.values()[1])),
                Kind::ClientFailed => account.end(record, id, Outcome::Failed(record.values()[1])),
                Kind::GatewayAttempt => account.attempts_us.push(record.at_us),
                Kind::StubRequest => *hand += 1,
                Kind::StubFinished | Kind::StubInjected | Kind::StubAborted => *hand = hand.saturating_sub(1),
                Kind::Crash => {
                    let crash = Crash {
                        host: account.names.get(&record.host).cloned().unwrap_or_default(),
                        at_us: record.at_us,
                        in_hand: std::mem::take(hand),
                    };
                    account.crashes.push(crash);
                }
                _ => {}
            }
            account.end_us = account.end_us.max(record.at_us);
        }
        account
    }

    fn end(&mut self, record: &Record, id: (u64, u64), outcome: Outcome) {
        if let Some(request) = self.requests.get_mut(&id) {
            request.end.get_or_insert((record.at_us, outcome));
        }
    }

    /// The number of the host of that name.
    pub fn host(&self, name: &str) -> Option<u64> {
        self.names
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(number, _)| *number)
    }

    /// Sums over the requests intended, and the attempts made, in a stretch of time.
    pub fn window(&self, window_us: Range<u64>) -> Sums {
        let mut sums = Sums::default();
        let mut responses = Vec::new();
        for request in self
            .requests
            .values()
            .filter(|request| window_us.contains(&request.intended_us))
        {
            sums.requests += 1;
            match request.end {
                Some((_, outcome)) if outcome.is_ok() => sums.ok += 1,
                Some(_) => sums.failed += 1,
                None => {}
            }
            responses.extend(request.response_us());
        }
        sums.attempts = self
            .attempts_us
            .iter()
            .filter(|at| window_us.contains(at))
            .count() as u64;
        sums.p99_us = nearest_rank(&mut responses, 0.99);
        sums
    }

    /// How many requests ended how.
    pub fn outcomes(&self) -> BTreeMap<Option<Outcome>, u64> {
        let mut counts = BTreeMap::new();
        for request in self.requests.values() {
            *counts.entry(request.end.map(|(_, outcome)| outcome)).or_default() += 1;
        }
        counts
    }
}

/// Counts over a stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    pub requests: u64,
    pub attempts: u64,
    /// Answered with a 2xx.
    pub ok: u64,
    /// Answered otherwise, or not at all.
    pub failed: u64,
    /// Of the response time of everything that was answered; `None` without an answer.
    pub p99_us: Option<u64>,
}

impl Sums {
    /// Attempts upstream per request; `None` without requests.
    pub fn amplification(&self) -> Option<f64> {
        (self.requests > 0).then(|| self.attempts as f64 / self.requests as f64)
    }

    /// Share of requests that got a 2xx; `None` without requests.
    pub fn success(&self) -> Option<f64> {
        (self.requests > 0).then(|| self.ok as f64 / self.requests as f64)
    }
}

/// The smallest value that at least this share of all values do not exceed.
fn nearest_rank(values: &mut [u64], share: f64) -> Option<u64> {
    values.sort_unstable();
    let rank = (values.len() as f64 * share).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::text::name_to_values;

    #[test]
    fn sums_are_by_intended_time_and_crashes_know_what_was_in_hand() {
        let client = 2;
        let records: Vec<_> = [
            (0, 1, Kind::Host, name_to_values("r0").to_vec()),
            (900, client, Kind::ClientPlanned, vec![1, 900]),
            (1_000, client, Kind::ClientPlanned, vec![2, 1_000]),
            (1_000, 3, Kind::GatewayAttempt, vec![0, 1, 0, 0]),
            (1_000, 1, Kind::StubRequest, vec![0, 0, 0, 2, 0]),
            (1_000, 1, Kind::StubRequest, vec![0, 1, 1, 3, 0]),
            (2_000, 1, Kind::StubFinished, vec![0, 0]),
            (3_000, 1, Kind::Crash, vec![4]),
            (4_000, client, Kind::ClientDone, vec![1, 200]),
            (5_000, client, Kind::ClientDone, vec![2, 502]),
        ]
        .into_iter()
        .enumerate()
        .map(|(i, (at, host, kind, values))| Record::new(at, i as u64, host, kind, &values))
        .collect();
        let account = Account::new(&records);
        assert_eq!(
            account.crashes,
            [Crash {
                host: "r0".into(),
                at_us: 3_000,
                in_hand: 1
            }]
        );
        let first = account.window(0..1_000);
        assert_eq!(
            (first.requests, first.ok, first.attempts, first.p99_us),
            (1, 1, 0, Some(3_100))
        );
        let second = account.window(1_000..2_000);
        assert_eq!((second.requests, second.failed, second.attempts), (1, 1, 1));
        assert_eq!((second.amplification(), second.success()), (Some(1.0), Some(0.0)));
        assert_eq!(account.window(9_000..9_999).success(), None);
        assert_eq!(account.host("r0"), Some(1));
    }

    #[test]
    fn nearest_rank_is_a_value_that_was_seen() {
        assert_eq!(nearest_rank(&mut [], 0.99), None);
        assert_eq!(nearest_rank(&mut [7], 0.99), Some(7));
        let mut hundred: Vec<u64> = (1..=100).rev().collect();
        assert_eq!(nearest_rank(&mut hundred, 0.99), Some(99));
    }
}
