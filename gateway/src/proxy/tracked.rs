//! The body of an answer on its way to the client, with what hangs on its end: the upstream connection goes
//! back to the pool, the exchange is closed, and a stream in which nothing moves is ended.

use super::exchange::Exchange;
use crate::message::BodyError;
use crate::observe::Outcome;
use crate::pool::Lease;
use crate::wire::Incoming;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

pub(crate) struct Tracked {
    source: Source,
    exchange: Option<Exchange>,
}

enum Source {
    Own(Option<Bytes>),
    Upstream(Upstream),
    Ended,
}

struct Upstream {
    body: Incoming,
    lease: Lease,
    idle_timeout: Duration,
    /// Armed when the upstream has nothing for us yet; most bodies are there at once and never need it.
    stall: Option<Pin<Box<Sleep>>>,
}

impl Tracked {
    /// The body of an answer of our own. `ended` where it will not be read: an answer to HEAD has the head of
    /// one and no body (RFC 9110 §9.3.2), and a client that broke off its request reads nothing.
    pub(super) fn own(body: Bytes, ended: Option<Outcome>, exchange: Exchange) -> Self {
        let mut tracked = Self {
            source: Source::Own(Some(body)),
            exchange: Some(exchange),
        };
        if let Some(outcome) = ended {
            tracked.end(outcome);
        }
        tracked
    }

    pub(super) fn upstream(body: Incoming, lease: Lease, idle_timeout: Duration, exchange: Exchange) -> Self {
        let ended = body.is_end_stream();
        let source = Source::Upstream(Upstream {
            body,
            lease,
            idle_timeout,
            stall: None,
        });
        let mut tracked = Self {
            source,
            exchange: Some(exchange),
        };
        if ended {
            // an empty body is never polled
            tracked.end(Outcome::Complete);
        }
        tracked
    }

    fn end(&mut self, outcome: Outcome) {
        let now = Instant::now();
        if let Source::Upstream(upstream) = std::mem::replace(&mut self.source, Source::Ended)
            && outcome == Outcome::Complete
        {
            upstream.lease.give_back(now);
        }
        if let Some(exchange) = self.exchange.take() {
            exchange.finish(outcome, now);
        }
    }

    fn sent(&mut self, frame: &Frame<Bytes>, last: bool) {
        if let Some(exchange) = &mut self.exchange {
            exchange.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        if last {
            self.end(Outcome::Complete);
        }
    }
}

impl Upstream {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                self.stall = None;
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => {
                let idle_timeout = self.idle_timeout;
                let stall = self
                    .stall
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + idle_timeout)));
                stall
                    .as_mut()
                    .poll(cx)
                    .map(|()| Some(Err("nothing moved within the route's idle_timeout".into())))
            }
        }
    }
}

impl Body for Tracked {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let (frame, last) = match &mut self.source {
            Source::Own(body) => (body.take().map(|body| Ok(Frame::data(body))), true),
            Source::Upstream(upstream) => {
                let frame = std::task::ready!(upstream.poll(cx));
                (frame, upstream.body.is_end_stream())
            }
            Source::Ended => return Poll::Ready(None),
        };
        match &frame {
            Some(Ok(frame)) => self.sent(frame, last),
            Some(Err(_)) => self.end(Outcome::Broken),
            None => self.end(Outcome::Complete),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.source, Source::Ended)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Own(body) => SizeHint::with_exact(body.as_ref().map_or(0, |body| body.len() as u64)),
            Source::Upstream(upstream) => upstream.body.size_hint(),
            Source::Ended => SizeHint::with_exact(0),
        }
    }
}
