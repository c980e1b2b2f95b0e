//! Health by sockets: who fails is left out, who recovers is used again, and nobody is blamed for what others did.
//!
//! Cooldowns and intervals are either so short that they are waited for, or so long that they never end within a test.

use crate::harness::{Client, Gateway, OK, Step, Upstream, body, nowhere, run, status, yaml, yaml_with};
use gateway::Stop;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

const UNAVAILABLE: (&str, &str) = ("503", "{\"error\":\"upstream_unavailable\"}\n");

/// A config of these replicas with `health`; `extra` is more YAML for the route.
fn config(replicas: &[SocketAddr], health: &str, extra: &str) -> String {
    yaml_with(replicas, &format!(", health: {health}"), extra, "")
}

pub(crate) async fn behind(replicas: &[SocketAddr], health: &str, extra: &str) -> Gateway {
    Gateway::from_yaml(&config(replicas, health, extra)).await
}

/// A metric of a replica.
pub(crate) async fn of(gateway: &Gateway, metric: &str, replica: SocketAddr) -> u64 {
    let labels = format!("upstream=\"u\",replica=\"{replica}\"");
    gateway
        .metric(&format!("tollgate_replica_{metric}{{{labels}}}"))
        .await
}

/// Waits until the replica is used, or not.
async fn wait_usable(gateway: &Gateway, replica: SocketAddr, is_usable: bool) {
    while of(gateway, "usable", replica).await != u64::from(is_usable) {
        tokio::task::yield_now().await;
    }
}

/// How many of so many requests were answered with each status, in order of their first.
async fn ask(gateway: &Gateway, count: usize) -> Vec<(String, usize)> {
    let mut seen: Vec<(String, usize)> = Vec::new();
    for _ in 0..count {
        let answer = gateway.get("/").await;
        match seen.iter_mut().find(|(other, _)| other == status(&answer)) {
            Some((_, count)) => *count += 1,
            None => seen.push((status(&answer).to_owned(), 1)),
        }
    }
    seen.sort();
    seen
}

fn counts(expected: &[(&str, usize)]) -> Vec<(String, usize)> {
    expected
        .iter()
        .map(|(status, count)| ((*status).to_owned(), *count))
        .collect()
}

/// The page that an operator looks at.
pub(crate) async fn page(gateway: &Gateway) -> serde_json::Value {
    let mut client = Client::to(gateway.admin).await;
    let page = client
        .ask_and_close("GET /upstreams HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await;
    serde_json::from_str(body(&page)).expect("JSON")
}

#[test]
fn a_dead_replica_costs_its_first_failures_and_no_more() {
    run(async {
        let (dead, good) = (nowhere().await, Upstream::start(&[Step::Answer(OK)]).await);
        let gateway = behind(&[dead, good.addr], "{ passive: { connect_failures: 2 } }", "").await;
        assert_eq!(ask(&gateway, 30).await, counts(&[("200", 28), ("503", 2)]));
        assert_eq!(of(&gateway, "usable", dead).await, 0);
        assert_eq!(of(&gateway, "ejections_total", dead).await, 1);
        assert_eq!(of(&gateway, "ejections_total", good.addr).await, 0);
        assert_eq!(
            gateway.metric("tollgate_upstream_usable{upstream=\"u\"}").await,
            1
        );
        let page = page(&gateway).await;
        let upstream = &page["upstreams"][0];
        assert_eq!(
            (&upstream["usable"], &upstream["watched"]),
            (&1.into(), &true.into())
        );
        let replica = &upstream["replicas"][0];
        assert_eq!(replica["addr"], dead.to_string());
        assert_eq!(
            (&replica["state"], &replica["why"]),
            (&"ejected".into(), &"connect_failures".into())
        );
        assert_eq!(replica["last_failure"]["what"], "could not be connected to");
        let left = replica["returns_in_ms"].as_u64().expect("it returns");
        assert!((1..=11_000).contains(&left), "{replica}");
        assert_eq!(upstream["replicas"][1]["state"], "usable");
    });
}

#[test]
fn who_failed_is_shown_where_nobody_draws_conclusions() {
    run(async {
        let (dead, silent) = (nowhere().await, Upstream::start(&[Step::Silence]).await);
        let sick = Upstream::start(&[Step::Answer("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")]).await;
        let gateway = Gateway::start(&[dead, silent.addr, sick.addr], ", timeout: 50ms", "").await;
        assert_eq!(
            ask(&gateway, 3).await,
            counts(&[("500", 1), ("503", 1), ("504", 1)])
        );
        let page = page(&gateway).await;
        let replicas = &page["upstreams"][0]["replicas"];
        for (place, what) in [
            (0, "could not be connected to"),
            (1, "did not answer in time"),
            (2, "answered 500"),
        ] {
            assert_eq!(replicas[place]["last_failure"]["what"], what, "{page}");
            assert_eq!(replicas[place]["state"], "usable", "{page}");
        }
    });
}

#[test]
fn with_a_retry_no_client_sees_any_of_it() {
    run(async {
        let (dead, good) = (nowhere().await, Upstream::start(&[Step::Answer(OK)]).await);
        let gateway = behind(&[dead, good.addr], "{}", ", retries: { max: 1 }").await;
        assert_eq!(ask(&gateway, 30).await, counts(&[("200", 30)]));
        assert_eq!(of(&gateway, "ejections_total", dead).await, 1);
        assert_eq!(
            gateway
                .metric("tollgate_upstream_not_connected_total{upstream=\"u\"}")
                .await,
            2
        );
    });
}

#[test]
fn a_replica_that_recovers_is_used_again() {
    run(async {
        let sick = Upstream::start(&[Step::Close, Step::Close, Step::Answer(OK)]).await;
        let good = Upstream::start(&[Step::Answer(OK)]).await;
        let health = "{ passive: { errors: 2, cooldown: 300ms } }";
        let gateway = behind(&[sick.addr, good.addr], health, "").await;
        let mut broken = 0;
        while of(&gateway, "ejections_total", sick.addr).await == 0 {
            broken += usize::from(status(&gateway.get("/").await) == "502");
        }
        assert_eq!((broken, sick.requests()), (2, 2));
        wait_usable(&gateway, sick.addr, true).await;
        assert_eq!(
            page(&gateway).await["upstreams"][0]["replicas"][0]["state"],
            "probation"
        );
        assert_eq!(ask(&gateway, 10).await, counts(&[("200", 10)]));
        assert!(sick.requests() >= 4, "{}", sick.requests());
        assert_eq!(
            page(&gateway).await["upstreams"][0]["replicas"][0]["state"],
            "usable"
        );
    });
}

/// A replica with these answers beside a good one, with one strike each; whether it was ejected for the first.
async fn is_ejected(step: Step, extra: &str) -> bool {
    let steps: &'static [Step] = Box::leak(Box::new([step]));
    let (first, good) = (
        Upstream::start(steps).await,
        Upstream::start(&[Step::Answer(OK)]).await,
    );
    let health = "{ passive: { errors: 1, connect_failures: 1, cooldown: 1h, cooldown_max: 1h } }";
    let gateway = behind(&[first.addr, good.addr], health, extra).await;
    for _ in 0..4 {
        gateway.get("/").await;
    }
    let ejected = of(&gateway, "ejections_total", first.addr).await;
    assert_eq!(of(&gateway, "usable", first.addr).await, 1 - ejected);
    assert_eq!(first.requests(), if ejected == 1 { 1 } else { 2 });
    ejected == 1
}

#[test]
fn what_counts_and_what_does_not() {
    run(async {
        const TRUNCATED: &str = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
        for (step, ejected) in [
            (Step::Close, true),
            (Step::Answer("nonsense\r\n\r\n"), true),
            (Step::AnswerAndClose(TRUNCATED), true),
            (Step::Answer("HTTP/1.1 502 X\r\nContent-Length: 0\r\n\r\n"), true),
            (Step::Answer("HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n"), true),
            (Step::Answer("HTTP/1.1 504 X\r\nContent-Length: 0\r\n\r\n"), true),
            (Step::Answer("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"), false),
            (Step::Answer("HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n"), false),
            (Step::Answer("HTTP/1.1 429 X\r\nContent-Length: 0\r\n\r\n"), false),
            (Step::AnswerAndClose(OK), false),
        ] {
            let what = match step {
                Step::Answer(text) | Step::AnswerAndClose(text) => text,
                Step::Close | Step::Silence => "nothing",
            };
            assert_eq!(is_ejected(step, "").await, ejected, "{what:?}");
        }
        assert!(is_ejected(Step::Silence, ", timeout: 100ms").await);
        let in_part = ", timeout: 20s, retries: { max: 1, try_timeout: 100ms }";
        assert!(is_ejected(Step::Silence, in_part).await);
    });
}

#[test]
fn the_configs_own_statuses_count() {
    run(async {
        let first = Upstream::start(&[Step::Answer("HTTP/1.1 418 X\r\nContent-Length: 0\r\n\r\n")]).await;
        let good = Upstream::start(&[Step::Answer(OK)]).await;
        let health = "{ passive: { errors: 1, statuses: [418, 500-599], cooldown: 1h, cooldown_max: 1h } }";
        let gateway = behind(&[first.addr, good.addr], health, "").await;
        assert_eq!(ask(&gateway, 10).await, counts(&[("200", 9), ("418", 1)]));
    });
}

/// Strikes at the first sign, none of which may be seen.
const STRICT: &str = "{ passive: { errors: 1, connect_failures: 1, cooldown: 1h, cooldown_max: 1h } }";

#[test]
fn a_full_upstream_is_no_fault_of_its_replicas() {
    run(async {
        let replicas = [
            Upstream::start(&[Step::Silence]).await,
            Upstream::start(&[Step::Silence]).await,
        ];
        let addrs = replicas.each_ref().map(|replica| replica.addr);
        let full = STRICT.to_owned() + ", pool: { in_flight_max: 1, connections_max: 1 }";
        let gateway = behind(&addrs, &full, "").await;
        let mut holder = gateway.connect().await;
        holder.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        replicas[0].wait_requests(1).await;
        assert_eq!(ask(&gateway, 6).await, counts(&[("503", 6)]));
        let full = gateway
            .metric("tollgate_upstream_full_total{upstream=\"u\"}")
            .await;
        assert_eq!(full, 6);
        for addr in addrs {
            assert_eq!(of(&gateway, "ejections_total", addr).await, 0);
        }
    });
}

#[test]
fn clients_are_no_fault_of_replicas() {
    run(async {
        let replicas = [
            Upstream::start(&[Step::Silence]).await,
            Upstream::start(&[Step::Silence]).await,
        ];
        let addrs = replicas.each_ref().map(|replica| replica.addr);
        let gateway = behind(&addrs, STRICT, ", timeout: 3s, body_max: 20").await;
        // goes away while it is served
        for replica in &replicas {
            let mut client = gateway.connect().await;
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
            replica.wait_requests(1).await;
            drop(client);
            replica.wait_closed(1).await;
        }
        // breaks off its body, breaks its framing, sends more than it may
        let head = "POST / HTTP/1.1\r\nHost: a\r\n";
        for rest in [
            "Content-Length: 10\r\n\r\nhalf",
            "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nnonsense\r\n",
            "Transfer-Encoding: chunked\r\n\r\n1e\r\nabcdefghijklmnopqrstuvwxyz0123\r\n0\r\n\r\n",
        ] {
            let mut client = gateway.connect().await;
            client.send(&format!("{head}{rest}")).await;
            client.0.shutdown().await.expect("shut down");
            client.rest().await;
        }
        // stops in the middle of it until the route's time is over
        let mut slow = gateway.connect().await;
        slow.send(&format!("{head}Content-Length: 10\r\n\r\nhalf")).await;
        assert_eq!(status(&slow.answer().await), "504");
        for addr in addrs {
            assert_eq!(of(&gateway, "ejections_total", addr).await, 0);
        }
    });
}

#[test]
fn at_most_the_share_is_ejected() {
    run(async {
        let mut dead = Vec::new();
        for _ in 0..4 {
            dead.push(Upstream::start(&[Step::Close]).await);
        }
        let addrs: Vec<_> = dead.iter().map(|replica| replica.addr).collect();
        let gateway = behind(&addrs, STRICT, "").await;
        assert_eq!(ask(&gateway, 20).await, counts(&[("502", 20)]));
        assert_eq!(
            gateway.metric("tollgate_upstream_usable{upstream=\"u\"}").await,
            2
        );
        let requests: usize = dead.iter().map(Upstream::requests).sum();
        assert_eq!(requests, 20);
    });
}

/// What a balancer in front of gateways does: it asks their admin listener whether they are ready.
#[test]
fn a_gateway_that_is_stopping_gets_no_requests_of_one_that_probes_its_other_port() {
    run(async {
        let replica = Upstream::start(&[Step::Answer(OK)]).await;
        let back = Gateway::start(&[replica.addr], "", "").await;
        let health = format!(
            "{{ path: /readyz, port: {}, interval: 10ms, unhealthy_after: 1, healthy_after: 1, initially: unhealthy }}",
            back.admin.port()
        );
        let front = behind(&[back.http], &health, "").await;
        wait_usable(&front, back.http, true).await;
        assert_eq!(status(&front.get("/").await), "200");
        back.app.stop_as(Stop {
            lead: Duration::from_secs(3_600),
            ..Stop::default()
        });
        wait_usable(&front, back.http, false).await;
        let answer = front.get("/").await;
        assert_eq!((status(&answer), body(&answer)), UNAVAILABLE);
        assert_eq!(
            status(&back.get("/").await),
            "200",
            "it serves whoever has not noticed yet"
        );
    });
}

#[test]
fn without_a_usable_replica_the_answer_is_503_at_once() {
    run(async {
        let replica = Upstream::start(&[Step::Silence]).await;
        let health = "{ path: /healthz, interval: 1h, initially: unhealthy }";
        let gateway = behind(&[replica.addr], health, "").await;
        for _ in 0..3 {
            let answer = gateway.get("/").await;
            assert_eq!((status(&answer), body(&answer)), UNAVAILABLE);
        }
        let unavailable = "tollgate_upstream_unavailable_total{upstream=\"u\"}";
        assert_eq!(gateway.metric(unavailable).await, 3);
        let page = page(&gateway).await;
        let replica = &page["upstreams"][0]["replicas"][0];
        assert_eq!(
            (&replica["state"], &replica["why"]),
            (&"down".into(), &"probes".into())
        );
        assert!(replica["next_probe_in_ms"].as_u64().is_some(), "{replica}");
    });
}

#[test]
fn probes_take_a_replica_out_and_bring_it_back() {
    run(async {
        const BAD: Step = Step::Answer("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n");
        let replica = Upstream::start(&[Step::Answer(OK), BAD, BAD, BAD, Step::Answer(OK)]).await;
        let health = "{ path: \"/healthz?q=1\", host: shop.internal, interval: 100ms, passive: false }";
        let gateway = behind(&[replica.addr], health, "").await;
        while of(&gateway, "ejections_total", replica.addr).await == 0 {
            tokio::task::yield_now().await;
        }
        let answer = gateway.get("/").await;
        // unless it is back already, which takes two probes
        assert!(matches!(status(&answer), "503" | "200"));
        wait_usable(&gateway, replica.addr, true).await;
        assert_eq!(status(&gateway.get("/").await), "200");
        assert_eq!(of(&gateway, "probes_failed_total", replica.addr).await, 3);
        assert_eq!(of(&gateway, "ejections_total", replica.addr).await, 1);
        let probe = replica.seen.borrow()[0].clone();
        assert!(probe.starts_with("GET /healthz?q=1 HTTP/1.1\r\n"), "{probe}");
        assert!(probe.contains("host: shop.internal\r\n"), "{probe}");
        assert!(probe.contains("user-agent: tollgate-health\r\n"), "{probe}");
        assert!(
            replica.connections.get() >= 6,
            "each probe has its own connection"
        );
        // a query may hold a secret
        assert_eq!(
            page(&gateway).await["upstreams"][0]["probed"],
            "/healthz?(masked)"
        );
    });
}

/// Whether a replica that always does this is taken out by probes that look for `ok`, or stays in for a while.
async fn is_down(step: Step) -> bool {
    let steps: &'static [Step] = Box::leak(Box::new([step]));
    let replica = Upstream::start(steps).await;
    let health = "{ path: /healthz, interval: 200ms, unhealthy_after: 2, status: [200, 299], body: ok }";
    let gateway = behind(&[replica.addr], health, "").await;
    while replica.requests() < 5 && of(&gateway, "usable", replica.addr).await == 1 {
        tokio::task::yield_now().await;
    }
    of(&gateway, "usable", replica.addr).await == 0
}

#[test]
fn what_a_good_answer_to_a_probe_is() {
    run(async {
        let early = "HTTP/1.1 299 X\r\nContent-Length: 9000\r\n\r\nyes, ok, and there is more to come";
        let late: &'static str = Box::leak(
            format!(
                "HTTP/1.1 200 OK\r\nContent-Length: 5002\r\n\r\n{}ok",
                "x".repeat(5_000)
            )
            .into_boxed_str(),
        );
        for (step, down) in [
            (Step::Answer(OK), false),
            (Step::Answer(early), false),
            (
                Step::Answer(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
                ),
                false,
            ),
            (Step::Answer(late), true),
            (
                Step::Answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno"),
                true,
            ),
            (Step::Answer("HTTP/1.1 204 X\r\n\r\n"), true),
            (Step::Answer("nonsense\r\n\r\n"), true),
            (Step::Close, true),
            (Step::Silence, true),
        ] {
            let what = match step {
                Step::Answer(text) | Step::AnswerAndClose(text) => &text[..text.len().min(60)],
                Step::Close => "closes",
                Step::Silence => "says nothing",
            };
            assert_eq!(is_down(step).await, down, "{what:?}");
        }
    });
}

#[test]
fn a_reload_keeps_the_state_and_replaces_the_probers() {
    run(async {
        let dead = nowhere().await;
        let good = Upstream::start(&[Step::Answer(OK)]).await;
        let health =
            |path| format!("{{ path: {path}, interval: 20ms, unhealthy_after: 1, healthy_after: 1 }}");
        let replicas = [dead, good.addr];
        let gateway = behind(&replicas, &health("/old"), "").await;
        wait_usable(&gateway, dead, false).await;
        let apply = |health: &str| gateway.app.apply(config(&replicas, health, "").as_bytes());
        apply(&health("/new")).expect("applied");
        // seen before any probe of the new ones can have ended
        assert_eq!(of(&gateway, "usable", dead).await, 0);
        let of_new = || {
            good.seen
                .borrow()
                .iter()
                .position(|request| request.starts_with("GET /new "))
        };
        while of_new().is_none() {
            tokio::task::yield_now().await;
        }
        let first = of_new().expect("found");
        good.wait_requests(first + 5).await;
        assert!(
            good.seen.borrow()[first..]
                .iter()
                .all(|request| request.starts_with("GET /new "))
        );
        assert_eq!(of(&gateway, "ejections_total", dead).await, 1);
        // nobody watches any more: it is asked like any other
        gateway
            .app
            .apply(yaml(&replicas, "", "").as_bytes())
            .expect("applied");
        assert_eq!(of(&gateway, "usable", dead).await, 1);
        assert_eq!(ask(&gateway, 10).await, counts(&[("200", 5), ("503", 5)]));
    });
}
