//! What clients see when things are well and when they are not.

use crate::harness::{Gateway, OK, Step, Upstream, body, field, nowhere, run, status};

#[test]
fn a_request_is_forwarded_and_its_answer_returned() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        let answer = gateway.get("/x?y=1").await;
        assert_eq!((status(&answer), body(&answer)), ("200", "ok"));
        let seen = upstream.last();
        assert!(seen.starts_with("GET /x?y=1 HTTP/1.1\r\n"), "{seen}");
        assert_eq!(field(&seen, "host").as_deref(), Some("a"));
        assert_eq!(field(&seen, "x-forwarded-for").as_deref(), Some("127.0.0.1"));
        assert_eq!(field(&seen, "x-forwarded-proto").as_deref(), Some("http"));
        assert_eq!(field(&seen, "connection"), None);
        let id = field(&seen, "x-request-id").expect("an id");
        assert_eq!(id.len(), 32);
        assert_eq!(field(&answer, "x-request-id"), Some(id));
    });
}

#[test]
fn the_upstream_is_spoken_to_in_http_1_1_whatever_the_client_spoke() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        let answer = gateway.ask("GET /old HTTP/1.0\r\nHost: a\r\n\r\n").await;
        assert!(
            answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200"),
            "{answer}"
        );
        assert!(upstream.last().starts_with("GET /old HTTP/1.1\r\n"));
    });
}

/// One failure, its status, and the code in its JSON body.
async fn check(gateway: &Gateway, request: &str, expected: &str, code: &str) {
    let answer = gateway.ask(request).await;
    let json = format!("{{\"error\":\"{code}\"}}\n");
    assert_eq!(
        (status(&answer), body(&answer)),
        (expected, json.as_str()),
        "{request}"
    );
    assert_eq!(
        field(&answer, "content-type").as_deref(),
        Some("application/json")
    );
    assert!(field(&answer, "date").is_some());
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

#[test]
fn an_unreachable_upstream_is_503() {
    run(async {
        let gateway = Gateway::start(&[nowhere().await], "", "").await;
        check(&gateway, GET, "503", "upstream_unavailable").await;
        assert_eq!(
            gateway
                .metric("tollgate_upstream_not_connected_total{upstream=\"u\"}")
                .await,
            1
        );
        assert_eq!(
            gateway
                .metric("tollgate_requests_total{route=\"all\",status=\"5xx\"}")
                .await,
            1
        );
    });
}

#[test]
fn an_upstream_that_hangs_up_or_talks_nonsense_is_502() {
    run(async {
        for step in [
            &[Step::Close] as &'static [Step],
            &[Step::Answer("nonsense\r\n\r\n")],
        ] {
            let upstream = Upstream::start(step).await;
            let gateway = Gateway::start(&[upstream.addr], "", "").await;
            check(&gateway, GET, "502", "bad_gateway").await;
            assert_eq!(upstream.requests(), 1);
        }
    });
}

#[test]
fn a_silent_upstream_is_504_and_is_let_go() {
    run(async {
        let upstream = Upstream::start(&[Step::Silence]).await;
        let gateway = Gateway::start(&[upstream.addr], ", timeout: 20ms", "").await;
        check(&gateway, GET, "504", "upstream_timeout").await;
        upstream.wait_closed(1).await;
    });
}

#[test]
fn a_path_without_a_route_is_404_and_keeps_the_connection() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let yaml = crate::harness::yaml(&[upstream.addr], "", "").replace("path: /", "path: /only");
        let gateway = Gateway::from_yaml(&yaml).await;
        check(&gateway, GET, "404", "no_route").await;
        let mut client = gateway.connect().await;
        client
            .send("GET /other HTTP/1.1\r\nHost: a\r\n\r\nGET /only HTTP/1.1\r\nHost: a\r\n\r\n")
            .await;
        assert_eq!(status(&client.answer().await), "404");
        assert_eq!(status(&client.answer().await), "200");
        assert_eq!(
            gateway
                .metric("tollgate_requests_total{route=\"(none)\",status=\"4xx\"}")
                .await,
            2
        );
    });
}

#[test]
fn a_refused_head_has_no_body_and_counts_as_answered() {
    run(async {
        let gateway = Gateway::start(&[nowhere().await], "", "").await;
        let answer = gateway
            .ask("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            .await;
        assert_eq!((status(&answer), body(&answer)), ("503", ""));
        assert_eq!(field(&answer, "content-length").as_deref(), Some("33"));
        assert_eq!(
            gateway
                .metric("tollgate_requests_aborted_total{route=\"all\"}")
                .await,
            0
        );
    });
}

#[test]
fn malformed_requests_are_400_and_close() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        for request in [
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
            "GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /%2e%2e/b HTTP/1.1\r\nHost: a\r\n\r\n",
        ] {
            // no `Connection: close` was asked for: the gateway closes by itself, or this would hang
            check(&gateway, request, "400", "bad_request").await;
        }
        let connect = gateway.ask("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n").await;
        assert_eq!(status(&connect), "405");
        assert_eq!(upstream.requests(), 0);
    });
}
