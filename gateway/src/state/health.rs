//! Health of one upstream's replicas, shared by all workers: the fleet behind its lock, and what keeps requests from
//! having to take it.
//!
//! The lock is held for a decision and no longer. A request that is good takes none: it adds to a counter of its replica,
//! which is entered in the fleet's books at the next look, and goes further only where the replica has something to be
//! forgiven.

use super::ReplicaState;
use crate::event::EjectionCause;
use crate::health::{Change, Fault, Fleet, Member, Params, Turn};
use crate::planted::{Bug, planted};
use indexmap::IndexMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

#[derive(Debug, Default)]
pub(crate) struct Health {
    locked: Mutex<Locked>,
    /// Whether requests are watched, and a tick has something to do.
    is_watched: AtomicBool,
}

#[derive(Debug, Default)]
struct Locked {
    fleet: Fleet,
    states: IndexMap<SocketAddr, Arc<ReplicaState>>,
}

impl Health {
    /// The states of these replicas, in order; those of other addresses are let go.
    pub(super) fn set(
        &self,
        addrs: impl Iterator<Item = SocketAddr>,
        params: &Params,
    ) -> Box<[Arc<ReplicaState>]> {
        let mut locked = self.lock();
        let Locked { fleet, states } = &mut *locked;
        let mut kept = IndexMap::new();
        for addr in addrs {
            kept.insert(addr, states.get(&addr).cloned().unwrap_or_default());
        }
        *states = kept;
        fleet.set(states.keys().copied(), params);
        for (addr, state) in &*states {
            let member = fleet.member(*addr);
            state.set_usable(member.is_none_or(Member::is_usable));
            state.set_wants_successes(member.is_some_and(Member::wants_successes));
        }
        self.is_watched.store(params.passive.is_some(), Ordering::Relaxed);
        states.values().cloned().collect()
    }

    /// A request to this replica that began then was good.
    pub(crate) fn succeeded(&self, replica: &ReplicaState, addr: SocketAddr, began: Instant) {
        replica.served.fetch_add(1, Ordering::Relaxed);
        if replica.wants_successes() {
            let mut locked = self.lock();
            locked.fleet.succeeded(addr, began);
            if let Some(member) = locked.fleet.member(addr) {
                replica.set_wants_successes(member.wants_successes());
            }
        }
    }

    /// A request to it that began then was not. `word` is any random number.
    pub(crate) fn failed(
        &self,
        addr: SocketAddr,
        began: Instant,
        now: Instant,
        fault: Fault,
        word: u64,
    ) -> Option<Change> {
        let mut locked = self.lock();
        locked.enter_served(now);
        let change = locked.fleet.failed(addr, began, now, fault, word);
        locked.show(addr, change, now);
        change
    }

    /// A request to it was not good, which nobody draws a conclusion from.
    pub(crate) fn noted(&self, addr: SocketAddr, now: Instant, fault: Fault) {
        self.lock().fleet.noted(addr, now, fault);
    }

    /// A probe of it has ended.
    pub(crate) fn probed(&self, addr: SocketAddr, now: Instant, result: Result<(), Fault>) -> Option<Change> {
        let mut locked = self.lock();
        let change = locked.fleet.probed(addr, now, result);
        locked.show(addr, change, now);
        change
    }

    /// When its next probe will start.
    pub(crate) fn will_probe(&self, addr: SocketAddr, at: Instant) {
        self.lock().fleet.will_probe(addr, at);
    }

    /// Lets those return whose cooldown is over.
    pub(crate) fn tick(&self, now: Instant) -> Vec<Change> {
        if !self.is_watched.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut locked = self.lock();
        locked.enter_served(now);
        let changes = locked.fleet.tick(now);
        for change in &changes {
            if let Some(addr) = locked.states.get_index(change.replica).map(|(addr, _)| *addr) {
                locked.show(addr, Some(*change), now);
            }
        }
        changes
    }

    /// Shows each replica with what is known of it.
    pub(crate) fn each(&self, mut show: impl FnMut(SocketAddr, &Member, &ReplicaState)) {
        let locked = self.lock();
        for (addr, state) in &locked.states {
            if let Some(member) = locked.fleet.member(*addr) {
                show(*addr, member, state);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Locked> {
        self.locked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Locked {
    /// Enters what was counted without the lock.
    fn enter_served(&mut self, now: Instant) {
        for (addr, state) in &self.states {
            let served = state.served.swap(0, Ordering::Relaxed);
            if served > 0 {
                self.fleet.served(*addr, now, served);
            }
        }
    }

    /// Lets those see a decision who take no lock.
    fn show(&self, addr: SocketAddr, change: Option<Change>, now: Instant) {
        let (Some(state), Some(member)) = (self.states.get(&addr), self.fleet.member(addr)) else {
            return;
        };
        state.set_wants_successes(member.wants_successes());
        match change.map(|change| change.turn) {
            Some(Turn::Ejected(EjectionCause::Probes)) => state.set_usable(planted(Bug::DownUsed)),
            Some(Turn::Ejected(_)) => state.set_usable(false),
            Some(Turn::Returned) => {
                state.set_returned(now);
                state.set_usable(true);
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load;
    use std::time::Duration;

    fn params(health: &str) -> Params {
        let yaml = format!(
            "listen: {{ http: 127.0.0.1:0 }}\nroutes: [{{ name: a, match: {{ path: / }}, upstream: u }}]\n\
             upstreams: {{ u: {{ replicas: [\"10.0.0.1:1\"], health: {health} }} }}\n"
        );
        let plan = load(yaml.as_bytes()).unwrap_or_else(|errors| panic!("{errors}"));
        plan.upstreams[0].health.clone()
    }

    fn addrs(count: u16) -> impl Iterator<Item = SocketAddr> {
        (1..=count).map(|port| SocketAddr::from(([10, 0, 0, 1], port)))
    }

    #[test]
    fn what_is_decided_is_seen_without_the_lock_and_outlives_a_reload() {
        let (health, params) = (
            Health::default(),
            params("{ passive: { errors: 2, cooldown: 1s } }"),
        );
        let replicas = health.set(addrs(2), &params);
        let first = addrs(1).next().unwrap();
        let start = Instant::now();
        let fail = |at| health.failed(first, at, at, Fault::Broken, 0);
        assert_eq!(fail(start), None);
        assert!(replicas[0].wants_successes() && replicas[0].is_usable());
        health.succeeded(&replicas[0], first, start);
        assert!(!replicas[0].wants_successes());
        assert_eq!((fail(start), fail(start).is_some()), (None, true));
        assert!(!replicas[0].is_usable() && replicas[1].is_usable());
        let again = health.set(addrs(3), &params);
        assert!(Arc::ptr_eq(&replicas[0], &again[0]) && !again[0].is_usable());
        let later = start + Duration::from_secs(2);
        assert_eq!((health.tick(start).len(), again[0].returned_at()), (0, None));
        assert_eq!(
            (health.tick(later).len(), again[0].returned_at()),
            (1, Some(later))
        );
        assert!(again[0].is_usable());
        assert!(fail(later).is_some(), "on probation");
        health.set(addrs(3), &Params::default());
        assert!(again[0].is_usable(), "nobody watches any more");
    }
}
