//! Chunked bodies that are none: 400, the connection is closed, and the upstream never has a whole request.

use crate::harness::{Gateway, body, run, status, yaml};
use crate::recorder::{Recorder, answers};

const HEAD: &str = "POST /first HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const SMUGGLED: &str = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

/// Each of these as the first chunk and behind a good one; `detail` is a part of what the log says.
async fn check(cases: &[(String, &str)]) {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("log");
    let recorder = Recorder::start().await;
    let top = format!("access_log: {{ path: {} }}", path.display());
    let gateway = Gateway::from_yaml(&yaml(&[recorder.addr], "", &top)).await;
    for (chunk, _) in cases {
        for before in ["", "4\r\ngood\r\n"] {
            let answer = gateway.ask(&format!("{HEAD}{before}{chunk}{SMUGGLED}")).await;
            assert_eq!(answers(&answer).len(), 1, "{chunk:?}: {answer}");
            assert_eq!(
                (status(&answer), body(&answer)),
                ("400", "{\"error\":\"bad_request\"}\n"),
                "{before:?} {chunk:?}"
            );
        }
    }
    recorder.wait_closed(recorder.connections()).await;
    assert_eq!(recorder.lines(), [""; 0], "nothing of it was complete");
    assert!(!recorder.text().contains("smuggled"));
    let refused = cases.len() as u64 * 2;
    let requests = "tollgate_requests_total{route=\"all\",status=\"4xx\"}";
    assert_eq!(gateway.metric(requests).await, refused);
    let closes = "tollgate_client_closes_total{reason=\"refused\"}";
    while gateway.metric(closes).await < refused {}
    gateway.app.stop(std::time::Duration::ZERO);
    gateway.served.await.expect("no panic").expect("no error");
    gateway.app.finish_log();
    let log = std::fs::read_to_string(&path).expect("a log");
    let details = cases.iter().flat_map(|(_, detail)| [detail, detail]);
    assert_eq!(log.lines().count(), refused as usize);
    for (line, detail) in log.lines().zip(details) {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["error"], "bad_request");
        assert!(
            line["detail"].as_str().unwrap_or_default().contains(detail),
            "{line} is not {detail}"
        );
    }
}

#[test]
fn sizes_that_are_none() {
    run(async {
        let sizes = [
            "",
            "g",
            "-1",
            "+5",
            "0x5",
            "5 5",
            " 5",
            "5_0",
            "\u{b}5",
            "0000000000000000005",
            "ffffffffffffffff",
            "10000000000000005",
        ];
        let cases = sizes.map(|size| (format!("{size}\r\nhello\r\n"), "chunk size"));
        check(&cases).await;
    });
}

#[test]
fn lines_and_chunks_that_end_otherwise() {
    run(async {
        let cases = [
            ("5\nhello\r\n".to_owned(), "RFC 9112"),
            ("5\rhello\r\n".to_owned(), "RFC 9112"),
            ("5\r\nhello\n".to_owned(), "does not end in CRLF"),
            ("5\r\nhelloXX".to_owned(), "does not end in CRLF"),
            ("5\r\nhello, and more\r\n".to_owned(), "does not end in CRLF"),
            ("5\r\nhell\r\n".to_owned(), "does not end in CRLF"),
            ("0\n\n".to_owned(), "RFC 9112"),
            ("0\r\n\n".to_owned(), "RFC 9112"),
        ];
        check(&cases).await;
    });
}

#[test]
fn extensions() {
    run(async {
        let extension = "chunk extension";
        let cases = [
            ("5;\r\nhello\r\n".to_owned(), extension),
            ("5;a=\r\nhello\r\n".to_owned(), extension),
            ("5;a\nb\r\nhello\r\n".to_owned(), extension),
            ("5;a=\"b\r\nhello\"\r\n".to_owned(), extension),
            ("5;a\0\r\nhello\r\n".to_owned(), extension),
            (format!("5;a={}\r\nhello\r\n", "x".repeat(5_000)), extension),
            // many small ones are as large as one
            ("1;a=bcdefghijklmnopqrstuvwxyz\r\nx\r\n".repeat(300), extension),
        ];
        check(&cases).await;
    });
}

#[test]
fn trailers() {
    run(async {
        let trailers = "trailers";
        let cases = [
            ("0\r\nX : y\r\n\r\n".to_owned(), "RFC 9112"),
            ("0\r\nX: y\n\r\n".to_owned(), "RFC 9112"),
            ("0\r\nX: y\r\n z\r\n\r\n".to_owned(), "RFC 9112"),
            ("0\r\nnothing\r\n\r\n".to_owned(), "RFC 9112"),
            (format!("0\r\nX: {}\r\n\r\n", "y".repeat(9_000)), trailers),
            (format!("0\r\n{}\r\n", "X: y\r\n".repeat(100)), trailers),
        ];
        check(&cases).await;
    });
}

#[test]
fn good_chunks_arrive_without_extensions_and_trailers() {
    run(async {
        let (recorder, gateway) = Recorder::behind("", "").await;
        let chunked = "5;a=\"b;c\"\r\nhello\r\n06\r\n world\r\n0;last\r\nX: y\r\nContent-MD5: z\r\n\r\n";
        let next = "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let answer = gateway.ask(&format!("{HEAD}{chunked}{next}")).await;
        let ok = |text: &str| ("200".to_owned(), text.to_owned());
        assert_eq!(answers(&answer), [ok("POST /first 11"), ok("GET /next 0")]);
        assert_eq!(recorder.seen()[0].content, "hello world");
        assert!(!recorder.text().contains("X: y") && !recorder.text().contains(";a="));
    });
}
