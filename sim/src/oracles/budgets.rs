//! The windowed rule of retry budgets, for each upstream: in any window (a, b]
//!
//! ```text
//! retries decided  ≤  ratio × requests in (a − ttl, b]  +  floor × (b − a + ttl)
//! ```
//!
//! A retry is what reaches a replica beyond the sendings of its client. When it was decided nobody saw, but not before the
//! gateway had read its request, and not after it arrived: so all retries of requests that were read since some time, and
//! that have arrived by now, were decided in between. That a request is counted before the gateway has sent it anywhere is to
//! the gateway's good, and so is every retry that nobody saw arrive.
//!
//! What the gateway tells is only when it read a request; it may not be long before its replicas hear of that one. A process
//! that is started anew has counted nothing.

use super::Finding;
use super::facts::{Facts, micros};
use super::recent::Recent;
use crate::trace::Record;
use scenarios::Budget;
use std::collections::VecDeque;

/// Times of the same moment may be told a tick apart.
const SLACK_US: u64 = 2_000;

/// Windows that began longer ago are not looked at.
const LOOK_BACK_US: u64 = 8_000_000;

pub(super) struct Budgets {
    /// By upstream; `None` where any config has retries without one.
    budgets: Vec<Option<Told>>,
    /// When requests were read that may go to an upstream, by upstream.
    requests: Vec<VecDeque<u64>>,
    /// When the requests were read whose retries have arrived, by upstream.
    retries: Vec<VecDeque<u64>>,
    /// What the client planned, by its id.
    planned: Recent<Planned>,
}

struct Planned {
    ask: u64,
    read_us: Option<u64>,
    /// Another process may have sent it too.
    is_old: bool,
}

/// The most generous of all configs.
#[derive(Clone)]
struct Told {
    ratio: f64,
    per_us: f64,
    ttl_us: u64,
}

impl Told {
    fn of(budget: &Budget) -> Self {
        Self {
            ratio: budget.ratio,
            per_us: budget.min_per_second as f64 / 1e6,
            ttl_us: micros(budget.ttl),
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            ratio: self.ratio.max(other.ratio),
            per_us: self.per_us.max(other.per_us),
            ttl_us: self.ttl_us.max(other.ttl_us),
        }
    }
}

impl Budgets {
    pub(super) fn new(facts: &Facts) -> Self {
        let told = |upstream: usize| {
            let members = facts.configs.iter().flatten();
            let members = members.filter(|member| member.name == upstream && member.told.retries > 0);
            let budgets = members.map(|member| member.told.again.budget.as_ref().map(Told::of));
            budgets.reduce(|one, other| Some(one?.or(other?))).flatten()
        };
        let count = facts.upstreams();
        Self {
            budgets: (0..count).map(told).collect(),
            requests: vec![VecDeque::new(); count],
            retries: vec![VecDeque::new(); count],
            planned: Recent::new(facts.kept_us),
        }
    }

    /// A client plans a request.
    pub(super) fn planned(&mut self, id: u64, ask: u64) {
        self.planned.insert(
            id,
            Planned {
                ask,
                read_us: None,
                is_old: false,
            },
        );
    }

    /// The gateway has read its head.
    pub(super) fn read(&mut self, facts: &Facts, id: u64, now_us: u64) {
        let Some(planned) = self.planned.get_mut(id) else {
            return;
        };
        planned.read_us = Some(now_us);
        for upstream in facts.upstreams_of(planned.ask) {
            let Some(Some(told)) = self.budgets.get(*upstream) else {
                continue;
            };
            let requests = &mut self.requests[*upstream];
            requests.push_back(now_us);
            let oldest_us = now_us.saturating_sub(told.ttl_us.saturating_add(2 * LOOK_BACK_US));
            while requests.front().is_some_and(|at| *at < oldest_us) {
                requests.pop_front();
            }
        }
    }

    /// Its outcome is known to its client.
    pub(super) fn ended(&mut self, id: u64, now_us: u64) {
        self.planned.end(id, now_us);
    }

    /// All is counted anew. What clients have planned may come still, and is a request then; which of its arrivals are whose is not known.
    pub(super) fn begin(&mut self) {
        self.planned
            .values_mut()
            .for_each(|planned| planned.is_old = true);
        self.requests.iter_mut().for_each(VecDeque::clear);
        self.retries.iter_mut().for_each(VecDeque::clear);
    }

    /// A retry of this request has arrived.
    pub(super) fn retried(&mut self, facts: &Facts, id: u64, record: &Record, finding: &mut Finding) {
        let now_us = record.at_us;
        let Some(upstream) = facts.only_upstream_of(record.host) else {
            return;
        };
        let planned = self.planned.get(id).filter(|planned| !planned.is_old);
        let read_us = planned.and_then(|planned| planned.read_us);
        let (Some(Some(told)), Some(read_us)) = (self.budgets.get(upstream), read_us) else {
            return;
        };
        let (requests, retries) = (&self.requests[upstream], &mut self.retries[upstream]);
        // nearly always the last
        let place = retries.partition_point(|at| *at <= read_us);
        retries.insert(place, read_us);
        while retries
            .front()
            .is_some_and(|at| at.saturating_add(LOOK_BACK_US) < now_us)
        {
            retries.pop_front();
        }
        finding.looked_at += 1;
        let mut counted = requests.len();
        for (count, since_us) in retries.iter().rev().enumerate() {
            let first_us = since_us.saturating_sub(told.ttl_us.saturating_add(SLACK_US));
            while counted > 0 && requests[counted - 1] >= first_us {
                counted -= 1;
            }
            let (count, within) = (count as u64 + 1, requests.len() - counted);
            let span_us = now_us
                .saturating_sub(*since_us)
                .saturating_add(told.ttl_us)
                .saturating_add(SLACK_US);
            let most = told.ratio * within as f64 + told.per_us * span_us as f64;
            if count as f64 > most + 1e-6 {
                finding.add(record, || {
                    format!(
                        "{count} retries of {} were decided between {:.3} s and now; its budget allows {most:.1}: {} of {within} \
                         requests, and {} a second",
                        facts.upstream(upstream),
                        *since_us as f64 / 1e6,
                        told.ratio,
                        told.per_us * 1e6,
                    )
                });
                return;
            }
        }
    }
}
