//! Which header fields pass, in both directions (RFC 9110 §7.6.1).
//!
//! One walk over the fields, each written or left out. Hop-by-hop fields and those that `Connection` names are left
//! out, then ours are added, so that a client cannot have ours removed by naming them. Identity fields are stripped
//! whatever their spelling, and what an untrusted peer says of earlier hops is dropped.

use super::client::Client;
use super::names;
use crate::config::Route;
use crate::error::Kind;
use crate::ids::{RequestId, RequestIds};
use crate::planted::{Bug, planted};
use http1::head::{FieldName, FieldValue, Fields, Name, Response};
use http1::write::{Date, RequestHead, ResponseHead};

const HOST: FieldName<'_> = FieldName::constant("host");
const REQUEST_ID: FieldName<'_> = FieldName::constant("x-request-id");
const FORWARDED_FOR: FieldName<'_> = FieldName::constant("x-forwarded-for");
const FORWARDED_PROTO: FieldName<'_> = FieldName::constant("x-forwarded-proto");
const FORWARDED_HOST: FieldName<'_> = FieldName::constant("x-forwarded-host");
const HTTP: FieldValue<'_> = FieldValue::constant("http");

/// `Connection` may name this many fields; a message with more is no honest one.
const NOMINATED_MAX: usize = 16;

/// What is known of a request besides its fields.
pub(super) struct From<'a> {
    /// The host it is routed by, which takes the place of whatever `Host` came.
    pub(super) host: Option<FieldValue<'a>>,
    pub(super) client: &'a Client,
    pub(super) trusted: bool,
}

/// Writes a client's fields as those of the upstream's request. Returns the request's id, if the route wants one.
pub(super) fn to_upstream(
    out: &mut RequestHead,
    fields: Fields<'_>,
    from: &From<'_>,
    route: &Route,
    ids: &RequestIds,
) -> Result<Option<RequestId>, Kind> {
    let nominated = Nominated::of(fields).ok_or(Kind::BadRequest("too many connection options"))?;
    let mut id = None;
    let (mut proto, mut host) = (None, None);
    if let Some(host) = from.host {
        out.add(HOST, host);
    }
    for field in fields.iter() {
        match field.name.id() {
            Name::Host => continue,
            name if name.is_hop_by_hop() || nominated.names(field.name) => continue,
            Name::XRequestId if route.request_id => {
                if from.trusted {
                    id = RequestId::foreign(field.value);
                }
                continue;
            }
            name if names::speaks_of_hops(name, field.name) => match name {
                _ if !from.trusted => continue,
                Name::XForwardedFor if route.forwarded => continue,
                Name::XForwardedProto => proto = Some(field.value),
                Name::XForwardedHost => host = Some(field.value),
                _ => {}
            },
            Name::Other if planted(Bug::FieldsDropped) => continue,
            Name::Other if names::is_identity(field.name) || names::is_forged_framing(field.name) => continue,
            _ => {}
        }
        out.put(field);
    }
    if route.forwarded {
        add_hops(out, fields, &nominated, from);
        if proto.is_none() {
            out.add(FORWARDED_PROTO, HTTP);
        }
        if let (None, Some(own)) = (host, from.host) {
            out.add(FORWARDED_HOST, own);
        }
    }
    if !route.request_id {
        return Ok(None);
    }
    let id = id.unwrap_or_else(|| ids.next());
    out.add(REQUEST_ID, id.value());
    Ok(Some(id))
}

/// Writes an upstream's fields as those of the client's answer.
/// One without a date gets one (RFC 9110 §6.6.1).
pub(super) fn to_client(
    out: &mut ResponseHead,
    head: &Response<'_>,
    id: Option<&RequestId>,
    date: &Date,
) -> Result<(), Kind> {
    let nominated = Nominated::of(head.fields).ok_or(Kind::Broken)?;
    let mut dated = false;
    for field in head.fields.iter() {
        match field.name.id() {
            Name::ContentLength => {
                // only said of a body that does not follow; otherwise the body says it itself
                let length = field.value.text().and_then(|length| length.parse().ok());
                length.into_iter().for_each(|length| out.announce(length));
                continue;
            }
            name if name.is_hop_by_hop() || nominated.names(field.name) => continue,
            Name::XRequestId if id.is_some() => continue,
            Name::Date => dated = true,
            _ => {}
        }
        out.put(field);
    }
    if !dated {
        out.add_date(date);
    }
    if let Some(id) = id {
        add_id(out, id);
    }
    Ok(())
}

pub(super) fn add_id(out: &mut ResponseHead, id: &RequestId) {
    out.add(REQUEST_ID, id.value());
}

/// `X-Forwarded-For`: the trusted peer's list, if there is one, and the peer itself.
fn add_hops(out: &mut RequestHead, fields: Fields<'_>, nominated: &Nominated<'_>, from: &From<'_>) {
    let own = from.client.ip_value();
    let earlier = from.trusted && fields.has(Name::XForwardedFor) && !nominated.names(FORWARDED_FOR);
    if !earlier {
        return out.add(FORWARDED_FOR, own);
    }
    // repeated fields are one list (RFC 9110 §5.3)
    let mut list = Vec::new();
    for hop in fields.all(Name::XForwardedFor) {
        list.extend_from_slice(hop.bytes());
        list.extend_from_slice(b", ");
    }
    list.extend_from_slice(own.bytes());
    if let Some(list) = FieldValue::new(&list) {
        out.add(FORWARDED_FOR, list);
    }
}

/// The fields that `Connection` names.
struct Nominated<'a>(Option<Fields<'a>>);

impl<'a> Nominated<'a> {
    /// `None` if there are too many.
    fn of(fields: Fields<'a>) -> Option<Self> {
        if !fields.nominates() {
            return Some(Self(None));
        }
        let count = nominated(fields).count();
        (count <= NOMINATED_MAX).then_some(Self((count > 0).then_some(fields)))
    }

    fn names(&self, name: FieldName<'_>) -> bool {
        self.0.is_some_and(|fields| {
            nominated(fields).any(|nominated| name.text().eq_ignore_ascii_case(nominated))
        })
    }
}

/// `close` and `keep-alive` are options of the connection and name no field worth looking up.
fn nominated<'a>(fields: Fields<'a>) -> impl Iterator<Item = &'a [u8]> {
    fields
        .list(Name::Connection)
        .filter(|name| !name.eq_ignore_ascii_case(b"close") && !name.eq_ignore_ascii_case(b"keep-alive"))
}

#[cfg(test)]
#[path = "forward_tests.rs"]
mod tests;
