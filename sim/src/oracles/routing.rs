//! Routing: a request goes where its route says, as that says it, or nowhere.
//!
//! What the config in force makes of each request is worked out anew (see [`super::courses`]). Then
//! - a replica that gets a request belongs to an upstream of its route, of a split that the client has chosen from to that
//!   one, and sees the target that the route makes of the client's;
//! - a request that the gateway is to answer by itself (a redirect, a fixed answer, no route, another method) reaches no
//!   replica and gets that very answer, `Location` or `Allow` included; one that it is not to answer is not;
//! - all attempts of one sending are in one branch of a split, but for those at what the route falls back on;
//! - a split draws as its weights say, as far as chance goes (see [`super::chances`]). Counted are the gateway's first
//!   attempts, which `ejection` holds against the replicas; requests without one may have been drawn in any way.

use super::chances::{UNLIKELY, surprise};
use super::facts::Facts;
use super::few::Few;
use super::http::HEAD;
use super::recent::Recent;
use super::told::Told;
use super::ways::{Own, To, Way};
use super::{Finding, Oracle};
use crate::trace::{Kind, Outcome, Record};
use scenarios::Scenario;
use std::collections::BTreeMap;

pub(super) struct Routing {
    told: Told<()>,
    requests: Recent<Request>,
    /// By config and route.
    draws: BTreeMap<(usize, usize), Draws>,
}

struct Request {
    ask: u64,
    method: u64,
    /// The event of its first sending.
    sent: Option<u64>,
    sendings: u32,
    /// Upstreams that it reached.
    reached: Few<usize>,
    /// Where its answer leads.
    points_crc32: Option<u64>,
}

/// What a split drew.
#[derive(Default)]
struct Draws {
    requests: u64,
    /// Upstream, weight, and how often it was.
    branches: Vec<(usize, u32, u64)>,
}

impl Routing {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            requests: Recent::new(facts.kept_us),
            told: Told::new(facts),
            draws: BTreeMap::new(),
        }
    }

    fn arrived(&mut self, record: &Record, finding: &mut Finding) {
        let [.., target_crc32] = record.args();
        let Told { facts, in_force, .. } = &self.told;
        let Some(id) = facts.asked_for(record) else {
            return;
        };
        let Some(request) = self.requests.get_mut(id) else {
            return;
        };
        let Some(sent) = request.sent else {
            return;
        };
        finding.looked_at += 1;
        let replica = facts.host(record.host);
        let ways = in_force
            .since(sent)
            .filter_map(|config| facts.way(config, request.ask));
        let to: Vec<&To> = ways.filter_map(Way::to).collect();
        let upstream = facts.only_upstream_of(record.host);
        let goes_there = |to: &&&To| upstream.is_none_or(|upstream| to.goes_to(upstream));
        match to.iter().find(goes_there) {
            None if to.is_empty() => finding.add(record, || {
                format!("{replica} got request {id}, which no route sends anywhere")
            }),
            None => finding.add(record, || {
                let route = facts.ways.route(to[0].route);
                format!("{replica} got request {id}, which route {route} takes: it does not go there")
            }),
            Some(first)
                if to
                    .iter()
                    .filter(goes_there)
                    .all(|to| to.target_crc32 != target_crc32) =>
            {
                finding.add(record, || {
                    let route = facts.ways.route(first.route);
                    format!(
                        "{replica} got request {id} with another target than route {route} makes of its own"
                    )
                });
            }
            Some(_) => {}
        }
        let Some(upstream) = upstream else {
            return;
        };
        if let Some(other) = request
            .reached
            .iter()
            // what was on its way before may come behind what is fallen back on
            .find(|reached| **reached != upstream && !facts.ways.is_spare(**reached))
            .copied()
            && request.sendings == 1
            && !facts.ways.is_spare(upstream)
        {
            finding.add(record, || {
                let [before, now] = [other, upstream].map(|upstream| facts.upstream(upstream));
                format!("request {id}, sent once, reached {before} and then {now}")
            });
        }
        request
            .reached
            .find_or_push(|reached| *reached == upstream, || upstream);
    }

    fn done(&self, id: u64, record: &Record, finding: &mut Finding) {
        let Some(request) = self.requests.get(id) else {
            return;
        };
        let (Some(sent), Outcome::Status(status)) = (request.sent, Outcome::of(record)) else {
            return;
        };
        let Told { facts, in_force, .. } = &self.told;
        let ways: Vec<&Way> = in_force
            .since(sent)
            .filter_map(|config| facts.way(config, request.ask))
            .collect();
        let mut own = ways.iter().filter_map(|way| way.own());
        let is_reached = request.reached.iter().next().is_some();
        // a replica that was not reached leaves the gateway with one of its 5xx
        let is_degraded = |to: &To| {
            to.degraded
                .as_ref()
                .is_some_and(|degraded| degraded.status == status)
        };
        let may_be_passed = ways
            .iter()
            .filter_map(|way| way.to())
            .any(|to| is_reached || status >= 500 || is_degraded(to));
        finding.looked_at += 1;
        let Some(wanted) = own.next() else {
            if !may_be_passed && !ways.is_empty() {
                finding.add(record, || {
                    format!("request {id} was answered {status}, but its route sends it upstream, and no replica got it")
                });
            }
            return;
        };
        let is_it = |own: &Own| request.is_answered_by(own, record);
        if !may_be_passed && !is_it(wanted) && !own.any(is_it) {
            finding.add(record, || {
                let wanted = wanted.status;
                match status == wanted {
                    true => format!("request {id} was answered {status} as it is to be, but with another content or `Location`"),
                    false => format!("request {id} was answered {status}, but the gateway is to answer it {wanted} by itself"),
                }
            });
        }
    }

    /// What the gateway tells of itself.
    fn told(&mut self, record: &Record) {
        let [id, ..] = record.args();
        let attempt = self.told.see(record);
        let first = attempt.filter(|attempt| attempt.number == 1);
        let upstream = first.and_then(|attempt| attempt.member.map(|member| member.name));
        let is_request = record.kind == Kind::GatewayRequest;
        if !is_request && upstream.is_none() {
            return;
        }
        let Some(begun) = self.told.request(id) else {
            return;
        };
        let (Some(load_id), Some(config)) = (begun.load_id, begun.config) else {
            return;
        };
        let Some(request) = self.requests.get(load_id) else {
            return;
        };
        let Some(Way::To(to)) = self.told.facts.way(config, request.ask) else {
            return;
        };
        if to.branches.len() < 2 {
            return;
        }
        let draws = self.draws.entry((config, to.route)).or_default();
        draws.requests += u64::from(is_request);
        if draws.branches.is_empty() {
            draws.branches = to
                .branches
                .iter()
                .map(|(name, weight)| (*name, *weight, 0))
                .collect();
        }
        let drawn = draws
            .branches
            .iter_mut()
            .find(|(name, ..)| Some(*name) == upstream);
        if let Some((_, _, count)) = drawn {
            *count += 1;
        }
    }

    fn shares(&self, record: &Record, finding: &mut Finding) {
        for ((_, route), draws) in &self.draws {
            let all: u64 = draws
                .branches
                .iter()
                .map(|(_, weight, _)| u64::from(*weight))
                .sum();
            let known: u64 = draws.branches.iter().map(|(.., count)| count).sum();
            let unknown = draws.requests.saturating_sub(known);
            for (upstream, weight, count) in &draws.branches {
                finding.looked_at += 1;
                let share = f64::from(*weight) / all.max(1) as f64;
                let of = known + unknown;
                let (least, most) = (*count, count + unknown);
                let is_likely = |count: u64| surprise(count as f64, of as f64, share) <= UNLIKELY;
                if is_likely(least) || is_likely(most) {
                    continue;
                }
                // unknown ones can make it right only between the two
                let expected = share * of as f64;
                if (least as f64) < expected && expected < most as f64 {
                    continue;
                }
                finding.add(record, || {
                    format!(
                        "route {} sent {count} of {of} requests to {}, whose share is {share:.3}",
                        self.told.facts.ways.route(*route),
                        self.told.facts.upstream(*upstream)
                    )
                });
            }
        }
    }
}

impl Request {
    fn is_answered_by(&self, own: &Own, record: &Record) -> bool {
        let [_, status, bytes, crc32, ..] = record.args();
        let is_its = (bytes, crc32) == (own.bytes, own.crc32) || self.method == HEAD && bytes == 0;
        status == own.status && is_its && self.points_crc32 == own.points_crc32
    }
}

impl Oracle for Routing {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Reload,
            Kind::End,
            Kind::ClientPlanned,
            Kind::ClientAsked,
            Kind::ClientSent,
            Kind::ClientResent,
            Kind::ClientPointed,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubRequest,
            Kind::GatewayApplied,
            Kind::GatewayReplica,
            Kind::GatewayRequest,
            Kind::GatewayAttempt,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [id, second, ask, ..] = record.args();
        match record.kind {
            Kind::ClientPlanned => {
                let request = Request {
                    ask,
                    method: 0,
                    sent: None,
                    sendings: 0,
                    reached: Few::default(),
                    points_crc32: None,
                };
                self.requests.insert(id, request);
            }
            Kind::ClientAsked | Kind::ClientSent | Kind::ClientResent | Kind::ClientPointed => {
                let Some(request) = self.requests.get_mut(id) else {
                    return;
                };
                match record.kind {
                    Kind::ClientAsked => request.method = second,
                    Kind::ClientPointed => request.points_crc32 = Some(second),
                    _ => {
                        request.sent.get_or_insert(record.sequence);
                        request.sendings += 1;
                    }
                }
            }
            Kind::StubRequest => self.arrived(record, finding),
            Kind::ClientDone | Kind::ClientFailed => {
                if record.kind == Kind::ClientDone {
                    self.done(id, record, finding);
                }
                self.requests.end(id, record.at_us);
            }
            Kind::End => self.shares(record, finding),
            _ => self.told(record),
        }
    }
}

#[cfg(test)]
mod tests;
