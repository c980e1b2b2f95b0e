//! What becomes of a request whose upstream has no answer, or none that is any good, on routes that fall back on something.
//!
//! An answer of the route's own can always be given, after the request's time is over too. Another upstream is asked where a retry would be
//! safe: all of the request's body is still there, and either nothing of it was ever sent or it may be repeated; and where there is
//! time left, because both have the one timeout. It is asked once, by the attempt loop, with what `max` has left of retries; its breaker,
//! health, bounds and budget are its own. What it answers is the answer, its failure too.

use super::answering::{Ready, from_upstream};
use super::attempt::{Attempts, Repeatable, Sent};
use super::exchange::Exchange;
use super::respond;
use crate::config::{Failure, Fallback, FallbackTo};
use crate::error::Error;
use crate::event::Event;
use crate::ids::RequestId;
use crate::planted::{Bug, planted};
use crate::pool::{Affinity, Outgoing};
use crate::route::Fixed;
use std::pin::pin;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use world::{Probe, World};

/// What the pipeline has of a request when its attempts are over.
pub(super) struct Fallen<'a, S> {
    fallback: &'a Fallback,
    outgoing: &'a mut Outgoing<S>,
    /// At the upstream that is fallen back on.
    affinity: &'a Affinity,
    upgrade: Option<&'a [u8]>,
    request_id: Option<&'a RequestId>,
}

impl<'a, S> Fallen<'a, S> {
    /// `kept` is what was sent, and where it would go at the upstream that is fallen back on; `told` what was known of the first.
    pub(super) fn new(
        fallback: &'a Fallback,
        kept: (&'a mut Outgoing<S>, Option<&'a Affinity>),
        told: (&'a Affinity, Option<&'a [u8]>),
        request_id: Option<&'a RequestId>,
    ) -> Self {
        Self {
            fallback,
            outgoing: kept.0,
            // of an answer of the route's own it is not asked
            affinity: kept.1.unwrap_or(told.0),
            upgrade: told.1,
            request_id,
        }
    }
}

impl Fallback {
    /// Whether this is what the route falls back on something for.
    pub(super) fn takes<S: AsyncRead + AsyncWrite + Unpin>(&self, sent: &Sent<S>) -> bool {
        match sent {
            Ok(lease) => self.statuses.contains(lease.receiving.status()),
            Err(error) => Failure::of(error.kind).is_some_and(|failure| self.on.contains(failure)),
        }
    }
}

impl<W: World, P: Probe<Event>> Attempts<'_, W, P> {
    /// What is answered in place of what was sent, which the route's fallback takes.
    pub(super) async fn fall_back(
        &self,
        mut sent: Sent<W::Stream>,
        exchange: &mut Exchange,
        fallen: Fallen<'_, W::Stream>,
    ) -> Result<Ready<W::Stream>, Error> {
        let place = match &fallen.fallback.to {
            FallbackTo::Respond(fixed) => {
                self.fell_back(sent, exchange);
                return Ok(self.fixed(fixed));
            }
            FallbackTo::Upstream(upstream) => *upstream,
        };
        let mut affinity = self.affinity;
        let others = self.beside(place, fallen.affinity);
        if self.may_ask_another(fallen.outgoing) {
            self.fell_back(sent, exchange);
            sent = self.ask_another(&others, exchange, fallen.outgoing).await;
            affinity = fallen.affinity;
            if planted(Bug::FallbackTwice) && fallen.fallback.takes(&sent) {
                sent = self.ask_another(&others, exchange, fallen.outgoing).await;
            }
        }
        let told = (affinity, fallen.upgrade);
        sent.and_then(|lease| from_upstream(self.worker, self.view, lease, exchange, fallen.request_id, told))
    }

    /// What there was is let go of, and kept in mind for the log.
    fn fell_back(&self, sent: Sent<W::Stream>, exchange: &mut Exchange) {
        exchange.cells().fallbacks.add(1);
        exchange.fell_back = true;
        (exchange.watched, exchange.counted) = (None, None);
        if let Err(error) = sent {
            exchange.set_error(&error);
        }
    }

    fn fixed(&self, fixed: &Fixed) -> Ready<W::Stream> {
        let date = self.worker.date.get();
        let head = respond::fixed(self.worker.buffers.send(), fixed, &date);
        Ready::Own(head, fixed.body.to_string())
    }

    /// Whether it does no harm to send the request to another upstream, and is of any use.
    fn may_ask_another(&self, outgoing: &Outgoing<W::Stream>) -> bool {
        let Repeatable { idempotent, keyed } = self.repeatable;
        let never_sent = !outgoing.begun.get();
        let harmless = never_sent || idempotent || keyed || !self.route.retry.only_idempotent();
        let is_there = self.upload.is_none() || never_sent || self.is_kept(outgoing);
        (harmless || planted(Bug::FallbackForPost)) && is_there && Instant::now() < self.deadline
    }

    /// Enters the attempt loop once more.
    async fn ask_another(
        &self,
        others: &Self,
        exchange: &mut Exchange,
        outgoing: &mut Outgoing<W::Stream>,
    ) -> Sent<W::Stream> {
        others.fired.set(self.fired.get());
        others.asked.set(self.asked.get());
        (exchange.upstream, exchange.replica) = (others.upstream, None);
        let start = Instant::now();
        if exchange.attempts > 0 {
            // its first attempt there is not the request's
            others.counted(1, start);
        }
        others.renew(outgoing, start);
        let sent = {
            let sending = pin!(others.run_from(start, false, exchange, outgoing));
            self.client.deadline.guard(self.deadline, sending).await
        };
        let sent = sent.unwrap_or_else(|| Err(others.out_of_time(outgoing)));
        others.tell(exchange);
        sent
    }
}
