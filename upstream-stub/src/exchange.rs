//! One request from head to answer.
//!
//! It is timed and numbered when its head is complete, and queued then, so that abandoning it later takes nothing
//! back: all that happens while the head is there ([`handle`] is called), before anything can wait. Then its body is
//! read to the end (counted and checksummed, never kept) and the CPU work done. Then it waits for its departure time,
//! counted from the arrival of the head: the longest of the three decides.

use crate::behaviour::{Behaviour, RetryAfter, Shape};
use crate::cpu;
use crate::event::{Event, Fault, Later};
use crate::frames::Frames;
use crate::message::{self, TEXT, page};
use crate::opening::Kind;
use crate::outgoing::{Outgoing, Source, Upload};
use crate::pattern;
use crate::session::{Session, Ticket};
use crate::wish::wish;
use http1::head::{FieldName, FieldValue, Fields, Method, Name, Refusal, Request};
use http1::io::{Answer, Body, Cut};
use http1::write::ResponseHead;
use std::future::poll_fn;
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};
use tokio::time::Instant;
use world::{Probe, World};

const X_REQUEST_NUMBER: FieldName<'static> = FieldName::constant("x-request-number");
const X_ARRIVED_AT: FieldName<'static> = FieldName::constant("x-arrived-at");
const X_BODY_BYTES: FieldName<'static> = FieldName::constant("x-body-bytes");
const RETRY_AFTER: FieldName<'static> = FieldName::constant("retry-after");
const X_BODY_CRC32: FieldName<'static> = FieldName::constant("x-body-crc32");

const ERROR_BODY: &[u8] = br#"{"error":"injected"}"#;

/// A request body that was read.
struct Read {
    bytes: u64,
    crc32: u32,
}

/// What is to be done for one request. Kept small: it is moved with its future.
struct Order {
    departure: Duration,
    status: u16,
    /// Whether the status is one of an injected error.
    error: bool,
    /// What it says of when to ask again.
    retry_after: Option<RetryAfter>,
    fault: Option<Fault>,
    work: Duration,
    shape: Shape,
    body_bytes: u64,
    /// Whose the body is, if the request says so.
    load_id: Option<u64>,
    /// The answer has no body, whatever its head says.
    bodiless: bool,
}

/// Answers one request. What is needed of its head is taken before the future is returned.
pub(crate) fn handle<W: World, P: Probe<Event>>(
    session: &Rc<Session<W, P>>,
    head: Request<'_>,
    upload: Upload<W>,
) -> impl Future<Output = Result<Answer<Outgoing<W, P>>, Cut>> + use<W, P> {
    let arrival = Instant::now().saturating_duration_since(session.start);
    let noted = note(session, head.fields);
    let ticket = Ticket::open(session, &head, noted.load_id, noted.key);
    let behaviour = session.replica.timeline().at(arrival);
    let order = |behaviour: &Behaviour| Order::new(&ticket, arrival, behaviour, &head, noted.load_id);
    let order = match wish(message::path(head.target), noted.wish) {
        Ok(None) => Ok(order(behaviour)),
        Ok(Some(patch)) => Ok(order(&patch.over(behaviour))),
        Err(reason) => Err(reason),
    };
    // all in one block, and nothing taken out of it: a future inside would be one more copy of what it holds
    async move {
        let order = match &order {
            Ok(order) => order,
            Err(reason) => return Ok(misunderstood(ticket, arrival, reason)),
        };
        let (mut read, mut echoed) = (None, None);
        if upload.length() != Some(0) {
            if matches!(order.shape, Shape::Echo) && !order.error {
                echoed = Some(upload);
            } else {
                read = Some(drain(&ticket, upload).await?);
            }
        }
        let session = ticket.session();
        if !order.work.is_zero() {
            cpu::burn(session.replica.loops(order.work));
        }
        if order.departure > arrival {
            session.world.sleep_until(session.start + order.departure).await;
        }
        if order.fault == Some(Fault::Reset) {
            ticket.injected(Fault::Reset);
            return Err(Cut);
        }
        let source = source(session, order, echoed);
        let later = order
            .retry_after
            .map(|retry_after| later(retry_after, session.world.unix_now()));
        if let Some(at) = later {
            ticket.says_later(at);
        }
        ticket.answered(order.status);
        let mut answer = answer(ticket, arrival, order, source, read);
        if let Some(at) = later {
            say_later(&mut answer.head, at);
        }
        Ok(answer)
    }
}

/// Answers what is no request.
pub(crate) fn refuse<W: World, P: Probe<Event>>(
    session: &Session<W, P>,
    refusal: Refusal,
) -> Answer<Outgoing<W, P>> {
    session.replica.ledger().refused();
    let (head, text) = message::refusal(&session.buffers, refusal);
    Answer {
        head,
        body: Outgoing::new(Source::Piece(text), None),
    }
}

impl Order {
    fn new<W: World, P: Probe<Event>>(
        ticket: &Ticket<W, P>,
        arrival: Duration,
        behaviour: &Behaviour,
        head: &Request<'_>,
        load_id: Option<u64>,
    ) -> Self {
        let replica = &ticket.session().replica;
        let plan = replica.chance().plan(behaviour, ticket.number());
        Self {
            departure: replica.departure(arrival, plan.latency, behaviour.servers),
            status: plan.status,
            error: plan.error,
            retry_after: behaviour.retry_after.filter(|_| matches!(plan.status, 429 | 503)),
            fault: plan.fault,
            work: behaviour.work,
            shape: behaviour.shape,
            body_bytes: behaviour.body_bytes,
            load_id,
            bodiless: head.method == Method::Head || matches!(plan.status, 204 | 304),
        }
    }
}

struct Noted<'a> {
    load_id: Option<u64>,
    key: Option<u64>,
    wish: Option<&'a [u8]>,
}

/// One pass over the fields: they are few, and four look-ups would cost more.
fn note<'a, W: World, P: Probe<Event>>(session: &Session<W, P>, fields: Fields<'a>) -> Noted<'a> {
    let mut noted = Noted {
        load_id: None,
        key: None,
        wish: None,
    };
    let ledger = session.replica.ledger();
    for field in fields.iter() {
        let (name, value) = (field.name, field.value);
        match (name.id(), name.text().len()) {
            (Name::XRequestId, _) => ledger.request_id(value.bytes()),
            (Name::Other, 6) if name.is("x-stub") => noted.wish = Some(value.bytes()),
            (Name::Other, 9) if name.is("x-load-id") => {
                noted.load_id = value.text().and_then(|text| text.parse().ok());
            }
            (Name::Other, 15) if name.is("idempotency-key") => {
                noted.key = Some(ledger.idempotency_key(value.bytes()));
            }
            _ => {}
        }
    }
    noted
}

async fn drain<W: World, P: Probe<Event>>(ticket: &Ticket<W, P>, mut upload: Upload<W>) -> Result<Read, Cut> {
    let session = ticket.session();
    let mut sum = crc32fast::Hasher::new();
    let mut bytes = 0;
    while poll_fn(|cx| upload.poll_ready(cx)).await.map_err(|_| Cut)? {
        let len = {
            let piece = upload.bytes();
            sum.update(&piece);
            piece.len()
        };
        upload.consume(len);
        bytes += len as u64;
        session.replica.ledger().uploaded(len as u64);
    }
    let crc32 = sum.finalize();
    session.emit(Event::Body {
        replica: session.replica.index(),
        number: ticket.number(),
        bytes,
        crc32,
    });
    Ok(Read { bytes, crc32 })
}

fn source<W: World, P: Probe<Event>>(
    session: &Session<W, P>,
    order: &Order,
    echoed: Option<Upload<W>>,
) -> Source<W> {
    if matches!(order.status, 204 | 304) {
        return Source::Empty;
    }
    if order.error {
        return Source::Piece(page(ERROR_BODY));
    }
    match order.shape {
        Shape::Whole => Source::Pattern {
            at: pattern::start(order.load_id),
            left: order.body_bytes,
        },
        Shape::Echo => echoed.map_or(Source::Empty, Source::Echo),
        shape => {
            let world = session.world.clone();
            let sleep_until = Box::new(move |at| {
                let world = world.clone();
                Box::pin(async move { world.sleep_until(at).await }) as _
            });
            let leaves = session.start + order.departure;
            Frames::new(shape, order.body_bytes, order.load_id, leaves, sleep_until)
                .map_or(Source::Empty, |frames| Source::Frames(Box::new(frames)))
        }
    }
}

/// The head of any answer.
fn head<W: World, P: Probe<Event>>(
    ticket: &Ticket<W, P>,
    status: u16,
    kind: Kind,
    arrival: Duration,
) -> ResponseHead {
    let session = ticket.session();
    let (buffer, replica) = (session.buffers.send(), session.replica.header());
    let mut head = session.opening.head(buffer, status, kind, replica);
    head.add_number(X_REQUEST_NUMBER, ticket.number());
    let arrival_us = arrival
        .as_secs()
        .saturating_mul(1_000_000)
        .saturating_add(arrival.subsec_micros().into());
    head.add_number(X_ARRIVED_AT, arrival_us);
    head
}

fn answer<W: World, P: Probe<Event>>(
    ticket: Ticket<W, P>,
    arrival: Duration,
    order: &Order,
    source: Source<W>,
    read: Option<Read>,
) -> Answer<Outgoing<W, P>> {
    let kind = (!source.is_done()).then_some(match order.shape {
        _ if order.error => const { FieldValue::constant("application/json") },
        Shape::Sse { .. } => const { FieldValue::constant("text/event-stream") },
        Shape::Echo => const { FieldValue::constant("application/octet-stream") },
        _ => const { FieldValue::constant("text/plain") },
    });
    let mut head = head(&ticket, order.status, kind, arrival);
    if let Some(read) = read {
        head.add_number(X_BODY_BYTES, read.bytes);
        let sum = format!("{:08x}", read.crc32);
        head.add(
            X_BODY_CRC32,
            FieldValue::new(sum.as_bytes()).unwrap_or(FieldValue::constant("")),
        );
    }
    let body = if order.bodiless {
        ticket.completed();
        Outgoing::new(source, None)
    } else if order.fault == Some(Fault::Truncate) {
        Outgoing::truncated(source, ticket)
    } else {
        Outgoing::new(source, Some(ticket))
    };
    Answer { head, body }
}

/// A date is rounded up: it is never over too soon.
fn later(retry_after: RetryAfter, unix_now: Duration) -> Later {
    let seconds = u64::from(retry_after.seconds);
    match retry_after.as_date {
        false => Later::InSeconds(seconds),
        true => {
            let whole = unix_now.as_secs() + u64::from(unix_now.subsec_nanos() > 0);
            Later::AtUnix(whole + seconds)
        }
    }
}

fn say_later(head: &mut ResponseHead, at: Later) {
    match at {
        Later::InSeconds(seconds) => head.add_number(RETRY_AFTER, seconds),
        Later::AtUnix(seconds) => {
            let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
            if let Some(date) = FieldValue::new(date.as_bytes()) {
                head.add(RETRY_AFTER, date);
            }
        }
    }
}

/// The request's own wish made no sense.
fn misunderstood<W: World, P: Probe<Event>>(
    ticket: Ticket<W, P>,
    arrival: Duration,
    reason: &str,
) -> Answer<Outgoing<W, P>> {
    let head = head(&ticket, 400, Some(TEXT), arrival);
    ticket.answered(400);
    let body = Outgoing::new(
        Source::Piece(page(format!("{reason}\n").into_bytes())),
        Some(ticket),
    );
    Answer { head, body }
}
