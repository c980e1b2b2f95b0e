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
use crate::pool::{Affinity, Lease, Upstream};
use crate::transform::ResponseEdits;
use http1::io::{Answer, Cut};
use http1::write::ResponseHead;
use tokio::io::{AsyncRead, AsyncWrite};
use world::{Probe, World};

/// What answers to one request have in common. Each is told to the probe first: an answer is not small, and what is done between making
/// it and returning it copies it.
pub(super) struct Answering<'a, W: World, P> {
    pub(super) worker: &'a Worker<W, P>,
    pub(super) id: u64,
    pub(super) request_id: Option<&'a RequestId>,
    pub(super) to_head: bool,
}

impl<W: World, P: Probe<Event>> Answering<'_, W, P> {
    /// What an upstream has answered.
    #[inline(always)]
    pub(super) fn upstream(
        &self,
        view: &View<W::Stream>,
        lease: Lease<W::Stream>,
        exchange: Exchange,
        (affinity, upgrade): (&Affinity, Option<&[u8]>),
    ) -> Result<Answer<Tracked<W::Stream>>, Cut> {
        let again = planted(Bug::SnapshotReadTwice).then(|| self.worker.view());
        let edits = match &again {
            Some(again) => exchange.edits_of(&again.snapshot),
            None => exchange.response_edits(),
        };
        let upstream = &view.upstreams[exchange.upstream];
        let mut head = match down(self.worker, upstream, &lease, self.request_id, edits, affinity) {
            Ok(head) => head,
            Err(error) => return self.own(Err(error), exchange),
        };
        if head.status() == 101 {
            return self.switched(head, lease, upgrade, exchange);
        }
        if exchange.trailers {
            trailers::announce(&mut head, &lease);
        }
        if exchange.is_timed() {
            timing::add(&mut head, &exchange);
        }
        self.tell(head.status());
        Ok(stream_back(head, lease, self.to_head, exchange))
    }

    /// A 101: what follows is a tunnel.
    #[cold]
    fn switched(
        &self,
        mut head: ResponseHead,
        lease: Lease<W::Stream>,
        upgrade: Option<&[u8]>,
        exchange: Exchange,
    ) -> Result<Answer<Tracked<W::Stream>>, Cut> {
        let switched = match upgrade::switch(&mut head, lease, upgrade) {
            Ok(switched) => switched,
            Err(error) => return self.own(Err(error), exchange),
        };
        self.tell(head.status());
        let body = Tracked::switched(switched, exchange);
        Ok(Answer { head, body })
    }

    /// What the gateway itself answers.
    #[inline(never)]
    pub(super) fn own(
        &self,
        answer: Result<(ResponseHead, String), Error>,
        exchange: Exchange,
    ) -> Result<Answer<Tracked<W::Stream>>, Cut> {
        match answer {
            Ok((head, body)) => {
                self.tell(head.status());
                Ok(complete(head, body, self.request_id, self.to_head, exchange))
            }
            Err(error) if planted(Bug::AnswerSwallowed) && error.kind == Kind::Broken => Err(Cut),
            Err(error) => {
                let answer = own(self.worker, exchange, self.request_id, self.to_head, &error);
                self.tell(answer.head.status());
                Ok(answer)
            }
        }
    }

    fn tell(&self, status: u16) {
        let id = self.id;
        self.worker.probe.emit(Event::Answered { id, status });
    }
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
