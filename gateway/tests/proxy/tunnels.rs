//! Nothing is a tunnel that no upstream agreed to: trailing bytes go nowhere, and the admin plane is behind no route.

use crate::harness::{Gateway, Step, Upstream, field, run, status};
use crate::recorder::{Recorder, answers};

#[test]
fn bytes_behind_an_upgrade_are_a_request_or_nothing() {
    run(async {
        let (recorder, gateway) = Recorder::behind("", "").await;
        let upgrade = "GET /1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
        // what stands behind it is read by the rules of HTTP, as if no upgrade had been asked for
        let answer = gateway
            .ask(&format!(
                "{upgrade}GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            ))
            .await;
        assert_eq!(answers(&answer).len(), 2, "{answer}");
        let answer = gateway
            .ask(&format!("{upgrade}\u{1}frames of some protocol"))
            .await;
        let statuses: Vec<_> = answers(&answer).into_iter().map(|(status, _)| status).collect();
        assert_eq!(statuses, ["200", "400"]);
        assert_eq!(recorder.lines(), ["GET /1", "GET /2", "GET /1"]);
        let text = recorder.text().to_lowercase();
        assert!(!text.contains("upgrade") && !text.contains("frames"), "{text}");
    });
}

#[test]
fn a_switch_that_was_not_asked_for_is_502_and_opens_nothing() {
    run(async {
        const SWITCH: &str =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nhello";
        let upstream = Upstream::start(&[Step::Answer(SWITCH)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        let request =
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\nsecret";
        let answer = gateway.ask(request).await;
        assert!(status(&answer) == "502" && !answer.contains("hello"), "{answer}");
        assert!(!upstream.last().contains("secret"));
    });
}

#[test]
fn connect_is_405_and_closes() {
    run(async {
        let (recorder, gateway) = Recorder::behind("", "").await;
        let answer = gateway
            .ask("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n")
            .await;
        let allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
        assert_eq!(field(&answer, "allow").as_deref(), Some(allow));
        let statuses: Vec<_> = answers(&answer).into_iter().map(|(status, _)| status).collect();
        assert_eq!((statuses, recorder.connections()), (vec!["405".to_owned()], 0));
    });
}

#[test]
fn no_route_leads_to_the_admin_plane() {
    run(async {
        let (recorder, gateway) = Recorder::behind("", "").await;
        // its paths are paths like any other on the listener of clients
        for path in ["/metrics", "/routes", "/healthz"] {
            assert_eq!(status(&gateway.get(path).await), "200", "{path}");
        }
        assert_eq!(recorder.lines(), ["GET /metrics", "GET /routes", "GET /healthz"]);
        // and no upstream is
        let yaml = "listen: { http: '127.0.0.1:0', admin: '127.0.0.1:9901' }\n\
                    upstreams: { u: { replicas: ['127.0.0.1:9901'] } }\n\
                    routes: [ { name: all, match: { path: / }, upstream: u } ]\n";
        let errors = gateway::config::load(yaml.as_bytes())
            .expect_err("refused")
            .to_string();
        assert!(
            errors.contains("upstreams.u.replicas[0]") && errors.contains("admin"),
            "{errors}"
        );
    });
}
