//! What becomes of a request whose upstream has no answer, or none that is any good, on routes that fall back on something.
//!
//! An answer of the route's own can always be given, after the request's time is over too. Another upstream is asked where a retry would be
//! safe: all of the request's body is still there, and either nothing of it was ever sent or it may be repeated; and where there is
//! time left, because both have the one timeout. It is asked once, by the attempt loop, with what `max` has left of retries; its breaker,
//! health, bounds and budget are its own. What it answers is the answer, its failure too.

use super::attempt::{Attempts, Repeatable, Sent};
use super::exchange::Exchange;
use super::respond;
use crate::config::{Failure, Fallback, FallbackTo};
use crate::error::Kind;
use crate::event::Event;
use crate::planted::{Bug, planted};
use crate::pool::{Affinity, Outgoing};
use crate::route::Fixed;
use http1::write::ResponseHead;
use std::pin::pin;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use world::{Probe, World};

/// What is answered in place of what there was.
pub(super) enum Instead<'a, S> {
    Own(ResponseHead, String),
    Sent(Sent<S>, &'a Affinity),
}

impl Fallback {
    /// Whether this is what the route falls back on something for.
    fn takes<S: AsyncRead + AsyncWrite + Unpin>(&self, sent: &Sent<S>) -> bool {
        match sent {
            Ok(lease) => {
                let status = lease.receiving.status();
                self.statuses.contains(status) || planted(Bug::FallbackForAnswers) && status >= 500
            }
            Err(error) if planted(Bug::FallbackNotForTimeouts) && error.kind == Kind::Timeout => false,
            Err(error) => Failure::of(error.kind).is_some_and(|failure| self.on.contains(failure)),
        }
    }
}

impl<W: World, P: Probe<Event>> Attempts<'_, W, P> {
    /// What the route falls back on after this, if it does.
    #[inline]
    pub(super) fn falls_back(&self, sent: &Sent<W::Stream>) -> Option<&Fallback> {
        let fallback = self.route.fallback.as_deref();
        fallback.filter(|fallback| fallback.takes(sent))
    }

    /// What is answered in place of what was sent, which the route's fallback takes. Its affinity is what the request has at the upstream
    /// that is fallen back on.
    pub(super) async fn fall_back<'f>(
        &'f self,
        mut sent: Sent<W::Stream>,
        exchange: &mut Exchange,
        outgoing: &mut Outgoing<W::Stream>,
        (fallback, its_affinity): (&Fallback, &'f Affinity),
    ) -> Instead<'f, W::Stream> {
        let place = match &fallback.to {
            FallbackTo::Respond(fixed) => {
                self.fell_back(sent, exchange);
                return self.fixed(fixed);
            }
            FallbackTo::Upstream(upstream) => *upstream,
        };
        let mut affinity = self.affinity;
        let others = self.beside(place, its_affinity);
        if self.may_ask_another(outgoing) {
            self.fell_back(sent, exchange);
            sent = self.ask_another(&others, exchange, outgoing).await;
            affinity = its_affinity;
            if planted(Bug::FallbackTwice) && fallback.takes(&sent) {
                sent = self.ask_another(&others, exchange, outgoing).await;
            }
        }
        Instead::Sent(sent, affinity)
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

    fn fixed<'f>(&self, fixed: &Fixed) -> Instead<'f, W::Stream> {
        let date = self.worker.date.get();
        let head = respond::fixed(self.worker.buffers.send(), fixed, &date);
        Instead::Own(head, fixed.body.to_string())
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
