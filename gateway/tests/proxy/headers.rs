//! Edits of header fields on the wire, both ways. What each does by itself is tested beside `forward.rs`.

use crate::harness::{Gateway, Step, Upstream, field, run, status};
use crate::recorder::Recorder;
use std::time::Duration;

#[test]
fn a_request_is_edited_once_and_framed_all_the_same() {
    run(async {
        let edits = ", headers: { request: { allow: [x-a], set: { Host: 'b.example:8080', X-Set: ours }, \
                     add: { X-A: [more, 'and more'] }, remove: [x-forwarded-host] } }";
        let (recorder, gateway) = Recorder::behind(edits, "").await;
        let request = "POST / HTTP/1.1\r\nHost: a\r\nX-A: theirs\r\nX-Set: theirs\r\nX_Set: theirs\r\nCookie: c\r\n\
                       Connection: close, X-B\r\nX-B: b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        assert_eq!(status(&gateway.ask(request).await), "200");
        let seen = recorder.seen();
        assert_eq!((seen.len(), seen[0].content.as_str()), (1, "hello"));
        let mut lines: Vec<_> = seen[0].head.trim_end().split("\r\n").skip(1).collect();
        lines.retain(|line| !line.starts_with("x-request-id: "));
        assert_eq!(
            lines,
            [
                "host: b.example:8080",
                "X-A: theirs",
                "x-forwarded-for: 127.0.0.1",
                "x-forwarded-proto: http",
                "x-set: ours",
                "x-a: more",
                "x-a: and more",
                "transfer-encoding: chunked",
            ]
        );
    });
}

#[test]
fn answers_are_edited_and_our_own_are_made_secure() {
    run(async {
        const ANSWER: &str = "HTTP/1.1 200 OK\r\nServer: theirs\r\nX-Frame-Options: SAMEORIGIN\r\n\
                              Set-Cookie: a=1\r\nContent-Length: 2\r\n\r\nok";
        let upstream = Upstream::start(&[Step::Answer(ANSWER), Step::Close]).await;
        let edits = ", headers: { response: { remove: [Server], set: { Cache-Control: 'max-age=60' }, \
                     add: { Set-Cookie: 'b=2' } }, security: { hsts: true } }";
        let gateway = Gateway::start(&[upstream.addr], edits, "").await;
        let answer = gateway.get("/").await;
        let has = |answer: &str, name: &str| field(answer, name);
        assert_eq!(has(&answer, "server"), None);
        assert_eq!(has(&answer, "cache-control").as_deref(), Some("max-age=60"));
        assert_eq!(has(&answer, "x-frame-options").as_deref(), Some("SAMEORIGIN"));
        assert_eq!(has(&answer, "x-content-type-options").as_deref(), Some("nosniff"));
        assert_eq!(answer.to_lowercase().matches("set-cookie: ").count(), 2);
        // of ours nobody else has said how careful to be, and nothing is said of keeping it
        let own = gateway.get("/").await;
        assert_eq!(status(&own), "502");
        assert_eq!(has(&own, "x-frame-options").as_deref(), Some("DENY"));
        assert_eq!(own.to_lowercase().matches("x-content-type-options: ").count(), 1);
        assert_eq!(
            has(&own, "strict-transport-security").as_deref(),
            Some("max-age=31536000")
        );
        assert_eq!(
            (has(&own, "cache-control"), has(&own, "set-cookie")),
            (None, None)
        );
    });
}

#[test]
fn the_client_in_the_log_is_the_right_most_hop_that_is_not_trusted() {
    run(async {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("log");
        let cases = [
            (
                "127.0.0.1, 10.0.0.0/8",
                "X-Forwarded-For: 6.6.6.6, 1.1.1.1, 10.0.0.2\r\n",
                "1.1.1.1",
            ),
            ("127.0.0.1", "X-Forwarded-For: 6.6.6.6, 10.0.0.2\r\n", "10.0.0.2"),
            (
                "127.0.0.1",
                "X-Forwarded-For: 6.6.6.6\r\nConnection: X-Forwarded-For\r\n",
                "127.0.0.1",
            ),
            ("127.0.0.1", "Forwarded: for=6.6.6.6\r\n", "127.0.0.1"),
            ("10.0.0.0/8", "X-Forwarded-For: 1.1.1.1\r\n", "127.0.0.1"),
        ];
        for (trusted, fields, _) in cases {
            let top = format!(
                "trusted_proxies: [{trusted}]\naccess_log: {{ path: {} }}",
                path.display()
            );
            let (_recorder, gateway) = Recorder::behind("", &top).await;
            let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}Connection: close\r\n\r\n");
            assert_eq!(status(&gateway.ask(&request).await), "200");
            gateway.app.stop(Duration::ZERO);
            gateway.served.await.expect("no panic").expect("no error");
            gateway.app.finish_log();
        }
        let log = std::fs::read_to_string(&path).expect("a log");
        for (line, (_, fields, client)) in log.lines().zip(cases) {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(line["client"].as_str(), Some(client), "{fields}");
        }
        assert_eq!(log.lines().count(), cases.len());
    });
}
