//! The body of an answer on its way to the client, with what hangs on its end: the upstream connection goes
//! back to the pool, the exchange is closed, and a stream in which nothing moves is ended.

use super::exchange::Exchange;
use super::trailers;
use crate::observe::Outcome;
use crate::planted::{Bug, planted};
use crate::pool::{Lease, Switched};
use http1::head::Trailers;
use http1::io::{Body, BodyError, Chunk, Full};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep};

pub(crate) struct Tracked<S> {
    source: Source<S>,
    exchange: Option<Exchange>,
}

enum Source<S> {
    Own(Full<String>),
    Upstream(Upstream<S>),
    /// A 101, whose stream is for whoever takes over the client's.
    Switched(Box<Switched<S>>),
    Ended,
    /// With something behind it.
    Trailed(Trailers),
    /// To HEAD: only the upstream's head may say how long it would have been (RFC 9110 §8.6).
    Unsaid,
}

struct Upstream<S> {
    lease: Lease<S>,
    /// Armed when the upstream has nothing for us yet; most bodies are there at once and never need it.
    stall: Option<Pin<Box<Sleep>>>,
    #[cfg(feature = "planted")]
    held: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Tracked<S> {
    /// The body of an answer of our own. `ended` where it will not be read: an answer to HEAD has the head of
    /// one and no body (RFC 9110 §9.3.2), and a client that broke off its request reads nothing.
    pub(super) fn own(body: String, ended: Option<Outcome>, exchange: Exchange) -> Self {
        let mut tracked = Self {
            source: Source::Own(Full::new(body)),
            exchange: Some(exchange),
        };
        if let Some(outcome) = ended {
            tracked.end(outcome);
        }
        tracked
    }

    pub(super) fn upstream(lease: Lease<S>, to_head: bool, exchange: Exchange) -> Self {
        let ended = lease.receiving.is_done();
        let source = Source::Upstream(Upstream {
            lease,
            stall: None,
            #[cfg(feature = "planted")]
            held: None,
        });
        let mut tracked = Self {
            source,
            exchange: Some(exchange),
        };
        if ended {
            // an empty body is never polled
            tracked.end(Outcome::Complete);
        }
        if to_head {
            tracked.source = Source::Unsaid;
        }
        tracked
    }

    /// What goes with a 101. Nothing of it is sent.
    pub(super) fn switched(switched: Box<Switched<S>>, mut exchange: Exchange) -> Self {
        exchange.answered(101);
        exchange.switched();
        Self {
            source: Source::Switched(switched),
            exchange: Some(exchange),
        }
    }

    /// Of a 101 that was sent.
    pub(super) fn into_switched(self) -> Option<(Box<Switched<S>>, Exchange)> {
        match self.source {
            Source::Switched(switched) => Some((switched, self.exchange?)),
            _ => None,
        }
    }

    /// Those that the client gets.
    fn take_trailers(&mut self) -> Option<Trailers> {
        let exchange = self.exchange.as_ref().filter(|exchange| exchange.trailers)?;
        match &mut self.source {
            Source::Upstream(upstream) => {
                let trailers = upstream.lease.receiving.received_trailers()?;
                trailers::down(&trailers, exchange.response_edits())
            }
            _ => None,
        }
    }

    fn end(&mut self, outcome: Outcome) {
        let now = Instant::now();
        if let Source::Upstream(upstream) = std::mem::replace(&mut self.source, Source::Ended)
            && outcome == Outcome::Complete
        {
            upstream.lease.give_back(now);
        }
        self.finish(outcome, now);
    }

    /// The upstream's answer did not come to its end.
    fn break_off(&mut self, error: &BodyError) {
        if let Source::Upstream(upstream) = std::mem::replace(&mut self.source, Source::Ended) {
            upstream.lease.broke(error);
        }
        let now = Instant::now();
        if let Some(exchange) = &mut self.exchange {
            if matches!(error, BodyError::Other(_)) {
                exchange.stood_still();
            }
            exchange.broke(error, now);
        }
        self.finish(Outcome::Broken, now);
    }

    fn finish(&mut self, outcome: Outcome, now: Instant) {
        if let Some(exchange) = self.exchange.take() {
            exchange.finish(outcome, now);
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Upstream<S> {
    fn poll_ready(
        &mut self,
        exchange: Option<&Exchange>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BodyError>> {
        let ready = self.lease.receiving.poll_ready(cx);
        if planted(Bug::StreamCutAtReload) && exchange.is_some_and(Exchange::is_outdated) {
            return Poll::Ready(Err(BodyError::Other("another config is in force")));
        }
        #[cfg(feature = "planted")]
        if planted(Bug::PiecesHeld) && ready.is_ready() {
            let held = || Box::pin(tokio::time::sleep(Duration::from_millis(400)));
            ready!(self.held.get_or_insert_with(held).as_mut().poll(cx));
            self.held = None;
        }
        if ready.is_ready() {
            self.stall = None;
            return ready;
        }
        if planted(Bug::IdleTimeoutForgotten) {
            return Poll::Pending;
        }
        // an answer that streams has its exchange
        let idle_timeout = exchange.map_or(Duration::MAX, Exchange::idle_timeout);
        let stall = self
            .stall
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(idle_timeout)));
        ready!(stall.as_mut().poll(cx));
        Poll::Ready(Err(BodyError::Other(
            "nothing moved within the route's idle_timeout",
        )))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Body for Tracked<S> {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        let ready = match &mut self.source {
            Source::Own(body) => ready!(body.poll_ready(cx)),
            Source::Upstream(upstream) => ready!(upstream.poll_ready(self.exchange.as_ref(), cx)),
            Source::Switched(_) | Source::Trailed(_) | Source::Ended | Source::Unsaid => {
                return Poll::Ready(Ok(false));
            }
        };
        match &ready {
            Ok(true) => {}
            Ok(false) => {
                let trailers = self.take_trailers();
                self.end(Outcome::Complete);
                if let Some(trailers) = trailers {
                    self.source = Source::Trailed(trailers);
                }
            }
            // where a length was announced the engine itself would not have it
            Err(_) if planted(Bug::TruncatedAsComplete) && self.length().is_none() => {
                self.end(Outcome::Complete);
                return Poll::Ready(Ok(false));
            }
            Err(error) => self.break_off(error),
        }
        Poll::Ready(ready)
    }

    fn bytes(&self) -> Chunk<'_> {
        match &self.source {
            Source::Own(body) => body.bytes(),
            Source::Upstream(upstream) => upstream.lease.receiving.bytes(),
            Source::Switched(_) | Source::Trailed(_) | Source::Ended | Source::Unsaid => Chunk::Slice(&[]),
        }
    }

    fn consume(&mut self, len: usize) {
        if let Some(exchange) = &mut self.exchange {
            exchange.bytes += len as u64;
        }
        let done = match &mut self.source {
            Source::Own(body) => {
                body.consume(len);
                body.is_done()
            }
            Source::Upstream(upstream) => {
                let twice = usize::from(planted(Bug::AnswerByteTwice) && len > 1);
                upstream.lease.receiving.consume(len - twice);
                upstream.lease.receiving.is_done()
            }
            Source::Switched(_) | Source::Trailed(_) | Source::Ended | Source::Unsaid => false,
        };
        if done {
            self.end(Outcome::Complete);
        }
    }

    fn trailers(&mut self) -> Option<Trailers> {
        match std::mem::replace(&mut self.source, Source::Ended) {
            Source::Trailed(trailers) => Some(trailers),
            other => {
                self.source = other;
                None
            }
        }
    }

    fn length(&self) -> Option<u64> {
        match &self.source {
            Source::Own(body) => body.length(),
            Source::Upstream(upstream) => upstream.lease.receiving.length(),
            Source::Switched(_) | Source::Trailed(_) | Source::Ended => Some(0),
            Source::Unsaid => None,
        }
    }
}
