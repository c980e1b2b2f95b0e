//! HTTP/1.1 as such: what is refused, requests in a row, expectations, HEAD. The engine has its own tests; these say
//! what the stub makes of it and what the ledger counts.

use crate::support::{Client, Raw, Stand, with_replica};
use upstream_stub::{Event, pattern};

fn header<'a>(raw: &'a Raw, name: &str) -> &'a str {
    raw.headers.get(name).map_or("", String::as_str)
}

async fn answer(client: &mut Client) -> Raw {
    client.answer(true).await.expect("an answer")
}

/// Sends `bytes`, which are no request, on a connection of their own.
async fn check_refused(stand: &Stand, bytes: &str, status: u16, reason: &str) {
    let mut client = stand.client().await;
    client.write(bytes.as_bytes()).await;
    let raw = answer(&mut client).await;
    let text = String::from_utf8(raw.body.clone()).expect("text");
    assert_eq!(raw.status, status, "{bytes:?}: {text}");
    assert!(text.contains(reason), "{bytes:?}: {text}");
    assert_eq!(header(&raw, "connection"), "close", "{bytes:?}");
    assert_eq!(header(&raw, "x-request-number"), "", "{bytes:?} has no number");
    drop(client);
}

#[test]
fn what_is_no_request_is_refused_and_counted() {
    let long = format!("GET /{} HTTP/1.1\r\nhost: stub\r\n\r\n", "a".repeat(20_000));
    let many = format!("GET / HTTP/1.1\r\nhost: stub\r\n{}\r\n", "a: b\r\n".repeat(200));
    let rows = [
        ("GET / HTTP/1.1\r\nhost stub\r\n\r\n", 400, "field name"),
        ("GET / HTTP/1.1\r\n\r\n", 400, "no Host"),
        ("GET / HTTP/1.1\nhost: stub\n\n", 400, "CRLF"),
        (
            "POST / HTTP/1.1\r\nhost: stub\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
            400,
            "Content-Length beside Transfer-Encoding",
        ),
        (long.as_str(), 414, "too long"),
        (many.as_str(), 431, "too many"),
        (
            "GET / HTTP/1.1\r\nhost: stub\r\nexpect: more\r\n\r\n",
            417,
            "expectation",
        ),
        ("GET / HTTP/3.0\r\nhost: stub\r\n\r\n", 505, "HTTP/1.1"),
    ];
    with_replica("latency=5ms", "", 1, |stand| async move {
        for (bytes, status, reason) in rows {
            check_refused(&stand, bytes, status, reason).await;
        }
        stand.get("/").await.expect("an answer");
        let ledger = stand.replica.ledger().snapshot();
        assert_eq!((ledger.refused, ledger.requests), (rows.len() as u64, 1));
        assert_eq!((ledger.in_flight, ledger.answers.get(&400)), (0, None));
        let events = stand.diary.0.borrow();
        let requests = events
            .iter()
            .filter(|event| matches!(event, Event::Request { .. }));
        assert_eq!(requests.count(), 1, "what is no request is not told of");
        stand.replica.ledger().reset();
        assert_eq!(stand.replica.ledger().snapshot().refused, 0);
    });
}

#[test]
fn a_request_behind_which_nonsense_comes_is_answered_first() {
    with_replica("latency=5ms body=3B", "", 1, |stand| async move {
        let mut client = stand.client().await;
        client
            .write(b"GET / HTTP/1.1\r\nhost: stub\r\n\r\n\x16\x03\x01\x02")
            .await;
        assert_eq!(answer(&mut client).await.status, 200);
        assert_eq!(answer(&mut client).await.status, 400);
        assert!(client.ended().await, "nothing can follow");
        let ledger = stand.replica.ledger().snapshot();
        assert_eq!((ledger.completed, ledger.aborted, ledger.refused), (1, 0, 1));
    });
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    with_replica("normal", "", 1, |stand| async move {
        let mut client = stand.client().await;
        let mut text = String::new();
        // the first takes longest
        for (number, wish) in [(0, "latency=30ms"), (1, "latency=10ms"), (2, "stream=2x5ms")] {
            text += &format!("POST /{number} HTTP/1.1\r\nhost: stub\r\nx-stub: {wish} status=20{number}\r\n");
            text += "content-length: 4\r\n\r\nbody";
        }
        client.write(text.as_bytes()).await;
        for number in 0..3_u16 {
            let raw = answer(&mut client).await;
            assert_eq!(raw.status, 200 + number);
            assert_eq!(header(&raw, "x-request-number"), number.to_string());
            assert_eq!(header(&raw, "x-body-bytes"), "4");
        }
        assert_eq!(stand.now_us(), 45_000, "one after the other");
        let ledger = stand.replica.ledger().snapshot();
        assert_eq!(
            (ledger.completed, ledger.in_flight_max, ledger.upload_bytes),
            (3, 1, 12)
        );
    });
}

#[test]
fn an_upload_that_waits_for_leave_gets_it() {
    with_replica("normal", "", 1, |stand| async move {
        let mut client = stand.client().await;
        let head = |wish: &str| {
            format!(
                "POST / HTTP/1.1\r\nhost: stub\r\nexpect: 100-continue\r\ncontent-length: 5\r\n{wish}\r\n"
            )
        };
        for _ in 0..2 {
            client.write(head("").as_bytes()).await;
            let leave = client.answer(false).await.expect("leave to go on");
            assert_eq!((leave.status, leave.headers.len()), (100, 0));
            client.write(b"hello").await;
            let raw = answer(&mut client).await;
            assert_eq!((raw.status, header(&raw, "x-body-bytes")), (200, "5"));
        }
        // an answer in its place: whether the body follows is anyone's guess, so that nothing can come behind it
        client.write(head("x-stub: down\r\n").as_bytes()).await;
        let raw = answer(&mut client).await;
        assert_eq!((raw.status, header(&raw, "connection")), (400, "close"));
        assert!(client.ended().await);
        assert_eq!(stand.replica.ledger().snapshot().completed, 3);
    });
}

#[test]
fn head_is_answered_like_get_without_the_body() {
    for behaviour in [
        "body=10B",
        "normal",
        "stream=3x10ms",
        "pace=1KiB body=100B",
        "status=204",
        "truncate=1",
    ] {
        with_replica(behaviour, "", 1, |stand| async move {
            let mut client = stand.client().await;
            let mut head = client.request("HEAD", "/", &[], b"").await.expect("an answer");
            assert_eq!(
                stand.now_us(),
                0,
                "{behaviour}: a body that is not sent takes no time"
            );
            let again = client
                .request("HEAD", "/", &[], b"")
                .await
                .expect("still connected");
            assert_eq!(again.status, head.status, "{behaviour}");
            if behaviour != "truncate=1" {
                let mut get = client.request("GET", "/", &[], b"").await.expect("an answer");
                assert!(get.complete, "{behaviour}");
                for raw in [&mut head, &mut get] {
                    raw.headers.retain(|name, _| !name.starts_with("x-"));
                }
                // the engine says of a length only what it knows
                get.headers.remove("transfer-encoding");
                assert_eq!(
                    (head.status, head.headers),
                    (get.status, get.headers),
                    "{behaviour}"
                );
            }
            drop(client);
            assert_eq!(stand.replica.ledger().snapshot().truncated, 0, "{behaviour}");
        });
    }
}

#[test]
fn echoes_of_any_framing_stream_back() {
    with_replica("echo", "", 1, |stand| async move {
        let mut client = stand.client().await;
        let head = "POST / HTTP/1.1\r\nhost: stub\r\ntransfer-encoding: chunked\r\n\r\n";
        client.write(head.as_bytes()).await;
        client.write(b"5\r\nhello\r\n").await;
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        assert_eq!(stand.replica.ledger().snapshot().completed, 0);
        client.write(b"7;a=b\r\n there!\r\n0\r\nx: y\r\n\r\n").await;
        let raw = answer(&mut client).await;
        assert_eq!(header(&raw, "transfer-encoding"), "chunked");
        assert_eq!((raw.body.as_slice(), raw.complete), (&b"hello there!"[..], true));
        // larger than a receive buffer, smaller than what the streams hold: this client sends all before it reads
        let large = pattern::slice(0, u64::MAX).repeat(2);
        let raw = client.request("POST", "/", &[], &large).await.expect("an answer");
        assert!(raw.body == large);
        let ledger = stand.replica.ledger().snapshot();
        assert_eq!((ledger.completed, ledger.in_flight), (2, 0));
    });
}

#[test]
fn a_truncated_echo_sends_half_or_one_piece() {
    for (framing, body, sent) in [
        ("content-length: 10", "0123456789", "01234"),
        ("transfer-encoding: chunked", "4\r\n0123\r\n", "0123"),
    ] {
        with_replica("echo truncate=1", "", 1, |stand| async move {
            let mut client = stand.client().await;
            let text = format!("POST / HTTP/1.1\r\nhost: stub\r\n{framing}\r\n\r\n{body}");
            client.write(text.as_bytes()).await;
            let raw = answer(&mut client).await;
            let got = (std::str::from_utf8(&raw.body), raw.complete);
            assert_eq!(got, (Ok(sent), false), "{framing}");
            let ledger = stand.replica.ledger().snapshot();
            assert_eq!(
                (ledger.truncated, ledger.completed, ledger.aborted),
                (1, 0, 0),
                "{framing}"
            );
        });
    }
}

#[test]
fn an_upload_whose_framing_breaks_is_an_abort() {
    with_replica("normal", "", 1, |stand| async move {
        let mut client = stand.client().await;
        let head = "POST / HTTP/1.1\r\nhost: stub\r\ntransfer-encoding: chunked\r\n\r\n";
        client.write(head.as_bytes()).await;
        client.write(b"zz\r\n").await;
        assert!(client.ended().await);
        let ledger = stand.replica.ledger().snapshot();
        assert_eq!((ledger.requests, ledger.aborted, ledger.refused), (1, 1, 0));
        assert_eq!((ledger.in_flight, ledger.connections_open), (0, 0));
    });
}
