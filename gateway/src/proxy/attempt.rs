//! The attempt loop: pick a replica, send, decide whether to try again.
//!
//! A request whose body has begun to flow is sent once. One that may be repeated is kept (its head is copied)
//! only where the route allows retries.

use super::exchange::Exchange;
use super::view::View;
use super::worker::Worker;
use crate::balance::Tried;
use crate::config::Route;
use crate::error::{Error, Kind};
use crate::event::{AttemptOutcome, Event};
use crate::message::{Answer, Progress, Request, Upload};
use crate::pool::{Failure, Lease};
use crate::retry::{self, Decision, Outcome};
use crate::wire::Incoming;
use crate::wire::client::Outgoing;
use http::HeaderName;
use std::rc::Rc;
use tokio::time::Instant;
use world::{Probe, World};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What the attempts of one request have in common.
pub(super) struct Attempts<'a, W, P> {
    pub(super) worker: &'a Worker<W, P>,
    pub(super) view: &'a View,
    pub(super) route: &'a Route,
    pub(super) id: u64,
    pub(super) upload: Option<Rc<Progress>>,
}

type Sent = Result<(Answer<Incoming>, Lease), Error>;

impl<W: World, P: Probe<Event>> Attempts<'_, W, P> {
    /// Sends what is in the slot, perhaps several times.
    pub(super) async fn run(&self, exchange: &mut Exchange, slot: &mut Outgoing) -> Sent {
        let spare = self.spare(slot);
        let upstream = &self.view.upstreams[self.route.upstream];
        let mut tried = Tried::NONE;
        let mut start = exchange.start();
        loop {
            let replica = upstream.pick(tried).or_else(|| upstream.pick(Tried::NONE));
            let Some(replica) = replica else {
                return Err(Kind::NotConnected.into());
            };
            tried.insert(replica);
            exchange.attempts = exchange.attempts.saturating_add(1);
            exchange.set_upstream(upstream.addr(replica));
            let (id, number) = (self.id, exchange.attempts);
            self.worker.probe.emit(Event::Attempt {
                id,
                number,
                upstream: self.route.upstream as u16,
                replica: replica as u16,
            });
            let sent = upstream
                .send(&self.worker.world, replica, slot, self.upload.as_ref())
                .await;
            let full = matches!(sent, Err(Failure::Full));
            let (outcome, sent) = self.account(start, sent);
            self.worker.probe.emit(Event::AttemptDone {
                id,
                number,
                outcome: event(outcome),
            });
            if full || !self.again(number, outcome, spare.as_deref(), slot) {
                return sent;
            }
            exchange.cells().retries.add(1);
            start = Instant::now();
        }
    }

    /// A copy of the request, where the route may want to send it again and can. Boxed: most requests have none.
    fn spare(&self, slot: &Outgoing) -> Option<Box<Spare>> {
        let request = slot
            .as_ref()
            .filter(|_| self.route.retry.max() > 0 && self.upload.is_none())?;
        Some(Box::new(Spare {
            idempotent: retry::is_idempotent(request.method.as_str()),
            keyed: request.headers.contains_key(IDEMPOTENCY_KEY),
            request: repeatable(request),
        }))
    }

    /// Decides, and if so puts the request back into the slot.
    fn again(&self, number: u8, outcome: Outcome, spare: Option<&Spare>, slot: &mut Outgoing) -> bool {
        let unsent = slot.is_some();
        let (idempotent, keyed) = spare.map_or((false, false), |spare| (spare.idempotent, spare.keyed));
        let replayable = unsent || spare.is_some();
        if self
            .route
            .retry
            .decide(number, idempotent, keyed, outcome, replayable)
            == Decision::Stop
        {
            return false;
        }
        if !unsent {
            *slot = spare.map(|spare| repeatable(&spare.request));
        }
        true
    }

    /// Enters an attempt into the upstream's metrics.
    fn account(&self, start: Instant, sent: Result<(Answer<Incoming>, Lease), Failure>) -> (Outcome, Sent) {
        let cells = self.view.upstreams[self.route.upstream].cells();
        match sent {
            Ok((answer, lease)) => {
                cells.durations.record(start.elapsed());
                let status = answer.status.as_u16();
                cells.statuses.count(status);
                (Outcome::Status(status), Ok((answer, lease)))
            }
            Err(Failure::Full) => (Outcome::ConnectFailed, Err(Kind::Full.into())),
            Err(Failure::NotConnected(error)) => {
                cells.not_connected.add(1);
                (
                    Outcome::ConnectFailed,
                    Err(Error::with_source(Kind::NotConnected, error)),
                )
            }
            Err(Failure::Broken(error)) => {
                // when the client's body broke off, so did the request: the upstream is not to blame
                let kind = match &self.upload {
                    Some(upload) if upload.too_large.get() => Kind::BodyTooLarge,
                    Some(upload) if upload.failed.get() => Kind::ClientAborted,
                    _ => {
                        cells.broken.add(1);
                        Kind::Broken
                    }
                };
                (
                    Outcome::Reset,
                    Err(Error {
                        kind,
                        source: Some(error),
                    }),
                )
            }
        }
    }
}

struct Spare {
    request: Request<Upload<Incoming>>,
    idempotent: bool,
    keyed: bool,
}

/// A copy of a request without a body.
fn repeatable(request: &Request<Upload<Incoming>>) -> Request<Upload<Incoming>> {
    Request {
        method: request.method.clone(),
        uri: request.uri.clone(),
        version: request.version,
        headers: request.headers.clone(),
        body: Upload::Empty,
    }
}

fn event(outcome: Outcome) -> AttemptOutcome {
    match outcome {
        Outcome::Status(status) => AttemptOutcome::Answered(status),
        Outcome::ConnectFailed => AttemptOutcome::NotConnected,
        Outcome::Reset | Outcome::Timeout => AttemptOutcome::Broken,
    }
}
