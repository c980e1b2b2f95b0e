//! Header rules, row by row: what goes in, what comes out.

use super::*;
use crate::config;
use world::Seed;

fn headers(fields: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        let name: HeaderName = name.parse().expect("field name");
        map.append(name, HeaderValue::from_str(value).expect("field value"));
    }
    map
}

fn route(options: &str) -> Route {
    let yaml = format!(
        "listen: {{ http: '127.0.0.1:0' }}\nupstreams: {{ u: {{ replicas: ['127.0.0.1:1'] }} }}\n\
         routes: [ {{ name: r, match: {{ path: / }}, upstream: u{options} }} ]\n"
    );
    config::load(yaml.as_bytes()).expect("config").routes.remove(0)
}

/// What the upstream sees of `fields`, sorted, request ids as `ID`.
fn upstream_sees(fields: &[(&str, &str)], trusted: bool, options: &str) -> Vec<String> {
    let mut map = headers(fields);
    let ids = RequestIds::new(Seed(1));
    let client = Client::new([10, 0, 0, 9].into(), tokio::time::Instant::now());
    let id = to_upstream(&mut map, &client, trusted, &route(options), &ids);
    let mut seen: Vec<_> = map
        .iter()
        .map(|(name, value)| {
            let value = if id.as_ref() == Some(value) {
                "ID"
            } else {
                value.to_str().expect("text")
            };
            format!("{name}: {value}")
        })
        .collect();
    seen.sort();
    seen
}

const BARE: &str = ", forwarded: false, request_id: false";

#[test]
fn bare_route_adds_nothing() {
    let seen = upstream_sees(
        &[("host", "a"), ("accept", "x"), ("x-request-id", "mine")],
        false,
        BARE,
    );
    assert_eq!(seen, ["accept: x", "host: a", "x-request-id: mine"]);
}

#[test]
fn hop_by_hop_and_nominated_fields_are_removed() {
    let fields = [
        ("host", "a"),
        ("connection", "keep-alive, X-Drop , host"),
        ("connection", "x-other"),
        ("x-drop", "1"),
        ("x-other", "1"),
        ("keep-alive", "timeout=5"),
        ("te", "trailers"),
        ("upgrade", "websocket"),
        ("transfer-encoding", "chunked"),
        ("content-length", "3"),
        ("proxy-authorization", "secret"),
        ("proxy-connection", "close"),
        ("expect", "100-continue"),
        ("x-stays", "1"),
    ];
    assert_eq!(upstream_sees(&fields, false, BARE), ["host: a", "x-stays: 1"]);
}

#[test]
fn nominating_our_fields_does_not_remove_them() {
    let fields = [
        ("host", "a"),
        ("connection", "x-forwarded-for, x-request-id"),
        ("x-forwarded-for", "1.2.3.4"),
    ];
    assert_eq!(
        upstream_sees(&fields, false, ""),
        [
            "host: a",
            "x-forwarded-for: 10.0.0.9",
            "x-forwarded-host: a",
            "x-forwarded-proto: http",
            "x-request-id: ID"
        ]
    );
}

#[test]
fn forged_identity_is_stripped_in_any_spelling() {
    let fields = [
        ("host", "a"),
        ("X-User-Id", "1"),
        ("x_user_id", "1"),
        ("X-USER_ID", "1"),
        ("x-tenant-id", "1"),
        ("x-tenant-id", "2"),
        ("x_tenant_id", "3"),
    ];
    for trusted in [false, true] {
        assert_eq!(upstream_sees(&fields, trusted, BARE), ["host: a"]);
    }
}

#[test]
fn forwarding_fields_are_believed_from_trusted_peers_only() {
    let fields = [
        ("host", "a"),
        ("x-forwarded-for", "1.1.1.1"),
        ("x-forwarded-for", "2.2.2.2"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "outside"),
        ("forwarded", "for=1.1.1.1"),
        ("x-real-ip", "1.1.1.1"),
        ("x-request-id", "theirs"),
    ];
    assert_eq!(
        upstream_sees(&fields, false, ""),
        [
            "host: a",
            "x-forwarded-for: 10.0.0.9",
            "x-forwarded-host: a",
            "x-forwarded-proto: http",
            "x-request-id: ID"
        ]
    );
    assert_eq!(
        upstream_sees(&fields, true, ", request_id: false"),
        [
            "forwarded: for=1.1.1.1",
            "host: a",
            "x-forwarded-for: 1.1.1.1, 2.2.2.2, 10.0.0.9",
            "x-forwarded-host: outside",
            "x-forwarded-proto: https",
            "x-real-ip: 1.1.1.1",
            "x-request-id: theirs",
        ]
    );
}

#[test]
fn answers_lose_hop_by_hop_fields_and_a_length_beside_chunks() {
    let mut map = headers(&[
        ("connection", "close, x-drop"),
        ("x-drop", "1"),
        ("transfer-encoding", "chunked"),
        ("content-length", "5"),
        ("x-request-id", "upstream's"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    ]);
    to_client(&mut map, Some(HeaderValue::from_static("ours")));
    let mut seen: Vec<_> = map
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("text")))
        .collect();
    seen.sort();
    assert_eq!(seen, ["set-cookie: a=1", "set-cookie: b=2", "x-request-id: ours"]);
}
