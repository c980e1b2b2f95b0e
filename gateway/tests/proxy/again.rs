//! Retries that cost something: budgets, waits before them, and `Retry-After`.
//!
//! Nothing is judged by a time that is short. Budgets are reckoned over half a minute, in which a test has ended.

use crate::harness::{Client, Gateway, OK, Step, Upstream, field, run, status, yaml};

pub(crate) const UNAVAILABLE: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
/// Longer than any route of these tests has.
pub(crate) const MUCH_LATER: &str =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n";
/// Any date that has not passed for a while.
const SOME_DAY: &str = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n";
const LONG_AGO: &str = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n";
const IN_A_SECOND: &str = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
const TOO_MANY: &str = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n";

const LEFT: &str = "tollgate_upstream_retry_budget{upstream=\"u\"}";
const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

pub(crate) async fn denied(gateway: &Gateway, reason: &str) -> u64 {
    let metric = format!("tollgate_upstream_retries_denied_total{{upstream=\"u\",reason=\"{reason}\"}}");
    gateway.metric(&metric).await
}

/// One retry for two requests, over half a minute, at once.
pub(crate) const HALF: &str =
    ", retries: { max: 3, budget: { ratio: 0.5, min_per_second: 0, ttl: 30s }, backoff: { base: 0 } }";

#[test]
fn retries_are_a_share_of_requests() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(UNAVAILABLE)]).await;
        let gateway = Gateway::start(&[upstream.addr], HALF, "").await;
        // the second pays for one, and the fourth for another
        for attempts in [1, 3, 4, 6] {
            assert_eq!(status(&gateway.get("/").await), "503");
            assert_eq!(upstream.requests(), attempts);
        }
        assert_eq!(denied(&gateway, "budget").await, 4);
        assert_eq!(gateway.metric(LEFT).await, 0);
        assert_eq!(gateway.metric("tollgate_retries_total{route=\"all\"}").await, 2);
    });
}

#[test]
fn workers_share_a_budget_and_a_reload_keeps_it() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(UNAVAILABLE)]).await;
        let text = yaml(&[upstream.addr], HALF, "");
        let gateway = Gateway::with_workers(&text, 2).await;
        for (worker, attempts) in [(0, 1), (1, 3), (0, 4), (1, 6)] {
            Client::to(gateway.workers[worker]).await.ask_and_close(GET).await;
            assert_eq!(upstream.requests(), attempts);
        }
        gateway.app.apply(text.as_bytes()).expect("valid");
        for (worker, attempts) in [(0, 7), (1, 9)] {
            Client::to(gateway.workers[worker]).await.ask_and_close(GET).await;
            assert_eq!(upstream.requests(), attempts);
        }
    });
}

#[test]
fn without_a_budget_every_retry_is_made_and_by_default_some_are() {
    run(async {
        for (retries, attempts) in [
            ("max: 3, budget: none", 80),
            // those of the floor: three a second over ten seconds; and what twenty requests pay for
            ("max: 3, budget: { ratio: 0.5, ttl: 30s }", 80),
            ("max: 3, budget: { ratio: 0.5, min_per_second: 1, ttl: 30s }", 60),
        ] {
            let upstream = Upstream::start(&[Step::Answer(UNAVAILABLE)]).await;
            let extra = format!(", retries: {{ {retries}, backoff: {{ base: 0 }} }}");
            let gateway = Gateway::start(&[upstream.addr], &extra, "").await;
            for _ in 0..20 {
                gateway.get("/").await;
            }
            assert_eq!(upstream.requests(), attempts, "{retries}");
        }
    });
}

#[test]
fn a_retry_in_backoff_holds_nothing_but_its_budget() {
    run(async {
        const LATER: &str =
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 20\r\nContent-Length: 0\r\n\r\n";
        let upstream = Upstream::start(&[Step::Answer(OK), Step::Answer(LATER)]).await;
        let extra = ", timeout: 1h, retries: { max: 1, budget: { ratio: 0.5, min_per_second: 0, ttl: 30s } }";
        let gateway = Gateway::start(&[upstream.addr], extra, "").await;
        gateway.get("/").await;
        assert_eq!(gateway.metric(LEFT).await, 0);
        let mut waiting = gateway.connect().await;
        waiting.send(GET).await;
        // two requests pay for one, which is taken when it is decided
        upstream.wait_requests(2).await;
        upstream.wait_closed(1).await;
        assert_eq!(gateway.metric(LEFT).await, 0);
        for name in ["in_flight", "connections"] {
            let metric = format!("tollgate_upstream_{name}{{upstream=\"u\"}}");
            assert_eq!(gateway.metric(&metric).await, 0, "{name}");
        }
        // and stays taken when its client goes away
        drop(waiting);
        let aborted = "tollgate_requests_aborted_total{route=\"all\"}";
        while gateway.metric(aborted).await == 0 {}
        assert_eq!(gateway.metric(LEFT).await, 0);
        assert_eq!(upstream.requests(), 2);
    });
}

#[test]
fn what_an_upstream_says_of_when_is_obeyed() {
    run(async {
        let statuses = "max: 1, statuses: [429, 503]";
        for (first, retries, answer, attempts, reason) in [
            (MUCH_LATER, "max: 1", "503", 1, Some("retry_after")),
            (SOME_DAY, "max: 1", "503", 1, Some("retry_after")),
            (LONG_AGO, "max: 1", "200", 2, None),
            (TOO_MANY, "max: 1", "429", 1, None),
            (TOO_MANY, statuses, "200", 2, None),
            (UNAVAILABLE, "max: 1, statuses: []", "503", 1, None),
            (UNAVAILABLE, "max: 1, statuses: 500-503", "200", 2, None),
        ] {
            let steps: &'static [Step] = Box::leak(Box::new([Step::Answer(first), Step::Answer(OK)]));
            let upstream = Upstream::start(steps).await;
            let extra = format!(", retries: {{ {retries} }}");
            let gateway = Gateway::start(&[upstream.addr], &extra, "").await;
            let got = gateway.get("/").await;
            assert_eq!((status(&got), upstream.requests()), (answer, attempts), "{first}");
            if let Some(reason) = reason {
                assert!(
                    field(&got, "retry-after").is_some(),
                    "it is the upstream's answer: {got}"
                );
                assert_eq!(denied(&gateway, reason).await, 1);
            }
        }
    });
}

#[test]
fn a_wait_is_no_shorter_than_the_upstream_wants_it() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(IN_A_SECOND), Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], ", retries: { max: 1 }", "").await;
        let asked = tokio::time::Instant::now();
        assert_eq!(status(&gateway.get("/").await), "200");
        assert!(asked.elapsed() >= std::time::Duration::from_secs(1));
    });
}

#[test]
fn a_wait_that_outlasts_the_request_is_not_begun() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(UNAVAILABLE)]).await;
        // by this seed the first wait is drawn above what the route has
        let extra = ", timeout: 5s, retries: { max: 1, backoff: { base: 60s, max: 60s } }";
        let gateway = Gateway::start(&[upstream.addr], extra, "").await;
        let asked = tokio::time::Instant::now();
        assert_eq!(status(&gateway.get("/").await), "503");
        assert!(asked.elapsed() < std::time::Duration::from_secs(5));
        assert_eq!(denied(&gateway, "deadline").await, 1);
        assert_eq!(gateway.metric(LEFT).await, 30, "nothing was taken");
    });
}
