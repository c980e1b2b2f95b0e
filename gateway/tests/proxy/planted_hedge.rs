//! Planted bugs of hedges and fallbacks, as in `planted`: the same scene as it should be and with the bug.

use crate::fallbacks::behind;
use crate::harness::{Gateway, OK, Step, Upstream, status};
use crate::hedging::{GET, HALF_A_SECOND, POST, SOON, Told, wait_idle};
use crate::planted::check;
use gateway::planted::Bug;

/// Status of a request to a slow replica and a quick one, and how often each was asked.
async fn beside(extra: &str, request: &str) -> (String, usize, usize) {
    let slow = Upstream::start(&[Step::Silence]).await;
    let quick = Upstream::start(&[Step::Answer(OK)]).await;
    let gateway = Gateway::start(&[slow.addr, quick.addr], extra, "").await;
    let answer = gateway.ask(request).await;
    (status(&answer).to_owned(), slow.requests(), quick.requests())
}

#[test]
fn the_loser_goes_on() {
    let scene = async |planted: bool| {
        let slow = Upstream::start(&[Step::Silence]).await;
        let quick = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[slow.addr, quick.addr], SOON, "").await;
        gateway.get("/").await;
        if !planted {
            wait_idle(&gateway).await;
            slow.wait_closed(1).await;
        }
        gateway
            .metric("tollgate_upstream_in_flight{upstream=\"u\"}")
            .await
    };
    check(Bug::HedgeNotCancelled, scene, 0, 1);
}

#[test]
fn hedges_escape_the_budget() {
    let budget = "budget: { ratio: 0.5, min_per_second: 0, ttl: 30s }";
    let extra = format!(", timeout: 300ms, retries: {{ max: 1, {budget}, hedge: {{ after: 20ms }} }}");
    let scene = async |_| beside(&extra, GET).await;
    check(
        Bug::HedgeOutsideBudget,
        scene,
        ("504".into(), 1, 0),
        ("200".into(), 1, 1),
    );
}

#[test]
fn a_post_is_hedged() {
    let scene = async |_| beside(HALF_A_SECOND, POST).await;
    check(Bug::HedgePost, scene, ("504".into(), 1, 0), ("200".into(), 1, 1));
}

#[test]
fn who_is_slow_is_asked_again() {
    let scene = async |_| beside(HALF_A_SECOND, GET).await;
    check(
        Bug::HedgeSameReplica,
        scene,
        ("200".into(), 1, 1),
        ("504".into(), 2, 0),
    );
}

#[test]
fn a_hedge_does_not_wait() {
    let scene = async |planted: bool| {
        let (one, other) = (Told::start().await, Told::start().await);
        let extra = ", timeout: 25s, retries: { max: 1, hedge: { after: 20s } }";
        let gateway = Gateway::start(&[one.addr, other.addr], extra, "").await;
        let mut client = gateway.connect().await;
        client.send(GET).await;
        while one.asked.get() == 0 || planted && other.asked.get() == 0 {
            tokio::task::yield_now().await;
        }
        one.say(OK);
        client.rest().await;
        other.asked.get()
    };
    check(Bug::HedgeAtOnce, scene, 0, 1);
}

#[test]
fn what_may_be_done_is_sent_to_another_upstream() {
    let scene = async |_| {
        let first = Upstream::start(&[Step::Close]).await;
        let other = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = behind(first.addr, other.addr, "", "").await;
        (status(&gateway.ask(POST).await).to_owned(), other.requests())
    };
    check(Bug::FallbackForPost, scene, ("502".into(), 0), ("200".into(), 1));
}

#[test]
fn a_fallback_is_fallen_back_on_again() {
    let scene = async |_| {
        let (first, other) = (
            Upstream::start(&[Step::Close]).await,
            Upstream::start(&[Step::Close]).await,
        );
        let gateway = behind(first.addr, other.addr, "", "").await;
        gateway.get("/").await;
        (first.requests(), other.requests())
    };
    check(Bug::FallbackTwice, scene, (1, 1), (1, 2));
}
