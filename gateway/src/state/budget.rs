//! One upstream's retry budget, over all workers and reloads: how many requests and retries there were of late.
//!
//! Requests are counted by each worker for itself, so that a request costs it a load and a store; retries, which are seldom,
//! under a lock, so that two workers cannot both take what is left. Counted are the requests and retries of all routes to
//! the upstream that have a budget; how much of that is too much each route says by itself.

use super::PerWorker;
use crate::planted::{Bug, planted, planted_or};
use crate::retry::{Budget, Counts, bucket};
use std::sync::{Mutex, OnceLock, PoisonError};
use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct RetryBudget {
    workers: u64,
    /// When the first request came.
    began: OnceLock<Instant>,
    /// Nothing where no route has a budget, which most upstreams may well have.
    requests: PerWorker<OnceLock<Counts>>,
    retries: Mutex<Counts>,
}

impl RetryBudget {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            workers: workers as u64,
            began: OnceLock::new(),
            requests: PerWorker::new(workers),
            retries: Mutex::default(),
        }
    }

    /// A request is about to be sent for the first time, by this worker and no other.
    pub(crate) fn count(&self, worker: usize, now: Instant) {
        let requests = self.requests.of(worker).get_or_init(Counts::default);
        requests.add(self.bucket(now));
    }

    /// Whether one more retry is affordable; if so, it is entered.
    pub(crate) fn take(&self, budget: &Budget, now: Instant) -> bool {
        let retries = self.retries.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = self.bucket(now);
        let is_affordable = self.left(budget, &retries, bucket) > 0;
        if is_affordable && !planted(Bug::BudgetAfterBackoff) {
            retries.add(bucket);
        }
        is_affordable
    }

    /// Where a bug has it that a retry is entered when it is sent.
    pub(crate) fn sent(&self, now: Instant) {
        if planted(Bug::BudgetAfterBackoff) {
            let retries = self.retries.lock().unwrap_or_else(PoisonError::into_inner);
            retries.add(self.bucket(now));
        }
    }

    /// How many retries are affordable now.
    pub(crate) fn affordable(&self, budget: &Budget, now: Instant) -> u64 {
        let retries = self.retries.lock().unwrap_or_else(PoisonError::into_inner);
        self.left(budget, &retries, self.bucket(now))
    }

    fn left(&self, budget: &Budget, retries: &Counts, bucket: u32) -> u64 {
        let requests = self.requests.each().filter_map(OnceLock::get);
        let requests = requests
            .map(|counts| counts.sum(budget.requests_in(bucket)))
            .sum();
        let most = budget.most(requests) * planted_or(Bug::BudgetPerWorker, self.workers, 1);
        most.saturating_sub(retries.sum(budget.retries_in(bucket)))
    }

    fn bucket(&self, now: Instant) -> u32 {
        let began = self.began.get_or_init(|| now);
        bucket(now.saturating_duration_since(*began))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::BUCKET;
    use proptest::prelude::*;
    use std::time::Duration;

    const MS: Duration = Duration::from_millis(1);

    /// What happens, in ms after what happened before. A retry that is decided waits, and is sent or given up: neither is told
    /// to the budget, and so neither can change it.
    #[derive(Debug, Clone, Copy)]
    enum Step {
        Request { worker: usize },
        Decide,
    }

    fn steps() -> impl Strategy<Value = Vec<(u32, Step)>> {
        let step = prop_oneof![
            (0..3_usize).prop_map(|worker| Step::Request { worker }),
            Just(Step::Decide)
        ];
        let after = prop_oneof![5 => 0..5_u32, 3 => 0..400_u32, 1 => 0..4_000_u32, 1 => 20_000..40_000_u32];
        prop::collection::vec((after, step), 1..300)
    }

    fn budgets() -> impl Strategy<Value = Budget> {
        let ttl = prop_oneof![Just(1_000), Just(10_000), 1_000..=30_000_u64];
        (0..=100_u32, 0..=4_u32, ttl).prop_map(|(percent, floor, ttl)| {
            let percent = if floor == 0 { percent.max(1) } else { percent };
            Budget::try_new(f64::from(percent) / 100.0, floor, Duration::from_millis(ttl)).expect("in range")
        })
    }

    /// The rule's right side for times in ms, in thousandths.
    fn allowed(budget: &Budget, requests: &[u64], after: u64, until: u64) -> u64 {
        let ttl = budget.ttl().as_millis() as u64;
        let counted = requests
            .iter()
            .filter(|at| **at + ttl > after && **at <= until)
            .count() as u64;
        let ratio = (budget.ratio() * 1_000.0).round() as u64;
        ratio * counted + u64::from(budget.min_per_second()) * (until - after + ttl)
    }

    proptest! {
        /// Never more, in any window; and not much less than there may be.
        #[test]
        fn the_windowed_rule_holds_whatever_happens(budget in budgets(), steps in steps()) {
            let state = RetryBudget::new(3);
            let start = Instant::now();
            let (mut now, mut requests, mut retries) = (1_u64, Vec::new(), Vec::new());
            let bucket = BUCKET.as_millis() as u64;
            for (after, step) in steps {
                now += u64::from(after);
                let at = start + now as u32 * MS;
                match step {
                    Step::Request { worker } => {
                        state.count(worker, at);
                        requests.push(now);
                    }
                    Step::Decide => {
                        let left = state.affordable(&budget, at);
                        let taken = state.take(&budget, at);
                        prop_assert_eq!(taken, left > 0);
                        if taken {
                            retries.push(now);
                            continue;
                        }
                        let ttl = budget.ttl().as_millis() as u64;
                        let recent = |times: &[u64], within: u64| times.iter().filter(|at| **at + within > now).count() as u64;
                        let most = budget.most(recent(&requests, ttl.saturating_sub(2 * bucket)));
                        prop_assert!(recent(&retries, ttl + 2 * bucket) >= most, "one more was due at {}", now);
                    }
                }
            }
            for (first, from) in retries.iter().enumerate() {
                for (last, until) in retries.iter().enumerate().skip(first) {
                    // the window begins just before the first and ends with the last
                    let (after, count) = (from.saturating_sub(1), (last - first + 1) as u64);
                    let most = allowed(&budget, &requests, after, *until);
                    prop_assert!(count * 1_000 <= most, "{} retries in ({}, {}]: {} thousandths", count, after, until, most);
                }
            }
        }
    }

    #[test]
    fn workers_share_what_there_is_and_time_brings_it_back() {
        let state = RetryBudget::new(2);
        let start = Instant::now();
        let budget = Budget::try_new(0.5, 0, 2_000 * MS).expect("in range");
        assert!(!state.take(&budget, start), "nothing was asked yet");
        for worker in [0, 1, 0, 1] {
            state.count(worker, start);
        }
        let taken = (0..4).map(|_| state.take(&budget, start));
        assert_eq!(taken.collect::<Vec<_>>(), [true, true, false, false]);
        let later = start + 3_000 * MS;
        assert!(!state.take(&budget, later), "requests are forgotten");
        for _ in 0..4 {
            state.count(1, later);
        }
        assert_eq!(state.affordable(&budget, later), 2, "and so are retries");
    }
}
