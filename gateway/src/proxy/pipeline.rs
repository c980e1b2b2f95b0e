//! The stages in order, top to bottom.

use super::attempt::Attempts;
use super::client::Client;
use super::exchange::Exchange;
use super::tracked::Tracked;
use super::view::View;
use super::worker::Worker;
use super::{forward, guard, respond};
use crate::config::Route;
use crate::error::{Error, Kind};
use crate::event::Event;
use crate::message::{Answer, Progress, Request, Upload};
use crate::observe::Outcome;
use crate::pool::Lease;
use crate::wire::Incoming;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use http_body::Body;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use world::{Probe, World};

/// The number by which the load generator knows its request; only told to the probe.
const LOAD_ID: HeaderName = HeaderName::from_static("x-load-id");

/// Answers one request. Dropping the future, or the body it returns, abandons the upstream at once.
///
/// What needs no waiting is done before the future is made, so that it holds the outgoing request and not the
/// incoming one as well: it is moved and kept for every request in flight.
pub(crate) fn handle<W: World, P: Probe<Event>>(
    worker: Rc<Worker<W, P>>,
    client: Rc<Client>,
    request: Request<Incoming>,
) -> impl Future<Output = Answer<Tracked>> {
    let view = worker.view();
    let id = worker.next_request();
    worker.probe.emit_with(|| Event::Request {
        id,
        load_id: load_id(&request.headers),
    });
    let mut exchange = Exchange::new(
        Arc::clone(&view.snapshot),
        Rc::clone(&worker.ledger),
        Rc::clone(&client),
    );
    if exchange.wants_entry() {
        exchange.describe(worker.world.unix_now(), &request.method, &request.uri);
    }
    let to_head = request.method == Method::HEAD;
    let mut request_id = None;
    let stages = Stages {
        worker: &*worker,
        view: &view,
        client: &client,
    };
    let prepared = stages.prepare(request, &mut exchange, &mut request_id);
    async move {
        let answer = match prepared {
            Ok((mut outgoing, upload)) => {
                let route = &view.snapshot.plan.routes[exchange.route];
                let attempts = Attempts {
                    worker: &*worker,
                    view: &view,
                    route,
                    id,
                    upload,
                };
                let deadline = exchange.start() + route.timeout;
                let sending = pin!(attempts.run(&mut exchange, &mut outgoing));
                client
                    .deadline
                    .guard(deadline, sending)
                    .await
                    .unwrap_or_else(|| Err(Kind::Timeout.into()))
            }
            Err(error) => Err(error),
        };
        let answer = match answer {
            Ok((answer, lease)) => stream_back(answer, lease, &view, exchange, request_id),
            Err(error) => refuse(&worker.world, exchange, request_id, to_head, &error),
        };
        worker.probe.emit(Event::Answered {
            id,
            status: answer.status.as_u16(),
        });
        answer
    }
}

/// The stages before the attempts.
struct Stages<'a, W, P> {
    worker: &'a Worker<W, P>,
    view: &'a View,
    client: &'a Client,
}

type Prepared = (Option<Request<Upload<Incoming>>>, Option<Rc<Progress>>);

impl<'a, W: World, P: Probe<Event>> Stages<'a, W, P> {
    /// Guard, route, bounds, headers up.
    fn prepare(
        &self,
        mut request: Request<Incoming>,
        exchange: &mut Exchange,
        request_id: &mut Option<HeaderValue>,
    ) -> Result<Prepared, Error> {
        let route = self.route(&mut request, exchange)?;
        let Request {
            method,
            uri,
            version,
            mut headers,
            body,
        } = request;
        if let (Some(most), Some(announced)) = (route.body_max, body.size_hint().exact())
            && announced > most
        {
            return Err(Kind::BodyTooLarge.into());
        }
        let trusted = self.view.snapshot.plan.trusts(self.client.ip);
        *request_id = forward::to_upstream(&mut headers, self.client, trusted, route, &self.worker.ids);
        exchange.set_id(request_id.as_ref());
        let (body, upload) = Upload::new(body, route.body_max);
        Ok((
            Some(Request {
                method,
                uri,
                version,
                headers,
                body,
            }),
            upload,
        ))
    }

    /// Guard, then route.
    fn route(&self, request: &mut Request<Incoming>, exchange: &mut Exchange) -> Result<&'a Route, Error> {
        guard::check(request)?;
        let plan = &self.view.snapshot.plan;
        let host = request
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or("");
        let route = plan
            .table
            .find(host, request.uri.path())
            .ok_or(Kind::NoRoute)?
            .index();
        exchange.route = route;
        Ok(&plan.routes[route])
    }
}

/// An answer of our own.
fn refuse<W: World>(
    world: &W,
    mut exchange: Exchange,
    request_id: Option<HeaderValue>,
    to_head: bool,
    error: &Error,
) -> Answer<Tracked> {
    let Answer {
        status,
        mut headers,
        body,
    } = respond::error(error, world.unix_now());
    exchange.status = status.as_u16();
    let ended = match error.kind {
        Kind::ClientAborted => Some(Outcome::Aborted),
        _ => to_head.then_some(Outcome::Complete),
    };
    exchange.error = Some(error.answer().1);
    if let Some(id) = request_id {
        headers.insert(forward::REQUEST_ID, id);
    }
    Answer {
        status,
        headers,
        body: Tracked::own(body, ended, exchange),
    }
}

/// Headers down, and the body as it comes.
fn stream_back(
    answer: Answer<Incoming>,
    lease: Lease,
    view: &View,
    mut exchange: Exchange,
    request_id: Option<HeaderValue>,
) -> Answer<Tracked> {
    let Answer {
        status,
        mut headers,
        body,
    } = answer;
    exchange.status = status.as_u16();
    let idle_timeout = view.snapshot.plan.routes[exchange.route].idle_timeout;
    forward::to_client(&mut headers, request_id);
    Answer {
        status,
        headers,
        body: Tracked::upstream(body, lease, idle_timeout, exchange),
    }
}

fn load_id(headers: &HeaderMap) -> Option<u64> {
    headers.get(LOAD_ID)?.to_str().ok()?.parse().ok()
}
