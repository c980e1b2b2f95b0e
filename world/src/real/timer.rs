//! Precise sleeping: one `timerfd` per worker for any number of sleepers.
//!
//! tokio's own timers tick in milliseconds, which is coarser than most of the latencies Tollgate measures. A
//! `timerfd` stands on the kernel's high-resolution timers and has no slack. It is armed at an absolute time, so that
//! being preempted while arming it makes nothing later, `spin` before the earliest deadline; inside that last stretch the driver yields in a loop, so that sockets are still served
//! while it waits. A deadline that is nearer than `spin` from the outset wakes the driver without the kernel,
//! whose timer interrupt comes some tens of microseconds late in a virtual machine. Sleepers are kept in order of
//! (deadline, arrival), and woken in that order.

use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime,
    timerfd_create, timerfd_settime,
};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;
use tokio::time::Instant;

type Key = (Instant, u64);

pub(super) struct Timer {
    fd: AsyncFd<OwnedFd>,
    spin: Duration,
    /// One moment on both clocks: an `Instant` does not tell what the kernel calls it.
    epoch: (Instant, Duration),
    sleepers: RefCell<BTreeMap<Key, Waker>>,
    next_sequence: Cell<u64>,
    /// Tells the driver that the earliest deadline is nearer than `spin`.
    near: Notify,
}

impl Timer {
    /// Makes the timer and spawns its driver on the current `LocalRuntime`; the driver ends with it.
    pub(super) fn start(spin: Duration) -> io::Result<Rc<Self>> {
        let fd = timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
        )?;
        let timer = Rc::new(Self {
            fd: register(fd)?,
            spin,
            epoch: epoch(),
            sleepers: RefCell::default(),
            next_sequence: Cell::new(0),
            near: Notify::new(),
        });
        tokio::task::spawn_local(drive(Rc::clone(&timer)));
        Ok(timer)
    }

    pub(super) fn sleep_until(self: &Rc<Self>, at: Instant) -> Sleep {
        let sequence = self.next_sequence.get();
        self.next_sequence.set(sequence + 1);
        Sleep {
            timer: Rc::clone(self),
            key: (at, sequence),
            waiting: false,
        }
    }

    fn arm(&self, deadline: Instant) {
        // nearer than `spin`, or past: waking needs no kernel
        let wait = deadline.saturating_duration_since(Instant::now());
        if wait <= self.spin {
            self.near.notify_one();
            return;
        }
        let (moment, kernel) = self.epoch;
        let at = kernel + (deadline.saturating_duration_since(moment)).saturating_sub(self.spin);
        let value = Timespec {
            tv_sec: i64::try_from(at.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: at.subsec_nanos().into(),
        };
        let once = Itimerspec {
            it_interval: Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            },
            it_value: value,
        };
        timerfd_settime(self.fd.get_ref(), TimerfdTimerFlags::ABSTIME, &once)
            .expect("a timerfd of ours takes any future time");
    }

    /// Wakes everything that is due; tells when the next sleeper is.
    fn fire(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut sleepers = self.sleepers.borrow_mut();
        while let Some(first) = sleepers.first_entry() {
            if first.key().0 > now {
                return Some(first.key().0);
            }
            first.remove().wake();
        }
        None
    }
}

/// The tightest of a few looks at both clocks: one that is preempted between them would make every timer late.
fn epoch() -> (Instant, Duration) {
    const LOOKS: usize = 8;
    let look = || {
        let (before, kernel) = (Instant::now(), kernel_now());
        (before.elapsed(), before, kernel)
    };
    let mut tightest = look();
    for _ in 1..LOOKS {
        tightest = tightest.min(look());
    }
    (tightest.1, tightest.2)
}

/// The clock that the kernel's timers and `Instant` go by.
fn kernel_now() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    Duration::new(
        now.tv_sec.try_into().unwrap_or(0),
        now.tv_nsec.try_into().unwrap_or(0),
    )
}

#[expect(
    unsafe_code,
    reason = "tokio's registration takes the I/O safety of its descriptor on trust"
)]
fn register(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is open for as long as it lives and always names the same descriptor; it moves into
    // the `AsyncFd` here, which hands out shared references only, so nothing can close or replace it before
    // the registration ends.
    Ok(unsafe { AsyncFd::register(fd) }?)
}

async fn drive(timer: Rc<Timer>) {
    loop {
        tokio::select! {
            biased;
            () = timer.near.notified() => {}
            ready = timer.fd.readable() => {
                let Ok(mut ready) = ready else { return };
                let mut expirations = [0_u8; 8];
                // WouldBlock only says that a re-arming cleared the count; the sleepers are looked at anyway
                let _ = rustix::io::read(timer.fd.get_ref(), &mut expirations);
                ready.clear_ready();
            }
        }
        while let Some(next) = timer.fire() {
            if next.saturating_duration_since(Instant::now()) > timer.spin {
                timer.arm(next);
                break;
            }
            tokio::task::yield_now().await;
        }
    }
}

pub(super) struct Sleep {
    timer: Rc<Timer>,
    key: Key,
    waiting: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.key.0 {
            return Poll::Ready(());
        }
        let key = self.key;
        let mut sleepers = self.timer.sleepers.borrow_mut();
        sleepers.insert(key, cx.waker().clone());
        let earliest = sleepers.first_key_value().is_some_and(|(first, _)| *first == key);
        drop(sleepers);
        if earliest && !self.waiting {
            self.timer.arm(key.0);
        }
        self.waiting = true;
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if self.waiting {
            self.timer.sleepers.borrow_mut().remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::runtime::{Builder, LocalOptions};

    fn on_local_runtime<F: Future>(body: impl FnOnce() -> F) -> F::Output {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build_local(LocalOptions::default());
        runtime.expect("runtime").block_on(async { body().await })
    }

    #[test]
    fn wakes_in_order_and_never_early() {
        on_local_runtime(|| async {
            let timer = Timer::start(Duration::from_micros(50)).expect("timerfd");
            let start = Instant::now();
            let order = Rc::new(RefCell::new(Vec::new()));
            let tasks: Vec<_> = [3_000_u64, 500, 1_500, 500, 0]
                .into_iter()
                .enumerate()
                .map(|(i, after)| {
                    let (timer, order) = (Rc::clone(&timer), Rc::clone(&order));
                    tokio::task::spawn_local(async move {
                        let at = start + Duration::from_micros(after);
                        timer.sleep_until(at).await;
                        assert!(Instant::now() >= at, "woken early");
                        order.borrow_mut().push(i);
                    })
                })
                .collect();
            for task in tasks {
                task.await.expect("sleeper");
            }
            assert_eq!(*order.borrow(), [4, 1, 3, 2, 0]);
        });
    }

    #[test]
    fn dropped_sleeper_leaves_nothing_behind() {
        on_local_runtime(|| async {
            let timer = Timer::start(Duration::ZERO).expect("timerfd");
            let far = Instant::now() + Duration::from_secs(3_600);
            let sleep = tokio::time::timeout(Duration::from_millis(2), timer.sleep_until(far)).await;
            assert!(sleep.is_err());
            assert!(timer.sleepers.borrow().is_empty());
            timer.sleep_until(Instant::now() + Duration::from_millis(1)).await;
        });
    }
}
