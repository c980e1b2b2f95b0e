//! What passes from one hop to the next: hosts, nominated fields, and no line ending in anything.

use crate::harness::{Gateway, OK, Step, Upstream, field, run, status, yaml};
use crate::recorder::Recorder;

/// The head that arrives for this one.
async fn arrives(start: &str, fields: &str) -> String {
    let (recorder, gateway) = Recorder::behind("", "").await;
    let answer = gateway
        .ask(&format!("{start}\r\n{fields}Connection: close\r\n\r\n"))
        .await;
    assert_eq!(status(&answer), "200", "{start} {fields}");
    recorder.seen()[0].head.clone()
}

#[test]
fn an_absolute_target_replaces_the_host() {
    run(async {
        for (start, line, host) in [
            ("GET http://b.example/x?y HTTP/1.1", "GET /x?y", "b.example"),
            ("GET HTTP://b.example:81 HTTP/1.1", "GET /", "b.example:81"),
            ("GET /x HTTP/1.1", "GET /x", "a"),
            // an HTTP/1.0 client has none, and the upstream's request needs one
            ("GET /x HTTP/1.0", "GET /x", ""),
        ] {
            let host_field = if host.is_empty() { "" } else { "Host: a\r\n" };
            let head = arrives(start, host_field).await;
            assert!(head.starts_with(&format!("{line} HTTP/1.1\r\n")), "{head}");
            assert_eq!(field(&head, "host").as_deref(), Some(host));
            let told = (!host.is_empty()).then_some(host);
            assert_eq!(field(&head, "x-forwarded-host").as_deref(), told);
        }
    });
}

#[test]
fn routes_see_the_host_of_the_target() {
    run(async {
        let recorder = Recorder::start().await;
        let yaml = yaml(&[recorder.addr], "", "").replace("path: /", "host: b");
        let gateway = Gateway::from_yaml(&yaml).await;
        for (target, host, expected) in [
            ("http://b/", "a", "200"),
            ("http://a/", "b", "404"),
            ("/", "b", "200"),
            ("/", "a", "404"),
        ] {
            let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            assert_eq!(status(&gateway.ask(&request).await), expected, "{target} {host}");
        }
    });
}

#[test]
fn nominated_fields_go_first_and_ours_are_added_after() {
    run(async {
        let fields = "Host: a\r\nX-Secret: 1\r\nX-Forwarded-For: 6.6.6.6\r\nCookie: c\r\nKeep: k\r\n\
                      Connection: x-secret, X-Forwarded-For, X-Request-Id, Host, Content-Length\r\n\
                      Connection: cookie\r\nTE: trailers\r\nKeep-Alive: timeout=5\r\nUpgrade: h2c\r\n\
                      Proxy-Authorization: p\r\nProxy-Connection: keep-alive\r\n";
        let head = arrives("GET / HTTP/1.1", fields).await;
        let gone = [
            "x-secret",
            "cookie",
            "connection",
            "te",
            "keep-alive",
            "upgrade",
            "proxy-authorization",
        ];
        for name in gone.iter().chain(&["proxy-connection"]) {
            assert_eq!(field(&head, name), None, "{name} in {head}");
        }
        assert_eq!(field(&head, "host").as_deref(), Some("a"));
        assert_eq!(field(&head, "keep").as_deref(), Some("k"));
        assert_eq!(field(&head, "x-forwarded-for").as_deref(), Some("127.0.0.1"));
        assert!(field(&head, "x-request-id").is_some());
    });
}

#[test]
fn a_nominated_length_frames_the_body_all_the_same() {
    run(async {
        let (recorder, gateway) = Recorder::behind("", "").await;
        let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\
                       Connection: close, Content-Length, Transfer-Encoding\r\n\r\nhello";
        assert_eq!(status(&gateway.ask(request).await), "200");
        assert_eq!(recorder.seen()[0].content, "hello");
    });
}

#[test]
fn too_many_connection_options_are_400() {
    run(async {
        let (recorder, gateway) = Recorder::behind("", "").await;
        for (count, expected) in [(16, "200"), (17, "400"), (1_000, "400")] {
            let options: Vec<_> = (0..count).map(|n| format!("x{n}")).collect();
            let request = format!(
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, {}\r\n\r\n",
                options.join(", ")
            );
            assert_eq!(status(&gateway.ask(&request).await), expected, "{count} options");
        }
        assert_eq!(recorder.seen().len(), 1);
    });
}

#[test]
fn forged_identity_and_hops_are_dropped_in_every_spelling() {
    run(async {
        let forged = [
            "X-User-Id",
            "x-user-id",
            "X_User_Id",
            "x-USER_id",
            "X-Tenant-Id",
            "x_tenant_id",
            "Forwarded",
            "X-Real-IP",
            "x_real_ip",
            "X-Forwarded-For",
            "X_Forwarded_For",
            "X-Forwarded-Prefix",
            "Proxy",
            "proxy",
        ];
        let fields: String = forged
            .iter()
            .map(|name| format!("{name}: forged\r\n{name}: forged\r\n"))
            .collect();
        let head = arrives("GET / HTTP/1.1", &format!("Host: a\r\n{fields}")).await;
        assert!(!head.contains("forged"), "{head}");
    });
}

#[test]
fn no_line_ending_passes() {
    run(async {
        // encoded ones in a path are refused, in a query they stay encoded; raw ones are in `refusals`
        let head = arrives("GET /x?a=%0d%0aX:%20y HTTP/1.1", "Host: a\r\nX-A: %0d%0a\r\n").await;
        assert!(head.starts_with("GET /x?a=%0d%0aX:%20y HTTP/1.1\r\n"), "{head}");
        let (recorder, gateway) = Recorder::behind("", "").await;
        let answer = gateway.get("/x%0d%0aX:%20y").await;
        assert_eq!((status(&answer), recorder.connections()), ("400", 0));
        // nor does one come back
        for bad in [
            "X: y\rSet-Cookie: z",
            "X: y\nSet-Cookie: z",
            "X: y\0z",
            "X: y\r\n folded",
        ] {
            let answer: &'static str =
                Box::leak(format!("HTTP/1.1 200 OK\r\n{bad}\r\nContent-Length: 2\r\n\r\nok").into());
            let steps: &'static [Step] = Box::leak(Box::new([Step::Answer(answer), Step::Answer(OK)]));
            let upstream = Upstream::start(steps).await;
            let gateway = Gateway::start(&[upstream.addr], "", "").await;
            let answer = gateway.get("/").await;
            assert!(
                !answer.contains("z") && status(&answer) == "502",
                "{bad:?}: {answer}"
            );
        }
    });
}
