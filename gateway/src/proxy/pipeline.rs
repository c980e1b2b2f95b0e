//! The stages in order, top to bottom.

use super::answering::{Answering, own};
use super::attempt::{Attempts, Repeatable, Terms};
use super::client::Client;
use super::exchange::Exchange;
use super::fallback::Instead;
use super::forward::From;
use super::limit::Limit;
use super::mirror::Original;
use super::traced::Begun;
use super::tracked::Tracked;
use super::view::View;
use super::worker::Worker;
use super::{forward, guard, limit, respond, trailers, upgrade};
use crate::config::Route;
use crate::error::{Error, Kind};
use crate::event::Event;
use crate::ids::RequestId;
use crate::message::{Progress, Tap, Upload};
use crate::planted::{Bug, planted};
use crate::pool::{Affinity, Content, Outgoing};
use crate::retry;
use crate::route::{self, Action, Miss};
use crate::state::Held;
use http1::head::{FieldName, FieldValue, Fields, Method, Name, Refusal, Request};
use http1::io::{Answer, Body, Cut, Incoming};
use http1::write::{RequestHead, ResponseHead};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use world::{Probe, World};

/// Answers one request. Dropping the future, or the body it returns, abandons the upstream at once.
///
/// The head of the request is gone when this returns: all that is wanted of it is written into the upstream's
/// request before the future is made.
pub(crate) fn handle<W: World, P: Probe<Event>>(
    worker: Rc<Worker<W, P>>,
    client: Rc<Client>,
    head: Request<'_>,
    body: Incoming<W::Stream>,
) -> impl Future<Output = Result<Answer<Tracked<W::Stream>>, Cut>> + use<W, P> {
    let view = worker.view();
    let id = worker.next_request();
    worker.probe.emit_with(|| Event::Request {
        id,
        load_id: load_id(head.fields),
    });
    let mut exchange = open(&worker, &client, &view, head.method_text, head.target);
    client.asks(&body);
    let to_head = head.method == Method::Head;
    let mut request_id = None;
    let stages = Stages {
        worker: &worker,
        view: &view,
        client: &client,
        id,
    };
    let prepared = stages.prepare(&head, body, &mut exchange, &mut request_id);
    if prepared.is_err() {
        stages.refused(&head, &mut exchange);
    }
    async move {
        let answering = Answering {
            worker: &*worker,
            id,
            request_id: request_id.as_ref(),
            to_head,
        };
        let answer = match prepared {
            Ok(Next::Forward(mut prepared)) => {
                let to = (&*worker, &*view, &*client);
                let attempts = Attempts::new(to, id, &exchange, &mut prepared.terms);
                let sent = {
                    let sending = pin!(attempts.run(&mut exchange, &mut prepared.outgoing));
                    client.deadline.guard(attempts.deadline, sending).await
                };
                let mut sent = sent.unwrap_or_else(|| Err(attempts.out_of_time(&prepared.outgoing)));
                attempts.tell(&mut exchange);
                attempts.let_go(prepared.slot.take(), sent.is_ok());
                let mut affinity = attempts.affinity;
                if let Some(fallback) = attempts.falls_back(&sent) {
                    let outgoing = &mut prepared.outgoing;
                    let to = (fallback, prepared.fallback.as_deref().unwrap_or(affinity));
                    // boxed: this is rare, and its state would make every request's future larger
                    match Box::pin(attempts.fall_back(sent, &mut exchange, outgoing, to)).await {
                        Instead::Sent(another, its) => (sent, affinity) = (another, its),
                        Instead::Own(head, body) => return answering.own(Ok((head, body)), exchange),
                    }
                }
                worker.buffers.keep_send(prepared.outgoing.request.into_bytes());
                if planted(Bug::MirrorAwaited) {
                    exchange.followed().await;
                }
                let told = (affinity, prepared.upgrade.as_deref());
                match sent {
                    Ok(lease) => return answering.upstream(&view, lease, exchange, told),
                    Err(error) => Err(error),
                }
            }
            Ok(Next::Answer(head, body)) => Ok((head, body)),
            Err(error) => Err(error),
        };
        answering.own(answer, exchange)
    }
}

/// Answers what is no request. It is counted and logged like one that has no route.
pub(crate) fn refuse<W: World, P: Probe<Event>>(
    worker: &Worker<W, P>,
    client: &Rc<Client>,
    refusal: Refusal,
) -> Answer<Tracked<W::Stream>> {
    let view = worker.view();
    let exchange = open(worker, client, &view, "", "");
    own(worker, exchange, None, false, &Kind::Refused(refusal).into())
}

/// The account of a request, as the log will have it.
fn open<W: World, P: Probe<Event>>(
    worker: &Worker<W, P>,
    client: &Rc<Client>,
    view: &View<W::Stream>,
    method: &str,
    target: &str,
) -> Exchange {
    let mut exchange = Exchange::new(
        Arc::clone(&view.snapshot),
        Rc::clone(&worker.ledger),
        Rc::clone(client),
    );
    if exchange.is_logged() {
        let at = worker.wall(exchange.start);
        exchange.describe(at, method, target);
    }
    exchange
}

/// The stages before the attempts.
pub(super) struct Stages<'a, W: World, P> {
    pub(super) worker: &'a Rc<Worker<W, P>>,
    pub(super) view: &'a Rc<View<W::Stream>>,
    client: &'a Client,
    pub(super) id: u64,
}

/// What the stages before the attempts come to.
enum Next<S> {
    Forward(Prepared<S>),
    /// The route answers by itself.
    Answer(ResponseHead, String),
}

struct Prepared<S> {
    outgoing: Outgoing<S>,
    terms: Terms,
    /// Where it would go at the upstream that its route falls back on, if it does.
    fallback: Option<Box<Affinity>>,
    /// What it asks to be switched to.
    upgrade: Option<Box<[u8]>>,
    /// Of an upstream whose limit is adaptive.
    slot: Option<Held>,
}

impl<W: World, P: Probe<Event>> Stages<'_, W, P> {
    /// Guard, route, bounds, the route's own answer or headers up.
    fn prepare(
        &self,
        head: &Request<'_>,
        body: Incoming<W::Stream>,
        exchange: &mut Exchange,
        request_id: &mut Option<RequestId>,
    ) -> Result<Next<W::Stream>, Error> {
        let checked = guard::check(head)?;
        let plan = &self.view.snapshot.plan;
        let route = self.enter(head, &checked, exchange)?;
        let length = body.length();
        check_length(route, length)?;
        let from = From {
            host: checked.host,
            client: self.client,
            trusted: plan.trusts(self.client.ip),
            traced: exchange.traced.is_some(),
            plan,
        };
        exchange.upstream = match &route.action {
            Action::Upstream(upstream) => *upstream,
            Action::Split(split) => self.view.draw(exchange.route, split, head.fields),
            Action::Redirect(redirect) => {
                *request_id = self.told(head, &from, route, exchange)?;
                let location = redirect.location(checked.host_text(), &checked.path, checked.query);
                return self.redirected(redirect.status, location.as_deref());
            }
            Action::Respond(fixed) => {
                *request_id = self.told(head, &from, route, exchange)?;
                let head = respond::fixed(self.worker.buffers.send(), fixed, &self.worker.date.get());
                return Ok(Next::Answer(head, fixed.body.to_string()));
            }
        };
        let slot = self.slot(head, &from, route, exchange, request_id)?;
        let target = checked.target(route.rewrite.as_ref());
        let out = RequestHead::new(self.worker.buffers.send(), head.method_text, &target);
        let mut out = out.ok_or(Kind::BadRequest("invalid target"))?;
        let told = forward::to_upstream(&mut out, head.fields, &from, route, &self.worker.ids)?;
        exchange.write_trace(&mut out);
        *request_id = told.id;
        exchange.introduce(request_id.as_ref(), told.client);
        let limit = self.limit(head, route, &mut out, exchange)?;
        let ip = told.client.unwrap_or(self.client.ip);
        let affinity = |upstream: usize| {
            let now = || self.worker.world.unix_now();
            self.view.upstreams[upstream].affinity(head, &checked.path, ip, now)
        };
        let upgrade = upgrade::asked(route, head, length);
        // a copy of what is to become a tunnel would be another request
        let mirror = route.mirror.as_ref().filter(|_| upgrade.is_none());
        let tap = mirror.and_then(|mirror| self.original(&out, length).mirror(mirror, affinity, exchange));
        exchange.trailers = route.trailers && trailers::are_wanted(head);
        ask(&mut out, upgrade, exchange.trailers);
        let request = out.finish(length);
        let (upload, progress) = upload(body, route, tap, slot.is_some()).unzip();
        let terms = Terms::new(
            progress,
            affinity(exchange.upstream),
            limit,
            repeatable(head, route),
        );
        Ok(Next::Forward(Prepared {
            outgoing: Outgoing::new(request, upload),
            terms,
            fallback: route.falls_back_on().map(|other| Box::new(affinity(other))),
            slot,
            upgrade: upgrade.map(|protocol| protocol.bytes().into()),
        }))
    }

    /// The route's own answer that leads elsewhere.
    fn redirected(&self, status: u16, location: Option<&str>) -> Result<Next<W::Stream>, Error> {
        let (buffer, date) = (self.worker.buffers.send(), self.worker.date.get());
        let head = respond::redirect(buffer, status, location, &date);
        let head = head.ok_or(Kind::BadRequest("no host to be redirected to"))?;
        Ok(Next::Answer(head, String::new()))
    }

    /// The request's route is found, and says whether it is traced.
    fn enter(
        &self,
        head: &Request<'_>,
        checked: &guard::Checked<'_>,
        exchange: &mut Exchange,
    ) -> Result<&Route, Error> {
        exchange.route = self.route(head, checked)?;
        self.trace(head, checked.host, exchange);
        Ok(&self.view.snapshot.plan.routes[exchange.route])
    }

    /// The request becomes part of its trace, if there is one.
    fn trace(&self, head: &Request<'_>, host: Option<FieldValue<'_>>, exchange: &mut Exchange) {
        let Some(sample) = exchange.sample() else { return };
        let begun = Begun {
            fields: head.fields,
            method: head.method_text,
            target: head.target,
            host: host.map_or(&[], FieldValue::bytes),
            unix_now: &|| self.worker.world.unix_now(),
        };
        exchange.begin_trace(sample, &begun);
    }

    /// A request that goes no further is part of its trace all the same, where it had no route either.
    #[cold]
    fn refused(&self, head: &Request<'_>, exchange: &mut Exchange) {
        if exchange.traced.is_none() {
            self.trace(head, head.fields.get(Name::Host), exchange);
        }
    }

    /// What is copied, if it is.
    fn original<'a>(&'a self, head: &'a RequestHead, length: Option<u64>) -> Original<'a, W, P> {
        Original {
            worker: self.worker,
            view: self.view,
            head,
            length,
        }
    }

    /// How long the request has, which its upstream is told where the route says so.
    #[inline(always)]
    fn limit(
        &self,
        head: &Request<'_>,
        route: &Route,
        out: &mut RequestHead,
        exchange: &mut Exchange,
    ) -> Result<Limit, Error> {
        match route.deadline_header.as_deref() {
            None => Ok(Limit::of(route)),
            Some(name) => self.deadline(name, head, route, out, exchange),
        }
    }

    #[cold]
    fn deadline(
        &self,
        name: &str,
        head: &Request<'_>,
        route: &Route,
        out: &mut RequestHead,
        exchange: &mut Exchange,
    ) -> Result<Limit, Error> {
        let limit = Limit::asked(route, name, head.fields);
        if limit.timeout.is_zero() {
            self.view.upstreams[exchange.upstream]
                .cells()
                .timeouts
                .count(limit.whose);
            exchange.timeout = Some(limit.whose);
            let (id, timeout) = (self.id, limit.whose.label());
            self.worker.probe.emit_with(|| Event::TimedOut { id, timeout });
            return Err(Kind::Timeout.into());
        }
        let left = limit::text(name, limit.timeout);
        if let (Some(name), Some(left)) = (FieldName::new(name.as_bytes()), FieldValue::new(left.as_bytes()))
        {
            out.add(name, left);
        }
        Ok(limit)
    }

    /// The index of the request's route.
    fn route(&self, head: &Request<'_>, checked: &guard::Checked<'_>) -> Result<usize, Error> {
        let table = &self.view.snapshot.plan.table;
        let head = route::Head {
            host: if table.asks_for_host() {
                checked.host_text()
            } else {
                ""
            },
            path: &checked.path,
            query: checked.query,
            method: head.method,
            method_text: head.method_text,
            fields: head.fields,
        };
        match table.find(&head) {
            Ok(route) => Ok(route.index()),
            Err(Miss::NoRoute) => Err(Kind::NoRoute.into()),
            Err(Miss::OtherMethod) => Err(Error::other_method(table.allowed(&head))),
        }
    }

    /// The id of a request that is answered here.
    pub(super) fn told(
        &self,
        head: &Request<'_>,
        from: &From<'_>,
        route: &Route,
        exchange: &mut Exchange,
    ) -> Result<Option<RequestId>, Kind> {
        let told = forward::told(head.fields, from, route, &self.worker.ids)?;
        exchange.introduce(told.id.as_ref(), told.client);
        Ok(told.id)
    }
}

/// Writes what the gateway asks of the upstream's connection.
#[inline(always)]
fn ask(out: &mut RequestHead, upgrade: Option<FieldValue<'_>>, trailers: bool) {
    if let Some(protocol) = upgrade {
        out.upgrade(protocol);
    }
    if trailers {
        out.accept_trailers();
    }
}

/// The body on its way up, if there is one, and what is known of it from outside.
#[inline]
fn upload<S: AsyncRead + AsyncWrite + Unpin>(
    body: Incoming<S>,
    route: &Route,
    tap: Option<Box<Tap>>,
    is_timed: bool,
) -> Option<(Content<S>, Rc<Progress>)> {
    // past a route's edits nothing goes
    let trailers_pass = route.trailers && route.headers.request.is_none();
    // nor are they kept: a body that may have them is sent once
    let kept_max = if trailers_pass { 0 } else { route.retry.body_max };
    let (mut upload, progress) = Upload::new(body, route.body_max, tap, kept_max)?;
    progress.is_timed.set(is_timed);
    if trailers_pass {
        upload.pass_trailers(trailers::up);
    }
    Some((upload, progress))
}

#[inline(always)]
fn repeatable(head: &Request<'_>, route: &Route) -> Repeatable {
    let matters = route.retry.max() > 0 || route.fallback.is_some() || planted(Bug::OneRetryTooMany);
    Repeatable {
        idempotent: matters && retry::is_idempotent(head.method_text),
        keyed: matters && head.fields.find("idempotency-key").is_some(),
    }
}

fn check_length(route: &Route, announced: Option<u64>) -> Result<(), Kind> {
    match (route.body_max, announced) {
        (Some(most), Some(announced)) if announced > most => Err(Kind::BodyTooLarge),
        _ => Ok(()),
    }
}

/// The number by which the load generator knows its request; only told to the probe.
fn load_id(fields: Fields<'_>) -> Option<u64> {
    fields.find("x-load-id").and_then(FieldValue::text)?.parse().ok()
}
