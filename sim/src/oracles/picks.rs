//! Every pick of a replica that the gateway tells of, with what was open to it then.
//!
//! Open are the replicas of its upstream that are not ejected and that the request has not tried; where there is none, those
//! that are not ejected. Picks of requests under another config than the one in force are not shown: the gateway's
//! word on ejections is of that one. Nor is a pick of what was not open, which the oracle of ejections judges.

use super::Finding;
use super::ejected::Ejected;
use super::facts::{Facts, Member, micros, settling};
use super::hands::Hands;
use super::ids::bit;
use super::recent::Recent;
use super::told::Told;
use crate::trace::{Kind, Record};
use scenarios::Scenario;
use std::collections::BTreeMap;

/// All of a replica's share, in thousandths.
pub(super) const SHARE_FULL: u64 = 1_000;

/// What one that comes back has at once, as documented.
const SHARE_FIRST: u64 = 100;

pub(super) struct Picks {
    /// Of each request, the places of replicas that it has tried, as a set: an upstream has 64 at most.
    told: Told<u64>,
    ejected: Ejected,
    hands: Hands,
    /// Since when replicas are back, by upstream and host.
    returned_us: BTreeMap<(usize, u64), u64>,
    clients: Recent<Client>,
    /// Counts how often the gateway began to pick anew.
    picker: u64,
    /// Each has turns of its own, and numbers its requests in steps of so many.
    workers: u64,
    open: Vec<Open>,
}

/// A client's request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    pub(super) host: u64,
    pub(super) ask: Option<usize>,
    /// The cookies that it is sent with; 0 for none.
    pub(super) shows: u64,
}

/// A replica that could be picked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub(super) place: usize,
    pub(super) host: u64,
    pub(super) weight: u64,
    /// In thousandths.
    pub(super) share: u64,
    /// In its hands, at least and at most.
    pub(super) least: u64,
    pub(super) most: u64,
}

impl Open {
    /// Its weight times its share.
    pub(super) fn due(&self) -> u64 {
        self.weight * self.share
    }

    pub(super) fn is_full(&self) -> bool {
        self.share == SHARE_FULL
    }
}

pub(super) struct Pick<'a> {
    pub(super) facts: &'a Facts,
    pub(super) member: &'a Member,
    /// In order of place.
    pub(super) open: &'a [Open],
    /// Its number among those.
    pub(super) chosen: usize,
    /// It takes a turn of first attempts.
    pub(super) is_first: bool,
    pub(super) load_id: u64,
    pub(super) client: Client,
    pub(super) picker: u64,
    /// Of the gateway: each takes turns by itself.
    pub(super) worker: u64,
    pub(super) at_us: u64,
}

impl Pick<'_> {
    pub(super) fn chosen(&self) -> &Open {
        &self.open[self.chosen]
    }

    pub(super) fn name(&self, open: &Open) -> &str {
        self.facts.host(open.host)
    }

    pub(super) fn upstream(&self) -> &str {
        &self.member.told.name
    }

    /// Hosts as a set.
    pub(super) fn hosts(&self) -> u64 {
        self.open.iter().fold(0, |hosts, open| hosts | bit(open.host))
    }

    /// Nobody has come back a moment ago.
    pub(super) fn all_full(&self) -> bool {
        self.open.iter().all(Open::is_full)
    }
}

impl Picks {
    /// What is to be shown to it.
    pub(super) const KINDS: &'static [Kind] = &[
        Kind::Start,
        Kind::Crash,
        Kind::Reset,
        Kind::Stop,
        Kind::FaultBegan,
        Kind::FaultEnded,
        Kind::Reload,
        Kind::Accept,
        Kind::FinOut,
        Kind::FinIn,
        Kind::RstIn,
        Kind::ClockStep,
        Kind::ClientPlanned,
        Kind::ClientShows,
        Kind::ClientGiven,
        Kind::ClientResent,
        Kind::ClientDone,
        Kind::ClientFailed,
        Kind::GatewayRequest,
        Kind::GatewayAttempt,
        Kind::GatewayAttemptDone,
        Kind::GatewayAnswered,
        Kind::GatewayApplied,
        Kind::GatewayReplica,
        Kind::GatewayEjected,
        Kind::GatewayReturned,
    ];

    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            clients: Recent::new(facts.kept_us),
            hands: Hands::new(facts.gateway, micros(settling(scenario))),
            told: Told::new(facts),
            ejected: Ejected::default(),
            returned_us: BTreeMap::new(),
            picker: 0,
            workers: scenario.workers.max(1) as u64,
            open: Vec::new(),
        }
    }

    pub(super) fn facts(&self) -> &Facts {
        &self.told.facts
    }

    pub(super) fn client(&self, id: u64) -> Option<&Client> {
        self.clients.get(id)
    }

    /// The client's id of one of the gateway's requests, and the replica that has this attempt at it.
    pub(super) fn holder(&mut self, id: u64, number: u64) -> Option<(u64, u64)> {
        let (_, host) = self.hands.holder(id, number)?;
        Some((self.told.request(id)?.load_id?, host))
    }

    /// The upstream in force to which a client's request goes.
    pub(super) fn member(&self, client: &Client) -> Option<&Member> {
        let Told { facts, in_force, .. } = &self.told;
        facts.member(in_force.now(), facts.upstream_of_ask(client.ask?)?)
    }

    pub(super) fn see(&mut self, record: &Record) -> Option<Pick<'_>> {
        let [id, second, ..] = record.args();
        match record.kind {
            Kind::ClientPlanned => {
                let client = Client {
                    host: record.host,
                    ask: self.told.facts.ask(record.args()[2]),
                    shows: 0,
                };
                self.clients.insert(id, client);
            }
            Kind::ClientShows => {
                if let Some(client) = self.clients.get_mut(id) {
                    client.shows = second;
                }
            }
            Kind::ClientDone | Kind::ClientFailed => self.clients.end(id, record.at_us),
            Kind::GatewayApplied => self.picker += 1,
            Kind::GatewayAttempt => return self.picked(record),
            _ => {}
        }
        self.hands.see(record);
        self.told.see(record);
        let Told { facts, in_force, .. } = &self.told;
        // whether they are right is judged elsewhere
        let nobody = &mut Finding::default();
        self.ejected.see(facts, in_force, record, nobody);
        match record.kind {
            Kind::Start | Kind::Crash if record.host == facts.gateway => self.returned_us.clear(),
            Kind::Reload => self.returned_us.retain(|(name, host), _| {
                let member = facts.member(in_force.now(), *name);
                member.is_some_and(|member| member.replicas.contains(host))
            }),
            Kind::GatewayReturned => {
                if let Some((member, host)) = facts.replica(in_force.now(), id, second) {
                    self.returned_us.insert((member.name, host), record.at_us);
                }
            }
            _ => {}
        }
        None
    }

    fn picked(&mut self, record: &Record) -> Option<Pick<'_>> {
        let attempt = self.told.see(record)?;
        let is_named = attempt.named.is_some();
        let (name, host) = (attempt.member?.name, attempt.host()?);
        let place = usize::try_from(attempt.place).ok()?;
        let (is_current, load_id) = (attempt.is_current, attempt.request.load_id);
        let mut is_first = attempt.number == 1;
        let before = attempt.request.facts;
        attempt.request.facts |= bit(attempt.place);
        self.hands.settle(record.at_us);
        let member = self.told.facts.member(self.told.in_force.now(), name);
        if let Some(member) = member {
            let is_tried = |place: &usize| before & bit(*place as u64) != 0;
            let places = 0..member.replicas.len();
            let usable = places.filter(|place| !self.ejected.is_out(member, member.replicas[*place]));
            let usable: Vec<usize> = usable.collect();
            let untried = usable.iter().copied().filter(|place| !is_tried(place));
            let mut open: Vec<usize> = untried.collect();
            if open.is_empty() {
                // who has tried everybody begins anew
                open = usable;
                is_first = true;
            }
            let open = open.iter().map(|place| self.at(member, *place, record.at_us));
            let open: Vec<Open> = open.collect();
            self.open = open;
        }
        // nobody knows whether such a one is picked
        let is_unsure = member.is_some_and(|member| {
            let is_known = |host: &u64| {
                self.ejected.is_out(member, *host) || self.ejected.is_in_since(member, *host, u64::MAX)
            };
            !member.replicas.iter().all(is_known)
        });
        let [id, number, ..] = record.args();
        self.hands
            .attempt(id, number, (name, host), load_id, record.at_us);
        if !is_current {
            self.hands.unsure();
        }
        // nor who is left out by a breaker of his own
        let may_be_shut = member.is_some_and(|member| {
            let breaker = member.told.breaker.as_ref();
            breaker.is_some_and(|breaks| breaks.per_replica)
        });
        // those of a name are not the config's
        if is_named || is_unsure || may_be_shut {
            return None;
        }
        let client = *self.clients.get(load_id?)?;
        Some(Pick {
            chosen: self.open.iter().position(|open| open.place == place)?,
            facts: &self.told.facts,
            member: member.filter(|_| is_current)?,
            open: &self.open,
            is_first,
            load_id: load_id?,
            client,
            picker: self.picker,
            worker: id % self.workers,
            at_us: record.at_us,
        })
    }

    fn at(&self, member: &Member, place: usize, now_us: u64) -> Open {
        let host = member.replicas[place];
        let (least, most) = self.hands.busy((member.name, host));
        let window_us = member.told.slow_start.map(micros);
        let returned_us = self.returned_us.get(&(member.name, host));
        let share = window_us.zip(returned_us).map_or(SHARE_FULL, |(window, at)| {
            let since = now_us.saturating_sub(*at);
            match since >= window {
                true => SHARE_FULL,
                false => SHARE_FIRST + (SHARE_FULL - SHARE_FIRST) * since / window.max(1),
            }
        });
        Open {
            place,
            host,
            weight: member.told.weight(&member.told.replicas[place]).into(),
            share,
            least,
            most,
        }
    }
}
