//! One breaker, shared by all workers: the machine behind its lock, and what keeps requests from having to take it.
//!
//! While it is closed, asking is one load, and an attempt that was good and fast is counted by its worker alone ([`Served`]). The
//! lock is taken for errors and slow calls, and by those who ask while it is not closed; for a decision, never across a wait.

use super::PerWorker;
use super::served::Served;
use crate::breaker::{Asked, Call, Machine, Params, Phase, Tally, Turn, Why, bucket, oldest};
use crate::planted::{Bug, planted};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The bit of the word that says: not closed.
const SHUT: u64 = 1;

#[derive(Debug)]
pub(crate) struct Breaker {
    /// The machine's era, and [`SHUT`], as the last decision left them.
    word: AtomicU64,
    /// The window's length in nanoseconds: buckets are made of it.
    window_ns: AtomicU64,
    /// Where the counting of buckets begins: the first time anything was counted.
    origin: OnceLock<Instant>,
    served: PerWorker<Served>,
    /// No plan in force asks for it; requests of an older one still may.
    is_off: AtomicBool,
    machine: Mutex<Machine>,
}

/// What an attempt was let through with. Dropped, it says nothing about the attempt.
#[derive(Debug)]
pub(crate) struct Permit {
    era: u64,
    /// Of a probe: where it has to come back to.
    probe: Option<Probe>,
}

/// A probe that is out.
#[derive(Debug)]
struct Probe {
    breaker: Arc<Breaker>,
    era: u64,
}

/// What an operator is shown.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) phase: Phase,
    pub(crate) since: Option<Instant>,
    pub(crate) why: Option<Why>,
    pub(crate) window: Tally,
}

impl Breaker {
    pub(crate) fn new(params: Params, workers: usize) -> Self {
        let breaker = Self {
            word: AtomicU64::default(),
            window_ns: AtomicU64::default(),
            origin: OnceLock::new(),
            served: PerWorker::new(workers),
            is_off: AtomicBool::default(),
            machine: Mutex::new(Machine::new(params)),
        };
        breaker.set(params);
        breaker
    }

    /// Goes on with other settings.
    pub(crate) fn set(&self, params: Params) {
        let mut machine = self.lock();
        if self.is_off.swap(false, Ordering::Relaxed) {
            // what stragglers have told it meanwhile is not of this plan
            machine.forget();
        }
        machine.set(params);
        let window_ns = u64::try_from(params.window.as_nanos()).unwrap_or(u64::MAX);
        self.window_ns.store(window_ns, Ordering::Relaxed);
        self.show(&machine);
    }

    /// Nobody asks for it any more: begins anew, closed.
    pub(crate) fn forget(&self) {
        let mut machine = self.lock();
        self.is_off.store(true, Ordering::Relaxed);
        machine.forget();
        self.show(&machine);
    }

    /// Whether whoever asks now is let through; if not, how long he should wait. It takes nothing.
    pub(crate) fn peek(&self, now: Instant) -> Option<Duration> {
        if self.word.load(Ordering::Acquire) & SHUT == 0 {
            return None;
        }
        match self.lock().peek(now) {
            Asked::Shut(left) => Some(left),
            Asked::Counted | Asked::Probe => None,
        }
    }

    /// Asks for a permit; if there is none, how long to wait.
    pub(crate) fn ask(self: &Arc<Self>, now: Instant) -> (Result<Permit, Duration>, Option<Turn>) {
        let word = self.word.load(Ordering::Acquire);
        if word & SHUT == 0 {
            let (era, probe) = (word >> 1, None);
            return (Ok(Permit { era, probe }), None);
        }
        let mut machine = self.lock();
        let (asked, turn) = machine.ask(now);
        self.show(&machine);
        let era = machine.era();
        let permit = match asked {
            Asked::Shut(left) => Err(left),
            Asked::Counted => Ok(Permit { era, probe: None }),
            Asked::Probe => Ok(Permit {
                era,
                probe: Some(Probe {
                    breaker: Arc::clone(self),
                    era,
                }),
            }),
        };
        (permit, turn)
    }

    /// An attempt has ended; what it was let through with is the verdict's from here. Returns the era to which it belongs.
    pub(crate) fn settle(
        &self,
        permit: Permit,
        call: Call,
        now: Instant,
        worker: usize,
        word: impl FnOnce() -> u64,
    ) -> (u64, Option<Turn>) {
        let era = permit.era;
        if let Some(probe) = permit.probe {
            probe.settle();
        }
        let bucket = self.bucket(now);
        if !call.error && !call.slow && self.word.load(Ordering::Acquire) == era << 1 {
            self.served.of(worker).add(era, bucket);
            return (era, None);
        }
        let mut machine = self.lock();
        let served = self.served(&machine, bucket);
        let turn = machine.settle(era, call, now, bucket, served, word());
        self.show(&machine);
        (era, turn)
    }

    /// An attempt of this era that was good broke off behind its head.
    pub(crate) fn broke(&self, era: u64, now: Instant, word: u64) -> Option<Turn> {
        let bucket = self.bucket(now);
        let mut machine = self.lock();
        let served = self.served(&machine, bucket);
        let turn = machine.broke(era, now, bucket, served, word);
        self.show(&machine);
        turn
    }

    pub(crate) fn shown(&self, now: Instant) -> Shown {
        let bucket = self.bucket(now);
        let machine = self.lock();
        Shown {
            phase: machine.phase(),
            since: machine.since(),
            why: machine.why(),
            window: machine.tally(bucket, self.served(&machine, bucket)),
        }
    }

    fn served(&self, machine: &Machine, bucket: u64) -> u64 {
        let buckets = oldest(bucket)..=bucket;
        let era = machine.era();
        self.served
            .each()
            .map(|served| served.sum(era, buckets.clone()))
            .sum()
    }

    fn bucket(&self, now: Instant) -> u64 {
        let origin = *self.origin.get_or_init(|| now);
        let window = Duration::from_nanos(self.window_ns.load(Ordering::Relaxed));
        bucket(now.saturating_duration_since(origin), window)
    }

    /// Lets those see a decision who take no lock.
    fn show(&self, machine: &Machine) {
        let shut = if machine.is_closed() { 0 } else { SHUT };
        self.word.store(machine.era() << 1 | shut, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Probe {
    /// It has its verdict, and need not be given back.
    fn settle(mut self) {
        // an era that no machine is in
        self.era = u64::MAX;
    }
}

impl Drop for Probe {
    /// Nothing has come of it: somebody else may make it.
    fn drop(&mut self) {
        if self.era != u64::MAX && !planted(Bug::BreakerPermitLeaked) {
            self.breaker.lock().give_back(self.era);
        }
    }
}
