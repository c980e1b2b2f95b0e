//! Which route takes a request, and what each action of a route does, as clients and upstreams see it.

use crate::harness::{Gateway, OK, Step, Upstream, body, field, run, status};

/// Two upstreams, `a` and `b`, and routes; every answer of theirs is 200.
struct Two {
    gateway: Gateway,
    a: Upstream,
    b: Upstream,
}

impl Two {
    async fn start(routes: &str) -> Two {
        let a = Upstream::start(&[Step::Answer(OK)]).await;
        let b = Upstream::start(&[Step::Answer(OK)]).await;
        let yaml = format!(
            "listen: {{ http: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\ntrusted_proxies: []\n\
             upstreams: {{ a: {{ replicas: [\"{}\"] }}, b: {{ replicas: [\"{}\"] }} }}\nroutes:\n{routes}\n",
            a.addr, b.addr
        );
        let gateway = Gateway::from_yaml(&yaml).await;
        Two { gateway, a, b }
    }

    /// The answer to a request of this start line and these fields.
    async fn ask(&self, start: &str, fields: &str) -> String {
        let host = if fields.contains("Host:") {
            ""
        } else {
            "Host: h\r\n"
        };
        let request = format!("{start} HTTP/1.1\r\n{host}{fields}Connection: close\r\n\r\n");
        self.gateway.ask(&request).await
    }

    /// Which upstream a request went to, or which status it got without one.
    async fn taken(&self, start: &str, fields: &str) -> String {
        let before = (self.a.requests(), self.b.requests());
        let answer = self.ask(start, fields).await;
        match (self.a.requests() - before.0, self.b.requests() - before.1) {
            (1, 0) => "a".to_owned(),
            (0, 1) => "b".to_owned(),
            (0, 0) => status(&answer).to_owned(),
            more => panic!("{start} was sent {more:?} times"),
        }
    }

    async fn check(&self, rows: &[(&str, &str, &str)]) {
        for (start, fields, expected) in rows {
            assert_eq!(self.taken(start, fields).await, *expected, "{start} {fields:?}");
        }
    }
}

#[test]
fn hosts_and_paths_by_how_specific_they_are() {
    run(async {
        let two = Two::start(
            "  - { name: wild, match: { host: \"*.shop.com\" }, upstream: a }
  - { name: own, match: { host: api.shop.com, path_template: \"/users/{id}\" }, upstream: b }
  - { name: exact, match: { host: api.shop.com, path_exact: /users/me }, upstream: a }",
        )
        .await;
        two.check(&[
            ("GET /x", "Host: eu.Shop.com:80\r\n", "a"),
            ("GET /x", "Host: a.b.shop.com\r\n", "a"),
            ("GET /x", "Host: shop.com\r\n", "404"),
            ("GET /x", "Host: evilshop.com\r\n", "404"),
            ("GET /users/7", "Host: api.shop.com\r\n", "b"),
            ("GET /users/%37", "Host: api.shop.com\r\n", "b"),
            ("GET /users/me", "Host: api.shop.com\r\n", "a"),
            ("GET /users/7/x", "Host: api.shop.com\r\n", "a"),
            ("GET http://api.shop.com/users/7", "Host: other.org\r\n", "b"),
            ("GET /users/..%2f7", "Host: api.shop.com\r\n", "400"),
        ])
        .await;
    });
}

#[test]
fn conditions_on_method_headers_cookies_and_query() {
    run(async {
        let two = Two::start(
            "  - { name: plain, match: { path: / }, upstream: a }
  - { name: method, match: { path: /m, methods: [POST, PURGE] }, upstream: b }
  - { name: header, match: { path: /h, headers: { X-Tenant: acme } }, upstream: b }
  - { name: prefix, match: { path: /p, headers: { x-v: { prefix: v2. } } }, upstream: b }
  - { name: absent, match: { path: /n, headers: { authorization: { present: false } } }, upstream: b }
  - { name: cookie, match: { path: /c, cookies: { beta: \"1\" } }, upstream: b }
  - { name: query, match: { path: /q, query: { v: \"2 0\" } }, upstream: b }
  - { name: all, match: { path: /x, methods: [GET], headers: { k: v }, query: { q: { present: true } } }, upstream: b }",
        )
        .await;
        two.check(&[
            ("POST /m", "Content-Length: 0\r\n", "b"),
            ("PURGE /m", "", "b"),
            ("GET /m", "", "a"),
            ("GET /h", "x-tenant: acme\r\n", "b"),
            ("GET /h", "x-tenant: Acme\r\n", "a"),
            ("GET /h", "x-tenant: acme\r\nx-tenant: b\r\n", "a"),
            ("GET /p", "X-V: v2.7\r\n", "b"),
            ("GET /p", "X-V: v20\r\n", "a"),
            ("GET /n", "", "b"),
            ("GET /n", "Authorization: x\r\n", "a"),
            ("GET /c", "Cookie: a=b; beta=1\r\n", "b"),
            ("GET /c", "Cookie: a=b; beta=12\r\n", "a"),
            ("GET /q?v=2+0", "", "b"),
            ("GET /q?u=1&v=2%200", "", "b"),
            ("GET /q?v=1&v=2+0", "", "a"),
            ("GET /x?q", "K: v\r\n", "b"),
            ("GET /x", "K: v\r\n", "a"),
            ("HEAD /x?q", "K: v\r\n", "a"),
        ])
        .await;
    });
}

#[test]
fn a_method_that_no_route_takes_is_405_with_those_that_are_taken() {
    run(async {
        let two = Two::start(
            "  - { name: read, match: { path: /x, methods: [GET, HEAD] }, upstream: a }
  - { name: write, match: { path_exact: /x/y, methods: [PUT] }, upstream: b }
  - { name: secret, match: { path: /x, methods: [PATCH], headers: { k: v } }, upstream: b }",
        )
        .await;
        let answer = two.ask("DELETE /x/y", "").await;
        assert_eq!(status(&answer), "405");
        assert_eq!(field(&answer, "allow").as_deref(), Some("GET, HEAD, PUT"));
        assert_eq!(body(&answer), "{\"error\":\"method_not_allowed\"}\n");
        let answer = two.ask("DELETE /x", "k: v\r\n").await;
        assert_eq!(field(&answer, "allow").as_deref(), Some("GET, HEAD, PATCH"));
        two.check(&[
            ("GET /x/y", "", "a"),
            ("PUT /x/y", "Content-Length: 0\r\n", "b"),
            ("PATCH /x", "Content-Length: 0\r\n", "405"),
            ("PATCH /x", "k: v\r\nContent-Length: 0\r\n", "b"),
            ("GET /y", "", "404"),
            ("get /x", "", "400"),
        ])
        .await;
        // the request was understood: the connection goes on
        let mut client = two.gateway.connect().await;
        client
            .send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /x HTTP/1.1\r\nHost: a\r\n\r\n")
            .await;
        assert_eq!(status(&client.answer().await), "405");
        assert_eq!(status(&client.answer().await), "200");
        let counted = "tollgate_requests_total{route=\"(none)\",status=\"4xx\"}";
        assert_eq!(two.gateway.metric(counted).await, 6);
    });
}

#[test]
fn a_split_gives_each_upstream_its_share_and_a_client_may_choose() {
    const ASKED: usize = 200;
    run(async {
        let two = Two::start(
            "  - { name: canary, match: { path: / }, split: [{ upstream: a, weight: 3 }, { upstream: b, weight: 1 }], override: { header: x-canary } }
  - { name: dark, match: { path: /dark }, split: [{ upstream: a, weight: 1 }, { upstream: b, weight: 0 }], override: { cookie: canary } }",
        )
        .await;
        let mut client = two.gateway.connect().await;
        for _ in 0..ASKED {
            client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
            assert_eq!(status(&client.answer().await), "200");
        }
        assert_eq!(two.a.requests() + two.b.requests(), ASKED);
        // the seed is fixed, and so is what it draws; five deviations are 31
        assert!((20..=80).contains(&two.b.requests()), "{}", two.b.requests());
        two.check(&[
            ("GET /", "X-Canary: b\r\n", "b"),
            ("GET /", "X-Canary: a\r\n", "a"),
            ("GET /dark", "", "a"),
            ("GET /dark", "X-Canary: b\r\n", "a"),
            ("GET /dark", "Cookie: canary=b\r\n", "b"),
            ("GET /dark", "Cookie: canary=c\r\n", "a"),
        ])
        .await;
    });
}

#[test]
fn redirects_keep_what_they_do_not_replace() {
    run(async {
        let two = Two::start(
            "  - { name: tls, match: { host: a.com }, redirect: { scheme: https, status: 301 } }
  - { name: moved, match: { path_template: \"/old/{id}\" }, redirect: { path: \"/new/{id}\", status: 308 } }
  - { name: away, match: { path: /away }, redirect: { host: \"b.com:81\", prefix: /here } }",
        )
        .await;
        for (start, fields, code, location) in [
            ("GET /x?y=1", "Host: a.com:8080\r\n", "301", "https://a.com/x?y=1"),
            ("POST /old/7?y", "Content-Length: 0\r\n", "308", "/new/7?y"),
            ("GET /old/%3Fa", "", "308", "/new/%3Fa"),
            ("GET /away/b?", "", "302", "//b.com:81/here/b?"),
            ("HEAD /away", "", "302", "//b.com:81/here"),
        ] {
            let answer = two.ask(start, fields).await;
            assert_eq!(status(&answer), code, "{answer}");
            assert_eq!(field(&answer, "location").as_deref(), Some(location));
            assert_eq!(field(&answer, "content-length").as_deref(), Some("0"));
            assert!(field(&answer, "date").is_some() && field(&answer, "x-request-id").is_some());
        }
        // a scheme needs a host, and HTTP/1.0 may come without one
        let rules = "  - { name: tls, match: { path: / }, redirect: { scheme: https } }";
        let answer = Two::start(rules)
            .await
            .gateway
            .ask("GET / HTTP/1.0\r\n\r\n")
            .await;
        assert_eq!(status(&answer), "400");
        assert_eq!(two.a.requests() + two.b.requests(), 0);
        // whatever is asked for, a path alone never becomes a host
        two.check(&[("GET /old//evil.com", "", "400"), ("GET //evil.com", "", "400")])
            .await;
    });
}

#[test]
fn fixed_answers_need_no_upstream_and_keep_the_connection() {
    run(async {
        let two = Two::start(
            "  - { name: robots, match: { path_exact: /robots.txt }, respond: { status: 200, body: \"User-agent: *\\n\" } }
  - { name: gone, match: { path: /gone }, respond: { status: 410 }, request_id: false }
  - { name: json, match: { path: /j }, respond: { status: 503, body: \"{}\", content_type: application/json } }
  - { name: empty, match: { path: /e }, respond: { status: 204 } }
  - { name: bounded, match: { path: /b }, respond: { status: 200 }, body_max: 2 }",
        )
        .await;
        let mut client = two.gateway.connect().await;
        for (request, code, expected) in [
            (
                "GET /robots.txt HTTP/1.1\r\nHost: h\r\n\r\n",
                "200",
                "User-agent: *\n",
            ),
            ("GET /gone/x HTTP/1.1\r\nHost: h\r\n\r\n", "410", ""),
            (
                "POST /j HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nabcd",
                "503",
                "{}",
            ),
            ("GET /e HTTP/1.1\r\nHost: h\r\n\r\n", "204", ""),
            ("GET /e HTTP/1.1\r\nHost: h\r\n\r\n", "204", ""),
        ] {
            client.send(request).await;
            let answer = client.answer().await;
            assert_eq!((status(&answer), body(&answer)), (code, expected), "{answer}");
            let id = field(&answer, "x-request-id");
            assert_eq!(id.is_some(), !request.contains("/gone"), "{answer}");
            assert_eq!(
                field(&answer, "content-length").is_some(),
                code != "204",
                "{answer}"
            );
        }
        let answer = two.ask("HEAD /robots.txt", "").await;
        assert_eq!((status(&answer), body(&answer)), ("200", ""));
        assert_eq!(field(&answer, "content-length").as_deref(), Some("14"));
        assert_eq!(
            field(&answer, "content-type").as_deref(),
            Some("text/plain; charset=utf-8")
        );
        two.check(&[
            ("POST /b", "Content-Length: 3\r\n", "413"),
            ("HEAD /e", "", "204"),
        ])
        .await;
        let counted = "tollgate_requests_total{route=\"empty\",status=\"2xx\"}";
        assert_eq!(two.gateway.metric(counted).await, 3);
        let aborted = "tollgate_requests_aborted_total{route=\"empty\"}";
        assert_eq!(two.gateway.metric(aborted).await, 0);
    });
}

#[test]
fn upstreams_see_the_rewritten_path_and_the_whole_query() {
    run(async {
        let two = Two::start(
            "  - { name: prefix, match: { path: /api }, upstream: a, rewrite: { prefix: / } }
  - { name: fixed, match: { path_exact: /status }, upstream: a, rewrite: { path: /internal/status } }
  - { name: template, match: { path_template: \"/users/{id}/{rest*}\" }, upstream: a, rewrite: { path: \"/u/{id}/{rest*}\" } }
  - { name: split, match: { path: /s }, split: [{ upstream: a, weight: 1 }], rewrite: { prefix: /t } }",
        )
        .await;
        for (asked, seen) in [
            ("/api/v1?x=/../y", "/v1?x=/../y"),
            ("/api", "/"),
            ("/api/?", "/?"),
            ("/status?full", "/internal/status?full"),
            ("/users/7/a/b/?q", "/u/7/a/b/?q"),
            ("/users/%37%2C/%2d", "/u/7%2C/-"),
            ("/s/%41", "/t/A"),
        ] {
            let answer = two.ask(&format!("GET {asked}"), "").await;
            assert_eq!(status(&answer), "200");
            let last = two.a.last();
            assert!(
                last.starts_with(&format!("GET {seen} HTTP/1.1\r\n")),
                "{asked}: {last}"
            );
        }
    });
}
