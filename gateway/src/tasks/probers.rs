//! The probers of a snapshot: a task for each replica of each upstream that has a path to probe.
//!
//! Each replica has its own schedule, so that one that hangs delays nobody else's. A probe starts `interval` after the one
//! before, give or take a tenth, so that gateways that started together drift apart; the first ones are spread over a tenth
//! of it. Chance is a child seed of upstream and replica: what one draws moves no other.

use super::probe::{Failed, probe, request};
use crate::error::is_ours;
use crate::event::{Event, ProbeOutcome};
use crate::health::{Active, Fault};
use crate::planted::{Bug, planted_or};
use crate::snapshot::{Current, Snapshot};
use http1::io::Buffers;
use rand::Rng;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use world::{Probe, World};

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
    /// The number of the next probe.
    next: Rc<Cell<u64>>,
    running: JoinSet<()>,
}

impl<W: World, P: Probe<Event>> Probers<W, P> {
    pub(crate) fn new(world: W, probe: P, current: Arc<Current>, buffers: Buffers) -> Self {
        Self {
            world,
            probe,
            current,
            buffers,
            version: None,
            next: Rc::default(),
            running: JoinSet::new(),
        }
    }

    /// Ends the probers of a snapshot that is no longer in force, and starts those of the one that is. To be called now
    /// and then, inside a `LocalRuntime` or `LocalSet`.
    pub(crate) fn look(&mut self) {
        if self.version == Some(self.current.version()) {
            return;
        }
        let snapshot = self.current.load();
        self.version = Some(snapshot.version);
        // dropped, which aborts them
        self.running = JoinSet::new();
        let at_once = Rc::new(Semaphore::new(AT_ONCE_MAX));
        for (upstream, plan) in snapshot.plan.upstreams.iter().enumerate() {
            if plan.health.active.is_none() {
                continue;
            }
            for replica in 0..snapshot.replicas[upstream].len() {
                let prober = Prober {
                    world: self.world.clone(),
                    probe: self.probe.clone(),
                    current: Arc::clone(&self.current),
                    snapshot: Arc::clone(&snapshot),
                    next: Rc::clone(&self.next),
                    buffers: self.buffers.clone(),
                    at_once: Rc::clone(&at_once),
                    upstream,
                    replica,
                };
                self.running.spawn_local(prober.run());
            }
        }
    }
}

struct Prober<W, P> {
    world: W,
    probe: P,
    current: Arc<Current>,
    snapshot: Arc<Snapshot>,
    next: Rc<Cell<u64>>,
    buffers: Buffers,
    at_once: Rc<Semaphore>,
    upstream: usize,
    replica: usize,
}

impl<W: World, P: Probe<Event>> Prober<W, P> {
    /// Probes until it is dropped, or its snapshot is no longer in force.
    async fn run(self) {
        let plan = &self.snapshot.plan.upstreams[self.upstream];
        let replica = &self.snapshot.replicas[self.upstream][self.replica];
        let addr = replica.addr;
        let Some((active, request)) = plan
            .health
            .active
            .as_ref()
            .and_then(|active| Some((active, request(active, addr)?)))
        else {
            return;
        };
        let seed = self.world.seed().child(&format!("health/{}", plan.name));
        let mut words = seed.child(&replica.name).rng();
        let health = &self.snapshot.upstreams[self.upstream].health;
        let mut next = Instant::now() + part(active.interval / 10, words.next_u64());
        loop {
            health.will_probe(addr, next);
            sleep_until(next).await;
            // never closed: it lives as long as any of us
            let permit = self.at_once.acquire().await;
            if self.current.version() != self.snapshot.version {
                // whom the new one does not name is not asked any more
                return;
            }
            let start = Instant::now();
            let number = self.next.replace(self.next.get() + 1);
            self.probe.emit(Event::Probe {
                number,
                upstream: self.upstream as u16,
                replica: self.replica as u16,
            });
            next = start + active.interval * 9 / 10 + part(active.interval / 5, words.next_u64());
            let probing = probe(&self.world, addr, active, &request, &self.buffers);
            let result = self.judge(active, Box::pin(probing)).await;
            drop(permit);
            let outcome = match result {
                Some(Ok(())) => ProbeOutcome::Good,
                Some(Err(_)) => ProbeOutcome::Failed,
                None => ProbeOutcome::Unknown,
            };
            self.probe.emit(Event::Probed { number, outcome });
            let Some(result) = result else { continue };
            if let Some(change) = health.probed(addr, Instant::now(), result) {
                self.probe.emit(change.event(self.upstream));
            }
        }
    }

    /// What a probe says of its replica; `None` where it says nothing.
    async fn judge(
        &self,
        active: &Active,
        probing: impl Future<Output = Result<(), Failed>>,
    ) -> Option<Result<(), Fault>> {
        let most = planted_or(Bug::ProbeTimeoutForgotten, Duration::MAX, active.timeout);
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
