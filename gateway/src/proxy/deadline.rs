//! A deadline for each request of a connection at the price of a timer for many.
//!
//! Setting a timer for every request costs more than routing it, and nearly every one is cancelled unused. Here
//! a connection has one timer, which is only ever moved when it fires or when a request needs it earlier: under
//! load it fires once per timeout, finds a later deadline, and is set to that. Deadlines are met exactly (to
//! tokio's millisecond), because the timer is never later than the deadline in force.
//!
//! Guards nest, on the same timer: an attempt's own deadline within its request's only brings the timer forward, and
//! whichever guard finds it behind sets it again.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::time::{Instant, Sleep};

/// The timer of one connection. All requests of a connection are polled by its one task, which is what the timer
/// wakes.
#[derive(Default)]
pub(super) struct Deadline(RefCell<Option<Timer>>);

struct Timer {
    sleep: Pin<Box<Sleep>>,
    /// It was polled since it was set: it will wake the task, and until then there is nothing to ask it.
    waits: bool,
}

impl Deadline {
    /// Runs `work` until it is done or `at` has passed. The caller keeps and drops it, so that it is not moved.
    pub(super) async fn guard<F: Future>(&self, at: Instant, mut work: Pin<&mut F>) -> Option<F::Output> {
        poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => self.poll_passed(at, cx).map(|()| None),
        })
        .await
    }

    /// Whether `at` has passed; the task of `cx`, which is the connection's, is woken when it does.
    pub(super) fn poll_passed(&self, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let mut timer = self.0.borrow_mut();
        let timer = timer.get_or_insert_with(|| Timer {
            sleep: Box::pin(tokio::time::sleep_until(at)),
            waits: false,
        });
        if timer.sleep.deadline() > at {
            timer.set(at);
        }
        if timer.waits && !timer.sleep.is_elapsed() {
            return Poll::Pending;
        }
        loop {
            timer.waits = timer.sleep.as_mut().poll(cx).is_pending();
            if timer.waits {
                return Poll::Pending;
            }
            if timer.sleep.deadline() >= at {
                return Poll::Ready(());
            }
            timer.set(at);
        }
    }
}

impl Timer {
    fn set(&mut self, at: Instant) {
        self.sleep.as_mut().reset(at);
        self.waits = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::time::Duration;
    use tokio::time::{advance, sleep};

    const MS: Duration = Duration::from_millis(1);

    fn paused<F: Future>(body: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        runtime.expect("runtime").block_on(body)
    }

    /// Runs requests of (work, timeout) one after the other; tells after how long each ended and whether in time.
    fn check(requests: &[(u64, u64)]) -> Vec<(u64, bool)> {
        paused(async {
            let deadline = Deadline::default();
            let mut seen = Vec::new();
            for (work, timeout) in requests {
                let start = Instant::now();
                let done = deadline
                    .guard(start + *timeout as u32 * MS, pin!(sleep(*work as u32 * MS)))
                    .await;
                seen.push((start.elapsed().as_millis() as u64, done.is_some()));
            }
            seen
        })
    }

    #[test]
    fn each_request_has_its_own_deadline() {
        let requests = [
            (10, 100),
            (10, 100),
            (500, 100),
            (10, 1_000),
            (2_000, 1_000),
            (500, 20),
            (5, 20),
        ];
        let expected = [
            (10, true),
            (10, true),
            (100, false),
            (10, true),
            (1_000, false),
            (20, false),
            (5, true),
        ];
        assert_eq!(check(&requests), expected);
    }

    #[test]
    fn a_deadline_within_another_uses_the_same_timer() {
        paused(async {
            let deadline = Deadline::default();
            let start = Instant::now();
            let seen = RefCell::new(Vec::new());
            let attempts = async {
                for (work, timeout) in [(40, 30), (10, 30), (40, 30), (60, 50), (1, 1)] {
                    let at = Instant::now() + timeout * MS;
                    let done = deadline.guard(at, pin!(sleep(work * MS))).await;
                    let ended = start.elapsed().as_millis();
                    seen.borrow_mut().push((ended, done.is_some()));
                }
            };
            assert!(deadline.guard(start + 100 * MS, pin!(attempts)).await.is_none());
            assert_eq!(start.elapsed(), 100 * MS);
            assert_eq!(seen.take(), [(30, false), (40, true), (70, false)]);
        });
    }

    #[test]
    fn an_old_timer_that_fires_late_does_not_end_a_later_request() {
        paused(async {
            let deadline = Deadline::default();
            let start = Instant::now();
            assert!(deadline.guard(start + 50 * MS, pin!(sleep(MS))).await.is_some());
            advance(200 * MS).await;
            let again = Instant::now();
            assert!(
                deadline
                    .guard(again + 50 * MS, pin!(sleep(40 * MS)))
                    .await
                    .is_some()
            );
            assert!(
                deadline
                    .guard(Instant::now() + 30 * MS, pin!(sleep(40 * MS)))
                    .await
                    .is_none()
            );
        });
    }
}
