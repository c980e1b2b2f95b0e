//! The operator's pages, over a socket.

use crate::harness::{Client, Gateway, OK, Step, Upstream, body, field, run, status};
use serde_json::{Value, json};

impl Gateway {
    async fn admin(&self, method: &str, path: &str) -> String {
        let mut client = Client::to(self.admin).await;
        let request = format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        client.ask_and_close(&request).await
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.admin("GET", path).await;
        assert_eq!(status(&answer), "200", "{path}: {answer}");
        body(&answer).to_owned()
    }
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

const SEVERAL: &str = "listen: { http: '127.0.0.1:0', admin: '127.0.0.1:0' }
upstreams: { u: { replicas: ['127.0.0.1:1', '127.0.0.1:2'] }, v: { replicas: ['127.0.0.1:3'] } }
routes:
- { name: rest, match: { path: / }, upstream: u }
- { name: deep, match: { path: /a/b }, split: [{ upstream: u, weight: 9 }, { upstream: v, weight: 1 }], override: { header: x-to } }
- { name: shallow, match: { path: /a }, upstream: u, rewrite: { prefix: /b } }
- { name: template, match: { path_template: '/a/{id}' }, redirect: { status: 301, host: b.example } }
- { name: one, match: { path_exact: /a }, upstream: v, retries: { max: 2 } }
- { name: one-post, match: { path_exact: /a, methods: [POST], headers: { x-a: f00d-cafe-1234 } }, respond: { status: 200, body: hello } }
- { name: host, match: { host: api.example, path: / }, upstream: v }
- { name: wild, match: { host: '*.example', path_exact: /a }, upstream: v }
";

#[test]
fn routes_come_in_the_order_in_which_they_take_requests() {
    run(async {
        let gateway = Gateway::from_yaml(SEVERAL).await;
        let text = gateway.page("/routes").await;
        assert!(!text.contains(SECRET), "{text}");
        let page = read(&text);
        assert_eq!(page["version"], 1);
        let mut routes = page["routes"].as_array().expect("a list").iter();
        let to_v = json!({ "upstream": "v", "replicas": ["127.0.0.1:3"] });
        let to_u = json!({ "upstream": "u", "replicas": ["127.0.0.1:1", "127.0.0.1:2"] });
        let redirect =
            json!({ "redirect": { "status": 301, "scheme": null, "host": "b.example", "path": null } });
        let (mut nine, mut one) = (to_u.clone(), to_v.clone());
        (nine["weight"], one["weight"]) = (json!(9), json!(1));
        for (name, config, path_is, action) in [
            ("host", 6, "prefix", to_v.clone()),
            ("wild", 7, "exact", to_v.clone()),
            (
                "one-post",
                5,
                "exact",
                json!({ "respond": { "status": 200, "bytes": 5 } }),
            ),
            ("one", 4, "exact", to_v),
            ("template", 3, "template", redirect),
            (
                "deep",
                1,
                "prefix",
                json!({ "split": [nine, one], "override": "header x-to" }),
            ),
            ("shallow", 2, "prefix", to_u.clone()),
            ("rest", 0, "prefix", to_u),
        ] {
            let route = routes.next().expect("a route");
            assert_eq!(route["name"], name);
            assert_eq!(route["config"], format!("routes[{config}]"), "{name}");
            assert_eq!(
                (&route["path_is"], &route["action"]),
                (&json!(path_is), &action),
                "{name}"
            );
        }
        let find = |name: &str| {
            let all = page["routes"].as_array().expect("a list");
            all.iter()
                .find(|route| route["name"] == name)
                .expect("a route")
                .clone()
        };
        let post = find("one-post");
        assert_eq!(
            (&post["methods"], &post["conditions"]),
            (&json!(["POST"]), &json!(["header x-a"]))
        );
        assert_eq!(post.get("retries_max"), None, "of no upstream");
        assert_eq!(
            (&find("one")["retries_max"], &find("shallow")["rewrite"]),
            (&json!(2), &json!("prefix /b"))
        );
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
fn what_rules_compare_with_and_probes_ask_for_may_be_secret_too() {
    run(async {
        let yaml = format!(
            "listen: {{ http: '127.0.0.1:0', admin: '127.0.0.1:0' }}\n\
             upstreams: {{ u: {{ replicas: ['127.0.0.1:1'], health: {{ path: '/healthz?k={SECRET}', interval: 1h, timeout: 1s }} }} }}\n\
             routes: [{{ name: r, upstream: u, match: {{ path: /, headers: {{ x-verify: {SECRET}, accept: {{ prefix: text/ }} }},\n\
                cookies: {{ c: {{ prefix: {SECRET} }} }}, query: {{ q: {SECRET}, r: {{ present: true }} }} }} }}]\n"
        );
        let gateway = Gateway::from_yaml(&yaml).await;
        let page = gateway.page("/config").await;
        assert!(!page.contains(SECRET), "{page}");
        assert_eq!(page.matches("(masked)").count(), 4, "{page}");
        let upstreams = gateway.page("/upstreams").await;
        assert!(
            !upstreams.contains(SECRET) && upstreams.contains("/healthz?(masked)"),
            "{upstreams}"
        );
        for shown in ["/healthz?", "{ prefix: \"text/\" }", "{ present: true }"] {
            assert!(page.contains(shown), "{shown} in {page}");
        }
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
        let routes = read(&gateway.page("/routes").await);
        assert_eq!(
            (&routes["version"], &routes["routes"][5]["name"]),
            (&json!(2), &json!("deeper"))
        );
    });
}

#[test]
fn what_is_not_there_is_told_what_is() {
    run(async {
        let gateway = Gateway::from_yaml(SEVERAL).await;
        let answer = gateway.admin("GET", "/metricz").await;
        assert_eq!(status(&answer), "404");
        let page = read(body(&answer));
        let pages: Vec<_> = page["pages"].as_array().expect("a list").iter().collect();
        for known in ["/healthz", "/metrics", "/config", "/routes"] {
            assert!(pages.contains(&&Value::from(known)), "{known} in {page}");
        }
        // which changes something
        for known in pages.into_iter().filter(|path| *path != "/config/reload") {
            gateway.page(known.as_str().expect("a path")).await;
        }
        // a process that is more than a gateway is not profiled, and only one build counts allocations
        for path in ["/debug/pprof/profile?seconds=1", "/debug/heap"] {
            if cfg!(feature = "count-alloc") && path == "/debug/heap" {
                let heap = read(&gateway.page(path).await);
                assert!(heap["live_bytes"].is_u64() && heap["frees"].is_u64(), "{heap}");
                continue;
            }
            let answer = gateway.admin("GET", path).await;
            assert_eq!(status(&answer), "404", "{path}");
            assert!(answer.contains("\"hint\":"), "{answer}");
        }
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
        let log = dir.path().join("log");
        let trace = "trace: { endpoint: 'http://127.0.0.1:1' }";
        let top = format!("access_log: {{ path: '{}' }}\n{trace}", log.display());
        let gateway = Gateway::start(
            &["127.0.0.1:1".parse().unwrap()],
            ", mirror: { upstream: u }",
            &top,
        )
        .await;
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
        let page = read(body(&gateway.admin("GET", "/none").await));
        for path in page["pages"].as_array().expect("a list") {
            let heading = format!("## `{}`", path.as_str().expect("a path"));
            assert!(PAGES.contains(&heading), "no {heading}");
        }
    });
}
