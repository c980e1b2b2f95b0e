//! Header rules, row by row: what goes in, what comes out.

use super::*;
use crate::config;
use crate::proxy::nominated::NOMINATED_MAX;
use http1::head::Limits;
use std::rc::Rc;
use world::Seed;

#[path = "hygiene_tests.rs"]
mod hygiene;

/// The text of a head with these fields.
fn head(start: &str, fields: &[(&str, &str)]) -> String {
    let fields = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
    format!("{start}\r\n{}\r\n", fields.collect::<String>())
}

/// The field lines of a serialised head, sorted.
fn lines(head: &[u8]) -> Vec<String> {
    let text = String::from_utf8(head.to_vec()).expect("text");
    let lines = text.trim_end().split("\r\n").skip(1);
    let mut lines: Vec<_> = lines.map(str::to_ascii_lowercase).collect();
    lines.sort();
    lines
}

fn plan(options: &str) -> Plan {
    let yaml = format!(
        "listen: {{ http: '127.0.0.1:0' }}\nupstreams: {{ u: {{ replicas: ['127.0.0.1:1'] }} }}\n\
         routes: [ {{ name: r, match: {{ path: / }}, upstream: u{options} }} ]\n\
         trusted_proxies: [10.1.0.0/16]\n"
    );
    config::load(yaml.as_bytes()).unwrap_or_else(|errors| panic!("{errors}"))
}

/// What the upstream sees of `fields`, sorted, in lower case, request ids as `ID`.
fn upstream_sees(fields: &[(&str, &str)], trusted: bool, options: &str) -> Vec<String> {
    let text = head("GET / HTTP/1.1", fields);
    let mut slots = Vec::new();
    let line = http1::head::request(text.as_bytes(), &Limits::default(), &mut slots);
    let line = line.expect("well-formed").expect("complete");
    let fields = line.head(text.as_bytes(), &slots).fields;
    let plan = plan(options);
    let from = From {
        host: fields.get(Name::Host),
        client: &Client::new([10, 0, 0, 9].into(), Rc::default()),
        trusted,
        traced: false,
        plan: &plan,
    };
    let mut out = RequestHead::new(Vec::new(), "GET", "/").expect("valid");
    let ids = RequestIds::new(Seed(1));
    let told = to_upstream(&mut out, fields, &from, &plan.routes[0], &ids).expect("not too many");
    let id = told
        .id
        .map(|id| String::from_utf8(id.bytes().to_vec()).expect("text"));
    let seen = lines(out.finish(Some(0)).bytes());
    seen.into_iter()
        .map(|line| match &id {
            Some(id) if line.starts_with("x-request-id: ") => line.replace(id.as_str(), "ID"),
            _ => line,
        })
        .collect()
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
        ("Transfer_Encoding", "chunked"),
        ("content_length", "9"),
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
fn too_many_nominations_are_refused() {
    let names: Vec<_> = (0..=NOMINATED_MAX).map(|n| format!("x-{n}")).collect();
    let text = head(
        "GET / HTTP/1.1",
        &[("host", "a"), ("connection", &names.join(","))],
    );
    let mut slots = Vec::new();
    let line = http1::head::request(text.as_bytes(), &Limits::default(), &mut slots);
    let line = line.expect("well-formed").expect("complete");
    assert!(Nominated::of(line.head(text.as_bytes(), &slots).fields).is_none());
}

/// What the client sees of an upstream's `fields`.
fn client_sees(fields: &[(&str, &str)], id: Option<&RequestId>, options: &str) -> Vec<String> {
    let text = head("HTTP/1.1 200 OK", fields);
    let mut slots = Vec::new();
    let line = http1::head::response(text.as_bytes(), &Limits::default(), &mut slots);
    let line = line.expect("well-formed").expect("complete");
    let mut out = ResponseHead::new(Vec::new(), 200);
    let date = Date::new(std::time::Duration::from_secs(784_111_777));
    let plan = plan(options);
    let edits = plan.routes[0].headers.response.as_deref();
    to_client(&mut out, &line.head(text.as_bytes(), &slots), id, &date, edits).expect("not too many");
    lines(out.bytes())
}

#[test]
fn answers_lose_hop_by_hop_fields_and_get_a_date() {
    let fields = [
        ("connection", "close, x-drop"),
        ("x-drop", "1"),
        ("transfer-encoding", "chunked"),
        ("x-request-id", "upstream's"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    ];
    let ours = FieldValue::new(b"ours")
        .and_then(RequestId::foreign)
        .expect("an id");
    let expected = [
        "date: sun, 06 nov 1994 08:49:37 gmt",
        "set-cookie: a=1",
        "set-cookie: b=2",
        "x-request-id: ours",
    ];
    assert_eq!(client_sees(&fields, Some(&ours), ""), expected);
    let own_date = [("date", "x"), ("x-request-id", "theirs"), ("content-length", "3")];
    assert_eq!(
        client_sees(&own_date, None, ""),
        ["date: x", "x-request-id: theirs"]
    );
}

/// An option of the route for edits.
fn edits(headers: &str) -> String {
    format!(", forwarded: none, request_id: false, headers: {{ {headers} }}")
}

#[test]
fn edits_upwards() {
    let fields = [
        ("host", "a"),
        ("X-A", "theirs"),
        ("x_a", "theirs"),
        ("x-b", "theirs"),
        ("X_C", "theirs"),
        ("accept", "x"),
        ("cookie", "c"),
    ];
    for (request, expected) in [
        (
            "set: { X-A: ours }",
            &[
                "accept: x",
                "cookie: c",
                "host: a",
                "x-a: ours",
                "x-b: theirs",
                "x_c: theirs",
            ][..],
        ),
        (
            "add: { X-B: [one, two] }, remove: [x-a, x-c]",
            &[
                "accept: x",
                "cookie: c",
                "host: a",
                "x-b: one",
                "x-b: theirs",
                "x-b: two",
            ],
        ),
        ("allow: [Accept, x-c]", &["accept: x", "host: a"]),
        ("allow: []", &["host: a"]),
        ("deny: [x-a, X-B, x-c, Cookie]", &["accept: x", "host: a"]),
        (
            "allow: [x-b], set: { x-b: ours, host: 'b:80' }, add: { x-a: more }",
            &["host: b:80", "x-a: more", "x-b: ours"],
        ),
    ] {
        let seen = upstream_sees(&fields, false, &edits(&format!("request: {{ {request} }}")));
        assert_eq!(seen, expected, "{request}");
    }
}

#[test]
fn edits_have_the_last_word_over_ours_and_lists_have_none() {
    let options = ", real_ip: true, headers: { request: { allow: [], set: { x-forwarded-proto: https }, \
                   remove: [x-request-id, x-real-ip] } }";
    let fields = [("host", "a"), ("x-forwarded-host", "outside"), ("x-b", "1")];
    assert_eq!(
        upstream_sees(&fields, true, options),
        [
            "host: a",
            "x-forwarded-for: 10.0.0.9",
            "x-forwarded-host: outside",
            "x-forwarded-proto: https"
        ]
    );
}

#[test]
fn which_fields_tell_of_hops() {
    let fields = [
        ("host", "a:80"),
        ("x-forwarded-for", "6.6.6.6, 1.1.1.1, 10.1.0.2"),
        ("forwarded", "for=6.6.6.6, for=2.2.2.2"),
        ("x-real-ip", "3.3.3.3"),
        ("x_forwarded_for", "6.6.6.6"),
    ];
    let x = [
        "x-forwarded-for: 6.6.6.6, 1.1.1.1, 10.1.0.2, 10.0.0.9",
        "x-forwarded-host: a:80",
        "x-forwarded-proto: http",
    ];
    let rfc7239 = "forwarded: for=6.6.6.6, for=2.2.2.2, for=10.0.0.9;proto=http;host=\"a:80\"";
    for (mode, expected) in [
        (
            "x-forwarded",
            vec![
                "forwarded: for=6.6.6.6, for=2.2.2.2",
                "host: a:80",
                x[0],
                x[1],
                x[2],
                "x-real-ip: 1.1.1.1",
            ],
        ),
        (
            "both",
            vec![rfc7239, "host: a:80", x[0], x[1], x[2], "x-real-ip: 1.1.1.1"],
        ),
        (
            "rfc7239",
            vec![
                rfc7239,
                "host: a:80",
                "x-forwarded-for: 6.6.6.6, 1.1.1.1, 10.1.0.2",
                "x-real-ip: 2.2.2.2",
            ],
        ),
    ] {
        let options = format!(", request_id: false, real_ip: true, forwarded: {mode}");
        assert_eq!(upstream_sees(&fields, true, &options), expected, "{mode}");
    }
    // of whom nobody is believed, we know the peer
    let options = ", request_id: false, real_ip: true, forwarded: both";
    assert_eq!(
        upstream_sees(&fields, false, options),
        [
            "forwarded: for=10.0.0.9;proto=http;host=\"a:80\"",
            "host: a:80",
            "x-forwarded-for: 10.0.0.9",
            "x-forwarded-host: a:80",
            "x-forwarded-proto: http",
            "x-real-ip: 10.0.0.9"
        ]
    );
    // a field that is nominated says nothing
    let nominated = [
        ("host", "a"),
        ("connection", "X-Forwarded-For"),
        ("x-forwarded-for", "1.1.1.1"),
    ];
    let options = ", request_id: false, real_ip: true, forwarded: none";
    assert_eq!(
        upstream_sees(&nominated, true, options),
        ["host: a", "x-real-ip: 10.0.0.9"]
    );
}

#[test]
fn edits_downwards() {
    let fields = [
        ("date", "x"),
        ("server", "theirs"),
        ("x-frame-options", "SAMEORIGIN"),
        ("set-cookie", "a=1"),
        ("x_a", "theirs"),
    ];
    for (headers, expected) in [
        (
            "response: { set: { X-A: ours }, add: { Set-Cookie: [b=2, c=3] }, remove: [Server] }",
            &[
                "date: x",
                "set-cookie: a=1",
                "set-cookie: b=2",
                "set-cookie: c=3",
                "x-a: ours",
                "x-frame-options: sameorigin",
            ][..],
        ),
        (
            "response: { remove: [set-cookie, server, x-a] }, security: true",
            &[
                "date: x",
                "referrer-policy: strict-origin-when-cross-origin",
                "x-content-type-options: nosniff",
                "x-frame-options: sameorigin",
            ],
        ),
        (
            "response: { remove: [set-cookie, server, x-a], set: { X-Frame-Options: DENY } }, \
             security: { hsts: true, referrer_policy: false }",
            &[
                "date: x",
                "strict-transport-security: max-age=31536000",
                "x-content-type-options: nosniff",
                "x-frame-options: deny",
            ],
        ),
    ] {
        assert_eq!(client_sees(&fields, None, &edits(headers)), expected, "{headers}");
    }
}
