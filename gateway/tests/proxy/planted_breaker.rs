//! The scenes of planted bugs of breakers.

use crate::breaker::{behind, given_back, state, turns, wait_due};
use crate::harness::{Gateway, OK, Step, Upstream, status, yaml_with};
use crate::health::page;
use crate::planted::check;
use gateway::planted::Bug;
use std::time::Duration;

const SICK: Step = Step::Answer("HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n");
const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn everybody_is_a_probe() {
    let scene = async |_| {
        let upstream = Upstream::start(&[SICK, Step::Silence]).await;
        let gateway = behind(&[upstream.addr], "min_requests: 1, open_for: 20ms, probes: 1", "").await;
        gateway.get("/").await;
        wait_due(&gateway).await;
        let mut clients = Vec::new();
        for _ in 0..2 {
            let mut client = gateway.connect().await;
            client.send(GET).await;
            clients.push(client);
            upstream.wait_requests(2).await;
        }
        // turned away or with the upstream
        tokio::select! {
            answer = clients[1].answer() => status(&answer).to_owned(),
            () = upstream.wait_requests(3) => "asked".to_owned(),
        }
    };
    check(
        Bug::BreakerProbesIgnored,
        scene,
        "503".to_owned(),
        "asked".to_owned(),
    );
}

#[test]
fn what_is_past_counts() {
    let scene = async |_| {
        let upstream = Upstream::start(&[SICK]).await;
        let keys = ", breaker: { window: 10s, min_requests: 2 }";
        let gateway = Gateway::from_yaml(&yaml_with(&[upstream.addr], keys, "", "")).await;
        gateway.get("/").await;
        // counting begins with it, so that its bucket ends after 1 s, and the one behind the window with 11 s
        tokio::time::pause();
        tokio::time::advance(Duration::from_millis(10_500)).await;
        tokio::time::resume();
        page(&gateway).await["upstreams"][0]["breaker"]["window"]["errors"].as_u64()
    };
    check(Bug::BreakerWindowOffByOne, scene, Some(0), Some(1));
}

#[test]
fn a_probe_is_lost() {
    let scene = async |_| {
        let upstream = Upstream::start(&[SICK, Step::Silence, Step::Answer(OK)]).await;
        let gateway = behind(&[upstream.addr], "min_requests: 1, open_for: 20ms, probes: 1", "").await;
        given_back(&upstream, &gateway).await
    };
    check(
        Bug::BreakerPermitLeaked,
        scene,
        "200".to_owned(),
        "503".to_owned(),
    );
}

/// The state after an upstream has recovered, and how often it was half-open.
async fn recovered() -> (u64, u64) {
    let upstream = Upstream::start(&[SICK, Step::Answer(OK)]).await;
    let gateway = behind(&[upstream.addr], "min_requests: 1, open_for: 20ms, probes: 1", "").await;
    gateway.get("/").await;
    wait_due(&gateway).await;
    assert_eq!(status(&gateway.get("/").await), "200");
    (state(&gateway).await, turns(&gateway, "half_open").await)
}

#[test]
fn good_probes_change_nothing() {
    check(
        Bug::BreakerNeverCloses,
        async |_| recovered().await,
        (0, 1),
        (1, 1),
    );
}

#[test]
fn it_closes_by_itself() {
    check(
        Bug::BreakerHalfOpenSkipped,
        async |_| recovered().await,
        (0, 1),
        (0, 0),
    );
}

#[test]
fn a_clients_fault_is_the_upstreams() {
    let scene = async |_| {
        let missing = &[Step::Answer("HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n")];
        let upstream = Upstream::start(missing).await;
        let gateway = behind(&[upstream.addr], "min_requests: 1", "").await;
        gateway.get("/").await;
        state(&gateway).await
    };
    check(Bug::BreakerCountsClientFaults, scene, 0, 2);
}
