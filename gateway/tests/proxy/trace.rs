//! Traces: what upstreams are told of them, and what a collector gets.

use crate::collector::{Collector, Manner, attribute};
use crate::harness::{Gateway, OK, Step, Upstream, nowhere, run, status};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

pub(crate) const TRACE: &str = "12345678901234567890123456789012";
pub(crate) const CALLER: &str = "1234567890123456";
pub(crate) const PARENT: &str = "00-12345678901234567890123456789012-1234567890123456";

/// Nobody collects, and nothing is recorded that callers do not record.
pub(crate) const NOBODY: &str = "trace: { sample: parent, endpoint: \"http://127.0.0.1:1\" }";

/// All values of a field, of a name in any case.
pub(crate) fn all(message: &str, name: &str) -> Vec<String> {
    let head = message.split("\r\n\r\n").next().unwrap_or_default();
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let named = lines.filter(|(found, _)| found.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value.trim().to_owned()).collect()
}

/// What an upstream is told: trace, parent, flags.
pub(crate) fn told(request: &str) -> (String, String, String) {
    let parents = all(request, "traceparent");
    assert_eq!(parents.len(), 1, "one traceparent: {request}");
    let parts: Vec<&str> = parents[0].split('-').collect();
    let [version, trace, parent, flags] = parts[..] else {
        panic!("{parents:?}")
    };
    let is_hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    assert_eq!(
        (version, trace.len(), parent.len(), flags.len()),
        ("00", 32, 16, 2)
    );
    assert!(is_hex(trace) && is_hex(parent) && is_hex(flags), "{parents:?}");
    assert!(trace.bytes().any(|b| b != b'0') && parent.bytes().any(|b| b != b'0'));
    (trace.to_owned(), parent.to_owned(), flags.to_owned())
}

pub(crate) async fn ask(gateway: &Gateway, fields: &str) -> String {
    gateway
        .ask(&format!(
            "GET /a?token=s3cret HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n{fields}\r\n"
        ))
        .await
}

/// Stops the gateway, so that everything it has recorded is exported.
pub(crate) async fn end(gateway: Gateway) -> bool {
    gateway.app.stop(Duration::ZERO);
    gateway.served.await.expect("no panic").expect("no error");
    gateway.app.finish_spans()
}

pub(crate) fn parent(text: &str) -> String {
    format!("traceparent: {text}\r\n")
}

#[test]
fn every_request_has_a_span_of_its_own_and_flags_are_the_callers() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", NOBODY).await;
        let mut parents = BTreeSet::new();
        for (flags, on) in [
            ("00", "00"),
            ("01", "01"),
            ("02", "02"),
            ("03", "03"),
            ("ff", "03"),
            ("fe", "02"),
        ] {
            ask(&gateway, &parent(&format!("{PARENT}-{flags}"))).await;
            let (_, span, told) = told(&upstream.last());
            assert_eq!(told, on, "{flags}");
            assert!(parents.insert(span), "another span");
        }
    });
}

#[test]
fn without_tracing_both_fields_are_like_any_other() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let odd = "TraceParent: whatever\r\ntraceparent: 00-x\r\nTracestate: a=1 , a=1\r\n";
        let routes = [
            Gateway::start(&[upstream.addr], "", "").await,
            Gateway::start(&[upstream.addr], ", trace: false", NOBODY).await,
        ];
        for gateway in routes {
            ask(&gateway, odd).await;
            let request = upstream.last();
            for line in odd.lines() {
                assert!(request.contains(line), "{line} in {request}");
            }
            ask(&gateway, "").await;
            assert_eq!(all(&upstream.last(), "traceparent"), [""; 0]);
        }
    });
}

#[test]
fn edits_have_the_last_word() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let fields = format!("{}tracestate: a=1\r\nx-a: 1\r\n", parent(&format!("{PARENT}-01")));
        for (edits, has_parent, has_state) in [
            ("remove: [traceparent, tracestate]", 0, 0),
            ("remove: [tracestate]", 1, 0),
            ("allow: [x-a]", 1, 1),
        ] {
            let edits = format!(", headers: {{ request: {{ {edits} }} }}");
            let gateway = Gateway::start(&[upstream.addr], &edits, NOBODY).await;
            ask(&gateway, &fields).await;
            let request = upstream.last();
            let seen = (
                all(&request, "traceparent").len(),
                all(&request, "tracestate").len(),
            );
            assert_eq!(seen, (has_parent, has_state), "{edits}");
        }
    });
}

pub(crate) fn of_kind(spans: &[Value], kind: u64) -> Vec<&Value> {
    spans.iter().filter(|span| span["kind"] == kind).collect()
}

/// A request that takes two attempts, and all that is to be known of it afterwards.
#[test]
fn each_attempt_is_a_span_that_its_replica_is_told_of() {
    run(async {
        let collector = Collector::start(Manner::Takes);
        let upstream = Upstream::start(&[Step::Close, Step::Answer(OK)]).await;
        let dir = tempfile::tempdir().expect("a directory");
        let log = dir.path().join("access.log");
        let top = format!(
            "{}\naccess_log: {{ path: {} }}",
            collector.config(", sample: parent, service: gate"),
            log.display()
        );
        let gateway = Gateway::start(&[upstream.addr], ", retries: { max: 1 }", &top).await;
        let fields = format!("{}tracestate: a=1\r\n", parent(&format!("{PARENT}-01")));
        assert_eq!(status(&ask(&gateway, &fields).await), "200");
        // a caller that does not record, and one that says nothing
        ask(&gateway, &parent(&format!("{PARENT}-00"))).await;
        ask(&gateway, "").await;
        let seen: Vec<_> = upstream
            .seen
            .borrow()
            .iter()
            .map(|request| told(request))
            .collect();
        assert_eq!(seen.len(), 4);
        let app = gateway.app.clone();
        assert!(end(gateway).await && app.finish_log());
        let (head, spans) = collector.next().await;
        assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("content-type: application/json"), "{head}");
        assert_eq!(
            spans.len(),
            3,
            "the request that is recorded, and its attempts: {spans:?}"
        );
        let (server, clients) = (of_kind(&spans, 2), of_kind(&spans, 3));
        let server = server[0];
        assert_eq!(
            (&server["traceId"], &server["parentSpanId"]),
            (&TRACE.into(), &CALLER.into())
        );
        assert_eq!(
            (&server["name"], &server["traceState"]),
            (&"GET /".into(), &"a=1".into())
        );
        assert_eq!(attribute(server, "url.path").as_deref(), Some("/a"));
        assert!(!format!("{spans:?}").contains("s3cret"), "no query: {spans:?}");
        assert_eq!(clients.len(), 2);
        for (number, (client, (trace, parent, flags))) in clients.iter().zip(&seen).enumerate() {
            assert_eq!((trace.as_str(), flags.as_str()), (TRACE, "01"));
            assert_eq!(
                (&client["spanId"], &client["parentSpanId"]),
                (&parent.as_str().into(), &server["spanId"])
            );
            let port = attribute(client, "server.port");
            assert_eq!(port, Some(upstream.addr.port().to_string()));
            let resent = attribute(client, "http.request.resend_count");
            assert_eq!(resent, (number > 0).then(|| number.to_string()));
            let nanos = |key: &str| {
                client[key]
                    .as_str()
                    .and_then(|text| text.parse::<u64>().ok())
                    .expect("nanoseconds")
            };
            let of_server = |key: &str| {
                server[key]
                    .as_str()
                    .and_then(|text| text.parse::<u64>().ok())
                    .expect("nanoseconds")
            };
            assert!(of_server("startTimeUnixNano") <= nanos("startTimeUnixNano"));
            assert!(nanos("startTimeUnixNano") <= nanos("endTimeUnixNano"));
            assert!(nanos("endTimeUnixNano") <= of_server("endTimeUnixNano"));
        }
        assert_ne!(clients[0]["spanId"], clients[1]["spanId"]);
        assert_eq!(attribute(clients[0], "error.type").as_deref(), Some("broken"));
        assert_eq!(
            attribute(clients[1], "http.response.status_code").as_deref(),
            Some("200")
        );
        let lines = std::fs::read_to_string(&log).expect("a log");
        let ids: Vec<_> = lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["trace_id"].clone())
            .collect();
        assert_eq!(ids[..2], [TRACE, TRACE]);
        assert_eq!(
            ids[2].as_str(),
            Some(seen[3].0.as_str()),
            "what the upstream was told"
        );
    });
}

#[test]
fn requests_without_an_upstream_have_a_span_too() {
    run(async {
        let collector = Collector::start(Manner::Takes);
        let yaml = format!(
            "listen: {{ http: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\n{}\n\
             upstreams: {{ u: {{ replicas: [\"{}\"] }} }}\n\
             routes:\n  - {{ name: fixed, match: {{ path: /fixed }}, respond: {{ status: 200 }} }}\n\
             \x20 - {{ name: quiet, match: {{ path: /quiet }}, respond: {{ status: 200 }}, trace: false }}\n\
             \x20 - {{ name: rare, match: {{ path: /rare }}, respond: {{ status: 200 }}, trace: {{ sample: parent }} }}\n\
             \x20 - {{ name: gone, match: {{ path: /gone }}, upstream: u }}\n",
            collector.config(", sample: 1"),
            nowhere().await
        );
        let gateway = Gateway::from_yaml(&yaml).await;
        for (path, expected) in [
            ("/fixed/x", "200"),
            ("/quiet", "200"),
            ("/rare", "200"),
            ("/none", "404"),
            ("/a%2fb/../..", "400"),
            ("/gone", "503"),
        ] {
            assert_eq!(status(&gateway.get(path).await), expected, "{path}");
        }
        assert!(end(gateway).await);
        let spans = collector.spans();
        let shown: Vec<_> = of_kind(&spans, 2)
            .iter()
            .map(|span| {
                let code = attribute(span, "http.response.status_code").unwrap_or_default();
                format!(
                    "{} {code} {:?} {}",
                    span["name"].as_str().unwrap_or_default(),
                    attribute(span, "error.type"),
                    span["status"]
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "GET /fixed 200 None {}",
                "GET 404 None {}",
                "GET 400 None {}",
                "GET /gone 503 Some(\"upstream_unavailable\") {\"code\":2}",
            ]
        );
        let clients = of_kind(&spans, 3);
        assert_eq!(clients.len(), 1);
        assert_eq!(
            attribute(clients[0], "error.type").as_deref(),
            Some("not_connected")
        );
    });
}

async fn wait_metric(gateway: &Gateway, name: &str, least: u64) {
    while gateway.metric(name).await < least {
        tokio::task::yield_now().await;
    }
}

#[test]
fn what_a_collector_does_not_take_is_counted() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let (exported, failures) = (
            "tollgate_trace_spans_exported_total",
            "tollgate_trace_export_failures_total",
        );
        let rejected = "tollgate_trace_spans_dropped_total{reason=\"rejected\"}";
        for (manner, expected) in [
            (Manner::Takes, (2, 0, 0)),
            (Manner::BusyFor(1), (2, 0, 1)),
            (Manner::Refuses, (0, 2, 1)),
        ] {
            let collector = Collector::start(manner);
            let gateway = Gateway::start(&[upstream.addr], "", &collector.config(", sample: 1")).await;
            assert_eq!(status(&ask(&gateway, "").await), "200");
            let done = if expected.0 > 0 { exported } else { rejected };
            wait_metric(&gateway, done, 2).await;
            let seen = (
                gateway.metric(exported).await,
                gateway.metric(rejected).await,
                gateway.metric(failures).await,
            );
            assert_eq!(seen, expected);
        }
    });
}

#[test]
fn a_collector_that_is_dead_or_hangs_costs_nobody_anything() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let hangs = Collector::start(Manner::Hangs);
        let nobody = format!("trace: {{ sample: 1, endpoint: \"http://{}\" }}", nowhere().await);
        for (top, ends) in [(hangs.config(", sample: 1"), false), (nobody, true)] {
            let gateway = Gateway::start(&[upstream.addr], "", &top).await;
            for _ in 0..50 {
                assert_eq!(status(&ask(&gateway, "").await), "200");
            }
            if !ends {
                hangs.next().await;
            }
            assert_eq!(end(gateway).await, ends, "{top}");
        }
    });
}

#[test]
fn where_spans_go_is_that_of_the_start_and_shares_are_not() {
    run(async {
        let collector = Collector::start(Manner::Takes);
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let dir = tempfile::tempdir().expect("a directory");
        let token = dir.path().join("token");
        std::fs::write(&token, "Bearer t0ken\n").expect("written");
        let keys = |sample: &str| {
            format!(
                ", sample: {sample}, headers: {{ Authorization: {{ file: {} }} }}",
                token.display()
            )
        };
        let of = |top: &str| crate::harness::yaml(&[upstream.addr], "", top);
        let gateway = Gateway::from_yaml(&of(&collector.config(&keys("parent")))).await;
        ask(&gateway, "").await;
        let elsewhere = of("trace: { endpoint: \"http://127.0.0.1:1\" }");
        let errors = gateway
            .app
            .apply(elsewhere.as_bytes())
            .expect_err("it cannot change");
        assert!(
            errors
                .to_string()
                .contains("trace: cannot change while the gateway runs"),
            "{errors}"
        );
        gateway
            .app
            .apply(of(&collector.config(&keys("1"))).as_bytes())
            .expect("valid");
        ask(&gateway, "").await;
        assert!(end(gateway).await);
        let (head, spans) = collector.next().await;
        assert!(head.contains("authorization: Bearer t0ken"), "{head}");
        assert_eq!(of_kind(&spans, 2).len(), 1);
    });
}
