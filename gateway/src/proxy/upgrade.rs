//! What of an `Upgrade` passes, up and down (RFC 9110 §7.8).
//!
//! A route passes the first protocol that the client offers and the route names, alone, and of nobody else's requests
//! anything: `Upgrade` is a hop's own field. Not passed are: an offer without `Connection: Upgrade`; in HTTP/1.0; with a
//! body, whose end a tunnel would begin at (a server may ignore any offer); and protocols in which requests would go past
//! the routes. The request is then one like any other.
//!
//! Until the upstream has agreed nothing of what stands behind the request is looked at: it waits in the
//! connection's receive buffer, and if the answer is no 101 it is the next request.

use crate::config::Route;
use crate::config::defaults::upgrade::is_never;
use crate::error::{Error, Kind};
use crate::planted::{Bug, planted};
use crate::pool::{Lease, Switched};
use http1::framing::content_length;
use http1::head::{FieldValue, Fields, Name, Request, Response, Version};
use http1::write::ResponseHead;
use tokio::io::{AsyncRead, AsyncWrite};

/// What a request is to be switched to, if it asks for it and its route lets it. `length` is its body's.
#[inline(always)]
pub(super) fn asked<'a>(route: &Route, head: &Request<'a>, length: Option<u64>) -> Option<FieldValue<'a>> {
    if route.upgrade.is_none() && !planted(Bug::UpgradeUninvited) {
        return None;
    }
    offered(route, head, length)
}

#[cold]
fn offered<'a>(route: &Route, head: &Request<'a>, length: Option<u64>) -> Option<FieldValue<'a>> {
    if head.version != Version::Http11 || length != Some(0) || !is_nominated(head.fields) {
        return None;
    }
    let named = route
        .upgrade
        .as_ref()
        .map_or(&[][..], |upgrade| &upgrade.protocols);
    let passes = |protocol: &str| {
        let named = named.is_empty() || named.iter().any(|name| name.eq_ignore_ascii_case(protocol));
        named && !protocol.is_empty() && !is_never(protocol)
    };
    let mut offers = head.fields.list(Name::Upgrade).filter_map(FieldValue::new);
    offers.find(|offer| offer.text().is_some_and(passes))
}

/// The stream of a 101, whose head is completed, if it is an answer to what was asked.
pub(super) fn switch<S: AsyncRead + AsyncWrite + Unpin>(
    out: &mut ResponseHead,
    lease: Lease<S>,
    asked: Option<&[u8]>,
) -> Result<Box<Switched<S>>, Error> {
    let asked = asked.and_then(FieldValue::new).ok_or(Kind::Broken)?;
    let head = lease.receiving.head().ok_or(Kind::Broken)?;
    if !is_agreed(&head, asked) {
        return Err(Kind::Broken.into());
    }
    out.upgrade(asked);
    Ok(lease.switch().ok_or(Kind::Broken)?)
}

/// Whether a 101 switches to what was asked for, and says nothing that speaks of a body: whoever sends one may mean it.
fn is_agreed(head: &Response<'_>, asked: FieldValue<'_>) -> bool {
    let mut to = head.fields.list(Name::Upgrade);
    let only = to.next().filter(|_| to.next().is_none());
    let is_asked = only.is_some_and(|only| only.eq_ignore_ascii_case(asked.bytes()));
    (is_asked || planted(Bug::SwitchUnchecked)) && is_nominated(head.fields) && !has_body(head.fields)
}

/// `Upgrade` is of this connection only if `Connection` says so.
fn is_nominated(fields: Fields<'_>) -> bool {
    let mut options = fields.list(Name::Connection);
    options.any(|option| option.eq_ignore_ascii_case(b"upgrade"))
}

fn has_body(fields: Fields<'_>) -> bool {
    let mut lengths = fields.all(Name::ContentLength);
    fields.has(Name::TransferEncoding) || lengths.any(|length| content_length(length.bytes()) != Ok(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load;
    use http1::head::{self, Limits};

    fn route(upgrade: &str) -> Route {
        let yaml = format!(
            "listen: {{ http: 127.0.0.1:1 }}\nupstreams: {{ u: {{ replicas: ['10.0.0.1:1'] }} }}\n\
             routes: [ {{ name: all, match: {{ path: / }}, upstream: u, upgrade: {upgrade} }} ]\n"
        );
        load(yaml.as_bytes()).expect("a plan").routes.remove(0)
    }

    #[track_caller]
    fn check(upgrade: &str, version: &str, fields: &str, length: Option<u64>, expected: Option<&str>) {
        let text = format!("GET / HTTP/{version}\r\nHost: a\r\n{fields}\r\n\r\n");
        let mut slots = Vec::new();
        let line = head::request(text.as_bytes(), &Limits::default(), &mut slots);
        let line = line.expect("valid").expect("complete");
        let head = line.head(text.as_bytes(), &slots);
        let asked = asked(&route(upgrade), &head, length);
        assert_eq!(asked.and_then(FieldValue::text), expected, "{upgrade}: {fields}");
    }

    #[test]
    fn a_route_passes_what_it_names() {
        let socket = "Connection: Upgrade\r\nUpgrade: WebSocket";
        check("[websocket]", "1.1", socket, Some(0), Some("WebSocket"));
        check("true", "1.1", socket, Some(0), Some("WebSocket"));
        check(
            "{ protocols: [Websocket] }",
            "1.1",
            socket,
            Some(0),
            Some("WebSocket"),
        );
        check("false", "1.1", socket, Some(0), None);
        check("[irc/6.9]", "1.1", socket, Some(0), None);
        let list = "Connection: close, upgrade\r\nUpgrade: h2c, IRC/6.9\r\nUpgrade: RTA/x11";
        check("[rta/x11]", "1.1", list, Some(0), Some("RTA/x11"));
        check("true", "1.1", list, Some(0), Some("IRC/6.9"));
    }

    #[test]
    fn an_offer_that_is_none_is_ignored() {
        let socket = "Connection: Upgrade\r\nUpgrade: websocket";
        check("true", "1.0", socket, Some(0), None);
        check("true", "1.1", socket, Some(1), None);
        check("true", "1.1", socket, None, None);
        check("true", "1.1", "Upgrade: websocket", Some(0), None);
        check("true", "1.1", "Connection: upgrade", Some(0), None);
        check("true", "1.1", "Connection: upgrade\r\nUpgrade: ,", Some(0), None);
        for never in ["h2c", "H2C", "HTTP/2.0", "TLS/1.0", "h2", "tls"] {
            let offer = format!("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: {never}");
            check("true", "1.1", &offer, Some(0), None);
        }
    }

    #[test]
    fn a_switch_is_to_what_was_asked_for_and_nothing_else() {
        for (fields, expected) in [
            ("Connection: upgrade\r\nUpgrade: websocket", true),
            (
                "Connection: Upgrade\r\nUpgrade: WebSocket\r\nContent-Length: 0",
                true,
            ),
            ("Connection: upgrade\r\nUpgrade: other", false),
            ("Connection: upgrade\r\nUpgrade: websocket, other", false),
            ("Connection: upgrade", false),
            ("Upgrade: websocket", false),
            (
                "Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 5",
                false,
            ),
            (
                "Connection: upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked",
                false,
            ),
        ] {
            let text = format!("HTTP/1.1 101 Switching Protocols\r\n{fields}\r\n\r\n");
            let mut slots = Vec::new();
            let line = head::response(text.as_bytes(), &Limits::default(), &mut slots);
            let line = line.expect("valid").expect("complete");
            let asked = FieldValue::constant("websocket");
            let agreed = is_agreed(&line.head(text.as_bytes(), &slots), asked);
            assert_eq!(agreed, expected, "{fields}");
        }
    }
}
