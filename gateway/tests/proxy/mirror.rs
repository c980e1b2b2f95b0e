//! Copies of requests: what arrives at the shadow, and that the client feels nothing of it, whatever the shadow does.

use crate::harness::{Client, Gateway, OK, Step, Upstream, body, field, nowhere, run, status};
use crate::recorder::Recorder;
use std::net::SocketAddr;

/// A gateway whose route goes to `primary` and is mirrored to `shadow`, with more keys for the mirror and for the shadow.
pub(crate) async fn mirrored(primary: SocketAddr, shadow: SocketAddr, mirror: &str, keys: &str) -> Gateway {
    Gateway::from_yaml(&format!(
        "listen: {{ http: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\n\
         upstreams: {{ u: {{ replicas: [\"{primary}\"] }}, shadow: {{ replicas: [\"{shadow}\"]{keys} }} }}\n\
         routes: [ {{ name: all, match: {{ path: / }}, upstream: u, mirror: {{ upstream: shadow{mirror} }} }} ]\n"
    ))
    .await
}

/// A metric of the copies: its name behind `mirror_`, and a label if it has one.
pub(crate) async fn metric(gateway: &Gateway, name: &str, label: &str) -> u64 {
    let comma = if label.is_empty() { "" } else { "," };
    let name = format!("tollgate_mirror_{name}_total{{route=\"all\"{comma}{label}}}");
    gateway.metric(&name).await
}

async fn wait_metric(gateway: &Gateway, name: &str, label: &str, least: u64) {
    while metric(gateway, name, label).await < least {
        tokio::task::yield_now().await;
    }
}

const POST: &str = "POST /a?b=1 HTTP/1.1\r\nHost: shop.example\r\nX-Mine: yes\r\nConnection: close\r\n";

#[test]
fn a_copy_is_the_request_with_a_mark() {
    run(async {
        for framed in [
            "Content-Length: 5\r\n\r\nhello",
            "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
            "Content-Length: 0\r\n\r\n",
        ] {
            let (primary, shadow) = (Recorder::start().await, Recorder::start().await);
            let gateway = mirrored(primary.addr, shadow.addr, "", "").await;
            let answer = gateway.ask(&format!("{POST}{framed}")).await;
            assert_eq!(status(&answer), "200");
            shadow.wait_seen(1).await;
            let (original, copy) = (primary.seen().remove(0), shadow.seen().remove(0));
            assert_eq!((copy.line(), &copy.content), (original.line(), &original.content));
            for name in ["host", "x-mine", "x-request-id", "x-forwarded-for"] {
                assert_eq!(field(&copy.head, name), field(&original.head, name), "{name}");
            }
            assert_eq!(field(&copy.head, "x-mirrored").as_deref(), Some("1"));
            assert_eq!(field(&original.head, "x-mirrored"), None);
            wait_metric(&gateway, "size", "result=\"same\"", 1).await;
            assert_eq!(metric(&gateway, "sent", "").await, 1);
            assert_eq!(metric(&gateway, "status", "result=\"same\"").await, 1);
            for upstream in ["u", "shadow"] {
                let answers =
                    format!("tollgate_upstream_answers_total{{upstream=\"{upstream}\",status=\"2xx\"}}");
                assert_eq!(gateway.metric(&answers).await, 1, "each in its own metrics");
            }
            let name = "tollgate_mirror_duration_seconds_count{route=\"all\"}";
            assert_eq!(gateway.metric(name).await, 1);
        }
    });
}

#[test]
fn answers_are_compared_and_the_primarys_is_the_clients() {
    run(async {
        let primary = Upstream::start(&[Step::Answer(OK)]).await;
        let shadow = Upstream::start(&[
            Step::Answer("HTTP/1.1 500 Oh\r\nContent-Length: 5\r\n\r\nother"),
            Step::Answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
        ])
        .await;
        let gateway = mirrored(primary.addr, shadow.addr, "", "").await;
        for count in 1..=2 {
            assert_eq!(body(&gateway.get("/").await), "ok");
            shadow.wait_requests(count).await;
        }
        for result in ["same", "differs"] {
            let label = format!("result=\"{result}\"");
            wait_metric(&gateway, "size", &label, 1).await;
            assert_eq!(metric(&gateway, "status", &label).await, 1);
        }
        assert_eq!(
            shadow.connections.get(),
            1,
            "the shadow's connections are pooled too"
        );
    });
}

#[test]
fn a_dead_shadow_is_not_felt() {
    run(async {
        for shadow in [nowhere().await, Upstream::start(&[Step::Close]).await.addr] {
            let primary = Upstream::start(&[Step::Answer(OK)]).await;
            let gateway = mirrored(primary.addr, shadow, "", "").await;
            for _ in 0..5 {
                assert_eq!(body(&gateway.get("/").await), "ok");
            }
            assert_eq!(primary.requests(), 5);
            let mut lost = 0;
            while lost < 5 {
                lost = metric(&gateway, "lost", "reason=\"not_connected\"").await
                    + metric(&gateway, "lost", "reason=\"broken\"").await;
                tokio::task::yield_now().await;
            }
            assert_eq!(metric(&gateway, "status", "result=\"differs\"").await, 0);
            let name = "tollgate_requests_total{route=\"all\",status=\"2xx\"}";
            assert_eq!(gateway.metric(name).await, 5);
        }
    });
}

#[test]
fn a_shadow_that_hangs_holds_its_own_bound_and_nothing_else() {
    run(async {
        let primary = Upstream::start(&[Step::Answer(OK)]).await;
        let shadow = Upstream::start(&[Step::Silence]).await;
        let gateway = mirrored(primary.addr, shadow.addr, ", in_flight_max: 2, timeout: 1h", "").await;
        for _ in 0..10 {
            assert_eq!(body(&gateway.get("/").await), "ok");
        }
        shadow.wait_requests(2).await;
        assert_eq!(metric(&gateway, "sent", "").await, 2);
        assert_eq!(metric(&gateway, "skipped", "reason=\"in_flight\"").await, 8);
    });
}

#[test]
fn a_copy_is_given_up_in_time() {
    run(async {
        let primary = Upstream::start(&[Step::Answer(OK)]).await;
        let shadow = Upstream::start(&[Step::Silence]).await;
        let gateway = mirrored(primary.addr, shadow.addr, ", in_flight_max: 1, timeout: 20ms", "").await;
        for count in 1..=2 {
            assert_eq!(body(&gateway.get("/").await), "ok");
            wait_metric(&gateway, "lost", "reason=\"timeout\"", count).await;
        }
        shadow.wait_closed(2).await;
    });
}

/// One that says nothing is taken out; one that answered and is slow with its body was in time.
#[test]
fn a_shadow_is_blamed_for_silence_before_its_head_alone() {
    run(async {
        let part: &[Step] = &[Step::Answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok")];
        for (steps, ejections) in [(&[Step::Silence][..], 1), (part, 0)] {
            let primary = Upstream::start(&[Step::Answer(OK)]).await;
            let shadow = Upstream::start(steps).await;
            let keys = ", health: { passive: { errors: 1, cooldown: 1h, cooldown_max: 1h, ejected_max: 1 } }";
            let gateway = mirrored(primary.addr, shadow.addr, ", timeout: 50ms", keys).await;
            assert_eq!(body(&gateway.get("/").await), "ok");
            wait_metric(&gateway, "lost", "reason=\"timeout\"", 1).await;
            let name = format!(
                "tollgate_replica_ejections_total{{upstream=\"shadow\",replica=\"{}\"}}",
                shadow.addr
            );
            assert_eq!(gateway.metric(&name).await, ejections);
        }
    });
}

#[test]
fn the_share_is_exact() {
    run(async {
        let primary = Upstream::start(&[Step::Answer(OK)]).await;
        let shadow = Upstream::start(&[Step::Answer(OK)]).await;
        let more = ", share: 0.1, in_flight_max: 1000";
        let gateway = mirrored(primary.addr, shadow.addr, more, "").await;
        let mut client = gateway.connect().await;
        for _ in 0..1_000 {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
            assert_eq!(body(&client.answer().await), "ok");
        }
        shadow.wait_requests(100).await;
        wait_metric(&gateway, "size", "result=\"same\"", 100).await;
        assert_eq!(metric(&gateway, "sent", "").await, 100);
        assert_eq!((primary.requests(), shadow.requests()), (1_000, 100));
    });
}

#[test]
fn a_body_that_is_too_long_is_not_copied() {
    run(async {
        let (primary, shadow) = (Recorder::start().await, Recorder::start().await);
        let gateway = mirrored(primary.addr, shadow.addr, ", body_max: 4B", "").await;
        let announced = format!("{POST}Content-Length: 5\r\n\r\nhello");
        let chunked = format!("{POST}Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n");
        for request in [announced, chunked] {
            assert_eq!(body(&gateway.ask(&request).await), "POST /a?b=1 5");
        }
        wait_metric(&gateway, "skipped", "reason=\"body\"", 2).await;
        let fits = format!("{POST}Content-Length: 4\r\n\r\nhell");
        assert_eq!(body(&gateway.ask(&fits).await), "POST /a?b=1 4");
        shadow.wait_seen(1).await;
        assert_eq!(shadow.seen()[0].content, "hell");
        assert_eq!(metric(&gateway, "sent", "").await, 1);
    });
}

#[test]
fn a_body_that_breaks_off_is_not_copied() {
    run(async {
        let (primary, shadow) = (Recorder::start().await, Recorder::start().await);
        let gateway = mirrored(primary.addr, shadow.addr, "", "").await;
        let mut client: Client = gateway.connect().await;
        client.send(&format!("{POST}Content-Length: 5\r\n\r\nhel")).await;
        while primary.connections() == 0 {
            tokio::task::yield_now().await;
        }
        drop(client);
        wait_metric(&gateway, "skipped", "reason=\"incomplete\"", 1).await;
        assert_eq!((metric(&gateway, "sent", "").await, shadow.connections()), (0, 0));
    });
}
