//! Interim answers and trailers, as they pass.

use crate::harness::{field, run, status};
use crate::upgrades::{accept, behind, read_head};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const HINTS: &str = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nX-Hop: 1\r\nConnection: X-Hop\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn hints_come_before_the_answer_is_there() {
    run(async {
        let (listener, gateway) = behind("").await;
        let mut client = gateway.connect().await;
        client.send(GET).await;
        let (mut upstream, _) = accept(&listener).await;
        for status_line in ["103 Early Hints", "102 Processing"] {
            let hints = HINTS.replace("103 Early Hints", status_line);
            upstream.write_all(hints.as_bytes()).await.expect("written");
            // the answer is not sent before they have come through
            let seen = read_head(&mut client.0).await;
            assert_eq!(status(&seen), &status_line[..3]);
            assert_eq!(field(&seen, "link").as_deref(), Some("</a.css>"));
            assert!(
                field(&seen, "x-hop").is_none() && field(&seen, "connection").is_none(),
                "{seen}"
            );
        }
        upstream.write_all(OK.as_bytes()).await.expect("written");
        assert_eq!(status(&client.answer().await), "200");
    });
}

/// `Expect` is the gateway's own business (RFC 9110 §10.1.1), and HTTP/1.0 knows nothing before an answer.
#[test]
fn what_is_kept_back() {
    run(async {
        let edits = ", headers: { response: { remove: [link] } }";
        let old = GET.replace("1.1", "1.0");
        for (route, request, interim, expected) in [
            ("", GET, "HTTP/1.1 100 Continue\r\n\r\n", ""),
            ("", &*old, HINTS, ""),
            (edits, GET, HINTS, "HTTP/1.1 103 Early Hints\r\n\r\n"),
        ] {
            let (listener, gateway) = behind(route).await;
            let mut client = gateway.connect().await;
            client.send(request).await;
            let (mut upstream, _) = accept(&listener).await;
            upstream
                .write_all(format!("{interim}{OK}").as_bytes())
                .await
                .expect("written");
            if !expected.is_empty() {
                assert_eq!(read_head(&mut client.0).await, expected);
            }
            assert_eq!(status(&client.answer().await), "200", "{interim}");
        }
    });
}

#[test]
fn the_gateway_invites_a_body_and_the_upstream_hears_of_no_expectation() {
    run(async {
        let (listener, gateway) = behind("").await;
        let mut client = gateway.connect().await;
        client
            .send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            .await;
        assert_eq!(read_head(&mut client.0).await, "HTTP/1.1 100 Continue\r\n\r\n");
        client.send("hi").await;
        let (mut upstream, head) = accept(&listener).await;
        assert!(field(&head, "expect").is_none(), "{head}");
        upstream.read_exact(&mut [0; 2]).await.expect("the body");
        // one more that nobody waits for any more
        let answer = format!("HTTP/1.1 100 Continue\r\n\r\n{OK}");
        upstream.write_all(answer.as_bytes()).await.expect("written");
        assert_eq!(status(&client.answer().await), "200");
    });
}

const TRAILED: &str = "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n\
                       2\r\nok\r\n0\r\nX-Sum: 1\r\nSet-Cookie: a=b\r\nX-Gone: 2\r\n\r\n";

/// The head of the request that came up, and all of the answer that came down.
async fn trailed(route: &str, request: &str) -> (String, String) {
    let (listener, gateway) = behind(route).await;
    let mut client = gateway.connect().await;
    client.send(request).await;
    let (mut upstream, head) = accept(&listener).await;
    upstream.write_all(TRAILED.as_bytes()).await.expect("written");
    (head, client.rest().await)
}

#[test]
fn trailers_of_an_answer_reach_who_asks_for_them() {
    run(async {
        let asks = "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: close, TE\r\n\r\n";
        let route = ", trailers: true, headers: { response: { remove: [x-gone] } }";
        let (head, answer) = trailed(route, asks).await;
        assert_eq!(field(&head, "te").as_deref(), Some("trailers"));
        assert_eq!(field(&head, "connection").as_deref(), Some("te"));
        assert_eq!(field(&answer, "trailer").as_deref(), Some("X-Sum"));
        assert!(answer.ends_with("2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"), "{answer}");
        let silent = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let old = "GET / HTTP/1.0\r\nHost: a\r\nTE: trailers\r\n\r\n";
        for (route, request) in [
            (", trailers: true", silent),
            ("", asks),
            (", trailers: true", old),
        ] {
            let (head, answer) = trailed(route, request).await;
            assert!(
                field(&head, "te").is_none() && field(&answer, "trailer").is_none(),
                "{head}{answer}"
            );
            assert!(answer.contains("ok") && !answer.contains("X-Sum: 1"), "{answer}");
        }
    });
}

#[test]
fn trailers_of_a_request_reach_an_upstream_that_may_have_them() {
    run(async {
        let request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\
                       X-Sum: 1\r\nX-User-Id: root\r\nX_User_Id: root\r\nX-Real-IP: 1.2.3.4\r\nCookie: a\r\n\r\n";
        let edits = ", trailers: true, headers: { request: { remove: [x-gone] } }";
        for (route, expected) in [
            (", trailers: true", "2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n"),
            (edits, "2\r\nhi\r\n0\r\n\r\n"),
            ("", "2\r\nhi\r\n0\r\n\r\n"),
        ] {
            let (listener, gateway) = behind(route).await;
            let mut client = gateway.connect().await;
            client.send(request).await;
            let (mut upstream, _) = accept(&listener).await;
            let mut body = Vec::new();
            while !body.ends_with(b"\r\n\r\n") {
                assert_ne!(upstream.read_buf(&mut body).await.expect("a body"), 0);
            }
            assert_eq!(String::from_utf8_lossy(&body), expected, "{route}");
        }
    });
}
