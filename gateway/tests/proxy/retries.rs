//! What is tried again, and what is not.

use crate::harness::{Gateway, OK, Step, Upstream, body, nowhere, run, status, yaml_with};
use std::net::SocketAddr;

const UNAVAILABLE: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
const POST: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

#[test]
fn no_retries_unless_the_route_asks() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(UNAVAILABLE), Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        assert_eq!(status(&gateway.get("/").await), "503");
        assert_eq!(upstream.requests(), 1);
    });
}

#[test]
fn a_dead_replica_is_passed_over_for_any_method() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let replicas = [nowhere().await, upstream.addr];
        let gateway = Gateway::start(&replicas, ", retries: { max: 1 }", "").await;
        for sent in 1..=6 {
            assert_eq!(status(&gateway.ask(POST).await), "200");
            assert_eq!(upstream.requests(), sent);
        }
        assert_eq!(gateway.metric("tollgate_retries_total{route=\"all\"}").await, 3);
    });
}

#[test]
fn only_idempotent_requests_are_sent_again_after_bytes_were_written() {
    run(async {
        for (extra, request, attempts) in [
            (", retries: { max: 2 }", "GET", 3),
            (", retries: { max: 2 }", "POST", 1),
            (", retries: { max: 2, only_idempotent: false }", "POST", 3),
        ] {
            let upstream = Upstream::start(&[Step::Close]).await;
            let gateway = Gateway::start(&[upstream.addr], extra, "").await;
            let answer = gateway.ask(&POST.replace("POST", request)).await;
            assert_eq!(
                (status(&answer), upstream.requests()),
                ("502", attempts),
                "{request}{extra}"
            );
        }
    });
}

#[test]
fn an_idempotency_key_makes_a_post_repeatable() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(UNAVAILABLE), Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], ", retries: { max: 1 }", "").await;
        let keyed = POST.replace("Host: a", "Host: a\r\nIdempotency-Key: k1");
        assert_eq!(status(&gateway.ask(&keyed).await), "200");
        assert_eq!(upstream.requests(), 2);
    });
}

#[test]
fn a_body_is_never_sent_twice() {
    run(async {
        let upstream = Upstream::start(&[Step::Close, Step::Answer(OK)]).await;
        let gateway = Gateway::start(
            &[upstream.addr],
            ", retries: { max: 3, only_idempotent: false }",
            "",
        )
        .await;
        let put = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
        assert_eq!(status(&gateway.ask(put).await), "502");
        assert_eq!(upstream.requests(), 1);
    });
}

const TIMED_OUT: &str = "tollgate_upstream_timed_out_total{upstream=\"u\"}";
const RETRIES: &str = "tollgate_retries_total{route=\"all\"}";

#[test]
fn a_slow_replica_is_given_up_and_another_answers() {
    run(async {
        let slow = Upstream::start(&[Step::Silence]).await;
        let quick = Upstream::start(&[Step::Answer(OK)]).await;
        let replicas = [slow.addr, quick.addr];
        // so long does no machine stop that the quick one would be given up too
        let gateway = Gateway::start(&replicas, ", retries: { max: 1, try_timeout: 1s }", "").await;
        assert_eq!(status(&gateway.get("/").await), "200");
        slow.wait_closed(1).await;
        assert_eq!((slow.requests(), quick.requests()), (1, 1));
        assert_eq!(
            (gateway.metric(TIMED_OUT).await, gateway.metric(RETRIES).await),
            (1, 1)
        );
        let in_flight = "tollgate_upstream_in_flight{upstream=\"u\"}";
        assert_eq!(gateway.metric(in_flight).await, 0);
    });
}

/// Linux takes one connection more than a backlog of 0 says; the rest is for other kernels.
const WAITING: usize = 4;

/// A listener that does not accept, with so many connections waiting that no more can be made.
fn overrun() -> (socket2::Socket, Vec<socket2::Socket>) {
    let socket =
        || socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    let listener = socket();
    let any: SocketAddr = "127.0.0.1:0".parse().expect("an address");
    listener.bind(&any.into()).expect("a free port");
    listener.listen(0).expect("listening");
    let addr = listener.local_addr().expect("bound");
    let waiting = (0..WAITING).map(|_| {
        let client = socket();
        client.set_nonblocking(true).expect("non-blocking");
        // under way, and perhaps never there
        let _ = client.connect(&addr);
        client
    });
    let waiting = waiting.collect();
    (listener, waiting)
}

#[test]
fn a_replica_that_is_not_even_connected_to_in_time_is_passed_over_for_any_method() {
    run(async {
        let (listener, _waiting) = overrun();
        let hangs = listener
            .local_addr()
            .expect("bound")
            .as_socket()
            .expect("an IP address");
        let quick = Upstream::start(&[Step::Answer(OK)]).await;
        let pool = ", pool: { connect_timeout: 1h }";
        let retries = ", retries: { max: 1, try_timeout: 1s }";
        let yaml = yaml_with(&[hangs, quick.addr], pool, retries, "");
        let gateway = Gateway::from_yaml(&yaml).await;
        let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
        assert_eq!(status(&gateway.ask(post).await), "200");
        assert_eq!(body(&quick.last()), "hi");
        assert_eq!(
            (gateway.metric(TIMED_OUT).await, gateway.metric(RETRIES).await),
            (0, 1)
        );
        let connections = "tollgate_upstream_connections{upstream=\"u\"}";
        assert_eq!(gateway.metric(connections).await, 1);
    });
}

#[test]
fn where_all_are_slow_the_last_attempt_is_answered_504() {
    run(async {
        for (retries, request, attempts) in [
            ("max: 0", "GET / HTTP/1.1\r\n", 1),
            ("max: 2", "GET / HTTP/1.1\r\n", 3),
            ("max: 2", "POST / HTTP/1.1\r\n", 1),
            ("max: 2", "POST / HTTP/1.1\r\nIdempotency-Key: k1\r\n", 3),
            ("max: 2, only_idempotent: false", "POST / HTTP/1.1\r\n", 3),
            // what it has seen of a body is gone
            ("max: 2", "PUT / HTTP/1.1\r\nContent-Length: 2\r\n", 1),
        ] {
            let upstream = Upstream::start(&[Step::Silence]).await;
            let extra = format!(", retries: {{ {retries}, try_timeout: 20ms }}");
            let gateway = Gateway::start(&[upstream.addr], &extra, "").await;
            let body = if request.contains("Length") { "hi" } else { "" };
            let answer = gateway
                .ask(&format!("{request}Host: a\r\nConnection: close\r\n\r\n{body}"))
                .await;
            assert_eq!(status(&answer), "504", "{request}");
            assert!(answer.ends_with("{\"error\":\"upstream_timeout\"}\n"), "{answer}");
            let counted = (gateway.metric(TIMED_OUT).await, gateway.metric(RETRIES).await);
            assert_eq!(counted, (attempts, attempts - 1), "{request}{extra}");
        }
    });
}
