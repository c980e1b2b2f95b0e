//! What becomes of the stages and the attempts: an answer's head, and the body as it comes or as it is.

use super::exchange::Exchange;
use super::tracked::Tracked;
use super::view::View;
use super::worker::Worker;
use super::{forward, respond, timing, trailers, upgrade};
use crate::error::{Error, Kind};
use crate::event::Event;
use crate::ids::RequestId;
use crate::observe::Outcome;
use crate::planted::{Bug, planted};
use crate::pool::{Affinity, Lease, Switched, Upstream};
use crate::transform::ResponseEdits;
use http1::io::{Answer, Cut};
use http1::write::ResponseHead;
use tokio::io::{AsyncRead, AsyncWrite};
use world::{Probe, World};

/// An answer before its body is sent.
pub(super) enum Ready<S> {
    Upstream(ResponseHead, Lease<S>),
    Own(ResponseHead, String),
    Switched(ResponseHead, Box<Switched<S>>),
}

/// The answer to a request. Told to the probe first: an answer is not small, and what is done between making it and returning it
/// copies it.
#[inline(always)]
pub(super) fn made<W: World, P: Probe<Event>>(
    worker: &Worker<W, P>,
    id: u64,
    answer: Result<Ready<W::Stream>, Error>,
    exchange: Exchange,
    request_id: Option<&RequestId>,
    to_head: bool,
) -> Result<Answer<Tracked<W::Stream>>, Cut> {
    let tell = |status| worker.probe.emit(Event::Answered { id, status });
    match answer {
        Ok(Ready::Upstream(mut head, lease)) => {
            if exchange.is_timed() {
                timing::add(&mut head, &exchange);
            }
            tell(head.status());
            Ok(stream_back(head, lease, to_head, exchange))
        }
        Ok(Ready::Switched(head, switched)) => {
            tell(head.status());
            let body = Tracked::switched(switched, exchange);
            Ok(Answer { head, body })
        }
        Ok(Ready::Own(head, body)) => {
            tell(head.status());
            Ok(complete(head, body, request_id, to_head, exchange))
        }
        Err(error) if planted(Bug::AnswerSwallowed) && error.kind == Kind::Broken => Err(Cut),
        Err(error) => {
            let answer = own(worker, exchange, request_id, to_head, &error);
            tell(answer.head.status());
            Ok(answer)
        }
    }
}

/// What an upstream has answered.
#[inline(always)]
pub(super) fn from_upstream<W: World, P: Probe<Event>>(
    worker: &Worker<W, P>,
    view: &View<W::Stream>,
    lease: Lease<W::Stream>,
    exchange: &Exchange,
    request_id: Option<&RequestId>,
    told: (&Affinity, Option<&[u8]>),
) -> Result<Ready<W::Stream>, Error> {
    let again = planted(Bug::SnapshotReadTwice).then(|| worker.view());
    let edits = match &again {
        Some(again) => exchange.edits_of(&again.snapshot),
        None => exchange.response_edits(),
    };
    let (upstream, (affinity, upgrade)) = (&view.upstreams[exchange.upstream], told);
    let head = down(worker, upstream, &lease, request_id, edits, affinity)?;
    passed(head, lease, upgrade, exchange.trailers)
}

/// Headers down.
fn down<W: World, P: Probe<Event>>(
    worker: &Worker<W, P>,
    upstream: &Upstream<W::Stream>,
    lease: &Lease<W::Stream>,
    request_id: Option<&RequestId>,
    edits: Option<&ResponseEdits>,
    affinity: &Affinity,
) -> Result<ResponseHead, Error> {
    let head = lease.receiving.head().ok_or(Kind::Broken)?;
    let mut out = ResponseHead::new(worker.buffers.send(), head.status);
    forward::to_client(&mut out, &head, request_id, &worker.date.get(), edits)?;
    let cookie = upstream.cookie(lease.replica(), affinity, || worker.world.unix_now());
    if let Some(cookie) = cookie {
        forward::add_cookie(&mut out, &cookie);
    }
    Ok(out)
}

/// An upstream's answer, whose head is written.
fn passed<S: AsyncRead + AsyncWrite + Unpin>(
    mut head: ResponseHead,
    lease: Lease<S>,
    upgrade: Option<&[u8]>,
    trailers: bool,
) -> Result<Ready<S>, Error> {
    if head.status() == 101 {
        let switched = upgrade::switch(&mut head, lease, upgrade)?;
        return Ok(Ready::Switched(head, switched));
    }
    if trailers {
        trailers::announce(&mut head, &lease);
    }
    Ok(Ready::Upstream(head, lease))
}

/// The body as it comes.
fn stream_back<S>(
    head: ResponseHead,
    lease: Lease<S>,
    to_head: bool,
    mut exchange: Exchange,
) -> Answer<Tracked<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    exchange.answered(head.status());
    Answer {
        head,
        body: Tracked::upstream(lease, to_head, exchange),
    }
}

/// An error, as an answer.
pub(super) fn own<W: World, P: Probe<Event>>(
    worker: &Worker<W, P>,
    mut exchange: Exchange,
    request_id: Option<&RequestId>,
    to_head: bool,
    error: &Error,
) -> Answer<Tracked<W::Stream>> {
    let (mut head, body) = respond::error(worker.buffers.send(), error, &worker.date.get());
    if exchange.is_timed() {
        timing::add(&mut head, &exchange);
    }
    exchange.set_error(error);
    if error.kind == Kind::ClientAborted {
        exchange.status = head.status();
        return Answer {
            head,
            body: Tracked::own(body, Some(Outcome::Aborted), exchange),
        };
    }
    complete(head, body, request_id, to_head, exchange)
}

/// An answer of our own, whose body is at hand.
fn complete<S>(
    mut head: ResponseHead,
    body: String,
    request_id: Option<&RequestId>,
    to_head: bool,
    mut exchange: Exchange,
) -> Answer<Tracked<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    exchange.status = head.status();
    if let Some(id) = request_id {
        forward::add_id(&mut head, id);
    }
    if let Some(edits) = exchange.response_edits() {
        forward::add_security(&mut head, edits);
    }
    if to_head {
        head.announce(body.len() as u64);
    }
    // nobody reads a body that is empty or has no place
    let ended = (to_head || body.is_empty()).then_some(Outcome::Complete);
    Answer {
        head,
        body: Tracked::own(body, ended, exchange),
    }
}
