//! Sticky sessions, as visitors see them: clients that come again with the cookies that they were given.
//!
//! - A visitor whose cookie was set by an answer of a replica gets that replica, while it is open to him.
//! - Who is answered by a replica that his cookie does not name, or has no cookie, is given one; and so is he whose cookie is
//!   past the half of its life.
//!
//! Which cookie is whose is learnt from answers: nobody looks into them. After a start of the gateway, or a step of its
//! clock, cookies from before may mean nothing, and are not judged.

use super::Finding;
use super::facts::micros;
use super::picks::{Client, Pick, Picks};
use super::recent::Recent;
use crate::trace::{Kind, Record};
use scenarios::Upstream;
use std::collections::BTreeMap;

/// Cookies tell whole seconds.
const SECOND_US: u64 = 1_000_000;

pub(super) struct Visitors {
    /// The cookie that a visitor was given last, by his host and what he asks for.
    cookies: BTreeMap<(u64, usize), Cookie>,
    visits: Recent<Visit>,
    /// Cookies of an earlier one are not judged.
    era: u64,
}

#[derive(Clone, Copy)]
struct Cookie {
    crc32: u64,
    host: u64,
    era: u64,
    /// It was set between these.
    asked_us: u64,
    given_us: u64,
}

#[derive(Default)]
struct Visit {
    begun_us: u64,
    /// The cookie that it shows, where that is known.
    cookie: Option<Cookie>,
    /// It shows one that is not.
    is_unknown: bool,
    era: u64,
    /// Host and status of the last answer to an attempt.
    answered: Option<(u64, u64)>,
    /// By how many attempts it was.
    answers: u32,
    is_given: bool,
    is_resent: bool,
}

impl Visit {
    /// Of two answers at once the gateway has passed on one, and nobody here knows which.
    fn is_ambiguous(&self, told: &Upstream) -> bool {
        self.answers > 1 && told.again.hedge.is_some()
    }
}

impl Visitors {
    pub(super) fn new(kept_us: u64) -> Self {
        Self {
            cookies: BTreeMap::new(),
            visits: Recent::new(kept_us),
            era: 0,
        }
    }

    /// To be shown everything before the picks see it: they forget who has a request when it is done.
    pub(super) fn see(&mut self, picks: &mut Picks, record: &Record, finding: &mut Finding) {
        let [id, second, third, status, ..] = record.args();
        match record.kind {
            Kind::Start | Kind::ClockStep if record.host == picks.facts().gateway => self.era += 1,
            Kind::ClientShows => self.shows(picks, id, second, record.at_us),
            Kind::ClientResent => {
                if let Some(visit) = self.visits.get_mut(id) {
                    visit.is_resent = true;
                }
            }
            Kind::GatewayAttemptDone if third == 0 => {
                if let Some((load_id, host)) = picks.holder(id, second)
                    && let Some(visit) = self.visits.get_mut(load_id)
                {
                    visit.answered = Some((host, status));
                    visit.answers += 1;
                }
            }
            Kind::ClientGiven => self.given(picks, id, second, record.at_us),
            Kind::ClientDone => {
                self.done(picks, record, finding);
                self.visits.end(id, record.at_us);
            }
            Kind::ClientFailed => self.visits.end(id, record.at_us),
            _ => {}
        }
    }

    /// A visitor's request has gone somewhere.
    pub(super) fn picked(&self, pick: &Pick<'_>, record: &Record, finding: &mut Finding) {
        let (Some(sticky), Some(visit)) = (&pick.member.told.sticky, self.visits.get(pick.load_id)) else {
            return;
        };
        let Some(cookie) = visit.cookie.filter(|cookie| cookie.era == self.era) else {
            return;
        };
        finding.looked_at += 1;
        let age_us = pick.at_us.saturating_sub(cookie.asked_us);
        let is_valid = age_us.saturating_add(SECOND_US) < micros(sticky.ttl);
        let own = pick.open.iter().find(|open| open.host == cookie.host);
        if let Some(own) = own.filter(|own| is_valid && own.host != pick.chosen().host) {
            finding.add(record, || {
                format!(
                    "request {} goes to {}, and its cookie is of {}, which is open to it",
                    pick.load_id,
                    pick.name(pick.chosen()),
                    pick.name(own)
                )
            });
        }
    }

    fn shows(&mut self, picks: &Picks, id: u64, crc32: u64, now_us: u64) {
        let visitor = picks.client(id).and_then(visitor);
        let cookie = visitor.and_then(|visitor| self.cookies.get(&visitor));
        let cookie = cookie.copied().filter(|cookie| cookie.crc32 == crc32);
        let visit = Visit {
            begun_us: now_us,
            is_unknown: crc32 != 0 && cookie.is_none(),
            cookie,
            era: self.era,
            ..Visit::default()
        };
        self.visits.insert(id, visit);
    }

    fn given(&mut self, picks: &Picks, id: u64, crc32: u64, now_us: u64) {
        let (Some(client), Some(visit)) = (picks.client(id), self.visits.get_mut(id)) else {
            return;
        };
        let Some(visitor) = visitor(client) else {
            return;
        };
        visit.is_given = true;
        let is_clear = visit.era == self.era
            && !visit.is_resent
            && !picks
                .member(client)
                .is_some_and(|member| visit.is_ambiguous(&member.told));
        match visit.answered.filter(|_| is_clear) {
            Some((host, _)) => {
                let cookie = Cookie {
                    crc32,
                    host,
                    era: self.era,
                    asked_us: visit.begun_us,
                    given_us: now_us,
                };
                self.cookies.insert(visitor, cookie);
            }
            None => drop(self.cookies.remove(&visitor)),
        }
    }

    fn done(&self, picks: &Picks, record: &Record, finding: &mut Finding) {
        let [id, status, ..] = record.args();
        let (Some(visit), Some(client)) = (self.visits.get(id), picks.client(id)) else {
            return;
        };
        let Some(member) = picks.member(client) else {
            return;
        };
        let (Some(sticky), Some((host, answered))) = (&member.told.sticky, visit.answered) else {
            return;
        };
        let facts = picks.facts();
        let upstream = facts.only_upstream_of(host);
        // another status is an answer of the gateway's own, and what is fallen back on knows no cookies
        if answered != status
            || upstream.is_some_and(|upstream| facts.ways.is_spare(upstream))
            || visit.is_given
            || visit.is_resent
            || visit.is_unknown
            || visit.is_ambiguous(&member.told)
            || visit.era != self.era
        {
            return;
        }
        let name = |host: u64| picks.facts().host(host).to_owned();
        match visit.cookie.filter(|cookie| cookie.era == self.era) {
            None if visit.cookie.is_some() => {}
            None => finding.add(record, || {
                format!(
                    "request {id} had no cookie, was answered by {}, and was given none",
                    name(host)
                )
            }),
            Some(cookie) if cookie.host != host => finding.add(record, || {
                format!(
                    "request {id} had a cookie of {}, was answered by {}, and was given no other",
                    name(cookie.host),
                    name(host)
                )
            }),
            Some(cookie) => {
                // as old at least when the gateway read it
                let age_us = visit.begun_us.saturating_sub(cookie.given_us);
                if age_us > micros(sticky.ttl) / 2 + SECOND_US {
                    finding.add(record, || {
                        format!(
                            "request {id} had a cookie that was {:.1} s old, and was given no new one; they last {} s",
                            age_us as f64 / 1e6,
                            sticky.ttl.as_secs()
                        )
                    });
                }
            }
        }
    }
}

fn visitor(client: &Client) -> Option<(u64, usize)> {
    Some((client.host, client.ask?))
}
