//! Which header fields pass, in both directions (RFC 9110 §7.6.1).
//!
//! Hop-by-hop fields and those that `Connection` names go first, then ours are added, so that a client cannot
//! have ours removed by naming them. Identity fields are stripped whatever their spelling, and what an untrusted
//! peer says of earlier hops is dropped.

use super::client::Client;
use crate::config::Route;
use crate::ids::{RequestIds, acceptable};
use http::header::{CONNECTION, CONTENT_LENGTH, Entry, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue};

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// `Connection` may name this many fields; more is no honest client. Those beyond are dropped with the others
/// when they are hop-by-hop by themselves, and pass otherwise.
const NOMINATED_MAX: usize = 16;

/// Makes a client's header fields those of the upstream's request. Returns the request's id, if the route
/// wants one.
pub(super) fn to_upstream(
    headers: &mut HeaderMap,
    client: &Client,
    trusted: bool,
    route: &Route,
    ids: &RequestIds,
) -> Option<HeaderValue> {
    remove_nominated(headers);
    remove_where(headers, |name| {
        is_hop_by_hop(name) || is_ours(name) || (!trusted && is_forwarding(name))
    });
    // framing is made anew from the body itself
    headers.remove(CONTENT_LENGTH);
    if route.forwarded {
        add_forwarded(headers, client);
    }
    if !route.request_id {
        return None;
    }
    match headers.entry(REQUEST_ID) {
        Entry::Occupied(kept) if trusted && acceptable(kept.get()) => Some(kept.get().clone()),
        Entry::Occupied(mut forged) => {
            let id = ids.next();
            forged.insert(id.clone());
            Some(id)
        }
        Entry::Vacant(free) => {
            let id = ids.next();
            free.insert(id.clone());
            Some(id)
        }
    }
}

/// Makes an upstream's header fields those of the client's answer.
pub(super) fn to_client(headers: &mut HeaderMap, id: Option<HeaderValue>) {
    if headers.keys().any(|name| is_hop_by_hop(name.as_str())) {
        if headers.contains_key(TRANSFER_ENCODING) {
            // a length beside chunks is a lie by one of them (RFC 9112 §6.3); the chunks were what was read
            headers.remove(CONTENT_LENGTH);
        }
        remove_nominated(headers);
        remove_where(headers, is_hop_by_hop);
    }
    if let Some(id) = id {
        headers.insert(REQUEST_ID, id);
    }
}

fn add_forwarded(headers: &mut HeaderMap, client: &Client) {
    match headers.entry(FORWARDED_FOR) {
        Entry::Occupied(mut hops) => {
            // repeated fields are one list (RFC 9110 §5.3)
            let mut list = Vec::new();
            for hop in hops.iter() {
                list.extend_from_slice(hop.as_bytes());
                list.extend_from_slice(b", ");
            }
            list.extend_from_slice(client.ip_value.as_bytes());
            if let Ok(list) = HeaderValue::from_maybe_shared(bytes::Bytes::from(list)) {
                hops.insert(list);
            }
        }
        Entry::Vacant(first) => {
            first.insert(client.ip_value.clone());
        }
    }
    headers
        .entry(FORWARDED_PROTO)
        .or_insert(HeaderValue::from_static("http"));
    if let Some(host) = headers.get(HOST).cloned() {
        headers.entry(FORWARDED_HOST).or_insert(host);
    }
}

fn remove_nominated(headers: &mut HeaderMap) {
    let only_option = |value: &HeaderValue| value == "keep-alive" || value == "close";
    if headers.get(CONNECTION).is_none_or(only_option) && headers.len() == headers.keys_len() {
        // by far the most common: it names no field
        return;
    }
    let mut nominated: [Option<HeaderName>; NOMINATED_MAX] = Default::default();
    let fields = headers.get_all(CONNECTION);
    let names = fields
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    // `close` and `keep-alive` are options of the connection and name no field worth looking up
    let names = names.map(<[u8]>::trim_ascii).filter(|name| {
        !name.is_empty() && !name.eq_ignore_ascii_case(b"close") && !name.eq_ignore_ascii_case(b"keep-alive")
    });
    // a field that every request must have cannot be hop-by-hop
    let names = names
        .filter_map(|name| HeaderName::from_bytes(name).ok())
        .filter(|name| *name != HOST);
    for (slot, name) in nominated.iter_mut().zip(names) {
        *slot = Some(name);
    }
    for name in nominated.iter().flatten() {
        headers.remove(name);
    }
}

fn remove_where(headers: &mut HeaderMap, unwanted: impl Fn(&str) -> bool) {
    // removal may reorder what is left, so the search starts anew; mostly there is nothing to remove
    while let Some(name) = headers.keys().find(|name| unwanted(name.as_str())).cloned() {
        headers.remove(name);
    }
}

/// Fields that speak of one connection only. Told by length first: this runs for every field of every message.
fn is_hop_by_hop(name: &str) -> bool {
    match name.len() {
        2 => name == "te",
        6 => name == "expect",
        7 => name == "upgrade",
        10 => name == "connection" || name == "keep-alive",
        16 => name == "proxy-connection",
        17 => name == "transfer-encoding",
        18 => name == "proxy-authenticate",
        19 => name == "proxy-authorization",
        _ => false,
    }
}

/// Fields by which the gateway tells upstreams who the user is; from a client they are forgeries, in any
/// spelling that a CGI-like upstream would take for the same.
fn is_ours(name: &str) -> bool {
    match name.len() {
        9 => same_but_for_underscores(name, "x-user-id"),
        11 => same_but_for_underscores(name, "x-tenant-id"),
        _ => false,
    }
}

fn is_forwarding(name: &str) -> bool {
    match name.len() {
        9 => name == "forwarded" || same_but_for_underscores(name, "x-real-ip"),
        15.. => same_but_for_underscores(&name[..12], "x-forwarded-"),
        _ => false,
    }
}

/// Names are in lower case already.
fn same_but_for_underscores(name: &str, ours: &str) -> bool {
    name.len() == ours.len()
        && name
            .bytes()
            .zip(ours.bytes())
            .all(|(a, b)| a == b || (a == b'_' && b == b'-'))
}

#[cfg(test)]
#[path = "forward_tests.rs"]
mod tests;
