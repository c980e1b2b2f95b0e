//! Breakers by sockets: who fails is not asked, who recovers is asked again, and nobody is blamed for what clients did.
//!
//! Windows never end within a test; open times are either so short that they are waited for, or so long that they never end.

use crate::harness::{Gateway, OK, Step, Upstream, body, field, nowhere, run, status, yaml_with};
use crate::health::page;
use std::net::SocketAddr;

const SICK: Step = Step::Answer("HTTP/1.1 503 X\r\nContent-Length: 4\r\n\r\nsick");
const MISSING: Step = Step::Answer("HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n");
const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// A gateway whose upstream has a breaker with these keys; `extra` is more YAML for the route.
pub(crate) async fn behind(replicas: &[SocketAddr], breaker: &str, extra: &str) -> Gateway {
    Gateway::from_yaml(&config(replicas, breaker, extra)).await
}

fn config(replicas: &[SocketAddr], breaker: &str, extra: &str) -> String {
    let breaker = format!(", breaker: {{ window: 1h, {breaker} }}");
    yaml_with(replicas, &breaker, extra, "")
}

async fn count(gateway: &Gateway, metric: &str) -> u64 {
    gateway
        .metric(&format!("tollgate_upstream_{metric}{{upstream=\"u\"}}"))
        .await
}

pub(crate) async fn turns(gateway: &Gateway, to: &str) -> u64 {
    let labels = format!("upstream=\"u\",to=\"{to}\"");
    gateway
        .metric(&format!(
            "tollgate_upstream_breaker_transitions_total{{{labels}}}"
        ))
        .await
}

/// 0 closed, 1 half-open, 2 open.
pub(crate) async fn state(gateway: &Gateway) -> u64 {
    count(gateway, "breaker_state").await
}

/// Waits until the next request will be a probe.
pub(crate) async fn wait_due(gateway: &Gateway) {
    while page(gateway).await["upstreams"][0]["breaker"]["tries_in_ms"] != 0 {
        tokio::task::yield_now().await;
    }
}

/// Or anybody could have an upstream cut off, by giving it no time.
#[test]
fn a_client_that_does_not_wait_blames_nobody() {
    run(async {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let breaker = "min_requests: 1, open_for: 1h";
        let deadline = ", deadline_header: X-Request-Timeout";
        let impatient = "GET / HTTP/1.1\r\nHost: a\r\nX-Request-Timeout: 20\r\nConnection: close\r\n\r\n";
        let gateway = behind(&[upstream.addr], breaker, deadline).await;
        for _ in 0..3 {
            assert_eq!(status(&gateway.ask(impatient).await), "504");
        }
        assert_eq!((state(&gateway).await, turns(&gateway, "open").await), (0, 0));
        // who has the route's own time does
        let upstream = Upstream::start(&[Step::Silence]).await;
        let gateway = behind(&[upstream.addr], breaker, ", timeout: 20ms").await;
        assert_eq!(status(&gateway.get("/").await), "504");
        assert_eq!((state(&gateway).await, turns(&gateway, "open").await), (2, 1));
    });
}

#[test]
fn an_upstream_that_fails_is_spared_and_its_clients_are_told_when_to_come_back() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK), SICK, Step::Answer(OK), SICK]).await;
        let gateway = behind(&[upstream.addr], "min_requests: 4, open_for: 1h", "").await;
        for expected in ["200", "503", "200", "503"] {
            let answer = gateway.get("/").await;
            assert_eq!((status(&answer), field(&answer, "retry-after")), (expected, None));
        }
        for _ in 0..3 {
            let answer = gateway.get("/").await;
            assert_eq!(
                (status(&answer), body(&answer)),
                ("503", "{\"error\":\"upstream_unavailable\"}\n")
            );
            let seconds = field(&answer, "retry-after").and_then(|value| value.parse::<u64>().ok());
            // up to a tenth by chance, less what has passed, rounded up
            assert!(seconds.is_some_and(|s| (3_500..=3_961).contains(&s)), "{answer}");
        }
        assert_eq!(upstream.requests(), 4);
        assert_eq!(count(&gateway, "breaker_rejected_total").await, 3);
        assert_eq!((state(&gateway).await, turns(&gateway, "open").await), (2, 1));
        let page = page(&gateway).await;
        let breaker = &page["upstreams"][0]["breaker"];
        assert_eq!(
            (&breaker["state"], &breaker["opened_over"]),
            (&"open".into(), &"2 errors in 4 attempts".into())
        );
        assert!(
            breaker["tries_in_ms"].as_u64().is_some_and(|ms| ms > 3_000_000),
            "{breaker}"
        );
    });
}

#[test]
fn an_upstream_that_recovers_is_probed_and_then_asked_like_before() {
    run(async {
        let upstream = Upstream::start(&[SICK, SICK, Step::Answer(OK)]).await;
        let keys = "min_requests: 2, open_for: 20ms, probes: 2";
        let gateway = behind(&[upstream.addr], keys, "").await;
        for _ in 0..2 {
            gateway.get("/").await;
        }
        wait_due(&gateway).await;
        assert_eq!(status(&gateway.get("/").await), "200");
        assert_eq!(state(&gateway).await, 1);
        let page = page(&gateway).await;
        assert_eq!(page["upstreams"][0]["breaker"]["probes_good"], 1);
        assert_eq!(status(&gateway.get("/").await), "200");
        assert_eq!(state(&gateway).await, 0);
        for to in ["open", "half_open", "closed"] {
            assert_eq!(turns(&gateway, to).await, 1, "{to}");
        }
    });
}

#[test]
fn while_probes_are_out_others_are_turned_away_and_the_first_bad_one_ends_it() {
    run(async {
        let upstream = Upstream::start(&[SICK, Step::Silence, SICK]).await;
        let gateway = behind(&[upstream.addr], "min_requests: 1, open_for: 20ms, probes: 2", "").await;
        gateway.get("/").await;
        wait_due(&gateway).await;
        let mut first = gateway.connect().await;
        first.send(GET).await;
        upstream.wait_requests(2).await;
        let mut second = gateway.connect().await;
        // this one's answer opens it again, and what the first will say is of no interest any more
        second.send(GET).await;
        assert_eq!(body(&second.answer().await), "sick");
        assert_eq!((state(&gateway).await, turns(&gateway, "open").await), (2, 2));
        assert_eq!(
            page(&gateway).await["upstreams"][0]["breaker"]["opened_over"],
            "a probe failed"
        );
        drop(first);
        upstream.wait_closed(1).await;
        assert_eq!(state(&gateway).await, 2);
    });
}

#[test]
fn a_probe_whose_client_goes_away_is_made_by_the_next() {
    run(async {
        let upstream = Upstream::start(&[SICK, Step::Silence, Step::Answer(OK)]).await;
        let gateway = behind(&[upstream.addr], "min_requests: 1, open_for: 20ms, probes: 1", "").await;
        assert_eq!(given_back(&upstream, &gateway).await, "200");
        assert_eq!(state(&gateway).await, 0);
    });
}

/// The answer to whoever comes after a client that left its probe in the middle.
pub(crate) async fn given_back(upstream: &Upstream, gateway: &Gateway) -> String {
    gateway.get("/").await;
    wait_due(gateway).await;
    let mut leaver = gateway.connect().await;
    leaver.send(GET).await;
    upstream.wait_requests(2).await;
    let meanwhile = gateway.get("/").await;
    assert_eq!(
        (status(&meanwhile), field(&meanwhile, "retry-after").as_deref()),
        ("503", Some("1"))
    );
    drop(leaver);
    upstream.wait_closed(1).await;
    status(&gateway.get("/").await).to_owned()
}

/// Whether one attempt at an upstream that does this opens a breaker that opens at the first error.
async fn opens(step: &'static [Step], extra: &str) -> bool {
    let upstream = Upstream::start(step).await;
    let gateway = behind(&[upstream.addr], "min_requests: 1, open_for: 1h", extra).await;
    gateway.get("/").await;
    state(&gateway).await == 2
}

#[test]
fn what_counts_as_an_error() {
    run(async {
        for (what, step, extra, expected) in [
            ("200", &[Step::Answer(OK)], "", false),
            ("404", &[MISSING], "", false),
            ("503", &[SICK], "", true),
            ("hangs up", &[Step::Close], "", true),
            ("nonsense", &[Step::Answer("HTTP/9 nonsense\r\n\r\n")], "", true),
            ("silence", &[Step::Silence], ", timeout: 20ms", true),
            (
                "silence, tried",
                &[Step::Silence],
                ", retries: { max: 1, try_timeout: 20ms }",
                true,
            ),
        ] {
            assert_eq!(opens(step, extra).await, expected, "{what}");
        }
        let gateway = behind(&[nowhere().await], "min_requests: 1", "").await;
        gateway.get("/").await;
        assert_eq!(state(&gateway).await, 2, "not connected");
        let upstream = Upstream::start(&[MISSING]).await;
        let gateway = behind(&[upstream.addr], "min_requests: 1, statuses: [404, 410]", "").await;
        gateway.get("/").await;
        assert_eq!(state(&gateway).await, 2, "a status that is listed");
    });
}

#[test]
fn an_answer_that_breaks_off_behind_its_head_counts() {
    run(async {
        let short = &[Step::AnswerAndClose(
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok",
        )];
        let upstream = Upstream::start(short).await;
        let gateway = behind(&[upstream.addr], "min_requests: 2, error_ratio: 1", "").await;
        gateway.get("/").await;
        assert_eq!(state(&gateway).await, 0);
        gateway.get("/").await;
        assert_eq!(state(&gateway).await, 2);
        assert_eq!(
            page(&gateway).await["upstreams"][0]["breaker"]["opened_over"],
            "2 errors in 2 attempts"
        );
    });
}

#[test]
fn what_clients_do_and_what_bounds_refuse_does_not_count() {
    run(async {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let yaml = config(&[upstream.addr], "min_requests: 1", "")
            .replace("breaker:", "pool: { in_flight_max: 1 }, breaker:");
        let gateway = Gateway::from_yaml(&yaml).await;
        let mut holder = gateway.connect().await;
        holder.send(GET).await;
        upstream.wait_requests(1).await;
        assert_eq!(status(&gateway.get("/").await), "503");
        assert_eq!(count(&gateway, "full_total").await, 1);
        drop(holder);
        upstream.wait_closed(1).await;
        let mut broken = gateway.connect().await;
        broken
            .send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")
            .await;
        assert_eq!(status(&broken.rest().await), "400");
        assert_eq!((state(&gateway).await, turns(&gateway, "open").await), (0, 0));
        assert_eq!(
            page(&gateway).await["upstreams"][0]["breaker"]["window"]["attempts"],
            0
        );
    });
}

#[test]
fn slow_answers_open_it_where_the_config_says_what_is_slow() {
    run(async {
        for (keys, expected) in [
            ("slow_after: 1ns, slow_ratio: 1", 2),
            ("slow_after: 1h", 0),
            ("error_ratio: 1", 0),
        ] {
            let upstream = Upstream::start(&[Step::Answer(OK)]).await;
            let gateway = behind(&[upstream.addr], &format!("min_requests: 3, {keys}"), "").await;
            for _ in 0..3 {
                assert_eq!(status(&gateway.get("/").await), "200");
            }
            assert_eq!(state(&gateway).await, expected, "{keys}");
        }
    });
}

#[test]
fn no_retry_is_made_past_an_open_breaker_and_the_last_answer_stands() {
    run(async {
        let upstream = Upstream::start(&[SICK]).await;
        let gateway = behind(&[upstream.addr], "min_requests: 2", ", retries: { max: 5 }").await;
        let answer = gateway.get("/").await;
        assert_eq!((status(&answer), body(&answer)), ("503", "sick"));
        assert_eq!(upstream.requests(), 2);
        assert_eq!(count(&gateway, "breaker_rejected_total").await, 0);
        assert_eq!(gateway.metric("tollgate_retries_total{route=\"all\"}").await, 1);
    });
}

#[test]
fn a_replica_with_an_open_breaker_of_its_own_is_passed_over() {
    run(async {
        let (sick, good) = (
            Upstream::start(&[SICK]).await,
            Upstream::start(&[Step::Answer(OK), Step::Answer(OK), Step::Answer(OK), SICK]).await,
        );
        let keys = "min_requests: 1, error_ratio: 0.1, open_for: 1h, per_replica: true";
        let gateway = behind(&[sick.addr, good.addr], keys, "").await;
        let mut statuses = Vec::new();
        for _ in 0..7 {
            let answer = gateway.get("/").await;
            statuses.push((
                status(&answer).to_owned(),
                field(&answer, "retry-after").is_some(),
            ));
        }
        let of = |status: &str, told| (status.to_owned(), told);
        // the first goes to the sick one, and the fifth is the one at which the other falls sick
        let expected = [
            ("503", false),
            ("200", false),
            ("200", false),
            ("200", false),
            ("503", false),
        ];
        let expected = expected.into_iter().chain([("503", true), ("503", true)]);
        assert_eq!(
            statuses,
            expected
                .map(|(status, told)| of(status, told))
                .collect::<Vec<_>>()
        );
        assert_eq!((sick.requests(), good.requests()), (1, 4));
        assert_eq!(
            (
                turns(&gateway, "open").await,
                count(&gateway, "breaker_rejected_total").await
            ),
            (2, 2)
        );
        let labels = format!("upstream=\"u\",replica=\"{}\"", sick.addr);
        let metric = format!("tollgate_replica_breaker_state{{{labels}}}");
        assert_eq!(gateway.metric(&metric).await, 2);
        let page = page(&gateway).await;
        assert_eq!(page["upstreams"][0]["replicas"][1]["breaker"]["state"], "open");
        assert_eq!(page["upstreams"][0]["breaker"], serde_json::Value::Null);
    });
}

#[test]
fn it_outlives_a_reload_that_keeps_it() {
    run(async {
        let upstream = Upstream::start(&[SICK, Step::Answer(OK)]).await;
        let yaml = |breaker: &str, extra: &str| config(&[upstream.addr], breaker, extra);
        let gateway = Gateway::from_yaml(&yaml("min_requests: 1, open_for: 1h", "")).await;
        let apply = |yaml: String| {
            gateway
                .app
                .apply(yaml.as_bytes())
                .unwrap_or_else(|errors| panic!("{errors}"))
        };
        gateway.get("/").await;
        apply(yaml("min_requests: 9, open_for: 2h", ", timeout: 9s"));
        assert_eq!(status(&gateway.get("/").await), "503");
        assert_eq!((state(&gateway).await, upstream.requests()), (2, 1));
        // without one nobody is turned away, and a new one knows nothing of the old
        apply(yaml_with(&[upstream.addr], "", "", ""));
        assert_eq!(status(&gateway.get("/").await), "200");
        apply(yaml("min_requests: 1, open_for: 1h", ""));
        assert_eq!(status(&gateway.get("/").await), "200");
        assert_eq!(state(&gateway).await, 0);
    });
}

#[test]
fn copies_neither_ask_nor_count() {
    run(async {
        let (good, shadow) = (
            Upstream::start(&[Step::Answer(OK)]).await,
            Upstream::start(&[SICK]).await,
        );
        let yaml = format!(
            "listen: {{ http: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\n\
             upstreams: {{ u: {{ replicas: [\"{}\"], breaker: {{ min_requests: 1, open_for: 1h }} }}, main: {{ replicas: [\"{}\"] }} }}\n\
             routes: [ {{ name: all, match: {{ path: / }}, upstream: main, mirror: {{ upstream: u }} }}, \
             {{ name: direct, match: {{ path: /direct }}, upstream: u }} ]\n",
            shadow.addr, good.addr
        );
        let gateway = Gateway::from_yaml(&yaml).await;
        for copies in 1..=3 {
            assert_eq!(status(&gateway.get("/").await), "200");
            shadow.wait_requests(copies).await;
        }
        assert_eq!(state(&gateway).await, 0);
        assert_eq!(body(&gateway.get("/direct").await), "sick");
        assert_eq!(state(&gateway).await, 2);
        gateway.get("/").await;
        shadow.wait_requests(5).await;
    });
}

#[test]
fn the_log_says_that_it_was_a_breaker() {
    run(async {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("log");
        let upstream = Upstream::start(&[SICK]).await;
        let breaker = ", breaker: { min_requests: 1, open_for: 1h }";
        let log = format!("access_log: {{ path: \"{}\" }}", path.display());
        let gateway = Gateway::from_yaml(&yaml_with(&[upstream.addr], breaker, "", &log)).await;
        gateway.get("/").await;
        gateway.get("/").await;
        let line = loop {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            if let Some(line) = text.lines().nth(1) {
                break serde_json::from_str::<serde_json::Value>(line).expect("JSON");
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(
            (
                &line["status"],
                &line["error"],
                &line["detail"],
                &line["attempts"]
            ),
            (
                &503.into(),
                &"upstream_unavailable".into(),
                &"a breaker is open".into(),
                &0.into()
            )
        );
    });
}
