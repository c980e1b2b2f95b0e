//! Rules, actions of routes, and rules that nothing tells apart.

use super::{check, load, with_match, with_routes};

#[test]
fn matches() {
    check(
        "matches",
        &[
            ("nothing", with_match("{}")),
            ("both paths", with_match("{ path: /a, path_exact: /b }")),
            ("any host", with_match("{ host: \"*\" }")),
            (
                "wildcards elsewhere",
                with_routes(
                    "  - { name: a, match: { host: \"api.*.com\" }, upstream: shop }\n  - { name: b, match: { host: \"*shop.com\" }, upstream: shop }",
                ),
            ),
            ("a wildcard over addresses", with_match("{ host: \"*.0.0.1\" }")),
            (
                "all three paths",
                with_match("{ path: /a, path_exact: /b, path_template: \"/{c}\" }"),
            ),
            ("a variable in a prefix", with_match("{ path: \"/users/{id}\" }")),
            ("no variable", with_match("{ path_template: /users }")),
            ("half a segment", with_match("{ path_template: \"/v{major}/x\" }")),
            (
                "a rest that is not last",
                with_match("{ path_template: \"/{rest*}/x\" }"),
            ),
            ("a variable twice", with_match("{ path_template: \"/{a}/{a}\" }")),
            (
                "a name that is none",
                with_match("{ path_template: \"/{user-id}\" }"),
            ),
            ("a port", with_match("{ host: \"shop.com:80\" }")),
            ("a trailing dot", with_match("{ host: shop.com. }")),
            (
                "an IPv6 address without brackets",
                with_match("{ host: \"::1\" }"),
            ),
            ("no host name", with_match("{ host: \"shop com\" }")),
            ("a relative path", with_match("{ path: a }")),
            ("an empty path", with_match("{ path: \"\" }")),
            ("a trailing slash", with_match("{ path: /a/ }")),
            ("dot segments", with_match("{ path: /a/../b }")),
            ("empty segments", with_match("{ path_exact: //a }")),
            ("an escaped letter", with_match("{ path_exact: /%61 }")),
            ("an ambiguous escape", with_match("{ path_exact: /a%2fb }")),
            ("a query", with_match("{ path_exact: \"/a?b=c\" }")),
            ("not ASCII", with_match("{ path: /café }")),
        ],
    );
}

#[test]
fn conditions() {
    check(
        "conditions",
        &[
            (
                "methods",
                with_match("{ methods: [get, CONNECT, TRACE, purge, \"A B\", GET, GET, 1] }"),
            ),
            ("no methods", with_match("{ methods: [] }")),
            ("one method", with_match("{ methods: GET }")),
            (
                "headers",
                with_match(
                    "{ headers: { host: a, Cookie: b, \"a b\": c, x-a: \" d\", x-b: \"a\\r\\nb\", X-C: 1, x-c: 2, x-D: d, x-d: d } }",
                ),
            ),
            (
                "how they are compared",
                with_match(
                    "{ headers: { a: {}, b: { exact: x, prefix: y }, c: { regex: z }, d: { prefix: \"\" }, e: { present: yes }, f: [g] } }",
                ),
            ),
            (
                "cookies and query",
                with_match("{ cookies: { \"a;b\": c }, query: { \"\": x }, headers: {} }"),
            ),
            (
                "too many",
                with_match(&format!(
                    "{{ query: {{ {} }} }}",
                    (0..17).map(|n| format!("q{n}: x, ")).collect::<String>()
                )),
            ),
        ],
    );
}

#[test]
fn actions() {
    let action = |action: &str| with_routes(&format!("  - {{ name: a, match: {{ path: /x }}, {action} }}"));
    check(
        "actions",
        &[
            (
                "several",
                action("upstream: shop, redirect: { path: /y }, respond: { status: 200 }"),
            ),
            ("none", action("timeout: 1s")),
            (
                "a split of nothing",
                action("split: [{ upstream: shop, weight: 0 }]"),
            ),
            (
                "a split with errors",
                action(
                    "split: [{ upstream: shp, weight: 1 }, { upstream: shop }, { upstream: shop, weight: 1.5 }, { upstream: shop, weight: 10001 }]",
                ),
            ),
            (
                "an upstream twice",
                action("split: [{ upstream: shop, weight: 1 }, { upstream: shop, weight: 1 }]"),
            ),
            ("an empty split", action("split: []")),
            (
                "an override of nothing",
                action("upstream: shop, override: { header: x }"),
            ),
            (
                "an override by both",
                action("split: [{ upstream: shop, weight: 1 }], override: { header: x, cookie: y }"),
            ),
            ("a redirect to itself", action("redirect: { status: 301 }")),
            (
                "a redirect with errors",
                action(
                    "redirect: { status: 304, scheme: ftp, host: \"a.com/x\", path: \"/a?b\", prefix: /z/ }",
                ),
            ),
            ("a redirect's port", action("redirect: { host: \"a.com:99999\" }")),
            (
                "an answer with errors",
                action("respond: { status: 100, body: 1, content_type: \"a\\r\\nb\" }"),
            ),
            ("an answer without a status", action("respond: { body: hello }")),
            (
                "an answer that has no body",
                action("respond: { status: 204, body: hello }"),
            ),
            (
                "a content type of nothing",
                action("respond: { status: 200, content_type: text/plain }"),
            ),
            (
                "a rewrite to no path",
                action("upstream: shop, rewrite: { path: \"/a\\r\\nHost: b\" }"),
            ),
            (
                "a rewrite with a variable of nobody",
                action("upstream: shop, rewrite: { path: \"/{id}\" }"),
            ),
            (
                "a rewrite by both",
                action("upstream: shop, rewrite: { path: /a, prefix: /b/../c }"),
            ),
            ("a rewrite to nothing", action("upstream: shop, rewrite: {}")),
            (
                "a rewrite of what is answered here",
                action("respond: { status: 200 }, rewrite: { path: /a }"),
            ),
            (
                "a prefix where none is matched",
                with_routes(
                    "  - { name: a, match: { path_exact: /x }, upstream: shop, rewrite: { prefix: /y } }\n  - { name: b, match: { path_template: \"/{id}\" }, upstream: shop, rewrite: { path: \"/{id}\" } }",
                ),
            ),
        ],
    );
}

#[test]
fn ambiguities() {
    let all = |rules: &[&str]| {
        let route =
            |(at, rule): (usize, &&str)| format!("  - {{ name: r{at}, match: {rule}, upstream: shop }}\n");
        with_routes(&rules.iter().enumerate().map(route).collect::<String>())
    };
    check(
        "ambiguities",
        &[
            (
                "two headers that one request may have",
                all(&[
                    "{ path: /a, headers: { x: a } }",
                    "{ path: /a, headers: { y: b } }",
                ]),
            ),
            (
                "a value and anything",
                all(&["{ headers: { x: a } }", "{ headers: { x: { present: true } } }"]),
            ),
            (
                "methods in common",
                all(&[
                    "{ methods: [GET, POST] }",
                    "{ methods: [PUT] }",
                    "{ methods: [POST] }",
                ]),
            ),
            (
                "variables of two names",
                all(&[
                    "{ path_template: \"/u/{id}\" }",
                    "{ path_template: \"/u/{name}\" }",
                ]),
            ),
            (
                "two conditions each",
                all(&[
                    "{ methods: [GET], query: { a: b } }",
                    "{ methods: [GET], cookies: { a: b } }",
                ]),
            ),
        ],
    );
    // and what is none
    let good = all(&[
        "{ path: /a, headers: { x: a } }",
        "{ path: /a, headers: { X: b } }",
        "{ path: /a }",
        "{ path: /a, headers: { x: { present: false } } }",
        "{ path: /a, headers: { x: a }, methods: [GET] }",
        "{ path_template: \"/{id}\" }",
        "{ path_template: \"/{rest*}\" }",
        "{ host: \"*.com\", path: /a }",
        "{ host: \"*.b.com\", path: /a }",
    ]);
    load(good.as_bytes()).unwrap();
}
