//! One request from head to answer.
//!
//! It is timed and numbered when its head is complete, and queued then, so that abandoning it later takes nothing
//! back. Its body is read to the end (counted and checksummed, never kept) and the CPU work done. Then it waits for its
//! departure time, counted from the arrival of the head: the longest of the three decides.

use crate::behaviour::{Behaviour, Shape};
use crate::chance::Plan;
use crate::cpu;
use crate::event::{Event, Fault};
use crate::frames::Frames;
use crate::message::{Answer, Cut, Flow, Handler, Head};
use crate::outgoing::{Outgoing, Source};
use crate::session::{Session, Ticket};
use crate::wish::wish;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use std::future::poll_fn;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;
use world::{Probe, World};

const X_REPLICA: HeaderName = HeaderName::from_static("x-replica");
const X_REQUEST_NUMBER: HeaderName = HeaderName::from_static("x-request-number");
const X_ARRIVED_AT: HeaderName = HeaderName::from_static("x-arrived-at");
const X_BODY_BYTES: HeaderName = HeaderName::from_static("x-body-bytes");
const X_BODY_CRC32: HeaderName = HeaderName::from_static("x-body-crc32");

const ERROR_BODY: &[u8] = br#"{"error":"injected"}"#;

/// A request body that was read.
struct Upload {
    bytes: u64,
    crc32: u32,
}

impl<W: World, P: Probe<Event>> Handler for Rc<Session<W, P>> {
    type Body = Outgoing<W, P>;

    async fn handle<U: Flow + 'static>(
        &self,
        head: Head,
        mut upload: Option<U>,
    ) -> Result<Answer<Outgoing<W, P>>, Cut> {
        let arrival = Instant::now().saturating_duration_since(self.start);
        let noted = note(self, &head);
        let ticket = Ticket::open(self, noted.load_id, noted.key);
        let headers = answer_headers(self, ticket.number(), arrival);
        let patched;
        let mut behaviour = self.replica.timeline().at(arrival);
        match wish(head.path(), noted.wish) {
            Ok(None) => {}
            Ok(Some(patch)) => {
                patched = patch.over(behaviour);
                behaviour = &patched;
            }
            Err(reason) => return Ok(refusal(ticket, headers, reason)),
        }
        let plan = self.replica.chance().plan(behaviour, ticket.number());
        let departure = self.replica.departure(arrival, plan.latency, behaviour.servers);
        let mut read = None;
        let echo = matches!(behaviour.shape, Shape::Echo) && !plan.error;
        if let Some(mut body) = upload.take_if(|_| !echo) {
            read = Some(drain(self, ticket.number(), &mut body).await?);
        }
        if !behaviour.work.is_zero() {
            cpu::burn(self.replica.loops(behaviour.work));
        }
        if departure > arrival {
            self.world.sleep_until(self.start + departure).await;
        }
        if plan.fault == Some(Fault::Reset) {
            ticket.injected(Fault::Reset);
            return Err(Cut);
        }
        let leaves = self.start + departure;
        let source = source(
            self,
            behaviour,
            &plan,
            leaves,
            upload.map(|body| Box::new(body) as Box<dyn Flow>),
        );
        ticket.answered(plan.status);
        Ok(answer(&head, headers, behaviour, &plan, source, read, ticket))
    }
}

struct Noted<'a> {
    load_id: Option<u64>,
    key: Option<u64>,
    wish: Option<&'a [u8]>,
}

/// One pass over the headers: they are few, and four look-ups would cost more.
fn note<'a, W: World, P: Probe<Event>>(session: &Session<W, P>, head: &'a Head) -> Noted<'a> {
    let mut noted = Noted {
        load_id: None,
        key: None,
        wish: None,
    };
    let ledger = session.replica.ledger();
    for (name, value) in head.headers() {
        match name.as_str() {
            "x-load-id" => noted.load_id = value.to_str().ok().and_then(|text| text.parse().ok()),
            "x-request-id" => ledger.request_id(value.as_bytes()),
            "idempotency-key" => noted.key = Some(ledger.idempotency_key(value.as_bytes())),
            "x-stub" => noted.wish = Some(value.as_bytes()),
            _ => {}
        }
    }
    noted
}

async fn drain<W: World, P: Probe<Event>>(
    session: &Session<W, P>,
    number: u64,
    body: &mut impl Flow,
) -> Result<Upload, Cut> {
    let mut sum = crc32fast::Hasher::new();
    let mut bytes = 0;
    while let Some(piece) = poll_fn(|cx| body.poll_next(cx)).await {
        let piece = piece?;
        bytes += piece.len() as u64;
        session.replica.ledger().uploaded(piece.len() as u64);
        sum.update(&piece);
    }
    let crc32 = sum.finalize();
    session.emit(Event::Body {
        replica: session.replica.index(),
        number,
        bytes,
        crc32,
    });
    Ok(Upload { bytes, crc32 })
}

fn answer_headers<W: World, P: Probe<Event>>(
    session: &Session<W, P>,
    number: u64,
    arrival: Duration,
) -> HeaderMap {
    let arrival_us = u64::try_from(arrival.as_micros()).unwrap_or(u64::MAX);
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(X_REPLICA, session.replica.header());
    headers.insert(X_REQUEST_NUMBER, number.into());
    headers.insert(X_ARRIVED_AT, arrival_us.into());
    headers
}

fn source<W: World, P: Probe<Event>>(
    session: &Session<W, P>,
    behaviour: &Behaviour,
    plan: &Plan,
    leaves: Instant,
    echoed: Option<Box<dyn Flow>>,
) -> Source {
    if matches!(plan.status, 204 | 304) {
        return Source::Empty;
    }
    if plan.error {
        return Source::Piece(Bytes::from_static(ERROR_BODY));
    }
    match behaviour.shape {
        Shape::Whole => Source::Pattern {
            sent: 0,
            left: behaviour.body_bytes,
        },
        Shape::Echo => echoed.map_or(Source::Empty, Source::Echo),
        shape => {
            let world = session.world.clone();
            let sleep_until = Box::new(move |at| {
                let world = world.clone();
                Box::pin(async move { world.sleep_until(at).await }) as _
            });
            Frames::new(shape, behaviour.body_bytes, leaves, sleep_until)
                .map_or(Source::Empty, |frames| Source::Frames(Box::new(frames)))
        }
    }
}

fn answer<W: World, P: Probe<Event>>(
    head: &Head,
    mut headers: HeaderMap,
    behaviour: &Behaviour,
    plan: &Plan,
    source: Source,
    read: Option<Upload>,
    ticket: Ticket<W, P>,
) -> Answer<Outgoing<W, P>> {
    if let Some(upload) = read {
        headers.insert(X_BODY_BYTES, upload.bytes.into());
        let sum = HeaderValue::from_str(&format!("{:08x}", upload.crc32));
        headers.insert(X_BODY_CRC32, sum.unwrap_or(HeaderValue::from_static("")));
    }
    if !source.is_done() {
        let kind = match behaviour.shape {
            _ if plan.error => "application/json",
            Shape::Sse { .. } => "text/event-stream",
            Shape::Echo => "application/octet-stream",
            _ => "text/plain",
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    let bodiless = *head.method() == Method::HEAD || matches!(plan.status, 204 | 304);
    let body = if bodiless {
        ticket.completed();
        Outgoing::new(source, None)
    } else if plan.fault == Some(Fault::Truncate) {
        Outgoing::truncated(source, ticket)
    } else {
        Outgoing::new(source, Some(ticket))
    };
    Answer {
        status: plan.status,
        headers,
        body,
    }
}

/// The request's own wish made no sense.
fn refusal<W: World, P: Probe<Event>>(
    ticket: Ticket<W, P>,
    mut headers: HeaderMap,
    reason: String,
) -> Answer<Outgoing<W, P>> {
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    ticket.answered(400);
    let body = Outgoing::new(Source::Piece(Bytes::from(reason + "\n")), Some(ticket));
    Answer {
        status: 400,
        headers,
        body,
    }
}
