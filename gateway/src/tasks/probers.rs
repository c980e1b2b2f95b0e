//! The probers of a snapshot: a task for each replica of each upstream that has a path to probe.
//!
//! Each replica has its own schedule, so that one that hangs delays nobody else's. A probe starts `interval` after the one
//! before, give or take a tenth, so that gateways that started together drift apart; the first ones are spread over a tenth
//! of it. Chance is a child seed of upstream and replica: what one draws moves no other.
//!
//! Another snapshot ends and starts only what it changes (an upstream that gets another place in the config counts as
//! changed). Were all to begin anew, a replica that hangs would never be found out where a name's answer changes faster than
//! a probe times out.

use super::probe::{Failed, probe, request};
use crate::error::is_ours;
use crate::event::{Event, ProbeOutcome};
use crate::health::{Active, Fault};
use crate::planted::{Bug, planted_or};
use crate::snapshot::Current;
use crate::state::UpstreamState;
use http1::io::Buffers;
use rand::Rng;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use world::{Probe, Seed, World};

/// Probes under way at once, over all upstreams; more wait their turn. Each is a file descriptor that requests cannot
/// have; at a second each, 256 replicas that hang are asked every second all the same.
const AT_ONCE_MAX: usize = 256;

/// Those of the snapshot in force. Dropping them ends them.
pub(crate) struct Probers<W, P> {
    world: W,
    probe: P,
    current: Arc<Current>,
    buffers: Buffers,
    version: Option<u64>,
    at_once: Rc<Semaphore>,
    /// By the upstream's index and the replica's address.
    known: BTreeMap<(usize, SocketAddr), Known>,
    /// The number of the next probe.
    next: Rc<Cell<u64>>,
}

/// A prober that runs, until this is dropped: what it was made of, and its task.
struct Known {
    state: Arc<UpstreamState>,
    active: Active,
    task: JoinHandle<()>,
}

impl<W: World, P: Probe<Event>> Probers<W, P> {
    pub(crate) fn new(world: W, probe: P, current: Arc<Current>, buffers: Buffers) -> Self {
        Self {
            world,
            probe,
            current,
            buffers,
            version: None,
            at_once: Rc::new(Semaphore::new(AT_ONCE_MAX)),
            known: BTreeMap::new(),
            next: Rc::default(),
        }
    }

    /// Ends the probers that the snapshot in force has no use for, and starts those that it lacks. To be called now and
    /// then, inside a `LocalRuntime` or `LocalSet`.
    pub(crate) fn look(&mut self) {
        if self.version == Some(self.current.version()) {
            return;
        }
        let snapshot = self.current.load();
        self.version = Some(snapshot.version);
        let mut before = std::mem::take(&mut self.known);
        for (upstream, plan) in snapshot.plan.upstreams.iter().enumerate() {
            let Some(active) = &plan.health.active else {
                continue;
            };
            let state = &snapshot.upstreams[upstream];
            for replica in snapshot.replicas[upstream].iter() {
                let at = (upstream, replica.addr);
                let same = |known: &Known| {
                    Arc::ptr_eq(&known.state, state) && known.active == *active && !known.task.is_finished()
                };
                if let Some(known) = before.remove(&at).filter(same) {
                    self.known.insert(at, known);
                    continue;
                }
                let prober = Prober {
                    world: self.world.clone(),
                    probe: self.probe.clone(),
                    current: Arc::clone(&self.current),
                    next: Rc::clone(&self.next),
                    buffers: self.buffers.clone(),
                    at_once: Rc::clone(&self.at_once),
                    upstream,
                    addr: replica.addr,
                    seed: self
                        .world
                        .seed()
                        .child(&format!("health/{}", plan.name))
                        .child(&replica.name),
                    state: Arc::clone(state),
                    active: active.clone(),
                };
                let known = Known {
                    state: Arc::clone(state),
                    active: active.clone(),
                    task: tokio::task::spawn_local(prober.run()),
                };
                self.known.insert(at, known);
            }
        }
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Prober<W, P> {
    world: W,
    probe: P,
    current: Arc<Current>,
    next: Rc<Cell<u64>>,
    buffers: Buffers,
    at_once: Rc<Semaphore>,
    /// Its index in the plan.
    upstream: usize,
    addr: SocketAddr,
    seed: Seed,
    state: Arc<UpstreamState>,
    active: Active,
}

impl<W: World, P: Probe<Event>> Prober<W, P> {
    /// Probes until it is aborted, or has no place in the snapshot in force.
    async fn run(self) {
        let Self { addr, active, .. } = &self;
        let to = SocketAddr::new(addr.ip(), active.port.unwrap_or(addr.port()));
        let Some(request) = request(active, to) else {
            return;
        };
        let mut words = self.seed.rng();
        let health = &self.state.health;
        let mut next = Instant::now() + part(active.interval / 10, words.next_u64());
        loop {
            health.will_probe(*addr, next);
            sleep_until(next).await;
            // never closed: it lives as long as any of us
            let permit = self.at_once.acquire().await;
            let Some(replica) = self.place() else {
                // whom a new snapshot does not name is not asked any more, whether anybody has looked or not
                return;
            };
            let start = Instant::now();
            let number = self.next.replace(self.next.get() + 1);
            self.probe.emit(Event::Probe {
                number,
                upstream: self.upstream as u16,
                replica: replica as u16,
            });
            next = start + active.interval * 9 / 10 + part(active.interval / 5, words.next_u64());
            let probing = probe(&self.world, to, active, &request, &self.buffers);
            let result = self.judge(Box::pin(probing)).await;
            drop(permit);
            let outcome = match result {
                Some(Ok(())) => ProbeOutcome::Good,
                Some(Err(_)) => ProbeOutcome::Failed,
                None => ProbeOutcome::Unknown,
            };
            self.probe.emit(Event::Probed { number, outcome });
            if self.place().is_none() {
                // what it has shown was asked for by settings that are gone
                return;
            }
            let Some(result) = result else { continue };
            if let Some(change) = health.probed(*addr, Instant::now(), result) {
                self.probe.emit(change.event(self.upstream));
            }
        }
    }

    /// The replica's index in the snapshot in force.
    fn place(&self) -> Option<usize> {
        let snapshot = self.current.load();
        let state = snapshot.upstreams.get(self.upstream)?;
        let plan = snapshot.plan.upstreams.get(self.upstream)?;
        let same = Arc::ptr_eq(state, &self.state) && plan.health.active.as_ref() == Some(&self.active);
        let mut replicas = snapshot.replicas.get(self.upstream)?.iter();
        replicas.position(|replica| same && replica.addr == self.addr)
    }

    /// What a probe says of its replica; `None` where it says nothing.
    async fn judge(&self, probing: impl Future<Output = Result<(), Failed>>) -> Option<Result<(), Fault>> {
        let most = planted_or(Bug::ProbeTimeoutForgotten, Duration::MAX, self.active.timeout);
        match timeout(most, probing).await {
            Ok(Ok(())) => Some(Ok(())),
            Ok(Err(Failed::Replica(fault))) => Some(Err(fault)),
            Ok(Err(Failed::NotConnected(error))) => (!is_ours(&error)).then_some(Err(Fault::NotConnected)),
            Err(_) => Some(Err(Fault::TimedOut)),
        }
    }
}

/// A part of the time, by a random word.
fn part(time: Duration, word: u64) -> Duration {
    time / 1_000 * (word % 1_001) as u32
}
