//! Why requests eject a replica: what attempts come to, and whether that is cause enough, or more than that.

use super::super::Finding;
use super::super::conduct::{CONNECTS, IN_A_ROW, Said};
use super::super::ejected::PROBES;
use super::super::told::Told;
use super::{Attempt, Health, Trial};
use crate::trace::{CANCELLED, Kind, NOT_CONNECTED, Record};
use scenarios::Ejects;

/// Statuses that count as errors where nothing else is told.
const ERROR_STATUSES: std::ops::RangeInclusive<u64> = 502..=504;

impl Health {
    pub(super) fn ejected(&mut self, record: &Record, is_expected: bool, finding: &mut Finding) {
        let [upstream, place, cause, ..] = record.args();
        let Told { facts, in_force, .. } = &self.told;
        let Some((member, host)) = facts.replica(in_force.now(), upstream, place) else {
            return;
        };
        let (name, upstream) = (member.told.name.clone(), member.name);
        let who = facts.host(host).to_owned();
        let ejects = member.told.ejects.clone();
        finding.looked_at += 1;
        if cause == PROBES {
            let verdict = self.replica(upstream, host).verdict;
            if !is_expected && !self.replica(upstream, host).conduct.is_unsure() {
                finding.add(record, || {
                    format!(
                        "{who} of {name} is taken out by its probes, of which the last {} in a row speak for that",
                        verdict.against()
                    )
                });
            }
            self.replica(upstream, host).conduct.is_known_again();
            return;
        }
        let Some(ejects) = ejects else {
            return finding.add(record, || {
                format!("{who} is ejected by requests, which {name} is not to look at")
            });
        };
        let since_us = self.replica(upstream, host).conduct.since_us();
        let went_on = self.probing.went_on(since_us);
        let replica = self.replica(upstream, host);
        if !replica.conduct.is_unsure() && (!replica.conduct.is_in() || !replica.verdict.is_up) {
            finding.add(record, || format!("{who} of {name} is ejected, and was out"));
        }
        let is_known = !replica.conduct.is_unsure();
        replica.conduct.is_known_again();
        let conduct = replica.conduct.clone();
        replica.conduct.eject(record.at_us, went_on && is_known, &ejects);
        if is_known && !conduct.explains(cause, record.at_us, &ejects) {
            self.trial = Some(Trial {
                upstream,
                host,
                cause,
                ejects,
                conduct,
                at_us: record.at_us,
                sequence: record.sequence,
            });
        }
    }

    /// Whether this explains an ejection of a moment before: its last cause is told of after it.
    pub(super) fn tries(&mut self, record: &Record, finding: &mut Finding) {
        let Some(mut trial) = self.trial.take() else {
            return;
        };
        let at = (trial.upstream, trial.host);
        if record.at_us == trial.at_us && record.kind != Kind::End {
            let said = self.said(record, at);
            if let Some((said, began_us)) = said {
                trial.conduct.heard(said, began_us, record.at_us, &trial.ejects);
            }
            if said.is_some() && trial.conduct.explains(trial.cause, trial.at_us, &trial.ejects) {
                return;
            }
            if said.is_none() {
                self.trial = Some(trial);
                return;
            }
        }
        let facts = &self.told.facts;
        finding.add_at(trial.at_us, trial.sequence, || {
            let Ejects {
                errors,
                connect_failures,
                ratio,
                min_requests,
                ..
            } = trial.ejects;
            let cause = match trial.cause {
                CONNECTS => format!("{connect_failures} failures to connect in a row"),
                IN_A_ROW => format!("{errors} errors in a row"),
                _ => format!("{ratio} of at least {min_requests} requests that were errors"),
            };
            format!(
                "{} of {} is ejected for {cause}: nobody saw that, but {} errors at most since its last good answer",
                facts.host(trial.host),
                facts.upstream(trial.upstream),
                trial.conduct.errors_at_most()
            )
        });
    }

    /// What a record says of this replica, and when that began.
    fn said(&mut self, record: &Record, at: (usize, u64)) -> Option<(Said, u64)> {
        let [id, _, outcome, status, ..] = record.args();
        if outcome == CANCELLED && record.kind == Kind::GatewayAttemptDone {
            return None;
        }
        if !matches!(record.kind, Kind::GatewayAttemptDone | Kind::GatewayAnswered) {
            return None;
        }
        let begun = self.told.request(id)?;
        let load_id = begun.load_id;
        let attempt = begun.facts.get(meant(&begun.facts, record)?)?;
        if (attempt.upstream, attempt.host) != at || attempt.ended || attempt.ejects.is_none() {
            return None;
        }
        let (event, began_us) = attempt.began;
        let (host, number) = (attempt.host, attempt.number);
        if record.kind == Kind::GatewayAnswered {
            // without an end of it: the route's time was over, which says nothing of a later attempt
            let answered = record.args()[1];
            let mut degraded = self.told.facts.ways.degraded();
            let is_over = answered == 504 || degraded.any(|degraded| degraded.status == answered);
            return (is_over && number == 1).then_some((Said::Perhaps, began_us));
        }
        let has_body = load_id
            .and_then(|id| self.requests.get(id))
            .is_none_or(|request| request.has_body);
        let dialled = self.dialled.get(&host).is_some_and(|last| *last > event);
        let refused = self.refused == Some((host, record.at_us));
        let said = match outcome {
            0 if ERROR_STATUSES.contains(&status) => Said::Error,
            0 => Said::Good,
            NOT_CONNECTED if refused => Said::Unconnected,
            // without a dial there was a bound
            NOT_CONNECTED if !dialled => return None,
            3 if !has_body => Said::Error,
            _ => Said::Perhaps,
        };
        Some((said, began_us))
    }

    pub(super) fn attempt_done(&mut self, record: &Record, finding: &mut Finding) {
        let [id, _, outcome, ..] = record.args();
        let attempts = self.told.request(id).map(|begun| &begun.facts);
        let Some((place, attempts)) = attempts.and_then(|all| Some((meant(all, record)?, all))) else {
            return;
        };
        let at = (attempts[place].upstream, attempts[place].host);
        let said = self.said(record, at);
        let now = self.told.in_force.now();
        let Some(begun) = self.told.request(id) else {
            return;
        };
        let load_id = begun.load_id;
        let Some(attempt) = begun.facts.get_mut(place) else {
            return;
        };
        attempt.ended = record.kind == Kind::GatewayAttemptDone;
        let (config, ejects) = (attempt.config, attempt.ejects.clone());
        let began_us = attempt.began.1;
        if let (Kind::GatewayAttemptDone, 0, Some(load_id)) = (record.kind, outcome, load_id)
            && let Some(request) = self.requests.get_mut(load_id)
        {
            request.answered = Some((at.0, at.1, began_us));
        }
        self.refused.take_if(|_| outcome == NOT_CONNECTED);
        let (Some((said, began_us)), Some(ejects)) = (said, ejects) else {
            return;
        };
        finding.looked_at += 1;
        self.replica(at.0, at.1)
            .conduct
            .heard(said, began_us, record.at_us, &ejects);
        if matches!(said, Said::Error | Said::Unconnected) && config == Some(now) {
            self.demands(at, record, finding);
        }
    }

    /// Whether it should be ejected by now.
    fn demands(&mut self, at: (usize, u64), record: &Record, finding: &mut Finding) {
        let Told { facts, in_force, .. } = &self.told;
        let Some(member) = facts.member(in_force.now(), at.0) else {
            return;
        };
        let (Some(ejects), true) = (&member.told.ejects, member.replicas.contains(&at.1)) else {
            return;
        };
        let known = |host: &u64| self.replicas.get(&(at.0, *host));
        let is_unsure = |host: &u64| known(host).is_some_and(|replica| replica.conduct.is_unsure());
        let is_out = |host: &u64| {
            known(host).is_some_and(|replica| !replica.conduct.is_in() || !replica.verdict.is_up)
        };
        let out = member.replicas.iter().filter(|host| is_out(host)).count();
        let Some(replica) = known(&at.1).filter(|_| !member.replicas.iter().any(is_unsure)) else {
            return;
        };
        if out < ejects.most_of(member.replicas.len())
            && replica.verdict.is_up
            && let Some(why) = replica.conduct.demands(ejects)
        {
            finding.add(record, || {
                format!(
                    "{} of {} is not ejected after {why}",
                    facts.host(at.1),
                    member.told.name
                )
            });
        }
    }

    /// A connection to a replica ends, perhaps in the middle of an answer.
    pub(super) fn broke(&mut self, record: &Record) {
        let Some(load_id) = self.carries.remove(&record.args()[0]) else {
            return;
        };
        let request = self.requests.get_mut(load_id);
        let Some((upstream, host, began_us)) = request.and_then(|request| request.answered.take()) else {
            return;
        };
        let member = self.told.facts.member(self.told.in_force.now(), upstream);
        if let Some(ejects) = member.and_then(|member| member.told.ejects.clone()) {
            let conduct = &mut self.replica(upstream, host).conduct;
            conduct.heard(Said::Perhaps, began_us, record.at_us, &ejects);
        }
    }
}

/// The place of the attempt that this is about: by its number, or of those that are under way the first, whose request is answered.
fn meant(attempts: &[Attempt], record: &Record) -> Option<usize> {
    let number = record.args()[1];
    attempts.iter().position(|attempt| match record.kind {
        Kind::GatewayAttemptDone => attempt.number == number,
        _ => !attempt.ended,
    })
}
