//! All replicas of an upstream: the one place that decides who is out, so that never too many are.

use super::active::Answers;
use super::passive::Conduct;
use super::{Fault, Params};
use crate::event::{EjectionCause, Event};
use crate::planted::{Bug, planted};
use indexmap::IndexMap;
use std::net::SocketAddr;
use tokio::time::Instant;

/// A replica's use has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Its place in the fleet.
    pub replica: usize,
    pub turn: Turn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It gets no more requests.
    Ejected(EjectionCause),
    /// It gets requests again.
    Returned,
}

impl Change {
    /// As the probe is told, of the upstream with this place in the plan.
    pub fn event(self, upstream: usize) -> Event {
        let (upstream, replica) = (upstream as u16, self.replica as u16);
        match self.turn {
            Turn::Ejected(cause) => Event::ReplicaEjected {
                upstream,
                replica,
                cause,
            },
            Turn::Returned => Event::ReplicaReturned { upstream, replica },
        }
    }
}

/// The replicas by address, in the order of the plan in force.
#[derive(Debug, Default)]
pub struct Fleet {
    params: Params,
    members: IndexMap<SocketAddr, Member>,
}

/// One replica: what is known of it, and what it did last.
#[derive(Debug)]
pub struct Member {
    conduct: Conduct,
    answers: Answers,
    cause: Option<EjectionCause>,
    since: Option<Instant>,
    ejections: u64,
    last_fault: Option<(Fault, Instant)>,
    probe_at: Option<Instant>,
    probes_failed: u64,
}

impl Fleet {
    /// Takes over a plan: its replicas, those known already with what is known of them, and its settings. What the new
    /// settings no longer watch is forgotten, so that nobody stays out for a reason that nobody looks at any more.
    pub fn set(&mut self, addrs: impl Iterator<Item = SocketAddr>, params: &Params) {
        let mut before = std::mem::take(&mut self.members);
        let passive_stays = params.passive.is_some();
        for addr in addrs {
            let mut member = before.swap_remove(&addr).unwrap_or_else(|| Member::new(params));
            if !passive_stays {
                member.conduct = Conduct::default();
            }
            match &params.active {
                None => {
                    member.answers = Answers::new(None);
                    member.probe_at = None;
                }
                // not probed until now: the initial state is the new settings' to say
                Some(active) if self.params.active.is_none() => member.answers = Answers::new(Some(active)),
                Some(_) => {}
            }
            if member.is_usable() {
                member.cause = None;
            }
            self.members.insert(addr, member);
        }
        self.params = params.clone();
    }

    /// A request that began then was good.
    pub fn succeeded(&mut self, addr: SocketAddr, began: Instant) {
        if let (Some(member), Some(_)) = (self.members.get_mut(&addr), &self.params.passive) {
            member.conduct.succeeded(began);
        }
    }

    /// So many requests were good since this was told last; only the ratio is interested.
    pub fn served(&mut self, addr: SocketAddr, now: Instant, requests: u64) {
        if let (Some(member), Some(passive)) = (self.members.get_mut(&addr), &self.params.passive) {
            member.conduct.served(now, requests, passive);
        }
    }

    /// A request that began then was not. `word` is any random number.
    pub fn failed(
        &mut self,
        addr: SocketAddr,
        began: Instant,
        now: Instant,
        fault: Fault,
        word: u64,
    ) -> Option<Change> {
        let passive = self.params.passive.as_ref()?;
        let unusable = self.members.values().filter(|member| !member.is_usable()).count();
        let may_eject =
            planted(Bug::EjectionShareIgnored) || unusable < passive.ejected_max_of(self.members.len());
        let (replica, _, member) = self.members.get_full_mut(&addr)?;
        member.last_fault = Some((fault, now));
        let sign = member.conduct.failed(began, now, fault, passive);
        // one that is down already is out as it is; it would only be counted twice
        let cause = sign.filter(|_| may_eject && member.is_usable())?;
        member.conduct.eject(now, word, passive);
        Some(member.ejected(replica, cause, now))
    }

    /// A request was not good, where none are watched: to be shown, and to change nothing.
    pub fn noted(&mut self, addr: SocketAddr, now: Instant, fault: Fault) {
        if let Some(member) = self.members.get_mut(&addr) {
            member.last_fault = Some((fault, now));
        }
    }

    /// A probe has ended.
    pub fn probed(&mut self, addr: SocketAddr, now: Instant, result: Result<(), Fault>) -> Option<Change> {
        let active = self.params.active.as_ref()?;
        let (replica, _, member) = self.members.get_full_mut(&addr)?;
        let was_usable = member.is_usable();
        if let Err(fault) = result {
            member.last_fault = Some((fault, now));
            member.probes_failed += 1;
        }
        member.answers.probed(result.is_ok(), active);
        match (was_usable, member.is_usable()) {
            (true, false) => Some(member.ejected(replica, EjectionCause::Probes, now)),
            (false, true) => Some(member.returned(replica, now)),
            _ => None,
        }
    }

    /// When the next probe of a replica will start.
    pub fn will_probe(&mut self, addr: SocketAddr, at: Instant) {
        if let Some(member) = self.members.get_mut(&addr) {
            member.probe_at = Some(at);
        }
    }

    /// Lets those return whose cooldown is over. To be called now and then.
    pub fn tick(&mut self, now: Instant) -> Vec<Change> {
        let Some(passive) = &self.params.passive else {
            return Vec::new();
        };
        let ejected = self.members.values_mut().enumerate();
        let ejected =
            ejected.filter(|(_, member)| member.conduct.is_ejected() && !planted(Bug::NeverReturned));
        ejected
            .filter_map(|(replica, member)| {
                member.conduct.tick(now, passive);
                member.is_usable().then(|| member.returned(replica, now))
            })
            .collect()
    }

    pub fn member(&self, addr: SocketAddr) -> Option<&Member> {
        self.members.get(&addr)
    }
}

impl Member {
    fn new(params: &Params) -> Self {
        let answers = Answers::new(params.active.as_ref());
        Self {
            conduct: Conduct::default(),
            cause: (!answers.is_up).then_some(EjectionCause::Probes),
            answers,
            since: None,
            ejections: 0,
            last_fault: None,
            probe_at: None,
            probes_failed: 0,
        }
    }

    pub fn is_usable(&self) -> bool {
        self.answers.is_up && !self.conduct.is_ejected()
    }

    /// Whether its probes say so; true where there are none.
    pub fn is_up(&self) -> bool {
        self.answers.is_up
    }

    /// The end of its cooldown, while it is ejected by its conduct.
    pub fn ejected_until(&self) -> Option<Instant> {
        self.conduct.ejected_until()
    }

    pub fn is_on_probation(&self) -> bool {
        self.conduct.is_on_probation()
    }

    /// Whether [`Fleet::succeeded`] has anything to change.
    pub fn wants_successes(&self) -> bool {
        self.conduct.wants_successes()
    }

    /// Why it was taken out, while it is.
    pub fn cause(&self) -> Option<EjectionCause> {
        self.cause
    }

    /// Since when it is, or is not, usable. `None`: from the start.
    pub fn since(&self) -> Option<Instant> {
        self.since
    }

    /// How often it was taken out.
    pub fn ejections(&self) -> u64 {
        self.ejections
    }

    pub fn last_fault(&self) -> Option<(Fault, Instant)> {
        self.last_fault
    }

    pub fn probe_at(&self) -> Option<Instant> {
        self.probe_at
    }

    pub fn probes_failed(&self) -> u64 {
        self.probes_failed
    }

    fn ejected(&mut self, replica: usize, cause: EjectionCause, now: Instant) -> Change {
        self.cause = Some(cause);
        self.since = Some(now);
        self.ejections += 1;
        Change {
            replica,
            turn: Turn::Ejected(cause),
        }
    }

    fn returned(&mut self, replica: usize, now: Instant) -> Change {
        self.cause = None;
        self.since = Some(now);
        Change {
            replica,
            turn: Turn::Returned,
        }
    }
}
