//! Hedge: a second attempt beside one that is under way is there only where it was asked for, late enough, elsewhere, and once; and
//! nobody works on for whom has his answer.
//!
//! That attempts are where the gateway tells is for `truth` to say, that what is not idempotent has none for `at-most-once`, and what they cost
//! for `amplification`. Here:
//! - while an attempt is under way another begins only on routes with hedges, at another replica, no sooner than they say, and
//!   once in a request's life;
//! - a replica that still has a request in hand when its client has the whole answer loses its connection within some hops: by
//!   the replica's own word, over a sound way. That holds of every request without a body, hedged or not: behind a body that is not
//!   read the end of a connection is not seen.

use super::facts::{Facts, micros};
use super::recent::Recent;
use super::soundness::Soundness;
use super::told::Told;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::Scenario;
use std::collections::{BTreeMap, VecDeque};

/// A timer may be early by a tick of the simulation.
const TICK_US: u64 = 1_000;

/// A hop for the end of the connection, and twice as much because pieces before it may be slow.
const HOPS: u32 = 3;

/// Turns of those who have something to do with it.
const SLACK_US: u64 = 50_000;

pub(super) struct Hedge {
    told: Told<Begun>,
    soundness: Soundness,
    gone_us: u64,
    /// The client's ids of requests with a body.
    uploads: Recent<()>,
    /// Whose requests replicas have in hand, by the client's id, host and its own number of it; since when.
    in_hand: BTreeMap<(u64, u64, u64), u64>,
    /// Of those, what nobody waits for any more: from when on it is too long.
    due: VecDeque<(u64, (u64, u64, u64))>,
    /// Whose request a replica has.
    whose: BTreeMap<(u64, u64), u64>,
}

/// The attempts of a request.
#[derive(Default)]
struct Begun {
    under_way: Vec<Attempt>,
    is_hedged: bool,
}

struct Attempt {
    number: u64,
    host: Option<u64>,
    began_us: u64,
}

impl Hedge {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            soundness: Soundness::new(scenario, &facts),
            gone_us: micros(scenario.network.latency_max * HOPS).saturating_add(SLACK_US),
            uploads: Recent::new(facts.kept_us),
            in_hand: BTreeMap::new(),
            due: VecDeque::new(),
            whose: BTreeMap::new(),
            told: Told::new(facts),
        }
    }

    fn attempt(&mut self, record: &Record, finding: &mut Finding) {
        let Some(attempt) = self.told.see(record) else {
            return;
        };
        let next = Attempt {
            number: attempt.number,
            host: attempt.host(),
            began_us: record.at_us,
        };
        let (facts, member, request) = (attempt.facts, attempt.member, attempt.request);
        let begun = &mut request.facts;
        if let Some(first) = begun.under_way.last() {
            finding.looked_at += 1;
            let hedge = member.and_then(|member| member.told.again.hedge.as_ref());
            let since_us = record.at_us.saturating_sub(first.began_us);
            let wrong = match hedge {
                None => Some("where nobody asked for it".to_owned()),
                Some(_) if begun.is_hedged => Some("and is not the first that does".to_owned()),
                Some(_) if begun.under_way.iter().any(|other| other.host == next.host) => {
                    let host = next.host.map_or("the same replica", |host| facts.host(host));
                    Some(format!("at {host}, which has that one"))
                }
                Some(hedge) if since_us.saturating_add(TICK_US) < micros(hedge.least) => Some(format!(
                    "after {:.3} s, and {:.3} s is the least",
                    since_us as f64 / 1e6,
                    hedge.least.as_secs_f64()
                )),
                Some(_) => None,
            };
            if let Some(wrong) = wrong {
                let [id, number, ..] = record.args();
                let first = first.number;
                finding.add(record, || {
                    format!("attempt {number} of the gateway's request {id} begins beside attempt {first}, {wrong}")
                });
            }
            begun.is_hedged = true;
        }
        begun.under_way.push(next);
    }

    fn done(&mut self, id: u64, is_meant: impl Fn(u64) -> bool) {
        if let Some(request) = self.told.request(id) {
            request
                .facts
                .under_way
                .retain(|attempt| !is_meant(attempt.number));
        }
    }

    fn arrived(&mut self, record: &Record) {
        let number = record.args()[2];
        let load_id = self.told.facts.asked_for(record);
        if let Some(load_id) = load_id.filter(|id| self.uploads.get(*id).is_none()) {
            self.whose.insert((record.host, number), load_id);
            self.in_hand.insert((load_id, record.host, number), record.at_us);
        }
    }

    /// A replica is through with a request, one way or the other.
    fn leaves(&mut self, host: u64, number: u64) {
        if let Some(load_id) = self.whose.remove(&(host, number)) {
            self.in_hand.remove(&(load_id, host, number));
        }
    }

    /// Its client has the whole answer.
    fn served(&mut self, load_id: u64, now_us: u64) {
        let left = self
            .in_hand
            .range((load_id, 0, 0)..=(load_id, u64::MAX, u64::MAX));
        let due_us = now_us.saturating_add(self.gone_us);
        self.due.extend(left.map(|(key, _)| (due_us, *key)));
    }

    fn look(&mut self, record: &Record, finding: &mut Finding) {
        while let Some((due_us, key)) = self
            .due
            .front()
            .copied()
            .filter(|(due_us, _)| *due_us < record.at_us)
        {
            self.due.pop_front();
            let (load_id, host, _) = key;
            let Some(since_us) = self.in_hand.get(&key) else {
                continue;
            };
            finding.looked_at += 1;
            if self.soundness.holds(host, *since_us) {
                finding.add(record, || {
                    format!(
                        "{} still has request {load_id} in hand, whose client has had its answer since {:.3} s",
                        self.told.facts.host(host),
                        due_us.saturating_sub(self.gone_us) as f64 / 1e6
                    )
                });
            }
        }
    }

    /// What a program had in hand is gone with it.
    fn crashed(&mut self, host: u64) {
        self.whose.retain(|(of, _), _| *of != host);
        self.in_hand.retain(|(_, of, _), _| *of != host);
    }
}

impl Oracle for Hedge {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Crash,
            Kind::Link,
            Kind::Latency,
            Kind::Stop,
            Kind::Reload,
            Kind::Drain,
            Kind::ClientAsked,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubDown,
            Kind::StubUp,
            Kind::StubRequest,
            Kind::StubFinished,
            Kind::StubInjected,
            Kind::StubAborted,
            Kind::GatewayApplied,
            Kind::GatewayReplica,
            Kind::GatewayRequest,
            Kind::GatewayAttempt,
            Kind::GatewayAttemptDone,
            Kind::GatewayAnswered,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [id, second, _, bytes, ..] = record.args();
        self.look(record, finding);
        match record.kind {
            Kind::ClientAsked if bytes > 0 => self.uploads.insert(id, ()),
            Kind::ClientAsked => {}
            Kind::ClientDone => {
                self.served(id, record.at_us);
                self.uploads.end(id, record.at_us);
            }
            Kind::ClientFailed => self.uploads.end(id, record.at_us),
            Kind::StubRequest => self.arrived(record),
            Kind::StubFinished | Kind::StubInjected | Kind::StubAborted => self.leaves(record.host, second),
            Kind::GatewayAttemptDone => self.done(id, |number| number == second),
            Kind::GatewayAnswered => self.done(id, |_| true),
            _ => {
                if record.kind == Kind::Crash {
                    self.crashed(record.host);
                }
                self.soundness.see(record);
                self.attempt(record, finding);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Events, check, scenario};
    use super::*;
    use scenarios::Hedge as Told;

    const READ: (u64, Kind, &[u64]) = (4, Kind::GatewayRequest, &[0, 8]);
    const FIRST: (u64, Kind, &[u64]) = (4, Kind::GatewayAttempt, &[0, 1, 0, 0]);
    const OTHER: (u64, Kind, &[u64]) = (4, Kind::GatewayAttempt, &[0, 2, 0, 1]);
    const THIRD: (u64, Kind, &[u64]) = (4, Kind::GatewayAttempt, &[0, 3, 0, 2]);
    const FAILED: (u64, Kind, &[u64]) = (4, Kind::GatewayAttemptDone, &[0, 1, 3, 0]);
    const OTHER_FAILED: (u64, Kind, &[u64]) = (4, Kind::GatewayAttemptDone, &[0, 2, 3, 0]);

    fn judge(least_ms: Option<u64>, events: &Events<'_>, expected: &[&str]) {
        let mut scenario = scenario();
        for config in &mut scenario.configs[..2] {
            config.upstreams[0].again.hedge = least_ms.map(Told::after);
        }
        check(&mut Hedge::new(&scenario), events, expected);
    }

    #[test]
    fn beside_another_only_where_and_when_it_may() {
        let wrong =
            |what: &str| format!("attempt 2 of the gateway's request 0 begins beside attempt 1, {what}");
        judge(Some(2), &[READ, FIRST, OTHER], &[]);
        judge(Some(1), &[READ, FIRST, OTHER], &[]);
        judge(None, &[READ, FIRST, FAILED, OTHER], &[]);
        judge(
            None,
            &[READ, FIRST, OTHER],
            &[&wrong("where nobody asked for it")],
        );
        judge(
            Some(3),
            &[READ, FIRST, OTHER],
            &[&wrong("after 0.001 s, and 0.003 s is the least")],
        );
        let same: (u64, Kind, &[u64]) = (4, Kind::GatewayAttempt, &[0, 2, 0, 0]);
        judge(
            Some(1),
            &[READ, FIRST, same],
            &[&wrong("at r0, which has that one")],
        );
    }

    #[test]
    fn once_in_a_life() {
        judge(Some(1), &[READ, FIRST, OTHER, FAILED, OTHER_FAILED, THIRD], &[]);
        let third =
            "attempt 3 of the gateway's request 0 begins beside attempt 1, and is not the first that does";
        judge(Some(1), &[READ, FIRST, OTHER, OTHER_FAILED, THIRD], &[third]);
    }

    #[test]
    fn who_works_on_for_nobody_is_caught() {
        const AT_R0: (u64, Kind, &[u64]) = (1, Kind::StubRequest, &[0, 0, 0, 8, 0, 1, 99]);
        const DONE: (u64, Kind, &[u64]) = (5, Kind::ClientDone, &[7, 200, 0, 0]);
        let aborted: (u64, Kind, &[u64]) = (1, Kind::StubAborted, &[0, 0, 0]);
        // an event each ms, and 3 hops of 5 ms and 50 ms are allowed
        let after = |ms: usize, events: &[(u64, Kind, &'static [u64])]| [events, &vec![READ; ms]].concat();
        let still = "r0 still has request 7 in hand, whose client has had its answer since 0.001 s";
        judge(None, &after(66, &[AT_R0, DONE]), &[still]);
        let upload: (u64, Kind, &[u64]) = (5, Kind::ClientAsked, &[7, 2, 0, 9, 0]);
        judge(None, &after(67, &[upload, AT_R0, DONE]), &[]);
        judge(None, &after(65, &[AT_R0, DONE]), &[]);
        judge(None, &after(66, &[AT_R0, DONE, aborted]), &[]);
        judge(None, &after(66, &[AT_R0]), &[]);
        let crash: (u64, Kind, &[u64]) = (1, Kind::Crash, &[1]);
        judge(None, &after(66, &[AT_R0, DONE, crash]), &[]);
    }
}
