//! What a route falls back on, when, and what for.

use crate::again::UNAVAILABLE;
use crate::harness::{Gateway, OK, Step, Upstream, body, field, nowhere, run, status};
use crate::hedging::{GET, POST};
use std::net::SocketAddr;

const OTHER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother";
const SICK: &str = "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n";
const PUT: &str = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody";

/// A gateway whose route falls back on upstream `v`.
pub(crate) async fn behind(first: SocketAddr, other: SocketAddr, keys: &str, extra: &str) -> Gateway {
    let yaml = format!(
        "listen: {{ http: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\n\
         upstreams: {{ u: {{ replicas: [\"{first}\"] }}, v: {{ replicas: [\"{other}\"] }} }}\n\
         routes: [ {{ name: all, match: {{ path: / }}, upstream: u, fallback: {{ upstream: v{keys} }}{extra} }} ]\n"
    );
    Gateway::from_yaml(&yaml).await
}

async fn fallbacks(gateway: &Gateway) -> u64 {
    gateway
        .metric("tollgate_route_fallbacks_total{route=\"all\"}")
        .await
}

/// What a request comes to whose upstream takes this step: status and body, and how often the other one was asked.
async fn check(
    first: Option<Step>,
    keys: &str,
    extra: &str,
    request: &str,
    expected: (&str, &str),
    asked: usize,
) {
    let other = Upstream::start(&[Step::Answer(OTHER)]).await;
    let first = match first {
        Some(step) => Some(Upstream::start(vec![step].leak()).await),
        None => None,
    };
    let addr = match &first {
        Some(first) => first.addr,
        None => nowhere().await,
    };
    let gateway = behind(addr, other.addr, keys, extra).await;
    let answer = gateway.ask(request).await;
    let about = format!("{request}{keys}{extra}");
    assert_eq!((status(&answer), body(&answer)), expected, "{about}");
    assert_eq!(other.requests(), asked, "{about}");
    assert_eq!(fallbacks(&gateway).await, asked as u64, "{about}");
    if asked == 1 {
        assert_eq!(body(&other.last()), body(request), "{about}");
        let to_other = "tollgate_upstream_answers_total{upstream=\"v\",status=\"2xx\"}";
        assert_eq!(gateway.metric(to_other).await, 1);
    }
}

const UNAVAILABLE_OURS: (&str, &str) = ("503", "{\"error\":\"upstream_unavailable\"}\n");
const BROKEN: (&str, &str) = ("502", "{\"error\":\"bad_gateway\"}\n");
const LATE: (&str, &str) = ("504", "{\"error\":\"upstream_timeout\"}\n");
const HELPED: (&str, &str) = ("200", "other");

#[test]
fn another_upstream_is_asked_where_that_is_safe() {
    run(async {
        let keyed = POST.replace("Host: a", "Host: a\r\nIdempotency-Key: k1");
        let (none, kept) = ("", ", retries: { max: 1, body_max: 1KiB }");
        let (close, silence) = (Some(Step::Close), Some(Step::Silence));
        // nothing was sent: for any method, and with its body
        for request in [GET, POST, PUT] {
            check(None, "", none, request, HELPED, 1).await;
        }
        // something was
        check(close, "", none, GET, HELPED, 1).await;
        check(close, "", none, POST, BROKEN, 0).await;
        check(close, "", ", retries: { max: 1 }", &keyed, HELPED, 1).await;
        check(close, "", none, PUT, BROKEN, 0).await;
        check(close, "", kept, PUT, HELPED, 1).await;
        // with time left, and without
        check(
            silence,
            "",
            ", retries: { max: 0, try_timeout: 50ms }",
            GET,
            HELPED,
            1,
        )
        .await;
        check(
            silence,
            "",
            ", retries: { max: 0, try_timeout: 50ms }",
            POST,
            LATE,
            0,
        )
        .await;
        check(silence, "", ", timeout: 50ms", GET, LATE, 0).await;
    });
}

#[test]
fn it_is_for_what_the_route_says() {
    run(async {
        let (sick, unavailable) = (Some(Step::Answer(SICK)), Some(Step::Answer(UNAVAILABLE)));
        for (first, keys, request, expected, asked) in [
            (None, ", on: [not_connected]", GET, HELPED, 1),
            (
                None,
                ", on: [timeout, broken, full, no_replica, breaker_open]",
                GET,
                UNAVAILABLE_OURS,
                0,
            ),
            (Some(Step::Close), ", on: [broken]", GET, HELPED, 1),
            (Some(Step::Close), ", on: [timeout]", GET, BROKEN, 0),
            // an upstream's own answers only where they are listed
            (sick, "", GET, ("500", ""), 0),
            (sick, ", statuses: [500]", GET, HELPED, 1),
            (sick, ", statuses: [500]", POST, ("500", ""), 0),
            (unavailable, "", GET, ("503", ""), 0),
            (unavailable, ", on: [], statuses: 502-504", GET, HELPED, 1),
        ] {
            check(first, keys, "", request, expected, asked).await;
        }
    });
}

#[test]
fn an_answer_of_its_own_can_always_be_given() {
    run(async {
        let fixed = "fallback: { respond: { status: 203, body: less, content_type: text/x }";
        let head = GET.replace("GET", "HEAD");
        for (step, extra, request, expected) in [
            (Step::Close, "", GET, ("203", "less")),
            (Step::Close, "", POST, ("203", "less")),
            (Step::Close, "", PUT, ("203", "less")),
            (Step::Close, "", &head, ("203", "")),
            (Step::Silence, ", timeout: 50ms", POST, ("203", "less")),
            (Step::Answer(OK), "", GET, ("200", "ok")),
            // not the upstream's
            (
                Step::Answer(OK),
                ", body_max: 1",
                PUT,
                ("413", "{\"error\":\"payload_too_large\"}\n"),
            ),
        ] {
            let upstream = Upstream::start(vec![step].leak()).await;
            let gateway = Gateway::start(&[upstream.addr], &format!(", {fixed} }}{extra}"), "").await;
            let answer = gateway.ask(request).await;
            assert_eq!((status(&answer), body(&answer)), expected, "{request}{extra}");
            let fell = expected.0 == "203";
            assert_eq!(fallbacks(&gateway).await, u64::from(fell));
            assert_eq!(field(&answer, "content-type").as_deref() == Some("text/x"), fell);
            assert!(field(&answer, "x-request-id").is_some() || !fell);
        }
    });
}

#[test]
fn a_fallback_that_fails_is_the_answer() {
    run(async {
        let first = Upstream::start(&[Step::Close]).await;
        let other = Upstream::start(&[Step::Answer(UNAVAILABLE)]).await;
        let gateway = behind(first.addr, other.addr, "", "").await;
        let answer = gateway.get("/").await;
        assert_eq!(
            (status(&answer), body(&answer)),
            ("503", ""),
            "the upstream's own"
        );
        assert_eq!((first.requests(), other.requests()), (1, 1));
        let gone = behind(first.addr, nowhere().await, "", "").await;
        let answer = gone.get("/").await;
        assert_eq!((status(&answer), body(&answer)), UNAVAILABLE_OURS);
    });
}

#[test]
fn retries_come_first_and_what_is_left_of_them_is_for_the_fallback() {
    run(async {
        for (first, attempts) in [(Some(Step::Close), (3, 1)), (None, (0, 1))] {
            let other = Upstream::start(&[Step::Answer(UNAVAILABLE)]).await;
            let upstream = match first {
                Some(step) => Some(Upstream::start(vec![step].leak()).await),
                None => None,
            };
            let addr = match &upstream {
                Some(upstream) => upstream.addr,
                None => nowhere().await,
            };
            let extra = ", retries: { max: 2, backoff: { base: 0 } }";
            let gateway = behind(addr, other.addr, "", extra).await;
            assert_eq!(status(&gateway.get("/").await), "503");
            let asked = upstream.as_ref().map_or(0, Upstream::requests);
            assert_eq!((asked, other.requests()), attempts);
        }
    });
}

#[test]
fn the_log_says_what_the_first_did_not_do() {
    run(async {
        let other = Upstream::start(&[Step::Answer(OTHER)]).await;
        let dir = tempfile::tempdir().expect("a directory");
        let log = dir.path().join("access.log");
        let yaml = format!(
            "listen: {{ http: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\naccess_log: {{ path: {} }}\n\
             upstreams: {{ u: {{ replicas: [\"{}\"] }}, v: {{ replicas: [\"{}\"] }} }}\n\
             routes: [ {{ name: all, match: {{ path: / }}, upstream: u, fallback: {{ upstream: v }} }} ]\n",
            log.display(),
            nowhere().await,
            other.addr
        );
        let gateway = Gateway::from_yaml(&yaml).await;
        assert_eq!(body(&gateway.get("/").await), "other");
        let app = gateway.app.clone();
        gateway.app.stop(std::time::Duration::ZERO);
        gateway.served.await.expect("no panic").expect("no error");
        assert!(app.finish_log());
        let line = std::fs::read_to_string(&log).expect("a log");
        let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!((&line["fallback"], &line["status"]), (&true.into(), &200.into()));
        assert_eq!(
            (&line["error"], &line["detail"]),
            (&"upstream_unavailable".into(), &"connection refused".into())
        );
        assert_eq!(
            (&line["attempts"], &line["upstream"]),
            (&2.into(), &other.addr.to_string().into())
        );
    });
}

#[test]
fn an_open_breaker_costs_a_request_no_attempt() {
    run(async {
        let first = Upstream::start(&[Step::Close]).await;
        let other = Upstream::start(&[Step::Answer(OTHER)]).await;
        let yaml = format!(
            "listen: {{ http: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\n\
             upstreams: {{ u: {{ replicas: [\"{}\"], breaker: {{ min_requests: 1, open_for: 1m, open_for_max: 1m }} }}, \
             v: {{ replicas: [\"{}\"] }} }}\n\
             routes: [ {{ name: all, match: {{ path: / }}, upstream: u, fallback: {{ upstream: v }} }} ]\n",
            first.addr, other.addr
        );
        let gateway = Gateway::from_yaml(&yaml).await;
        for asked in 1..=3 {
            // of any method, once nothing is sent to the first
            let request = if asked == 1 { GET } else { PUT };
            assert_eq!(body(&gateway.ask(request).await), "other");
            assert_eq!((first.requests(), other.requests()), (1, asked));
        }
        assert_eq!(body(&other.last()), "body");
    });
}
