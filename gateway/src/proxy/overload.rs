//! What an upstream's adaptive limit has to do with requests: they need a slot before anything else is done for them, and tell how
//! long their answers took.
//!
//! - A request has one slot, from its route to the answer's head, all attempts and the waits between them included. What is
//!   counted is what is measured: an upstream that has begun to answer has done its work, and answers that stream for hours, tunnels, and
//!   clients that read slowly hold none. Those are bounded by `in_flight_max`.
//! - The slot is a value of the request's future, and goes with it whatever becomes of it.
//! - Measured is each attempt, from when its request had left whole (a client that sends slowly says nothing of an upstream) to the head of its
//!   answer. A wait for a connection counts: its queue is one too. Answers of 429 and 5xx do not, because a quick error is no sign
//!   of room; nor what was not sent, broke off or was given up by its client. An attempt that is given up for a timeout
//!   took at least as long.
//! - Copies for a mirror have a bound of their own and take no slot.
//!
//! An upstream without a limit costs one branch at either end.

use super::attempt::Attempts;
use super::blame::Attempted;
use super::exchange::Exchange;
use super::forward::From;
use super::pipeline::Stages;
use crate::config::Route;
use crate::error::{Error, Kind};
use crate::event::Event;
use crate::ids::RequestId;
use crate::limit::Priority;
use crate::planted::{Bug, let_go_or_leak};
use crate::state::{Concurrency, Held};
use http1::head::{Fields, Request};
use tokio::time::Instant;
use world::{Probe, World};

impl<W: World, P: Probe<Event>> Stages<'_, W, P> {
    /// A slot of the upstream's, if it has a limit; else the request is refused.
    #[inline(always)]
    pub(super) fn slot(
        &self,
        head: &Request<'_>,
        from: &From<'_>,
        route: &Route,
        exchange: &mut Exchange,
        request_id: &mut Option<RequestId>,
    ) -> Result<Option<Held>, Error> {
        if self.view.snapshot.plan.upstreams[exchange.upstream]
            .concurrency
            .is_none()
        {
            return Ok(None);
        }
        let slot = self.ask(head.fields, route, from.trusted, exchange);
        if slot.is_err() {
            *request_id = self.told(head, from, route, exchange)?;
        }
        slot
    }

    #[cold]
    fn ask(
        &self,
        fields: Fields<'_>,
        route: &Route,
        trusted: bool,
        exchange: &Exchange,
    ) -> Result<Option<Held>, Error> {
        let upstream = exchange.upstream;
        let Some(concurrency) = self.view.snapshot.upstreams[upstream].concurrency() else {
            return Ok(None);
        };
        let said = route.priority_header.as_deref().filter(|_| trusted);
        let said = said.and_then(|name| Priority::read(fields.find(name)?.bytes()));
        let class = said.unwrap_or(route.priority);
        let slot = concurrency.admit(class, self.worker.ledger.worker);
        if slot.is_some() {
            return Ok(slot);
        }
        let id = self.id;
        self.worker.probe.emit(Event::Shed {
            id,
            upstream: upstream as u16,
            class: class as u8,
        });
        // there may be nobody else who looks
        look(concurrency, exchange.start, upstream, &self.worker.probe);
        let retry_after_s = self.worker.waits.draw();
        Err(Kind::Overloaded { retry_after_s }.into())
    }
}

impl<W: World, P: Probe<Event>> Attempts<'_, W, P> {
    /// The head of an answer came.
    pub(super) fn measure_answer(&self, attempt: Attempted, status: u16, now: Instant) {
        if self.concurrency().is_some() && status < 500 && status != 429 {
            self.measure(attempt, now);
        }
    }

    /// An attempt that has ended, or will not be waited for any longer.
    #[cold]
    pub(super) fn measure(&self, attempt: Attempted, now: Instant) {
        let Some(concurrency) = self.concurrency() else {
            return;
        };
        let left = match &self.upload {
            None => attempt.began,
            Some(upload) => match upload.done_at.get() {
                Some(at) => at.max(attempt.began),
                // its client was waited for, or its answer did not need all of it
                None => return,
            },
        };
        concurrency.measured(now.saturating_duration_since(left), self.worker.ledger.worker);
        look(concurrency, now, self.upstream, &self.worker.probe);
    }

    /// The head of the answer is there, or there will be none.
    pub(super) fn let_go(&self, slot: Option<Held>, is_answered: bool) {
        if !is_answered {
            let_go_or_leak(Bug::ConcurrencySlotLeaked, slot);
        }
    }

    fn concurrency(&self) -> Option<&Concurrency> {
        let snapshot = &self.view.snapshot;
        snapshot.plan.upstreams[self.upstream].concurrency.as_ref()?;
        snapshot.upstreams[self.upstream].concurrency()
    }
}

fn look<P: Probe<Event>>(concurrency: &Concurrency, now: Instant, upstream: usize, probe: &P) {
    if let Some(limit) = concurrency.look(now) {
        let upstream = upstream as u16;
        probe.emit(Event::LimitChanged { upstream, limit });
    }
}
