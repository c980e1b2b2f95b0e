//! The scenes of planted bugs of health.

use crate::harness::{OK, Step, Upstream, nowhere, status};
use crate::health::{behind, of, page};
use crate::planted::check;
use gateway::planted::Bug;

const BAD: Step = Step::Answer("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n");
const UNAVAILABLE: Step = Step::Answer("HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n");

/// How often a replica with these answers was taken out when it has been probed three times.
async fn taken_out(steps: &'static [Step], health: &str) -> u64 {
    let replica = Upstream::start(steps).await;
    let health = format!("{{ path: /healthz, interval: 20ms, passive: false, {health} }}");
    let gateway = behind(&[replica.addr], &health, "").await;
    replica.wait_requests(3).await;
    of(&gateway, "ejections_total", replica.addr).await
}

#[test]
fn one_probe_is_enough_to_go_down() {
    let scene = async |_| taken_out(&[BAD, Step::Answer(OK)], "unhealthy_after: 2").await;
    check(Bug::ProbeThresholdIgnored, scene, 0, 1);
}

#[test]
fn one_probe_is_enough_to_come_up() {
    let scene = async |_| {
        let replica = Upstream::start(&[Step::Answer(OK)]).await;
        let health = "{ path: /healthz, interval: 20ms, initially: unhealthy, healthy_after: 1000 }";
        let gateway = behind(&[replica.addr], health, "").await;
        replica.wait_requests(3).await;
        of(&gateway, "usable", replica.addr).await
    };
    check(Bug::UpTooSoon, scene, 0, 1);
}

#[test]
fn what_a_probe_says_is_not_read() {
    let scene = async |_| taken_out(&[BAD], "unhealthy_after: 1").await;
    check(Bug::ProbeStatusIgnored, scene, 1, 0);
}

#[test]
fn a_probe_waits_for_ever() {
    let scene = async |_| {
        let (silent, good) = (
            Upstream::start(&[Step::Silence]).await,
            Upstream::start(&[Step::Answer(OK)]).await,
        );
        let health = "{ path: /healthz, interval: 20ms, timeout: 10ms }";
        let _gateway = behind(&[silent.addr, good.addr], health, "").await;
        good.wait_requests(20).await;
        silent.connections.get() > 1
    };
    check(Bug::ProbeTimeoutForgotten, scene, true, false);
}

#[test]
fn who_is_down_is_asked() {
    let scene = async |_| {
        let replica = Upstream::start(&[BAD]).await;
        let health = "{ path: /healthz, interval: 20ms, unhealthy_after: 1, passive: false }";
        let gateway = behind(&[replica.addr], health, "").await;
        while of(&gateway, "ejections_total", replica.addr).await == 0 {
            tokio::task::yield_now().await;
        }
        status(&gateway.get("/").await).to_owned()
    };
    check(Bug::DownUsed, scene, "503".to_owned(), "500".to_owned());
}

/// Strikes at the first sign, on whoever it is.
const STRICT: &str =
    "{ passive: { errors: 1, connect_failures: 1, ejected_max: 1, cooldown: 1h, cooldown_max: 1h } }";

#[test]
fn a_full_upstream_is_blamed_on_its_replica() {
    let scene = async |_| {
        let replica = Upstream::start(&[Step::Silence]).await;
        let full = STRICT.to_owned() + ", pool: { in_flight_max: 1 }";
        let gateway = behind(&[replica.addr], &full, "").await;
        let mut holder = gateway.connect().await;
        holder.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        replica.wait_requests(1).await;
        gateway.get("/").await;
        of(&gateway, "ejections_total", replica.addr).await
    };
    check(Bug::OverflowEjects, scene, 0, 1);
}

#[test]
fn a_clients_fault_is_blamed_on_the_replica() {
    let scene = async |_| {
        let missing = &[Step::Answer("HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n")];
        let replica = Upstream::start(missing).await;
        let gateway = behind(&[replica.addr], STRICT, "").await;
        gateway.get("/").await;
        of(&gateway, "ejections_total", replica.addr).await
    };
    check(Bug::ClientFaultEjects, scene, 0, 1);
}

#[test]
fn the_fifth_time_is_as_short_as_the_first() {
    let scene = async |_| {
        let (dead, good) = (nowhere().await, Upstream::start(&[Step::Answer(OK)]).await);
        let health = "{ passive: { connect_failures: 1, cooldown: 100ms, cooldown_max: 1h } }";
        let gateway = behind(&[dead, good.addr], health, "").await;
        while of(&gateway, "ejections_total", dead).await < 5 {
            gateway.get("/").await;
        }
        // 1600 ms are told by then
        let returns = &page(&gateway).await["upstreams"][0]["replicas"][0]["returns_in_ms"];
        returns.as_u64().is_some_and(|ms| ms > 110)
    };
    check(Bug::CooldownNeverGrows, scene, true, false);
}

#[test]
fn good_answers_in_between_change_nothing() {
    let scene = async |_| {
        let steps = &[UNAVAILABLE, Step::Answer(OK), UNAVAILABLE, Step::Answer(OK)];
        let replica = Upstream::start(steps).await;
        let health = "{ passive: { errors: 2, ejected_max: 1, cooldown: 1h, cooldown_max: 1h } }";
        let gateway = behind(&[replica.addr], health, "").await;
        for _ in 0..4 {
            gateway.get("/").await;
        }
        of(&gateway, "ejections_total", replica.addr).await
    };
    check(Bug::ErrorsNeverReset, scene, 0, 1);
}

#[test]
fn nobody_is_asked_in_panic() {
    let scene = async |_| {
        let replica = Upstream::start(&[Step::Answer(OK)]).await;
        let health = "{ path: /healthz, interval: 1h, initially: unhealthy }, panic: true";
        let gateway = behind(&[replica.addr], health, "").await;
        status(&gateway.get("/").await).to_owned()
    };
    check(Bug::PanicIgnored, scene, "200".to_owned(), "503".to_owned());
}
