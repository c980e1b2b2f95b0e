//! One upstream's adaptive limit, shared by all workers: how many of its requests wait for an answer, and how many may.
//!
//! Asking is a load and an atomic step on the count; what an answer took is added to cells of the worker's own. Whoever finds that it
//! is time to look adds the cells up and lets the machine decide, unless another is doing that: the lock is tried and never
//! waited for. The count goes with its holder ([`Held`]), so that nothing that becomes of a request can leave it behind.

use super::{Bound, Cell64, Held, PerWorker};
use crate::limit::{LOOK_EVERY, Machine, Params, Priority, TRICKLE, Totals, log2_q10};
use crate::planted::{Bug, planted, planted_or};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, TryLockError};
use std::time::Duration;
use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct Concurrency {
    bound: Arc<Bound>,
    limit: AtomicU64,
    /// When somebody should look, in microseconds from the origin.
    look_at: AtomicU64,
    /// The first time anybody asked.
    origin: OnceLock<Instant>,
    cells: PerWorker<Cells>,
    workers: u32,
    /// No plan in force asks for it; requests of an older one still may.
    is_off: AtomicBool,
    machine: Mutex<Machine>,
}

#[derive(Debug, Default)]
struct Cells {
    samples: Cell64,
    logs: Cell64,
    busy: Cell64,
    shed: [Cell64; Priority::ALL.len()],
    /// Those that their class's share had no room for.
    beyond: [Cell64; Priority::ALL.len()],
}

/// What an operator is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConcurrencyShown {
    pub(crate) limit: u64,
    pub(crate) held: usize,
    pub(crate) baseline_us: Option<u64>,
    pub(crate) shed: [u64; Priority::ALL.len()],
}

impl Concurrency {
    pub(crate) fn new(params: Params, workers: usize) -> Self {
        let machine = Machine::new(params);
        Self {
            bound: Arc::default(),
            limit: AtomicU64::new(machine.limit().into()),
            look_at: AtomicU64::default(),
            origin: OnceLock::new(),
            cells: PerWorker::new(workers),
            workers: u32::try_from(workers).unwrap_or(u32::MAX),
            is_off: AtomicBool::default(),
            machine: Mutex::new(machine),
        }
    }

    /// Goes on within other bounds, or anew where no plan has asked for it meanwhile.
    pub(crate) fn set(&self, params: Params) {
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_off.swap(false, Ordering::Relaxed) {
            // a look sets the time right
            machine.forget(params, Duration::ZERO, self.totals());
        } else {
            machine.set(params);
        }
        self.limit.store(machine.limit().into(), Ordering::Relaxed);
    }

    /// Nobody asks for it any more.
    pub(crate) fn forget(&self) {
        self.is_off.store(true, Ordering::Relaxed);
    }

    /// A slot for one more request of this class, if there is one for it.
    pub(crate) fn admit(&self, class: Priority, worker: usize) -> Option<Held> {
        // below 2^32, as it was stored
        let limit = self.limit.load(Ordering::Relaxed) as u32;
        let limit = limit.saturating_mul(planted_or(Bug::LimitPerWorker, self.workers, 1));
        let (slots, cells) = (class.slots(limit), self.cells.of(worker));
        if let Some(held) = self.bound.try_hold(slots as usize) {
            return Some(held);
        }
        let (place, beyond) = (class as usize, &cells.beyond[class as usize]);
        beyond.add(1);
        if slots < limit && beyond.get().is_multiple_of(TRICKLE) && !planted(Bug::StarvedClass) {
            let held = self.bound.try_hold(limit as usize);
            if held.is_some() {
                return held;
            }
        }
        cells.shed[place].add(1);
        None
    }

    /// An answer took so long, or was given up after.
    pub(crate) fn measured(&self, taken: Duration, worker: usize) {
        let cells = self.cells.of(worker);
        let us = u64::try_from(taken.as_micros()).unwrap_or(u64::MAX);
        cells.samples.add(1);
        cells.logs.add(log2_q10(us));
        cells.busy.add(self.bound.held() as u64);
    }

    /// Decides what is to be decided by now. The limit, if it is another.
    pub(crate) fn look(&self, now: Instant) -> Option<u32> {
        let now = now.saturating_duration_since(*self.origin.get_or_init(|| now));
        let us = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
        if us < self.look_at.load(Ordering::Relaxed) {
            return None;
        }
        let mut machine = match self.machine.try_lock() {
            Ok(machine) => machine,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        // at once, so that nobody else tries meanwhile
        let next = us.saturating_add(LOOK_EVERY.as_micros() as u64);
        self.look_at.store(next, Ordering::Relaxed);
        let is_new = machine.look(now, self.totals(), self.bound.held() as u64);
        let limit = machine.limit();
        if is_new {
            self.limit.store(limit.into(), Ordering::Relaxed);
        }
        is_new.then_some(limit)
    }

    pub(crate) fn shown(&self) -> ConcurrencyShown {
        let machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        ConcurrencyShown {
            limit: self.limit.load(Ordering::Relaxed),
            held: self.bound.held(),
            baseline_us: machine.baseline_us(),
            shed: Priority::ALL.map(|class| self.cells.sum(|cells| &cells.shed[class as usize])),
        }
    }

    fn totals(&self) -> Totals {
        let shed = Priority::ALL.map(|class| self.cells.sum(|cells| &cells.shed[class as usize]));
        Totals {
            samples: self.cells.sum(|cells| &cells.samples),
            logs: self.cells.sum(|cells| &cells.logs),
            busy: self.cells.sum(|cells| &cells.busy),
            shed: shed.iter().sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PARAMS: Params = Params {
        min: 2,
        max: 40,
        start: 10,
        tolerance_percent: 125,
    };

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Ask(Priority, usize),
        /// The request of this place ends: with an answer that took so many milliseconds, or in any other way.
        End(usize, Option<u64>),
        Wait(u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let class = prop::sample::select(Priority::ALL.to_vec());
        let step = prop_oneof![
            3 => (class, 0..3_usize).prop_map(|(class, worker)| Step::Ask(class, worker)),
            3 => (any::<usize>(), prop::option::of(1..500_u64)).prop_map(|(place, ms)| Step::End(place, ms)),
            1 => (0..200_u64).prop_map(Step::Wait),
        ];
        prop::collection::vec(step, 1..400)
    }

    proptest! {
        /// Nobody is let in beyond the limit, who is refused has had no room, and when all have gone nothing is left.
        #[test]
        fn as_many_are_held_as_were_let_in_and_have_not_ended(steps in steps()) {
            let state = Concurrency::new(PARAMS, 3);
            let (mut now, mut held, mut shed) = (Instant::now(), Vec::new(), 0_u64);
            for step in steps {
                let limit = state.shown().limit as usize;
                prop_assert!((2..=40).contains(&limit));
                match step {
                    Step::Ask(class, worker) => match state.admit(class, worker) {
                        Some(slot) => {
                            prop_assert!(held.len() < limit);
                            held.push(slot);
                        }
                        None => {
                            prop_assert!(held.len() >= class.slots(limit as u32) as usize);
                            shed += 1;
                        }
                    },
                    Step::End(place, ms) if !held.is_empty() => {
                        if let Some(ms) = ms {
                            state.measured(Duration::from_millis(ms), place % 3);
                        }
                        held.swap_remove(place % held.len());
                    }
                    Step::End(..) => {}
                    Step::Wait(ms) => now += Duration::from_millis(ms),
                }
                state.look(now);
                prop_assert_eq!(state.shown().held, held.len());
                prop_assert_eq!(state.shown().shed.iter().sum::<u64>(), shed);
            }
            held.clear();
            prop_assert_eq!(state.shown().held, 0);
        }
    }

    #[test]
    fn a_plan_without_it_makes_it_begin_anew() {
        let state = Concurrency::new(PARAMS, 1);
        let held: Vec<_> = (0..10)
            .map_while(|_| state.admit(Priority::Critical, 0))
            .collect();
        assert_eq!(held.len(), 10);
        let wider = Params {
            min: 12,
            start: 12,
            ..PARAMS
        };
        state.set(wider);
        assert_eq!(
            state.shown().limit,
            12,
            "the limit that there was, within the new bounds"
        );
        state.set(PARAMS);
        assert_eq!(state.shown().limit, 12);
        state.forget();
        state.set(PARAMS);
        assert_eq!((state.shown().limit, state.shown().held), (10, 10));
    }

    #[test]
    fn workers_do_not_get_in_each_others_way() {
        let state = Concurrency::new(PARAMS, 2);
        std::thread::scope(|scope| {
            for worker in 0..2 {
                let state = &state;
                scope.spawn(move || {
                    for step in 0..10_000_u64 {
                        let slot = state.admit(Priority::ALL[step as usize % 4], worker);
                        if slot.is_some() {
                            state.measured(Duration::from_micros(step), worker);
                        }
                        state.look(Instant::now() + Duration::from_millis(step));
                        assert!(state.shown().limit <= 40);
                    }
                });
            }
        });
        assert_eq!(state.shown().held, 0);
    }
}
