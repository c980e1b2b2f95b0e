//! Ejection: no request goes to a replica that it must not go to, and the gateway tells the truth of where they go.
//!
//! - A replica that gets a request belongs to the request's upstream in some config that was in force since its client sent
//!   it: one that a reload removed gets nothing that is newer.
//! - A retry goes to a replica that was not tried yet, as long as there is one that is not ejected.
//! - An attempt goes to a replica that the gateway has ejected only where all of its upstream's are, and the config says that
//!   it goes there all the same.
//! - A request is refused without an attempt only where all are, and the config does not say so.
//! - No more replicas are ejected at once than the config allows, and for no longer.
//! - Each request at a replica is one of the attempts at that replica that the gateway told of before.
//!
//! The first rests on clients, replicas and what was done to the gateway; those on retries and ejections on the gateway's
//! own word, which is why the last holds that word against the replicas.

use super::ejected::Ejected;
use super::facts::{Facts, Member};
use super::few::Few;
use super::ids::bit;
use super::recent::Recent;
use super::told::{self, Told};
use super::ways::Way;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::Scenario;

/// The answer to a request that nothing can be done for.
const REFUSED: u64 = 503;

pub(super) struct Ejection {
    told: Told<Tried>,
    ejected: Ejected,
    requests: Recent<Request>,
}

/// What became of a request of the gateway's so far.
#[derive(Default)]
struct Tried {
    begun_us: u64,
    attempted: bool,
    /// Places of replicas as a set: an upstream has 64 at most.
    places: u64,
}

/// A client's request.
struct Request {
    ask: u64,
    /// The event of its first sending.
    sent: Option<u64>,
    attempts: Few<Attempts>,
}

/// At one replica.
struct Attempts {
    host: u64,
    told: u32,
    arrived: u32,
}

impl Ejection {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            requests: Recent::new(facts.kept_us),
            told: Told::new(facts),
            ejected: Ejected::default(),
        }
    }

    fn attempt(&mut self, record: &Record, finding: &mut Finding) {
        let Self { told, ejected, .. } = self;
        let Some(attempt) = told.see(record) else {
            return ejected.see(&told.facts, &told.in_force, record, finding);
        };
        let tried = &mut attempt.request.facts;
        tried.attempted = true;
        if let (Some(member), Ok(place)) = (attempt.member, usize::try_from(attempt.place)) {
            finding.looked_at += 1;
            let name = &member.told.name;
            let replicas = told::replicas(&attempt.named, attempt.member);
            let replica = || {
                let host = replicas.get(place);
                let known = host.and_then(|host| member.replicas.iter().position(|known| known == host));
                let name = known.and_then(|known| member.told.replicas.get(known));
                name.map_or("a replica", String::as_str)
            };
            let id = record.args()[0];
            // who is in may still be left out by a breaker of his own
            let may_be_shut = member
                .told
                .breaker
                .as_ref()
                .is_some_and(|breaks| breaks.per_replica);
            let is_out = |host: &u64| attempt.is_current && ejected.is_out(member, *host);
            // who has another config in force, and is watched by some, may be out
            let is_in = |host: &u64| match attempt.is_current {
                _ if may_be_shut => false,
                true => ejected.is_in_since(member, *host, u64::MAX),
                false => !attempt.facts.is_watched(member.name),
            };
            let is_tried = |place: usize| tried.places & bit(place as u64) != 0;
            let untried = replicas.iter().enumerate();
            let mut untried = untried.filter(|(place, _)| !is_tried(*place));
            if attempt.number > 1 && is_tried(place) && untried.any(|(_, host)| is_in(host)) {
                finding.add(record, || {
                    format!(
                        "attempt {} of the gateway's request {id} goes to {} again, with a replica of {name} untried",
                        attempt.number,
                        replica()
                    )
                });
            }
            if replicas.get(place).is_some_and(is_out) {
                let beside = replicas.iter().any(is_in);
                let all_out = replicas.iter().all(is_out);
                if beside || all_out && !member.told.panic {
                    finding.add(record, || {
                        let beside = if beside {
                            format!("with a replica of {name} that is not")
                        } else {
                            format!("as all of {name}, which is to be refused then")
                        };
                        format!(
                            "attempt {} of the gateway's request {id} goes to {}, which it has ejected, {beside}",
                            attempt.number,
                            replica()
                        )
                    });
                }
            }
            tried.places |= bit(attempt.place);
        }
        if let (Some(host), Some(load_id)) = (attempt.host(), attempt.request.load_id)
            && let Some(request) = self.requests.get_mut(load_id)
        {
            request.at(host).told += 1;
        }
    }

    /// The gateway answers.
    fn answered(&mut self, record: &Record, finding: &mut Finding) {
        let [id, status, ..] = record.args();
        let Some(begun) = self.told.request(id) else {
            return;
        };
        let (config, load_id, begun_us) = (begun.config, begun.load_id, begun.facts.begun_us);
        if status != REFUSED || begun.facts.attempted {
            return;
        }
        let Told { facts, in_force, .. } = &self.told;
        let ask = load_id.and_then(|load_id| Some(self.requests.get(load_id)?.ask));
        let to = ask.and_then(|ask| facts.way(in_force.now(), ask)?.to());
        // of a split it is not known which branch was refused
        let member = to.and_then(|to| match to.branches.as_slice() {
            [(upstream, _)] => facts.member(in_force.now(), *upstream),
            _ => None,
        });
        // a name may stand for nobody
        let is_judged = |member: &&Member| {
            // what an adaptive limit refuses is judged by its own oracle
            member.told.concurrency.is_none() &&
            // what a breaker refuses is judged by its own oracle
            !member.told.by_name && member.told.breaker.is_none() && config == Some(in_force.now())
        };
        let Some(member) = member.filter(is_judged) else {
            return;
        };
        let mut hosts = member.replicas.iter();
        let beside = hosts.find(|host| self.ejected.is_in_since(member, **host, begun_us));
        if member.told.panic || beside.is_some() {
            finding.add(record, || {
                let why = beside.map_or("its config says that some replica is tried then".into(), |host| {
                    format!("{} is not ejected", facts.host(*host))
                });
                format!(
                    "the gateway's request {id} is refused as if all replicas of {} were out: {why}",
                    member.told.name
                )
            });
        }
    }

    fn arrived(&mut self, id: u64, record: &Record, finding: &mut Finding) {
        let Some(request) = self.requests.get_mut(id) else {
            return;
        };
        finding.looked_at += 1;
        let Told { facts, in_force, .. } = &self.told;
        let replica = facts.host(record.host);
        let attempts = request.at(record.host);
        attempts.arrived += 1;
        if attempts.arrived > attempts.told {
            let Attempts { told, arrived, .. } = *attempts;
            finding.add(record, || {
                format!("{replica} got request {id} {arrived} times, but the gateway told of {told} attempts there")
            });
        }
        let belongs = |config| {
            let to = facts.way(config, request.ask).and_then(Way::to);
            let upstreams = facts.upstreams_of(request.ask).iter().copied();
            let upstreams = upstreams.chain(to.and_then(|to| to.fallback));
            let mut members = upstreams.filter_map(|upstream| facts.member(config, upstream));
            members.any(|member| member.replicas.contains(&record.host))
        };
        if let Some(sent) = request.sent
            && !in_force.since(sent).any(belongs)
        {
            let changed = in_force.changed_us() as f64 / 1e6;
            let names = facts
                .upstreams_of(request.ask)
                .iter()
                .map(|upstream| facts.upstream(*upstream));
            let names = names.collect::<Vec<_>>().join(" or ");
            finding.add(record, || match names.as_str() {
                "" => format!("{replica} got request {id}, which no route sends anywhere"),
                name if in_force.ever().any(belongs) => format!(
                    "{replica} got request {id}, sent after a reload had removed it from {name} (the last at {changed:.3} s)"
                ),
                name => format!("{replica} got request {id}, which is for {name}: it is none of its replicas"),
            });
        }
    }
}

impl Request {
    fn at(&mut self, host: u64) -> &mut Attempts {
        let make = || Attempts {
            host,
            told: 0,
            arrived: 0,
        };
        self.attempts.find_or_push(|attempts| attempts.host == host, make)
    }
}

impl Oracle for Ejection {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Crash,
            Kind::Stop,
            Kind::End,
            Kind::GatewayEjected,
            Kind::GatewayReturned,
            Kind::Reload,
            Kind::ClientPlanned,
            Kind::ClientSent,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubRequest,
            Kind::GatewayApplied,
            Kind::GatewayReplica,
            Kind::GatewayRequest,
            Kind::GatewayAttempt,
            Kind::GatewayAnswered,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [id, _, ask, ..] = record.args();
        match record.kind {
            Kind::ClientPlanned => {
                let request = Request {
                    ask,
                    sent: None,
                    attempts: Few::default(),
                };
                self.requests.insert(id, request);
            }
            Kind::ClientSent => {
                if let Some(request) = self.requests.get_mut(id) {
                    request.sent.get_or_insert(record.sequence);
                }
            }
            // what copies do is another oracle's
            Kind::StubRequest => {
                if let Some(id) = self.told.facts.asked_for(record) {
                    self.arrived(id, record, finding);
                }
            }
            Kind::ClientDone | Kind::ClientFailed => self.requests.end(id, record.at_us),
            Kind::GatewayAnswered => self.answered(record, finding),
            Kind::GatewayRequest => {
                self.attempt(record, finding);
                if let Some(begun) = self.told.request(id) {
                    begun.facts.begun_us = record.at_us;
                }
            }
            _ => self.attempt(record, finding),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Events, check, scenario};
    use super::*;

    type Event = (u64, Kind, &'static [u64]);

    const LESS: [Event; 2] = [(0, Kind::Reload, &[1, 2]), (4, Kind::GatewayApplied, &[2])];
    const MAIN: [Event; 2] = [(0, Kind::Reload, &[0, 3]), (4, Kind::GatewayApplied, &[3])];
    const SENT: [Event; 2] = [
        (5, Kind::ClientPlanned, &[7, 0, 0]),
        (5, Kind::ClientSent, &[7, 0]),
    ];
    const BEGUN: Event = (4, Kind::GatewayRequest, &[0, 8]);
    const DONE: Event = (5, Kind::ClientDone, &[7, 200, 0, 0]);

    /// Told of and arrived.
    const AT_R0: [Event; 2] = [
        (4, Kind::GatewayAttempt, &[0, 1, 0, 0]),
        (1, Kind::StubRequest, &[0, 0, 0, 8, 0, 1, 99]),
    ];
    const AT_R2: [Event; 2] = [
        (4, Kind::GatewayAttempt, &[0, 2, 0, 2]),
        (3, Kind::StubRequest, &[2, 0, 0, 8, 0, 1, 99]),
    ];

    fn judge(events: &[&Events<'_>], expected: &[&str]) {
        check(&mut Ejection::new(&scenario()), &events.concat(), expected);
    }

    #[test]
    fn attempts_at_one_replica_after_the_other_hold() {
        judge(&[&SENT, &[BEGUN], &AT_R0, &AT_R2, &[DONE]], &[]);
    }

    #[test]
    fn removed_replicas_get_nothing_newer() {
        // the gateway's version 2 lacks r2, so that what it tells of it is no attempt there
        judge(
            &[&LESS, &SENT, &[BEGUN], &AT_R2],
            &[
                "r2 got request 7 1 times, but the gateway told of 0 attempts there",
                "r2 got request 7, sent after a reload had removed it from orders (the last at 0.000 s)",
            ],
        );
        // a gateway that forgot the reload
        judge(
            &[&LESS[..1], &SENT, &[BEGUN], &AT_R2],
            &["r2 got request 7, sent after a reload had removed it from orders (the last at 0.000 s)"],
        );
    }

    #[test]
    fn what_was_sent_before_the_removal_or_after_the_return_may_arrive() {
        judge(&[&SENT, &[BEGUN], &LESS, &AT_R2], &[]);
        judge(&[&LESS, &MAIN, &SENT, &[BEGUN], &AT_R2], &[]);
        judge(&[&LESS, &SENT, &MAIN, &[BEGUN], &AT_R2], &[]);
        judge(&[&[(0, Kind::Reload, &[1, 0])], &SENT, &[BEGUN], &AT_R2], &[]);
    }

    #[test]
    fn a_tried_replica_again_is_caught_while_another_is_untried() {
        let again: [Event; 2] = [(4, Kind::GatewayAttempt, &[0, 2, 0, 0]), AT_R0[1]];
        judge(
            &[&SENT, &[BEGUN], &AT_R0, &again],
            &["attempt 2 of the gateway's request 0 goes to r0 again, with a replica of orders untried"],
        );
        let third: [Event; 2] = [(4, Kind::GatewayAttempt, &[0, 3, 0, 0]), AT_R0[1]];
        let at_r1: [Event; 2] = [
            (4, Kind::GatewayAttempt, &[0, 2, 0, 1]),
            (2, Kind::StubRequest, &[1, 0, 0, 8, 0, 1, 99]),
        ];
        judge(&[&LESS, &SENT, &[BEGUN], &AT_R0, &at_r1, &third], &[]);
        // another process, another request of that number
        judge(
            &[&SENT, &[BEGUN], &AT_R0, &[(4, Kind::Start, &[1]), BEGUN], &again],
            &[],
        );
    }

    #[test]
    fn a_request_that_the_gateway_does_not_tell_of_is_caught() {
        judge(
            &[&SENT, &[BEGUN], &AT_R0, &AT_R0[1..]],
            &["r0 got request 7 2 times, but the gateway told of 1 attempts there"],
        );
    }

    #[test]
    fn a_request_for_somebody_else_is_caught() {
        let mut scenario = scenario();
        scenario.load.asks[0].path = "/users".into();
        let events = [&SENT[..], &[BEGUN], &AT_R0].concat();
        check(
            &mut Ejection::new(&scenario),
            &events,
            &["r0 got request 7, which no route sends anywhere"],
        );
    }
}
