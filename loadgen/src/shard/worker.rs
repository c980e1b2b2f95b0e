//! One worker is one connection: it dials, carries one request at a time, parks when nobody waits, and ends
//! with its connection.
//!
//! Timeouts count from the intended time, so a request that waited long for a connection has little left. The
//! requests of one worker come in order of intended time; its timer is therefore only ever moved later, and
//! only when it goes off: no timer is set or cancelled per request.

use super::state::{Slot, State, Ticket};
use crate::event::{Event, Failure};
use crate::http::{Answer, Broken, Connection, Prepared, unconnected};
use crate::record::{Answered, Handed};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use tokio::time::{Instant, Sleep};
use world::{Probe, World};

/// A live connection and its number.
pub(super) struct Line<W: World> {
    connection: Connection<W::Stream>,
    number: u64,
    /// Has carried a request or stood idle: it may have died unnoticed.
    used: bool,
    /// Requests that it has carried.
    carried: u64,
}

/// A request on a worker, and since when it has not been waiting for a connection.
struct Task {
    ticket: Ticket,
    granted: Instant,
}

type Fault = (Failure, String);

/// Starts a worker that the pool already counts.
pub(super) fn hire<W: World, P: Probe<Event>>(
    state: &Rc<State<W, P>>,
    line: Option<Line<W>>,
    first: Option<Ticket>,
) {
    let slot = state.slot(first.map(|ticket| ticket.due));
    let task = tokio::task::spawn_local(work(Rc::clone(state), Rc::clone(&slot), line, first));
    state.enlist(slot, task);
}

async fn work<W: World, P: Probe<Event>>(
    state: Rc<State<W, P>>,
    slot: Rc<Slot>,
    mut line: Option<Line<W>>,
    first: Option<Ticket>,
) {
    let timeout = state.job.spec().timeout;
    let request = state.job.request().prepare();
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
            let attempt = pin!(attempt(&state, &request, &mut line, task, begin));
            before(&state.work, timer.as_mut(), deadline, attempt).await
        } else {
            None
        };
        slot.carried.set(None);
        let now = Instant::now();
        match outcome {
            Some(Ok((answer, handed))) => {
                state.done(
                    due,
                    now,
                    Answered {
                        status: answer.status,
                        body_bytes: answer.body_bytes,
                        service: now.saturating_duration_since(handed),
                        first_byte: answer.first_byte.saturating_duration_since(handed),
                    },
                );
            }
            Some(Err((kind, detail))) => state.fail(due, now, kind, &detail),
            None => state.fail(due, now, Failure::Timeout, "no complete answer in time"),
        }
        next = state.next(now).map(|ticket| {
            slot.carried.set(Some(ticket.due));
            Task { ticket, granted: now }
        });
    }
    state.retire(&slot);
}

/// Waits for a request with an idle connection; none when it ended first, or there is no connection.
async fn idle<W: World, P: Probe<Event>>(
    state: &State<W, P>,
    slot: &Rc<Slot>,
    line: Option<&mut Line<W>>,
) -> Option<Task> {
    let line = line?;
    line.used = true;
    let key = state.pool.borrow_mut().park(Rc::clone(slot));
    poll_fn(|cx| {
        if let Some(ticket) = slot.mail.take() {
            return Poll::Ready(Some(Task {
                ticket,
                granted: ticket.released,
            }));
        }
        if line.connection.poll_ended(cx).is_ready() && state.pool.borrow_mut().unpark(key) {
            return Poll::Ready(None);
        }
        slot.waker.set(Some(cx.waker().clone()));
        Poll::Pending
    })
    .await
}

/// Sends on the connection there is, or dials one. A connection that proves dead before a byte was written is
/// replaced once; a new one that does the same is a reset. Returns the answer and when its request was handed
/// over; the connection is back in `line` only when another request may follow. `now` spares a look at the clock.
async fn attempt<W: World, P: Probe<Event>>(
    state: &State<W, P>,
    request: &Prepared<'_>,
    line: &mut Option<Line<W>>,
    task: Task,
    now: Instant,
) -> Result<(Answer, Instant), Fault> {
    let Task { ticket, mut granted } = task;
    let due = ticket.due;
    let pool_wait = granted.saturating_duration_since(ticket.released);
    let mut connect = None;
    let spec = state.job.spec();
    let load_id = spec.load_id.then_some(due.id);
    let carried_max = spec.requests_per_connection.unwrap_or(u64::MAX);
    state.recording.borrow_mut().attempted(due.at);
    loop {
        // what the peer has closed still takes bytes: only reading tells
        line.take_if(|open| open.used && open.connection.has_ended());
        let (open, handed) = match line.take() {
            Some(open) => (open, now),
            None => {
                let begin = Instant::now();
                let open = dial(state).await?;
                granted = Instant::now();
                connect = Some(granted.saturating_duration_since(begin));
                (open, granted)
            }
        };
        let Line {
            connection,
            number,
            used,
            carried,
        } = open;
        let lag = ticket
            .released
            .saturating_duration_since(state.start.get() + due.at)
            + handed.saturating_duration_since(granted);
        let times = Handed {
            lag,
            pool_wait,
            connect,
            tls: None,
        };
        let exchange = connection.exchange(request, load_id, || state.sent(due, number, handed, times));
        match exchange.await {
            Ok((answer, connection)) => {
                let carried = carried + 1;
                let connection = connection.filter(|_| carried < carried_max);
                *line = connection.map(|connection| Line {
                    connection,
                    number,
                    used: true,
                    carried,
                });
                return Ok((answer, handed));
            }
            Err(Broken::Failed(kind, detail)) => return Err((kind, detail)),
            Err(Broken::Unsent) if used => {}
            Err(Broken::Unsent) => {
                return Err((Failure::Reset, "closed before the request was written".into()));
            }
        }
    }
}

pub(super) async fn dial<W: World, P: Probe<Event>>(state: &State<W, P>) -> Result<Line<W>, Fault> {
    let stream = state.world.connect(state.job.spec().target).await;
    let stream = stream.map_err(|e| (unconnected(&e), e.to_string()))?;
    Ok(Line {
        connection: Connection::new(stream, &state.buffers),
        number: state.connected(Instant::now()),
        used: false,
        carried: 0,
    })
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
    while timer.as_mut().poll(cx).is_ready() {
        if timer.deadline() >= deadline {
            return Poll::Ready(());
        }
        timer.as_mut().reset(deadline);
    }
    Poll::Pending
}
