//! The states of routes and upstreams by name, so that a reload finds them again.

use super::{
    Answers, Asked, Bound, Breaker, Cell64, Classes, Closes, Concurrency, Denials, Durations, Firings,
    Health, Hedges, MirrorState, PerIp, PerWorker, Replica, RetryBudget, Slots, Timeouts, TurnedAway,
};
use crate::breaker;
use crate::event::BreakerState;
use crate::health;
use crate::limit;
use indexmap::IndexMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Requests of one route, by one worker.
#[derive(Debug, Default)]
pub(crate) struct RouteCells {
    pub(crate) statuses: Classes,
    /// The client went away before its answer was complete.
    pub(crate) aborted: Cell64,
    /// The answer's body broke off after its head had gone.
    pub(crate) broken: Cell64,
    pub(crate) retries: Cell64,
    /// Answered with what the route falls back on, well or not.
    pub(crate) fallbacks: Cell64,
    /// From the request's head to the last byte of the answer handed to the connection.
    pub(crate) durations: Durations,
    pub(crate) tunnels: Tunnels,
}

/// What has become tunnels, by one worker: those that are open have been opened and not closed.
#[derive(Debug, Default)]
pub(crate) struct Tunnels {
    pub(crate) opened: Cell64,
    pub(crate) closed: Cell64,
    /// From clients.
    pub(crate) bytes_up: Cell64,
    pub(crate) bytes_down: Cell64,
}

/// Attempts at one upstream, by one worker.
#[derive(Debug, Default)]
pub(crate) struct UpstreamCells {
    pub(crate) statuses: Classes,
    pub(crate) not_connected: Cell64,
    pub(crate) broken: Cell64,
    /// Given up over the route's `try_timeout`.
    pub(crate) timed_out: Cell64,
    /// What was waited for in vain.
    pub(crate) timeouts: Firings,
    /// Retries that were due and not made.
    pub(crate) retries_denied: Denials,
    /// What became of hedges.
    pub(crate) hedges: Hedges,
    /// Refused over `in_flight_max`.
    pub(crate) full: Cell64,
    /// Refused because as many waited for a connection as may.
    pub(crate) pending_full: Cell64,
    /// Refused after waiting for a connection for too long.
    pub(crate) pending_timeouts: Cell64,
    /// No replica was usable.
    pub(crate) unavailable: Cell64,
    /// Refused because a breaker was open, or had no probe to spare.
    pub(crate) breaker_rejected: Cell64,
    /// Turns of breakers, by the state that they led to.
    pub(crate) breaker_transitions: [Cell64; BreakerState::ALL.len()],
    pub(crate) dials: Cell64,
    pub(crate) reuses: Cell64,
    /// Connections that could not be used again.
    pub(crate) closes: Closes,
    /// From the start of an attempt to the head of its answer.
    pub(crate) durations: Durations,
    /// Names that were looked up with success.
    pub(crate) resolutions: Cell64,
    /// And those that were not.
    pub(crate) resolution_failures: Cell64,
}

#[derive(Debug)]
pub(crate) struct RouteState {
    pub(crate) cells: PerWorker<RouteCells>,
}

#[derive(Debug)]
pub(crate) struct UpstreamState {
    pub(crate) in_flight: Arc<Bound>,
    pub(crate) slots: Arc<Slots>,
    /// Of all upstreams.
    pub(crate) asked: Arc<Asked>,
    pub(crate) cells: PerWorker<UpstreamCells>,
    pub(crate) answers: Answers,
    pub(crate) health: Health,
    /// Made when a plan asks for one first.
    breaker: OnceLock<Arc<Breaker>>,
    /// Made when a plan asks for one first.
    concurrency: OnceLock<Concurrency>,
    workers: usize,
    pub(crate) retry_budget: RetryBudget,
}

impl UpstreamState {
    /// The replicas at these addresses and of these weights, in order, each with its state; those of other addresses are let go.
    pub(crate) fn replicas(&self, addrs: &[(SocketAddr, u32)], health: &health::Params) -> Arc<[Replica]> {
        let states = self.health.set(addrs.iter().map(|(addr, _)| *addr), health);
        let replicas = addrs.iter().zip(states).map(|((addr, weight), state)| Replica {
            name: addr.to_string(),
            addr: *addr,
            weight: *weight,
            state,
        });
        replicas.collect()
    }
}

impl UpstreamState {
    /// Its adaptive limit; none where no plan has asked for one.
    pub(crate) fn concurrency(&self) -> Option<&Concurrency> {
        self.concurrency.get()
    }

    /// What a plan says of it comes into force.
    pub(crate) fn set_concurrency(&self, params: Option<limit::Params>) {
        match (params, self.concurrency.get()) {
            (Some(params), None) => {
                self.concurrency
                    .get_or_init(|| Concurrency::new(params, self.workers));
            }
            (Some(params), Some(concurrency)) => concurrency.set(params),
            (None, Some(concurrency)) => concurrency.forget(),
            (None, None) => {}
        }
    }

    /// The breaker of all its replicas; none where no plan has asked for one.
    pub(crate) fn breaker(&self) -> Option<&Arc<Breaker>> {
        self.breaker.get()
    }

    /// What a plan says of breakers comes into force: one for all of these replicas, one for each, or none. One that nobody
    /// asks for any more forgets what it knew.
    pub(crate) fn set_breakers(
        &self,
        whole: Option<&breaker::Params>,
        each: Option<&breaker::Params>,
        replicas: &[Replica],
    ) {
        set_breaker(&self.breaker, whole, self.workers);
        for replica in replicas {
            set_breaker(&replica.state.breaker, each, self.workers);
        }
    }
}

fn set_breaker(place: &OnceLock<Arc<Breaker>>, params: Option<&breaker::Params>, workers: usize) {
    match params {
        Some(params) => {
            let fresh = || Arc::new(Breaker::new(*params, workers));
            place.get_or_init(fresh).set(*params);
        }
        None => {
            if let Some(breaker) = place.get() {
                breaker.forget();
            }
        }
    }
}

/// The connections of clients.
#[derive(Debug)]
pub(crate) struct ClientState {
    pub(crate) open: Arc<Bound>,
    pub(crate) per_ip: Arc<PerIp>,
    pub(crate) turned_away: PerWorker<TurnedAway>,
    pub(crate) closes: PerWorker<Closes>,
    pub(crate) timeouts: PerWorker<Timeouts>,
}

impl ClientState {
    pub(crate) fn new(workers: usize) -> Self {
        Self {
            open: Arc::default(),
            per_ip: Arc::default(),
            turned_away: PerWorker::new(workers),
            closes: PerWorker::new(workers),
            timeouts: PerWorker::new(workers),
        }
    }
}

type ByName<T> = Mutex<IndexMap<String, Arc<T>>>;

/// All states. Bounded by the plan: names that a new plan no longer has are forgotten.
#[derive(Debug)]
pub(crate) struct States {
    workers: usize,
    asked: Arc<Asked>,
    routes: ByName<RouteState>,
    upstreams: ByName<UpstreamState>,
    mirrors: ByName<MirrorState>,
}

impl States {
    pub(crate) fn new(workers: usize) -> Self {
        Self {
            workers,
            asked: Arc::new(Asked::new(workers)),
            routes: ByName::default(),
            upstreams: ByName::default(),
            mirrors: ByName::default(),
        }
    }

    /// How workers ask each other for connections.
    pub(crate) fn asked(&self) -> Arc<Asked> {
        Arc::clone(&self.asked)
    }

    /// The states of these routes, in order; those of other names are let go.
    pub(crate) fn routes<'a>(&self, names: impl Iterator<Item = &'a str>) -> Vec<Arc<RouteState>> {
        keep(&self.routes, names.map(str::to_owned), || RouteState {
            cells: PerWorker::new(self.workers),
        })
    }

    /// The states of the copies of these routes' requests, in order; those of other names are let go.
    pub(crate) fn mirrors<'a>(&self, names: impl Iterator<Item = &'a str>) -> Vec<Arc<MirrorState>> {
        keep(&self.mirrors, names.map(str::to_owned), || {
            MirrorState::new(self.workers)
        })
    }

    /// The states of these upstreams, in order; those of other names are let go.
    pub(crate) fn upstreams<'a>(&self, names: impl Iterator<Item = &'a str>) -> Vec<Arc<UpstreamState>> {
        keep(&self.upstreams, names.map(str::to_owned), || UpstreamState {
            in_flight: Arc::default(),
            slots: Arc::default(),
            asked: Arc::clone(&self.asked),
            cells: PerWorker::new(self.workers),
            answers: Answers::default(),
            health: Health::default(),
            breaker: OnceLock::new(),
            concurrency: OnceLock::new(),
            workers: self.workers,
            retry_budget: RetryBudget::new(self.workers),
        })
    }
}

fn keep<T>(states: &ByName<T>, names: impl Iterator<Item = String>, fresh: impl Fn() -> T) -> Vec<Arc<T>> {
    let mut states = states.lock().unwrap_or_else(PoisonError::into_inner);
    let mut kept = IndexMap::new();
    for name in names {
        let state = states.get(&name).cloned().unwrap_or_else(|| Arc::new(fresh()));
        kept.insert(name, state);
    }
    *states = kept;
    states.values().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_state_over_a_reload_and_loses_it_when_it_goes() {
        let states = States::new(2);
        let before = states.upstreams(["a", "b"].into_iter());
        before[1].cells.of(1).dials.add(3);
        let after = states.upstreams(["b", "c"].into_iter());
        assert!(Arc::ptr_eq(&before[1], &after[0]));
        assert_eq!(after[0].cells.sum(|c| &c.dials), 3);
        let addrs = |ports: [u16; 2]| ports.map(|port| (SocketAddr::from(([10, 0, 0, 1], port)), 1));
        let first = after[0].replicas(&addrs([1, 2]), &health::Params::default());
        let second = after[0].replicas(&addrs([2, 3]), &health::Params::default());
        assert!(Arc::ptr_eq(&first[1].state, &second[0].state));
        let again = states.upstreams(["a"].into_iter());
        assert!(!Arc::ptr_eq(&before[0], &again[0]));
    }
}
