//! Which header fields pass, in both directions (RFC 9110 §7.6.1).
//!
//! One walk over the fields, in which what is left out ends a run of those that are passed on. Hop-by-hop fields and those that `Connection` names are left
//! out, then ours are added, so that a client cannot have ours removed by naming them. Identity fields are stripped
//! whatever their spelling, and what an untrusted peer says of earlier hops is dropped. A route's edits come last, over ours too.

use super::client::Client;
use super::nominated::Nominated;
use crate::config::{Plan, Route};
use crate::error::Kind;
use crate::ids::{RequestId, RequestIds};
use crate::planted::{Bug, planted};
use crate::trace;
use crate::transform::{self, RequestEdits, ResponseEdits};
use http1::framing::content_length;
use http1::head::{FieldName, FieldValue, Fields, Name, Response};
use http1::write::{Date, RequestHead, ResponseHead};
use std::net::IpAddr;

const HOST: FieldName<'_> = FieldName::constant("host");
const REQUEST_ID: FieldName<'_> = FieldName::constant("x-request-id");
const FORWARDED_PROTO: FieldName<'_> = FieldName::constant("x-forwarded-proto");
const FORWARDED_HOST: FieldName<'_> = FieldName::constant("x-forwarded-host");
const SET_COOKIE: FieldName<'_> = FieldName::constant("set-cookie");
const NO_HOST: FieldValue<'_> = FieldValue::constant("");
const HTTP: FieldValue<'_> = FieldValue::constant("http");

const TOO_MANY_OPTIONS: Kind = Kind::BadRequest("too many connection options");

/// What is known of a request besides its fields.
pub(super) struct From<'a> {
    /// The host it is routed by, which takes the place of whatever `Host` came.
    pub(super) host: Option<FieldValue<'a>>,
    pub(super) client: &'a Client,
    /// What the peer says of earlier hops is believed.
    pub(super) trusted: bool,
    /// It is part of a trace, of which the upstream is told behind all this.
    pub(super) traced: bool,
    pub(super) plan: &'a Plan,
}

/// What was learnt on the way.
pub(super) struct Told {
    /// The request's id, if the route wants one.
    pub(super) id: Option<RequestId>,
    /// The client, if that is not the peer.
    pub(super) client: Option<IpAddr>,
}

/// Writes a client's fields as those of the upstream's request.
pub(super) fn to_upstream(
    out: &mut RequestHead,
    fields: Fields<'_>,
    from: &From<'_>,
    route: &Route,
    ids: &RequestIds,
) -> Result<Told, Kind> {
    let edits = route.headers.request.as_deref();
    match edits.filter(|_| !planted(Bug::EditsForgotten)) {
        // the walk is compiled once for each, so that a route without edits asks for none at any field
        None => Up {
            from,
            route,
            edits: None,
        }
        .pass(out, fields, ids),
        Some(edits) => {
            let edits = Some(edits);
            Up { from, route, edits }.pass(out, fields, ids)
        }
    }
}

/// One request's way up.
pub(super) struct Up<'a> {
    pub(super) from: &'a From<'a>,
    pub(super) route: &'a Route,
    edits: Option<&'a RequestEdits>,
}

impl Up<'_> {
    #[inline(always)]
    fn pass(&self, out: &mut RequestHead, fields: Fields<'_>, ids: &RequestIds) -> Result<Told, Kind> {
        let nominated = Nominated::of(fields).ok_or(TOO_MANY_OPTIONS)?;
        let (from, route) = (self.from, self.route);
        let mut id = None;
        let (mut proto, mut host) = (None, None);
        out.add(HOST, self.host());
        // what nothing is left out of is passed on in one piece
        let mut run = 0;
        for (place, field) in fields.iter().enumerate() {
            let passes = match field.name.id() {
                Name::Host => false,
                name if (name.is_hop_by_hop() || nominated.names(field.name))
                    && !planted(Bug::HopByHopPassed) =>
                {
                    false
                }
                Name::XRequestId if route.request_id => {
                    if from.trusted {
                        id = RequestId::foreign(field.value);
                    }
                    false
                }
                name if transform::speaks_of_hops(name, field.name) => {
                    let passes = from.trusted && !self.is_ours(name, field.name) && self.keeps(field.name);
                    match name {
                        Name::XForwardedProto if passes => proto = Some(field.value),
                        Name::XForwardedHost if passes => host = Some(field.value),
                        _ => {}
                    }
                    passes
                }
                Name::Other if planted(Bug::FieldsDropped) => false,
                Name::Other if self.drops(field.name) => false,
                _ => !self.is_deadline(field.name) && self.edits.is_none_or(|edits| edits.passes(field.name)),
            };
            if !passes {
                out.put_all(fields, run..place);
                run = place + 1;
            }
        }
        out.put_all(fields, run..fields.len());
        let client = self.client(fields, &nominated);
        if route.forwarded.has_x() {
            self.add_hops(out, fields, &nominated);
            if proto.is_none() {
                self.add(out, FORWARDED_PROTO, HTTP);
            }
            if let (None, Some(own)) = (host, from.host) {
                self.add(out, FORWARDED_HOST, own);
            }
        }
        if route.forwarded.has_rfc7239() {
            self.add_element(out, fields, &nominated);
        }
        if route.real_ip {
            self.add_real_ip(out, client);
        }
        let id = route.request_id.then(|| id.unwrap_or_else(|| ids.next()));
        if let Some(id) = &id {
            self.add(out, REQUEST_ID, id.value());
        }
        if let Some(edits) = self.edits {
            edits.written().for_each(|(name, value)| out.add(name, value));
        }
        Ok(Told { id, client })
    }

    /// What is left of the time is told anew.
    #[inline(always)]
    fn is_deadline(&self, name: FieldName<'_>) -> bool {
        let own = self.route.deadline_header.as_deref();
        own.is_some_and(|own| name.is(own))
    }

    /// HTTP/1.0 may come without one, and HTTP/1.1 may not leave without (RFC 9112 §3.2).
    #[inline(always)]
    fn host(&self) -> FieldValue<'_> {
        let host = self.edits.and_then(RequestEdits::host).or(self.from.host);
        host.unwrap_or(NO_HOST)
    }

    /// Whether a field that the engine does not know is never passed on.
    #[inline(always)]
    fn drops(&self, name: FieldName<'_>) -> bool {
        transform::is_identity(name)
            || transform::is_forged_for_cgi(name)
            || self.from.traced && trace::is_context(name)
    }

    /// One of our own.
    #[inline(always)]
    pub(super) fn add(&self, out: &mut RequestHead, name: FieldName<'_>, value: FieldValue<'_>) {
        if self.keeps(name) {
            out.add(name, value);
        }
    }

    #[inline(always)]
    fn keeps(&self, name: FieldName<'_>) -> bool {
        self.edits.is_none_or(|edits| edits.keeps(name))
    }
}

/// Writes an upstream's fields as those of the client's answer.
/// One without a date gets one (RFC 9110 §6.6.1).
pub(super) fn to_client(
    out: &mut ResponseHead,
    head: &Response<'_>,
    id: Option<&RequestId>,
    date: &Date,
    edits: Option<&ResponseEdits>,
) -> Result<(), Kind> {
    match edits {
        None => pass_down(out, head, id, date, None),
        Some(edits) => {
            pass_down(out, head, id, date, Some(edits))?;
            let has = |name: &str| head.fields.find(name).is_some();
            let ours = edits.written().chain(edits.lacking(has));
            ours.for_each(|(name, value)| out.add(name, value));
            Ok(())
        }
    }
}

#[inline(always)]
fn pass_down(
    out: &mut ResponseHead,
    head: &Response<'_>,
    id: Option<&RequestId>,
    date: &Date,
    edits: Option<&ResponseEdits>,
) -> Result<(), Kind> {
    let nominated = Nominated::of(head.fields).ok_or(Kind::Broken)?;
    let mut dated = false;
    let mut run = 0;
    for (place, field) in head.fields.iter().enumerate() {
        let passes = match field.name.id() {
            Name::ContentLength => {
                // only said of a body that does not follow; otherwise the body says it itself
                if let Ok(length) = content_length(field.value.bytes()) {
                    out.announce(length);
                }
                false
            }
            name if name.is_hop_by_hop() || nominated.names(field.name) => false,
            Name::XRequestId if id.is_some() => false,
            Name::Date => {
                dated = true;
                true
            }
            _ => edits.is_none_or(|edits| edits.keeps(field.name)),
        };
        if !passes {
            out.put_all(head.fields, run..place);
            run = place + 1;
        }
    }
    out.put_all(head.fields, run..head.fields.len());
    if !dated {
        out.add_date(date);
    }
    if let Some(id) = id
        && edits.is_none_or(|edits| edits.keeps(REQUEST_ID))
    {
        add_id(out, id);
    }
    Ok(())
}

/// What is learnt of a request that no upstream sees.
pub(super) fn told(
    fields: Fields<'_>,
    from: &From<'_>,
    route: &Route,
    ids: &RequestIds,
) -> Result<Told, Kind> {
    let nominated = Nominated::of(fields).ok_or(TOO_MANY_OPTIONS)?;
    let foreign = fields.get(Name::XRequestId).filter(|_| from.trusted);
    let id = || foreign.and_then(RequestId::foreign).unwrap_or_else(|| ids.next());
    let edits = None;
    Ok(Told {
        id: route.request_id.then(id),
        client: Up { from, route, edits }.client(fields, &nominated),
    })
}

pub(super) fn add_id(out: &mut ResponseHead, id: &RequestId) {
    out.add(REQUEST_ID, id.value());
}

/// What an answer of our own gets of its route's edits: the security fields. The others are meant for the upstream's
/// content, and a `Cache-Control` for pages would have an error cached.
pub(super) fn add_security(out: &mut ResponseHead, edits: &ResponseEdits) {
    edits
        .lacking(|_| false)
        .for_each(|(name, value)| out.add(name, value));
}

pub(super) fn add_cookie(out: &mut ResponseHead, cookie: &str) {
    if let Some(cookie) = FieldValue::new(cookie.as_bytes()) {
        out.add(SET_COOKIE, cookie);
    }
}

#[cfg(test)]
#[path = "forward_tests.rs"]
mod tests;
