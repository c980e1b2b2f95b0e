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
use http::HeaderName;
use std::rc::Rc;
use tokio::time::Instant;
use world::{Probe, World};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

type Outgoing = Request<Upload<Incoming>>;

/// One try at one replica, and the request again where nothing of it was sent.
struct Attempt {
    outcome: Outcome,
    result: Result<(Answer<Incoming>, Lease), Error>,
    unsent: Option<Box<Outgoing>>,
    /// No other replica can help.
    last: bool,
}

pub(super) async fn run<W: World, P: Probe<Event>>(
    worker: &Worker<W, P>,
    view: &View,
    route: &Route,
    id: u64,
    exchange: &mut Exchange,
    mut request: Outgoing,
    upload: Option<Rc<Progress>>,
) -> Result<(Answer<Incoming>, Lease), Error> {
    let spare = (route.retry.max() > 0 && upload.is_none()).then(|| repeatable(&request));
    let idempotent = spare.is_some() && retry::is_idempotent(request.method.as_str());
    let keyed = spare.is_some() && request.headers.contains_key(IDEMPOTENCY_KEY);
    let mut tried = Tried::NONE;
    loop {
        let upstream = &view.upstreams[route.upstream];
        let replica = upstream.pick(tried).or_else(|| upstream.pick(Tried::NONE));
        let Some(replica) = replica else {
            return Err(Kind::NotConnected.into());
        };
        tried.insert(replica);
        exchange.attempts = exchange.attempts.saturating_add(1);
        exchange.set_upstream(upstream.addr(replica));
        let number = exchange.attempts;
        worker.probe.emit(Event::Attempt {
            id,
            number,
            upstream: route.upstream as u16,
            replica: replica as u16,
        });
        let attempt = once(worker, view, route, replica, request, upload.clone()).await;
        worker.probe.emit(Event::AttemptDone {
            id,
            number,
            outcome: event(attempt.outcome),
        });
        let again = attempt
            .unsent
            .map(|unsent| *unsent)
            .or_else(|| spare.as_ref().map(repeatable));
        let Some(again) = again.filter(|_| !attempt.last) else {
            return attempt.result;
        };
        if route
            .retry
            .decide(number, idempotent, keyed, attempt.outcome, true)
            == Decision::Stop
        {
            return attempt.result;
        }
        exchange.cells().retries.add(1);
        request = again;
    }
}

async fn once<W: World, P: Probe<Event>>(
    worker: &Worker<W, P>,
    view: &View,
    route: &Route,
    replica: usize,
    request: Outgoing,
    upload: Option<Rc<Progress>>,
) -> Attempt {
    let upstream = &view.upstreams[route.upstream];
    let start = Instant::now();
    let failed = |kind, outcome| Attempt {
        outcome,
        result: Err(Error::from(kind)),
        unsent: None,
        last: false,
    };
    match upstream
        .send(&worker.world, replica, request, upload.clone())
        .await
    {
        Ok((answer, lease)) => {
            let cells = upstream.cells();
            cells.durations.record(start.elapsed());
            let status = answer.status.as_u16();
            if let Some(class) = cells.statuses.get(usize::from(status / 100).wrapping_sub(1)) {
                class.add(1);
            }
            Attempt {
                outcome: Outcome::Status(status),
                result: Ok((answer, lease)),
                unsent: None,
                last: false,
            }
        }
        Err(Failure::Full) => Attempt {
            last: true,
            ..failed(Kind::Full, Outcome::ConnectFailed)
        },
        Err(Failure::NotConnected(unsent, error)) => {
            upstream.cells().not_connected.add(1);
            let result = Err(Error::with_source(Kind::NotConnected, error));
            Attempt {
                outcome: Outcome::ConnectFailed,
                result,
                unsent: Some(unsent),
                last: false,
            }
        }
        Err(Failure::Broken(error)) => match upload {
            // the connection broke because the client's body did: the upstream is not to blame
            Some(upload) if upload.too_large.get() => failed(Kind::BodyTooLarge, Outcome::Reset),
            Some(upload) if upload.failed.get() => failed(Kind::ClientAborted, Outcome::Reset),
            _ => {
                upstream.cells().broken.add(1);
                let result = Err(Error {
                    kind: Kind::Broken,
                    source: Some(error),
                });
                Attempt {
                    outcome: Outcome::Reset,
                    result,
                    unsent: None,
                    last: false,
                }
            }
        },
    }
}

/// A copy of a request without a body.
fn repeatable(request: &Outgoing) -> Outgoing {
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
        _ => AttemptOutcome::Broken,
    }
}
