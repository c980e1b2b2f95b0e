//! The gateway as the trace tells of it: what its requests are doing, and what was done to it.
//!
//! A request is in the gateway's hands from the reading of its head until its client has an outcome or the gateway is
//! killed. That is late by a hop, and where a client gave up, early by one: no event says when the gateway noticed. A
//! dial that was given up leaves no event either, and is forgotten when no config would have let it go on.
//! Memory: what is open.

use super::row::Place;
use super::state::State;
use crate::trace::{Kind, NOT_CONNECTED, Record};
use scenarios::Scenario;
use std::collections::{BTreeMap, BTreeSet};

/// How long a bound that was met counts as one that is met: about as long as answers take.
const BOUND_US: u64 = 100_000;

/// How long a config is a new one: the time in which pools and connections of the one before go.
const RELOADED_US: u64 = 1_000_000;

pub(super) struct Gateway {
    /// Its host's.
    number: u64,
    /// The longest that any dial of its can last.
    dial_us_max: u64,
    up: bool,
    stopped: bool,
    draining: bool,
    /// The other ends of its links that are not open.
    cut: BTreeSet<u64>,
    version: u64,
    reloaded_at_us: Option<u64>,
    bound_at_us: Option<u64>,
    /// By the gateway's own number.
    requests: BTreeMap<u64, Request>,
    /// Of those, the load's number to the gateway's.
    by_load: BTreeMap<u64, u64>,
    /// The load's requests with a body that have no outcome.
    with_body: BTreeSet<u64>,
    /// Bodies that replicas are reading, by the replica's host and number, to the gateway's number.
    reading: BTreeMap<(u64, u64), u64>,
    /// When each dial began.
    dials: BTreeMap<u64, u64>,
    /// To replicas.
    connections: BTreeSet<u64>,
    /// The attempt that began last, if nothing has come between: request, number, time.
    began: Option<(u64, u64, u64)>,
}

#[derive(Default)]
struct Request {
    load: Option<u64>,
    version: u64,
    /// The attempt under way; 0 for none.
    attempt: u64,
    has_body: bool,
    /// What a replica has of it.
    reached: bool,
    read: bool,
    /// By which it is in `reading`.
    place: Option<(u64, u64)>,
    answered: bool,
}

impl Gateway {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let dial_max = scenario.longest(|told| told.connect_timeout);
        Self {
            number: scenario.gateway_number(),
            dial_us_max: u64::try_from(dial_max.as_micros()).unwrap_or(u64::MAX),
            up: false,
            stopped: false,
            draining: false,
            cut: BTreeSet::new(),
            version: 0,
            reloaded_at_us: None,
            bound_at_us: None,
            requests: BTreeMap::new(),
            by_load: BTreeMap::new(),
            with_body: BTreeSet::new(),
            reading: BTreeMap::new(),
            dials: BTreeMap::new(),
            connections: BTreeSet::new(),
            began: None,
        }
    }

    /// Whom a fault on these hosts strikes; replicas are numbered below the gateway and clients above.
    pub(super) fn place(&self, a: u64, b: u64) -> Place {
        let hosts = [a, b].map(|host| (host > 0).then(|| host.cmp(&self.number)));
        match hosts {
            [None, None] => Place::Everywhere,
            [Some(one), None] | [None, Some(one)] => Self::of_order(one),
            [Some(one), Some(other)] if one.is_eq() => Self::of_order(other),
            [Some(one), Some(other)] if other.is_eq() => Self::of_order(one),
            // between a client and a replica, where nothing is said
            _ => Place::Everywhere,
        }
    }

    fn of_order(order: std::cmp::Ordering) -> Place {
        match order {
            std::cmp::Ordering::Less => Place::Replica,
            std::cmp::Ordering::Equal => Place::Gateway,
            std::cmp::Ordering::Greater => Place::Client,
        }
    }

    pub(super) fn see(&mut self, record: &Record) {
        match record.kind {
            Kind::ClientAsked | Kind::ClientDone | Kind::ClientFailed => self.client(record),
            Kind::StubRequest | Kind::StubBody => self.replica(record),
            Kind::Link => self.link(record),
            Kind::Reload => {
                let [_, version, ..] = record.args();
                if version > 0 {
                    self.reloaded_at_us = Some(record.at_us);
                }
            }
            Kind::Drain => self.draining = self.up,
            _ if record.host == self.number => self.own(record),
            _ => {}
        }
    }

    /// What happened on its own host.
    fn own(&mut self, record: &Record) {
        let [first, second, third, ..] = record.args();
        match record.kind {
            Kind::Start => {
                self.forget_process();
                self.up = true;
            }
            Kind::Crash => {
                self.forget_process();
                self.up = false;
            }
            Kind::Stop => self.stopped = first == 1,
            Kind::Connect => {
                self.began = None;
                // numbers ascend with time, so those that were given up come first
                while let Some(dial) = self.dials.first_entry()
                    && dial.get().saturating_add(self.dial_us_max) < record.at_us
                {
                    dial.remove();
                }
                self.dials.insert(first, record.at_us);
            }
            Kind::Refused => drop(self.dials.remove(&first)),
            Kind::Connected => {
                self.dials.remove(&first);
                self.connections.insert(second);
            }
            Kind::FinOut | Kind::RstIn | Kind::Reset => drop(self.connections.remove(&first)),
            Kind::GatewayApplied => self.version = first,
            Kind::GatewayRequest => self.request(first, second.checked_sub(1)),
            Kind::GatewayAttempt => {
                self.began = Some((first, second, record.at_us));
                self.change(first, |request| {
                    (request.attempt, request.reached, request.read) = (second, false, false);
                });
            }
            Kind::GatewayAttemptDone => {
                // nothing was dialled and no time went by: there was no slot
                if third == NOT_CONNECTED && self.began == Some((first, second, record.at_us)) {
                    self.bound_at_us = Some(record.at_us);
                }
                // of two that are under way the later one counts
                self.change(first, |request| {
                    if request.attempt == second {
                        request.attempt = 0;
                    }
                });
            }
            Kind::GatewayAnswered => match self.requests.get(&first) {
                Some(Request { load: Some(_), .. }) => self.change(first, |request| request.answered = true),
                // nobody will tell how that one ends
                _ => self.forget(first),
            },
            _ => {}
        }
    }

    fn client(&mut self, record: &Record) {
        let [load, _, _, bytes, ..] = record.args();
        if record.kind == Kind::ClientAsked {
            if bytes > 0 {
                self.with_body.insert(load);
            }
            return;
        }
        self.with_body.remove(&load);
        if let Some(id) = self.by_load.get(&load).copied() {
            self.forget(id);
        }
    }

    fn replica(&mut self, record: &Record) {
        let [_, second, third, fourth, ..] = record.args();
        if record.kind == Kind::StubBody {
            if let Some(id) = self.reading.remove(&(record.host, second)) {
                self.change(id, |request| (request.read, request.place) = (true, None));
            }
            return;
        }
        let load = fourth.checked_sub(1);
        let Some(id) = load.and_then(|load| self.by_load.get(&load)).copied() else {
            return;
        };
        let place = (record.host, third);
        let mut before = None;
        let mut has_body = false;
        self.change(id, |request| {
            request.reached = true;
            has_body = request.has_body;
            before = request.place.take();
            request.place = has_body.then_some(place);
        });
        before.map(|place| self.reading.remove(&place));
        if has_body {
            self.reading.insert(place, id);
        }
    }

    fn link(&mut self, record: &Record) {
        let [a, b, there, back, ..] = record.args();
        let other = match (a == self.number, b == self.number) {
            (true, _) => b,
            (_, true) => a,
            _ => return,
        };
        match (there, back) {
            (0, 0) => drop(self.cut.remove(&other)),
            _ => drop(self.cut.insert(other)),
        }
    }

    fn request(&mut self, id: u64, load: Option<u64>) {
        if let Some(load) = load {
            // the load generator has sent it again: its connection was gone
            if let Some(before) = self.by_load.get(&load).copied() {
                self.forget(before);
            }
            self.by_load.insert(load, id);
        }
        let request = Request {
            load,
            version: self.version,
            has_body: load.is_some_and(|load| self.with_body.contains(&load)),
            ..Request::default()
        };
        self.requests.insert(id, request);
    }

    fn change(&mut self, id: u64, change: impl FnOnce(&mut Request)) {
        if let Some(request) = self.requests.get_mut(&id) {
            change(request);
        }
    }

    fn forget(&mut self, id: u64) {
        let Some(request) = self.requests.remove(&id) else {
            return;
        };
        request.load.map(|load| self.by_load.remove(&load));
        request.place.map(|place| self.reading.remove(&place));
    }

    fn forget_process(&mut self) {
        self.draining = false;
        self.bound_at_us = None;
        self.began = None;
        self.requests.clear();
        self.by_load.clear();
        self.reading.clear();
        self.dials.clear();
        self.connections.clear();
    }

    /// Every state that holds at this time.
    pub(super) fn states(&self, now_us: u64) -> Vec<State> {
        State::ALL
            .iter()
            .copied()
            .filter(|state| self.is(*state, now_us))
            .collect()
    }

    fn is(&self, state: State, now_us: u64) -> bool {
        let within = |at_us: Option<u64>, us: u64| at_us.is_some_and(|at| now_us.saturating_sub(at) <= us);
        let any = |holds: fn(&Request) -> bool| self.requests.values().any(holds);
        match state {
            State::Idle => self.up && self.requests.is_empty(),
            State::Dialling => self.dials.values().any(|at| within(Some(*at), self.dial_us_max)),
            State::Uploading => any(|r| r.attempt > 0 && r.reached && r.has_body && !r.read),
            State::Waiting => any(|r| r.attempt > 0 && r.reached && (!r.has_body || r.read)),
            State::Streaming => any(|r| r.answered),
            State::Retrying => any(|r| r.attempt > 1),
            State::Pooled => {
                let busy = self.requests.values().filter(|r| r.attempt > 0 || r.answered);
                self.connections.len() > busy.count()
            }
            State::AtBound => within(self.bound_at_us, BOUND_US),
            State::Reloaded => self.up && within(self.reloaded_at_us, RELOADED_US),
            State::TwoConfigs => self.requests.values().any(|r| r.version != self.version),
            State::Draining => self.draining,
            State::Stopped => self.stopped,
            State::CutOff => !self.cut.is_empty(),
            State::Down => !self.up,
        }
    }
}
