//! Planted bugs of retries, as in `planted`: the same scene as it should be and with the bug.

use crate::again::{HALF, MUCH_LATER, UNAVAILABLE};
use crate::harness::{Client, Gateway, OK, Step, Upstream, field, status, yaml};
use crate::planted::{GET, check};
use gateway::planted::Bug;
use std::time::Duration;
use tokio::time::Instant;

#[test]
fn retries_in_backoff_escape_their_budget() {
    const SOON: &str = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
    const STEPS: &[Step] = &[
        Step::Answer(OK),
        Step::Answer(OK),
        Step::Answer(OK),
        Step::Answer(OK),
        Step::Answer(SOON),
        Step::Answer(SOON),
        Step::Answer(OK),
    ];
    let scene = async |_| {
        let upstream = Upstream::start(STEPS).await;
        let extra = ", retries: { max: 1, budget: { ratio: 0.25, min_per_second: 0, ttl: 30s } }";
        let gateway = Gateway::start(&[upstream.addr], extra, "").await;
        for _ in 0..4 {
            gateway.get("/").await;
        }
        // six requests pay for one
        let mut two = [gateway.connect().await, gateway.connect().await];
        for client in &mut two {
            client.send(GET).await;
        }
        let mut rescued = 0;
        for mut client in two {
            rescued += usize::from(status(&client.rest().await) == "200");
        }
        rescued
    };
    check(Bug::BudgetAfterBackoff, scene, 1, 2);
}

#[test]
fn a_budget_that_is_each_workers() {
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Answer(UNAVAILABLE)]).await;
        let gateway = Gateway::with_workers(&yaml(&[upstream.addr], HALF, ""), 2).await;
        for worker in [0, 1, 0, 1] {
            Client::to(gateway.workers[worker]).await.ask_and_close(GET).await;
        }
        upstream.requests()
    };
    check(Bug::BudgetPerWorker, scene, 6, 8);
}

#[test]
fn waits_that_are_all_the_same() {
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Answer(UNAVAILABLE)]).await;
        let extra = ", retries: { max: 1, budget: none, backoff: { base: 200ms, max: 200ms } }";
        let gateway = Gateway::start(&[upstream.addr], extra, "").await;
        let mut shortest = Duration::MAX;
        for _ in 0..8 {
            let asked = Instant::now();
            gateway.get("/").await;
            shortest = shortest.min(asked.elapsed());
        }
        shortest < Duration::from_millis(200)
    };
    check(Bug::BackoffWithoutJitter, scene, true, false);
}

#[test]
fn retry_after_is_ignored() {
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Answer(MUCH_LATER), Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], ", retries: { max: 1 }", "").await;
        (status(&gateway.get("/").await).to_owned(), upstream.requests())
    };
    check(
        Bug::RetryAfterIgnored,
        scene,
        ("503".into(), 1),
        ("200".into(), 2),
    );
}

#[test]
fn a_part_of_a_body_is_sent_again() {
    const PUT: &str = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
                       4\r\nbody\r\n0\r\n\r\n";
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Close, Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], ", retries: { max: 1, body_max: 3 }", "").await;
        status(&gateway.ask(PUT).await).to_owned()
    };
    check(Bug::ReplayPartialBody, scene, "502".into(), "200".into());
}

#[test]
fn a_client_lengthens_the_time_of_its_request() {
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let route = ", timeout: 20s, deadline_header: X-Left";
        let gateway = Gateway::start(&[upstream.addr], route, "").await;
        gateway
            .ask(&GET.replace("Host: a", "Host: a\r\nX-Left: 40s"))
            .await;
        field(&upstream.last(), "x-left")
    };
    check(
        Bug::DeadlineLengthens,
        scene,
        Some("00020000".into()),
        Some("00040000".into()),
    );
}
