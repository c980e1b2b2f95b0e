//! One arrival from a connection granted to its outcome: one request, or the steps of a flow one after the other.
//!
//! The first step's hand-over is the arrival's: send lag, waits and dials are measured there. What follows in a flow
//! depends on answers, so it has no intended time of its own; it is inside the response time of the whole.

use super::dial::{Fault, Own};
use super::exchange::{exchange, exchange_http2};
use super::sending::{Sending, Task};
use super::state::{Content, State};
use crate::event::{Event, Failure, Unexpected};
use crate::http::{Answer, Kept, framed};
use crate::record::Answered;
use crate::request::{Draw, Scratch, Session, Step};
use std::cell::Cell;
use std::time::Duration;
use tokio::time::Instant;
use world::{Probe, World};

/// How an answered arrival went.
pub(super) struct Carried {
    pub(super) whole: Answered,
    /// When the last answer was complete.
    pub(super) ended: Instant,
    /// What was in it.
    pub(super) last: Content,
}

/// What an arrival remembers from step to step.
struct Trip {
    draw: Draw,
    session: Session,
    scratch: Scratch,
}

/// Carries one arrival. `line` is the worker's own connection, and is left there when another request may follow on it.
/// `now`, and when it ended, spare looks at the clock. `at` is told which step is being made.
pub(super) async fn carry<W: World, P: Probe<Event>>(
    state: &State<W, P>,
    line: &mut Option<Own<W>>,
    task: Task,
    now: Instant,
    at: &Cell<usize>,
) -> Result<Carried, Fault> {
    let due = task.ticket.due;
    state.recording.borrow_mut().attempted(due.at);
    let scenario = state.requests.pick(due.id);
    let mut sending = Sending::new(task, now);
    let mut trip = None;
    let mut whole: Option<(Instant, Answered)> = None;
    let (mut ended, mut last) = (now, Content::default());
    for (number, step) in state.requests.steps(scenario).iter().enumerate() {
        at.set(number);
        if number > 0 {
            if !step.think().is_zero() {
                state.world.sleep_until(Instant::now() + step.think()).await;
            }
            sending = Sending::follow(task, Instant::now());
        }
        let answer = match state.requests.written(scenario, number) {
            Some(written) => exchange(state, line, &written.head, &written.body, step, &mut sending).await,
            None => {
                let trip = trip.get_or_insert_with(|| Trip {
                    draw: state.requests.draw(due.id),
                    session: match step.visits() {
                        true => state.visitors.session(state.requests.name(scenario)),
                        false => Session::default(),
                    },
                    scratch: Scratch::default(),
                });
                rendered(state, line, trip, step, &mut sending).await
            }
        };
        let now = Instant::now();
        let part = state.job.part(scenario, number);
        let answer = answer?;
        let unexpected = surprise(step, &answer, trip.as_mut().map(|trip| &mut trip.session));
        if let Some(trip) = trip.as_mut().filter(|_| step.visits()) {
            remember(state, scenario, step, trip, &answer);
        }
        let service = now.saturating_duration_since(sending.handed);
        state.part(due, part, service, unexpected.is_none());
        let (began, whole) = whole.get_or_insert_with(|| {
            let first_byte = answer.first_byte.saturating_duration_since(sending.handed);
            (sending.handed, Answered::first(first_byte))
        });
        whole.status = answer.status;
        whole.body_bytes += answer.body_bytes;
        last = Content {
            bytes: answer.body_bytes,
            crc32: answer.body_crc32,
            points_crc32: answer.points_crc32,
            served_crc32: answer.served_crc32,
        };
        whole.service = now.saturating_duration_since(*began);
        ended = now;
        if let Some((kind, message)) = unexpected {
            state.unexpected(due, now, kind, message);
            break;
        }
    }
    whole
        .map(|(_, whole)| Carried { whole, ended, last })
        .ok_or_else(|| (Failure::Local, "the scenario has no step".into()))
}

/// A visitor has been answered, in whatever way: cookies count that come with an answer nobody expected.
fn remember<W: World, P: Probe<Event>>(
    state: &State<W, P>,
    scenario: usize,
    step: &Step,
    trip: &mut Trip,
    answer: &Answer,
) {
    let Some(kept) = answer.kept.as_deref() else {
        return;
    };
    let is_set = |(name, _): (&[u8], &[u8])| name.eq_ignore_ascii_case(b"set-cookie");
    let taken = step.take(&mut trip.session, kept.headers(), &kept.body);
    if taken.is_ok() && kept.headers().any(is_set) {
        state.cookies(trip.draw.id(), trip.session.cookies_crc32(), true);
        let name = state.requests.name(scenario);
        state.visitors.remember(name, &trip.session);
    }
}

/// Writes a request that is another one for every arrival, and exchanges it.
async fn rendered<W: World, P: Probe<Event>>(
    state: &State<W, P>,
    line: &mut Option<Own<W>>,
    trip: &mut Trip,
    step: &Step,
    sending: &mut Sending,
) -> Result<Answer, Fault> {
    let local = |error: String| (Failure::Local, error);
    let load_id = state.job.spec().load_id.then_some(trip.draw.id());
    if step.visits() {
        state.cookies(trip.draw.id(), trip.session.cookies_crc32(), false);
    }
    let message = step
        .render(&mut trip.draw, &trip.session, &mut trip.scratch)
        .map_err(local)?;
    if state.job.is_http2() {
        let tls = state.job.spec().tls.is_some();
        let request = crate::http::request(&message, tls, load_id).map_err(local)?;
        return exchange_http2(state, &request, message.body(), step, sending).await;
    }
    let head = framed(state.buffers.send(), &message, load_id).map_err(local)?;
    let answer = exchange(state, line, &head, message.body(), step, sending).await;
    state.buffers.keep_send(head.into_bytes());
    answer
}

/// What was wrong with an answer, if anything was; what the flow keeps of it goes into the session.
fn surprise(step: &Step, answer: &Answer, session: Option<&mut Session>) -> Option<(Unexpected, String)> {
    let nothing = Kept::default();
    let kept = answer.kept.as_deref().unwrap_or(&nothing);
    let judged = step
        .expect()
        .judge(answer.status, kept.headers(), &kept.body, answer.body_bytes);
    if let Err(unexpected) = judged {
        return Some((unexpected.kind, unexpected.message));
    }
    let session = session.filter(|_| answer.kept.is_some())?;
    let taken = step.take(session, kept.headers(), &kept.body);
    taken.err().map(|error| (Unexpected::Capture, error))
}

impl Answered {
    /// The beginning of an arrival's record.
    fn first(first_byte: Duration) -> Self {
        Self {
            status: 0,
            body_bytes: 0,
            service: Duration::ZERO,
            first_byte,
        }
    }
}
