//! Spans as the JSON of OTLP 1.x (`ExportTraceServiceRequest`), with attributes by the semantic conventions for HTTP.
//!
//! Ids are hexadecimal, 64-bit numbers are strings (the JSON encoding of OTLP has them so). A query is never told: it is where clients
//! put their secrets. A request's span is of kind SERVER and an error from 500 on; an attempt's is of kind CLIENT and an error
//! from 400 on.

use crate::observe::span::{Recorded, RecordedAttempt};
use serde_json::{Value, json};
use std::time::Duration;

const SERVER: u8 = 2;
const CLIENT: u8 = 3;
const ERROR: u8 = 2;

/// The methods that the conventions know; others are `_OTHER`, so that nobody makes names of spans.
const METHODS: [&str; 9] = [
    "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE",
];

pub(super) fn request(service: &str, recorded: &[Recorded]) -> Value {
    let spans: Vec<Value> = recorded.iter().flat_map(spans).collect();
    let resource = [
        text("service.name", service),
        text("telemetry.sdk.name", "tollgate"),
        text("telemetry.sdk.language", "rust"),
        text("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
    ];
    json!({ "resourceSpans": [{
        "resource": { "attributes": resource },
        "scopeSpans": [{
            "scope": { "name": "tollgate", "version": env!("CARGO_PKG_VERSION") },
            "spans": spans,
        }],
    }] })
}

fn spans(recorded: &Recorded) -> impl Iterator<Item = Value> {
    let attempts = recorded.attempts.iter().enumerate();
    let attempts = attempts.map(|(number, attempt)| client(recorded, attempt, number));
    std::iter::once(server(recorded)).chain(attempts)
}

fn server(recorded: &Recorded) -> Value {
    let known = known(&recorded.method);
    let mut attributes = vec![
        text("http.request.method", known.unwrap_or("_OTHER")),
        text("url.scheme", "http"),
        text("url.path", &recorded.path),
        text("client.address", &recorded.client.to_string()),
        text("network.peer.address", &recorded.peer.to_string()),
        int("http.response.status_code", u64::from(recorded.status)),
        int("http.response.body.size", recorded.bytes),
    ];
    if known.is_none() {
        attributes.push(text("http.request.method_original", &recorded.method));
    }
    let (host, port) = host_and_port(&recorded.host);
    if !host.is_empty() {
        attributes.push(text("server.address", host));
    }
    attributes.extend(port.map(|port| int("server.port", port.into())));
    let mut name = known.unwrap_or("HTTP").to_owned();
    if let Some((route, path)) = &recorded.route {
        attributes.push(text("http.route", path));
        attributes.push(text("tollgate.route", route));
        name = format!("{name} {path}");
    }
    let status = (recorded.status >= 500).then(|| recorded.status.to_string());
    let error = recorded.error.or(status.as_deref());
    attributes.extend(error.map(|error| text("error.type", error)));
    let parent = recorded.parent.as_ref().map_or(&[][..], |parent| &parent[..]);
    let is_error = recorded.status >= 500 || recorded.error == Some("broken");
    span(
        recorded,
        (&recorded.span, parent),
        (&name, SERVER),
        (recorded.start, recorded.end),
        (attributes, is_error),
    )
}

fn client(recorded: &Recorded, attempt: &RecordedAttempt, number: usize) -> Value {
    let method = known(&recorded.method);
    let mut attributes = vec![
        text("http.request.method", method.unwrap_or("_OTHER")),
        text("url.scheme", "http"),
        text("tollgate.upstream", &attempt.upstream),
        text("tollgate.replica", &attempt.replica),
    ];
    let (host, port) = host_and_port(&attempt.replica);
    attributes.push(text("server.address", host));
    attributes.extend(port.map(|port| int("server.port", port.into())));
    if number > 0 {
        attributes.push(int("http.request.resend_count", number as u64));
    }
    let status = attempt.status;
    attributes.extend(status.map(|status| int("http.response.status_code", status.into())));
    let bad = status
        .filter(|status| *status >= 400)
        .map(|status| status.to_string());
    let error = attempt.error.or(bad.as_deref());
    attributes.extend(error.map(|error| text("error.type", error)));
    span(
        recorded,
        (&attempt.span, &recorded.span),
        (method.unwrap_or("HTTP"), CLIENT),
        (attempt.start, attempt.end),
        (attributes, error.is_some()),
    )
}

fn span(
    recorded: &Recorded,
    (id, parent): (&[u8], &[u8]),
    (name, kind): (&str, u8),
    (start, end): (Duration, Duration),
    (attributes, is_error): (Vec<Value>, bool),
) -> Value {
    json!({
        "traceId": digits(&recorded.trace),
        "spanId": digits(id),
        "parentSpanId": digits(parent),
        "traceState": recorded.state,
        "flags": recorded.flags,
        "name": name,
        "kind": kind,
        "startTimeUnixNano": start.as_nanos().to_string(),
        "endTimeUnixNano": end.as_nanos().to_string(),
        "attributes": attributes,
        "status": if is_error { json!({ "code": ERROR }) } else { json!({}) },
    })
}

fn known(method: &str) -> Option<&str> {
    METHODS.contains(&method).then_some(method)
}

fn digits(id: &[u8]) -> String {
    String::from_utf8_lossy(id).into_owned()
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn int(key: &str, value: u64) -> Value {
    json!({ "key": key, "value": { "intValue": value.to_string() } })
}

/// Without the brackets of an IPv6 address.
fn host_and_port(authority: &str) -> (&str, Option<u16>) {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => (host, port.parse().ok()),
        _ => (authority, None),
    };
    (host.trim_matches(['[', ']']), port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::span::tests::recorded;

    fn attribute<'a>(span: &'a Value, key: &str) -> Option<&'a str> {
        let all = span["attributes"].as_array().expect("a list");
        let found = all.iter().find(|attribute| attribute["key"] == key)?;
        let value = &found["value"];
        value["stringValue"].as_str().or(value["intValue"].as_str())
    }

    #[test]
    fn a_request_and_its_attempt() {
        let mut purge = recorded("/p");
        (purge.method, purge.status, purge.error, purge.route) = ("PURGE".into(), 404, None, None);
        (purge.parent, purge.attempts) = (None, Vec::new());
        let request = request("gate", &[recorded("/a"), purge]);
        let of = &request["resourceSpans"][0];
        assert_eq!(attribute(&of["resource"], "service.name"), Some("gate"));
        let spans = of["scopeSpans"][0]["spans"].as_array().expect("a list");
        let [server, client, purge] = &spans[..] else {
            panic!("{spans:?}")
        };
        assert_eq!(server["name"], "GET /v1");
        assert_eq!((&server["kind"], &client["kind"]), (&json!(2), &json!(3)));
        assert_eq!(server["parentSpanId"], "b7ad6b7169203331");
        assert_eq!(client["parentSpanId"], server["spanId"]);
        assert_eq!(server["startTimeUnixNano"], "1700000000000000001");
        assert_eq!(
            (&server["status"]["code"], &client["status"]["code"]),
            (&json!(2), &json!(2))
        );
        for (key, value) in [
            ("url.path", "/a"),
            ("http.route", "/v1"),
            ("tollgate.route", "pay"),
            ("http.response.status_code", "502"),
            ("server.address", "shop.example"),
            ("server.port", "8080"),
            ("client.address", "10.0.0.9"),
            ("network.peer.address", "10.0.0.1"),
            ("error.type", "bad_gateway"),
        ] {
            assert_eq!(attribute(server, key), Some(value), "{key}");
        }
        for (key, value) in [
            ("server.address", Some("::1")),
            ("server.port", Some("81")),
            ("tollgate.upstream", Some("u")),
            ("error.type", Some("reset")),
            ("http.request.resend_count", None),
            ("http.response.status_code", None),
        ] {
            assert_eq!(attribute(client, key), value, "{key}");
        }
        assert_eq!(
            (&purge["name"], &purge["parentSpanId"], &purge["status"]),
            (&json!("HTTP"), &json!(""), &json!({}))
        );
        assert_eq!(attribute(purge, "http.request.method"), Some("_OTHER"));
        assert_eq!(attribute(purge, "http.request.method_original"), Some("PURGE"));
    }

    #[test]
    fn hosts_and_ports() {
        for (text, expected) in [
            ("a", ("a", None)),
            ("a:80", ("a", Some(80))),
            ("[::1]", ("::1", None)),
            ("[::1]:80", ("::1", Some(80))),
            ("a:x", ("a", None)),
            ("", ("", None)),
        ] {
            assert_eq!(host_and_port(text), expected, "{text}");
        }
    }
}
