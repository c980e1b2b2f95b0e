//! The operator's pages, over a socket.

use crate::harness::{Client, Gateway, OK, Step, Upstream, body, field, run, status};
use serde_json::Value;
use tokio::net::TcpStream;

impl Gateway {
    async fn admin(&self, method: &str, path: &str) -> String {
        let mut client = Client(TcpStream::connect(self.admin).await.expect("admin accepts"));
        let request = format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        client.ask_and_close(&request).await
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.admin("GET", path).await;
        assert_eq!(status(&answer), "200", "{path}: {answer}");
        body(&answer).to_owned()
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

const SEVERAL: &str = "listen: { http: '127.0.0.1:0', admin: '127.0.0.1:0' }\n\
    upstreams: { u: { replicas: ['127.0.0.1:1', '127.0.0.1:2'] }, v: { replicas: ['127.0.0.1:3'] } }\n\
    routes:\n\
    - { name: rest, match: { path: / }, upstream: u }\n\
    - { name: deep, match: { path: /a/b }, upstream: u }\n\
    - { name: shallow, match: { path: /a }, upstream: u }\n\
    - { name: one, match: { path_exact: /a }, upstream: v, retries: { max: 2 } }\n\
    - { name: host, match: { host: api.example, path: / }, upstream: v }\n";

#[test]
fn routes_come_in_the_order_in_which_they_take_requests() {
    run(async {
        let gateway = Gateway::from_yaml(SEVERAL).await;
        let page = json(&gateway.page("/routes").await);
        assert_eq!(page["version"], 1);
        let routes = page["routes"].as_array().expect("a list");
        let order: Vec<_> = routes
            .iter()
            .map(|route| (route["name"].as_str().unwrap(), route["config"].as_str().unwrap()))
            .collect();
        let expected = [
            ("host", "routes[4]"),
            ("one", "routes[3]"),
            ("deep", "routes[1]"),
            ("shallow", "routes[2]"),
            ("rest", "routes[0]"),
        ];
        assert_eq!(order, expected);
        let one = &routes[1];
        assert_eq!(
            (&one["upstream"], &one["retries_max"]),
            (&json("\"v\""), &json("2"))
        );
        assert_eq!(one["replicas"], json("[\"127.0.0.1:3\"]"));
    });
}

const SECRET: &str = "f00d-cafe-1234";

#[test]
fn the_config_in_force_is_shown_without_its_secrets() {
    run(async {
        let headers = format!(
            ", headers: {{ \
               request: {{ set: {{ Authorization: 'Bearer {SECRET}', Host: up.example, X_Api_Key: {SECRET} }}, \
                           add: {{ Cookie: ['a={SECRET}', 'b={SECRET}'], X-Origin-Verify: {SECRET}, Accept: text/html }} }}, \
               response: {{ set: {{ Set-Cookie: 's={SECRET}', X-Served-By: tollgate }} }} }}"
        );
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], &headers, "").await;
        let page = gateway.page("/config").await;
        assert!(!page.contains(SECRET), "{page}");
        assert_eq!(page.matches("(masked)").count(), 6, "{page}");
        for shown in [
            "up.example",
            "text/html",
            "tollgate",
            "idle_max: 64",
            "# version 1",
        ] {
            assert!(page.contains(shown), "{shown} in {page}");
        }
        // and upstreams get what is masked
        gateway.get("/").await;
        assert_eq!(upstream.last().matches(SECRET).count(), 5, "{}", upstream.last());
        // what is shown is a config, but for its masks
        let again =
            gateway::config::load(page.as_bytes()).unwrap_or_else(|errors| panic!("{errors}\n{page}"));
        assert_eq!(format!("{again:#}"), page.split_once('\n').expect("a comment").1);
    });
}

#[test]
fn pages_follow_a_reload() {
    run(async {
        let gateway = Gateway::from_yaml(SEVERAL).await;
        let changed = SEVERAL.replace("name: deep", "name: deeper");
        assert_eq!(gateway.app.apply(changed.as_bytes()).expect("valid"), 2);
        let config = gateway.page("/config").await;
        assert!(
            config.starts_with("# version 2,") && config.contains("deeper"),
            "{config}"
        );
        let routes = json(&gateway.page("/routes").await);
        assert_eq!(
            (&routes["version"], &routes["routes"][2]["name"]),
            (&json("2"), &json("\"deeper\""))
        );
    });
}

#[test]
fn what_is_not_there_is_told_what_is() {
    run(async {
        let gateway = Gateway::from_yaml(SEVERAL).await;
        let answer = gateway.admin("GET", "/metricz").await;
        assert_eq!(status(&answer), "404");
        let page = json(body(&answer));
        let pages: Vec<_> = page["pages"].as_array().expect("a list").iter().collect();
        for known in ["/healthz", "/metrics", "/config", "/routes"] {
            assert!(pages.contains(&&Value::from(known)), "{known} in {page}");
        }
        for known in pages {
            gateway.page(known.as_str().expect("a path")).await;
        }
        // a process that is more than a gateway is not profiled
        let answer = gateway.admin("GET", "/debug/pprof/profile?seconds=1").await;
        assert_eq!(status(&answer), "404");
        assert!(answer.contains("\"hint\":"), "{answer}");
    });
}

#[test]
fn pages_are_read_and_not_written() {
    run(async {
        let gateway = Gateway::from_yaml(SEVERAL).await;
        for path in ["/healthz", "/metrics", "/config", "/routes", "/none"] {
            let answer = gateway.admin("POST", path).await;
            let allow = field(&answer, "allow");
            assert_eq!(
                (status(&answer), allow.as_deref()),
                ("405", Some("GET, HEAD")),
                "{path}"
            );
        }
        for (path, content_type) in [
            ("/healthz?x=1", "application/json"),
            ("/config", "application/yaml"),
            (
                "/metrics",
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
            ),
        ] {
            let (head, get) = (
                gateway.admin("HEAD", path).await,
                gateway.admin("GET", path).await,
            );
            assert_eq!(body(&head), "", "{path}");
            assert_eq!(
                field(&head, "content-length"),
                field(&get, "content-length"),
                "{path}"
            );
            assert_eq!(
                field(&get, "content-type").as_deref(),
                Some(content_type),
                "{path}"
            );
        }
    });
}

/// The series that a metrics page has: names and labels, without values.
fn series(page: &str) -> Vec<&str> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.rsplit_once(' ')?.0)).collect()
}

#[test]
fn no_request_makes_a_series_of_its_own() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        let before = gateway.page("/metrics").await;
        for n in 0..20 {
            gateway.get(&format!("/path{n}?query={n}")).await;
            let strange =
                format!("M{n} /x HTTP/1.1\r\nHost: h{n}\r\nUser-Agent: u{n}\r\nConnection: close\r\n\r\n");
            gateway.ask(&strange).await;
        }
        gateway.ask("GET /../x HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let after = gateway.page("/metrics").await;
        assert_ne!(before, after, "requests are counted");
        assert_eq!(series(&before), series(&after));
        // of one route and the one for none, of one upstream
        let routes = series(&after)
            .into_iter()
            .filter(|series| series.starts_with("tollgate_requests_total"));
        assert_eq!(routes.count(), 2 * 5);
    });
}

const PAGES: &str = include_str!("../../../docs/admin.md");

#[test]
fn every_metric_and_every_page_is_documented() {
    run(async {
        let dir = tempfile::tempdir().expect("a directory");
        let top = format!("access_log: {{ path: '{}' }}", dir.path().join("log").display());
        let gateway = Gateway::start(&["127.0.0.1:1".parse().unwrap()], "", &top).await;
        let metrics = gateway.page("/metrics").await;
        let mut types = 0;
        for line in metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
            let (name, kind) = line.split_once(' ').expect("a name and a type");
            types += 1;
            let documented = match kind {
                "counter" => format!("| `{name}_total` | counter |"),
                _ => format!("| `{name}` | {kind} |"),
            };
            assert!(
                PAGES.contains(&documented),
                "no row that begins with {documented}"
            );
        }
        assert!(types > 20, "{metrics}");
        let page = json(body(&gateway.admin("GET", "/none").await));
        for path in page["pages"].as_array().expect("a list") {
            let heading = format!("## `{}`", path.as_str().expect("a path"));
            assert!(PAGES.contains(&heading), "no {heading}");
        }
    });
}
