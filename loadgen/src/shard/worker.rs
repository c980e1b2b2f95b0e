//! One worker is one connection: it dials, carries one request at a time, parks when nobody waits, and ends
//! with its connection.
//!
//! Timeouts count from the intended time, so a request that waited long for a connection has little left. The
//! requests of one worker come in order of intended time; its timer is therefore only ever moved later, and
//! only when it goes off: no timer is set or cancelled per request.

use super::carry::carry;
use super::dial::Own;
use super::sending::Task;
use super::state::{Slot, State, Ticket};
use crate::event::{Event, Failure};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep};
use world::{Probe, World};

/// A closed loop waits as long after a connection that could not be made: a refusal costs next to no time, and asking
/// again at once would count how fast this machine is at that.
const PAUSE: Duration = Duration::from_millis(10);

/// Starts a worker that the pool already counts.
pub(super) fn hire<W: World, P: Probe<Event>>(
    state: &Rc<State<W, P>>,
    line: Option<Own<W>>,
    first: Option<Ticket>,
) {
    let slot = state.slot(first.map(|ticket| ticket.due));
    let task = tokio::task::spawn_local(work(Rc::clone(state), Rc::clone(&slot), line, first));
    state.enlist(slot, task);
}

async fn work<W: World, P: Probe<Event>>(
    state: Rc<State<W, P>>,
    slot: Rc<Slot>,
    mut line: Option<Own<W>>,
    first: Option<Ticket>,
) {
    let timeout = state.job.spec().timeout;
    let mut timer = pin!(tokio::time::sleep_until(state.start.get() + timeout));
    let mut next = first.map(|ticket| Task {
        ticket,
        granted: ticket.released,
    });
    loop {
        let task = match next.take() {
            Some(task) => task,
            None => match idle(&state, &slot, line.as_mut()).await {
                Some(task) => task,
                None => break,
            },
        };
        let due = task.ticket.due;
        let deadline = state.start.get() + due.at + timeout;
        let begin = Instant::now();
        let outcome = if begin < deadline {
            let arrival = pin!(carry(&state, &mut line, task, begin, &slot.step));
            before(&state.work, timer.as_mut(), deadline, arrival).await
        } else {
            None
        };
        slot.carried.set(None);
        let step = slot.step.take();
        let now = match outcome {
            Some(Ok(carried)) => {
                state.done(due, carried.ended, carried.whole, carried.last);
                carried.ended
            }
            Some(Err((kind, detail))) => {
                let now = Instant::now();
                state.fail(due, step, now, kind, &detail);
                if state.job.spec().closed && matches!(kind, Failure::Connect | Failure::Local) {
                    state.world.sleep_until(now + PAUSE).await;
                }
                Instant::now()
            }
            None => {
                let now = Instant::now();
                state.fail(due, step, now, Failure::Timeout, "no complete answer in time");
                now
            }
        };
        next = state.next(now).map(|ticket| {
            slot.carried.set(Some(ticket.due));
            Task { ticket, granted: now }
        });
    }
    state.retire(&slot);
}

/// Waits for a request with an idle connection; none when it ended first, or there is no connection. Where connections
/// are shared the worker has none of its own, and only waits.
async fn idle<W: World, P: Probe<Event>>(
    state: &State<W, P>,
    slot: &Rc<Slot>,
    mut line: Option<&mut Own<W>>,
) -> Option<Task> {
    match &mut line {
        Some(line) => line.used = true,
        None if state.job.is_http2() => {}
        None => return None,
    }
    let key = state.pool.borrow_mut().park(Rc::clone(slot));
    poll_fn(|cx| {
        if let Some(ticket) = slot.mail.take() {
            return Poll::Ready(Some(Task {
                ticket,
                granted: ticket.released,
            }));
        }
        if let Some(line) = &mut line
            && line.connection.poll_ended(cx).is_ready()
            && state.pool.borrow_mut().unpark(key)
        {
            return Poll::Ready(None);
        }
        slot.waker.set(Some(cx.waker().clone()));
        Poll::Pending
    })
    .await
}

/// The future's output, or nothing when the deadline comes first. The future is pinned by the caller: moving it
/// here would copy all of an exchange.
async fn before<F: Future>(
    work: &Cell<u64>,
    mut timer: Pin<&mut Sleep>,
    deadline: Instant,
    mut future: Pin<&mut F>,
) -> Option<F::Output> {
    poll_fn(|cx| {
        work.set(work.get().wrapping_add(1));
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        expired(timer.as_mut(), deadline, cx).map(|()| None)
    })
    .await
}

/// Ready at the deadline. The timer may have been set for an earlier one.
fn expired(mut timer: Pin<&mut Sleep>, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
    if timer.deadline() > deadline {
        timer.as_mut().reset(deadline);
    }
    // an answer that never has to be waited for uses up the task's budget, and the timer would get no turn
    while pin!(unconstrained(timer.as_mut())).poll(cx).is_ready() {
        if timer.deadline() >= deadline {
            return Poll::Ready(());
        }
        timer.as_mut().reset(deadline);
    }
    Poll::Pending
}
