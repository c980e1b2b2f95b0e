//! The stages in order, top to bottom.

use super::client::Client;
use super::exchange::Exchange;
use super::tracked::Tracked;
use super::view::View;
use super::worker::Worker;
use super::{attempt, forward, guard, respond};
use crate::config::Route;
use crate::error::{Error, Kind};
use crate::event::Event;
use crate::message::{Answer, Request, Upload};
use crate::wire::Incoming;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use http_body::Body;
use std::rc::Rc;
use std::sync::Arc;
use world::{Probe, World};

/// The number by which the load generator knows its request; only told to the probe.
const LOAD_ID: HeaderName = HeaderName::from_static("x-load-id");

/// Answers one request. Dropping the future, or the body it returns, abandons the upstream at once.
pub(crate) async fn handle<W: World, P: Probe<Event>>(
    worker: Rc<Worker<W, P>>,
    client: Rc<Client>,
    request: Request<Incoming>,
) -> Answer<Tracked> {
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
    let mut request_id = None;
    let answer = match route(&view, request) {
        Ok((route, request)) => {
            exchange.route = route;
            let stages = Stages {
                worker: &*worker,
                view: &view,
                route: &view.snapshot.plan.routes[route],
                id,
            };
            stages.run(&client, &mut exchange, &mut request_id, request).await
        }
        Err(error) => Err(error),
    };
    let answer = match answer {
        Ok((answer, lease, idle_timeout)) => {
            exchange.status = answer.status.as_u16();
            let body = Tracked::upstream(answer.body, lease, idle_timeout, exchange);
            let mut headers = answer.headers;
            forward::to_client(&mut headers, request_id);
            Answer {
                status: answer.status,
                headers,
                body,
            }
        }
        Err(error) => refuse(&*worker, exchange, request_id, &error),
    };
    worker.probe.emit(Event::Answered {
        id,
        status: answer.status.as_u16(),
    });
    answer
}

/// Guard, then route.
fn route(view: &View, mut request: Request<Incoming>) -> Result<(usize, Request<Incoming>), Error> {
    guard::check(&mut request)?;
    let host = request
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("");
    let route = view
        .snapshot
        .plan
        .table
        .find(host, request.uri.path())
        .ok_or(Kind::NoRoute)?;
    Ok((route.index(), request))
}

/// The stages of a request that has a route.
struct Stages<'a, W, P> {
    worker: &'a Worker<W, P>,
    view: &'a View,
    route: &'a Route,
    id: u64,
}

type Forwarded = (Answer<Incoming>, crate::pool::Lease, std::time::Duration);

impl<W: World, P: Probe<Event>> Stages<'_, W, P> {
    async fn run(
        &self,
        client: &Client,
        exchange: &mut Exchange,
        request_id: &mut Option<HeaderValue>,
        request: Request<Incoming>,
    ) -> Result<Forwarded, Error> {
        let route = self.route;
        // bounds
        if let (Some(most), Some(announced)) = (route.body_max, request.body.size_hint().exact())
            && announced > most
        {
            return Err(Kind::BodyTooLarge.into());
        }
        // headers up
        let mut headers = request.headers;
        let trusted = self.view.snapshot.plan.trusts(client.ip);
        *request_id = forward::to_upstream(&mut headers, client, trusted, route, &self.worker.ids);
        exchange.set_id(request_id.as_ref());
        // attempts, all of them within the route's timeout
        let (body, upload) = Upload::new(request.body, route.body_max);
        let Request {
            method, uri, version, ..
        } = request;
        let outgoing = Request {
            method,
            uri,
            version,
            headers,
            body,
        };
        let deadline = exchange.start() + route.timeout;
        let attempts = attempt::run(self.worker, self.view, route, self.id, exchange, outgoing, upload);
        match tokio::time::timeout_at(deadline, attempts).await {
            Ok(done) => done.map(|(answer, lease)| (answer, lease, route.idle_timeout)),
            Err(_) => Err(Kind::Timeout.into()),
        }
    }
}

fn refuse<W: World, P>(
    worker: &Worker<W, P>,
    mut exchange: Exchange,
    request_id: Option<HeaderValue>,
    error: &Error,
) -> Answer<Tracked> {
    let answer = respond::error(error, worker.world.unix_now());
    exchange.status = answer.status.as_u16();
    exchange.error = Some(error.answer().1);
    let mut headers = answer.headers;
    if let Some(id) = request_id {
        headers.insert(forward::REQUEST_ID, id);
    }
    Answer {
        status: answer.status,
        headers,
        body: Tracked::own(answer.body, exchange),
    }
}

fn load_id(headers: &HeaderMap) -> Option<u64> {
    headers.get(LOAD_ID)?.to_str().ok()?.parse().ok()
}
