//! Planted bugs of pools and names, as in `planted`: the same scene as it should be and with the bug.

use crate::harness::{Client, Gateway, OK, Step, Upstream, status};
use crate::names::{FAILURES, REPLICAS, behind, wait_metric};
use crate::planted::{GET, check};
use crate::pooling::pooled;
use gateway::planted::Bug;
use std::time::Duration;

/// Longer than the short times of these scenes and the gateway's look at them.
const LATER: Duration = Duration::from_millis(300);

async fn with_pool(upstream: &Upstream, pool: &str, route: &str) -> Gateway {
    Gateway::from_yaml(&pooled(upstream, pool, route)).await
}

/// Connections that two requests take, one after the other, so much later.
async fn connections(pool: &str, later: Duration) -> usize {
    let upstream = Upstream::start(&[Step::Answer(OK)]).await;
    let gateway = with_pool(&upstream, pool, "").await;
    gateway.get("/").await;
    tokio::time::sleep(later).await;
    gateway.get("/").await;
    upstream.connections.get()
}

#[test]
fn lives_of_connections() {
    let requests = async |_| connections("requests_max: 1", Duration::ZERO).await;
    check(Bug::RequestsMaxIgnored, requests, 2, 1);
    let age = async |_| connections("age_max: 10ms", LATER).await;
    check(Bug::AgeMaxIgnored, age, 2, 1);
    let idle = async |_| connections("idle_timeout: 10ms", LATER).await;
    check(Bug::PoolIdleTimeoutIgnored, idle, 2, 1);
    let idle_max = async |_| connections("idle_max: 0", Duration::ZERO).await;
    check(Bug::IdleMaxIgnored, idle_max, 2, 1);
}

#[test]
fn a_wait_without_end() {
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let pool = "connections_max: 1, pending_max: 1, pending_timeout: 1ms";
        let gateway = with_pool(&upstream, pool, ", timeout: 200ms").await;
        let mut held = gateway.connect().await;
        held.send(GET).await;
        upstream.wait_requests(1).await;
        status(&gateway.get("/").await).to_owned()
    };
    check(Bug::PendingTimeoutIgnored, scene, "503".into(), "504".into());
}

#[test]
fn a_bound_that_is_each_workers() {
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Silence, Step::Answer(OK)]).await;
        let yaml = pooled(&upstream, "connections_max: 1, pending_max: 0", "");
        let gateway = Gateway::with_workers(&yaml, 2).await;
        let mut held = Client::to(gateway.workers[0]).await;
        held.send(GET).await;
        upstream.wait_requests(1).await;
        let answer = Client::to(gateway.workers[1]).await.ask_and_close(GET).await;
        status(&answer).to_owned()
    };
    check(Bug::BoundPerWorker, scene, "503".into(), "200".into());
}

#[test]
fn who_came_last_is_served_first() {
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Silence, Step::Answer(OK)]).await;
        let pool = "connections_max: 1, pending_max: 2, pending_timeout: 20s";
        let gateway = with_pool(&upstream, pool, "").await;
        let mut held = gateway.connect().await;
        held.send(GET).await;
        upstream.wait_requests(1).await;
        let mut waiting = Vec::new();
        for path in ["/first", "/second"] {
            let mut client = gateway.connect().await;
            client.send(&GET.replace("/ ", &format!("{path} "))).await;
            waiting.push(client);
            let pending = "tollgate_upstream_pending{upstream=\"u\"}";
            wait_metric(&gateway, pending, waiting.len() as u64).await;
        }
        drop(held);
        upstream.wait_requests(2).await;
        upstream.last().split(' ').nth(1).map(str::to_owned)
    };
    let path = |path: &str| Some(path.to_owned());
    check(Bug::YoungestFirst, scene, path("/first"), path("/second"));
}

#[test]
fn names_that_are_not_kept_up() {
    let again = async |planted| {
        let (gateway, _) = behind(Some(vec![([127, 0, 0, 1], 9).into()])).await;
        let resolutions = "tollgate_upstream_resolutions_total{upstream=\"u\"}";
        if planted {
            // an answer holds for a second
            tokio::time::sleep(Duration::from_millis(1_500)).await;
        } else {
            wait_metric(&gateway, resolutions, 2).await;
        }
        gateway.metric(resolutions).await > 1
    };
    check(Bug::NameLookedUpOnce, again, true, false);
    let lost = async |planted| {
        let (gateway, answer) = behind(Some(vec![([127, 0, 0, 1], 9).into()])).await;
        *answer.borrow_mut() = None;
        wait_metric(&gateway, FAILURES, 1).await;
        while planted && gateway.metric(REPLICAS).await > 0 {}
        gateway.metric(REPLICAS).await
    };
    check(Bug::NameLost, lost, 1, 0);
}
