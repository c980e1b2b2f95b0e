//! The scenes of planted bugs of adaptive limits.

use crate::harness::{Gateway, OK, Step, Upstream, status};
use crate::overload::{config, falls, fate, grows, hang, in_use};
use crate::planted::check;
use gateway::planted::Bug;

#[test]
fn the_most_important_go_first() {
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let gateway = Gateway::from_yaml(&config(upstream.addr, "min: 10, max: 10", "", "")).await;
        let _held = hang(gateway.http, &upstream, "critical", 6).await;
        let mut fates = Vec::new();
        for class in ["critical", "low"] {
            fates.push(fate(gateway.http, &upstream, class).await);
        }
        fates.join(" ")
    };
    check(
        Bug::ShedHighFirst,
        scene,
        "asked 503".to_owned(),
        "503 asked".to_owned(),
    );
}

#[test]
fn a_slot_is_lost() {
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Close]).await;
        let gateway = Gateway::from_yaml(&config(upstream.addr, "min: 9, max: 9", "", "")).await;
        assert_eq!(status(&gateway.get("/low").await), "502");
        in_use(&gateway).await
    };
    check(Bug::ConcurrencySlotLeaked, scene, 0, 1);
}

#[test]
fn it_does_not_grow() {
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let text = config(upstream.addr, "min: 1, max: 50, start: 1", "", "");
        grows(&Gateway::from_yaml(&text).await, 1).await
    };
    check(Bug::LimitNeverGrows, scene, true, false);
}

#[test]
fn it_does_not_fall() {
    check(Bug::LimitNeverFalls, async |_| falls().await, true, false);
}

#[test]
fn each_worker_has_one() {
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let text = config(upstream.addr, "min: 2, max: 2", "", "");
        let gateway = Gateway::with_workers(&text, 2).await;
        let _held = hang(gateway.workers[0], &upstream, "critical", 2).await;
        fate(gateway.workers[1], &upstream, "critical").await
    };
    check(Bug::LimitPerWorker, scene, "503".to_owned(), "asked".to_owned());
}

#[test]
fn the_least_get_nothing() {
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let gateway = Gateway::from_yaml(&config(upstream.addr, "min: 10, max: 10", "", "")).await;
        let _held = hang(gateway.http, &upstream, "critical", 9).await;
        for _ in 0..19 {
            assert_eq!(status(&gateway.get("/low").await), "503");
        }
        fate(gateway.http, &upstream, "low").await
    };
    check(Bug::StarvedClass, scene, "asked".to_owned(), "503".to_owned());
}
