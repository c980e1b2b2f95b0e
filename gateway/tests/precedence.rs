//! Precedence as other gateways have it, over our own config: rules and requests after the conformance tests of the
//! Kubernetes Gateway API, nginx's documentation of `location` and `server_name`, and what Envoy, HAProxy and Traefik make of
//! an order or of a length. Where we differ, the table says what we do, and `docs/routing.md` why.
//!
//! Each table is tried in the order it is written in and in the opposite one: with us, the order says nothing.

use gateway::config::load;
use gateway::route::{Head, Miss};
use http1::head::Limits;

const HEAD: &str =
    "listen: { http: 127.0.0.1:0 }\nupstreams: { u: { replicas: [\"10.0.0.1:1\"] } }\nroutes:\n";

/// Of each route its name and what it matches.
type Routes<'a> = &'a [(&'a str, &'a str)];

fn config(routes: Routes<'_>, reversed: bool) -> String {
    let line = |(name, matches): &(&str, &str)| {
        format!("  - {{ name: {name}, match: {{ {matches} }}, upstream: u }}\n")
    };
    let lines: Vec<String> = routes.iter().map(line).collect();
    match reversed {
        false => HEAD.to_owned() + &lines.concat(),
        true => HEAD.to_owned() + &lines.into_iter().rev().collect::<String>(),
    }
}

/// Requests are `METHOD host/path?query` and fields; a route's name may have a number behind it, for rules that are one.
fn check(routes: Routes<'_>, requests: &[(&str, &str, &str)]) {
    for reversed in [false, true] {
        let yaml = config(routes, reversed);
        let plan = load(yaml.as_bytes()).unwrap_or_else(|errors| panic!("{errors}\n{yaml}"));
        for (start, fields, expected) in requests {
            let (method, url) = start.split_once(' ').expect("a method and a URL");
            let (host, target) = url.split_at(url.find('/').expect("a path"));
            let text = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n");
            let mut slots = Vec::new();
            let line = http1::head::request(text.as_bytes(), &Limits::default(), &mut slots);
            let line = line.expect("a head").expect("a whole one");
            let head = line.head(text.as_bytes(), &slots);
            let (path, query) = match target.split_once('?') {
                Some((path, query)) => (path, Some(query)),
                None => (target, None),
            };
            let found = plan.table.find(&Head {
                host,
                path,
                query,
                method: head.method,
                method_text: head.method_text,
                fields: head.fields,
            });
            let found = match found {
                Ok(id) => plan.routes[id.index()].name.split('.').next().unwrap_or_default(),
                Err(Miss::NoRoute) => "404",
                Err(Miss::OtherMethod) => "405",
            };
            assert_eq!(found, *expected, "{start} {fields:?} of\n{yaml}");
        }
    }
}

/// Nothing would tell these apart: an error that names both.
fn refused(routes: Routes<'_>) {
    let errors = load(config(routes, false).as_bytes()).expect_err("two rules of one precedence");
    let errors = errors.to_string();
    assert!(
        errors.contains("routes[0]") && errors.contains("routes[1]"),
        "{errors}"
    );
}

#[test]
fn gateway_api_paths_and_headers() {
    check(
        &[
            ("v1", "path: /"),
            ("v1.1", "headers: { version: one }"),
            ("v2", "path: /v2"),
            ("v2.1", "headers: { version: two }"),
        ],
        &[
            ("GET h/", "", "v1"),
            ("GET h/example", "", "v1"),
            ("GET h/", "Version: one\r\n", "v1"),
            ("GET h/v2", "", "v2"),
            ("GET h/v2/example", "", "v2"),
            ("GET h/v2example", "", "v1"),
            ("GET h/", "Version: two\r\n", "v2"),
            ("GET h/foo/v2/example", "", "v1"),
        ],
    );
    check(
        &[("v1", "path_exact: /one"), ("v2", "path_exact: /two")],
        &[
            ("GET h/one", "", "v1"),
            ("GET h/two", "", "v2"),
            ("GET h/", "", "404"),
            ("GET h/one/example", "", "404"),
            ("GET h/two/", "", "404"),
            ("GET h/Two", "", "404"),
        ],
    );
}

#[test]
fn gateway_api_hosts_across_routes() {
    check(
        &[
            ("v1", "host: example.com"),
            ("v1.1", "host: example.net"),
            ("v1.2", "host: example.com, headers: { version: one }"),
            ("v2", "host: example.com, path: /v2"),
            ("v2.1", "host: example.com, headers: { version: two }"),
        ],
        &[
            ("GET example.com/", "", "v1"),
            ("GET example.com/example", "", "v1"),
            ("GET example.net/example", "", "v1"),
            ("GET example.com/example", "Version: one\r\n", "v1"),
            ("GET example.com/v2", "", "v2"),
            ("GET example.net/v2", "", "v1"),
            ("GET example.com/v2/example", "", "v2"),
            ("GET example.com/", "Version: two\r\n", "v2"),
            ("GET example.org/", "", "404"),
        ],
    );
    check(
        &[
            ("one", "host: very.specific.com, path: /s1"),
            ("two", "host: \"*.wildcard.io\", path: /s2"),
            ("four", "host: \"*.anotherwildcard.io\", path: /s4"),
        ],
        &[
            ("GET very.specific.com/s1", "", "one"),
            ("GET very.specific.com:1234/s1", "", "one"),
            ("GET non.matching.com/s1", "", "404"),
            ("GET foo.wildcard.io/s1", "", "404"),
            ("GET very.specific.com/non-matching-prefix", "", "404"),
            ("GET foo.wildcard.io/s2", "", "two"),
            ("GET foo.bar.wildcard.io/s2", "", "two"),
            ("GET wildcard.io/s2", "", "404"),
            ("GET foowildcard.io/s2", "", "404"),
            ("GET foo.bar.anotherwildcard.io/s4", "", "four"),
            ("GET anotherwildcard.io/s4", "", "404"),
        ],
    );
}

#[test]
fn gateway_api_order_of_paths() {
    check(
        &[
            ("v3", "path_exact: /match/exact/one"),
            ("v2", "path_exact: /match/exact"),
            ("v1", "path_exact: /match"),
            ("v2.1", "path: /match/prefix/one"),
            ("v1.1", "path: /match/prefix"),
            ("v3.1", "path: /match"),
        ],
        &[
            ("GET h/match/exact/one", "", "v3"),
            ("GET h/match/exact", "", "v2"),
            ("GET h/match", "", "v1"),
            ("GET h/match/prefix/one/any", "", "v2"),
            ("GET h/match/prefix/any", "", "v1"),
            ("GET h/match/prefix/onex", "", "v1"),
            ("GET h/match/any", "", "v3"),
            ("GET h/matching", "", "404"),
        ],
    );
}

#[test]
fn gateway_api_headers() {
    let without = "version: { present: false }";
    let color = |name: &str| format!("headers: {{ color: {name}, {without} }}");
    let (blue, green, red) = (color("blue"), color("green"), color("red"));
    check(
        &[
            ("v1", "headers: { version: one }"),
            ("v2", "headers: { version: two }"),
            ("v1.1", "headers: { version: two, color: orange }"),
            ("v1.2", &blue),
            ("v1.3", &green),
            ("v2.1", &red),
        ],
        &[
            ("GET h/", "Version: one\r\n", "v1"),
            ("GET h/", "VERSION: two\r\n", "v2"),
            ("GET h/", "Version: Two\r\n", "404"),
            ("GET h/", "Version: two\r\nColor: orange\r\n", "v1"),
            ("GET h/", "Version: two\r\nColor: blue\r\n", "v2"),
            ("GET h/", "Color: orange\r\n", "404"),
            ("GET h/", "Some-Other-Header: one\r\n", "404"),
            ("GET h/", "Color: blue\r\n", "v1"),
            ("GET h/", "Color: green\r\n", "v1"),
            ("GET h/", "Color: red\r\n", "v2"),
            ("GET h/", "Color: purple\r\n", "404"),
        ],
    );
    // there, the first of these in the file: here, whoever wrote them has to say
    refused(&[
        ("v1", "headers: { version: one }"),
        ("v2", "headers: { color: blue }"),
    ]);
}

#[test]
fn gateway_api_methods() {
    check(
        &[
            ("v1", "methods: [POST]"),
            ("v2", "methods: [GET]"),
            ("v1.1", "path: /path1, methods: [GET]"),
            ("v2.1", "methods: [PUT], headers: { version: one }"),
            ("v3", "path: /path2, methods: [POST], headers: { version: two }"),
            ("v1.2", "path: /path3, methods: [PATCH]"),
            (
                "v1.3",
                "path: /path4, methods: [DELETE], headers: { version: three }",
            ),
        ],
        &[
            ("POST h/", "", "v1"),
            ("GET h/", "", "v2"),
            // there, 404: a method that nothing takes is told from a path that nothing takes here
            ("HEAD h/", "", "405"),
            ("PUT h/", "", "405"),
            ("DELETE h/path4", "", "405"),
            ("GET h/path1", "", "v1"),
            ("PUT h/", "Version: one\r\n", "v2"),
            ("POST h/path2", "Version: two\r\n", "v3"),
            ("PATCH h/path3", "", "v1"),
            ("DELETE h/path4", "Version: three\r\n", "v1"),
        ],
    );
    // a method before a header: refused until the rule that should win has more conditions, which need take nothing from it
    let (method, header) = (("v2", "methods: [PATCH]"), ("v3", "headers: { version: four }"));
    refused(&[method, header]);
    check(
        &[
            ("v2", "methods: [PATCH], headers: { version: { present: true } }"),
            (
                "v2.1",
                "methods: [PATCH], headers: { version: { present: false } }",
            ),
            header,
            ("v1", "path: /path5"),
        ],
        &[
            ("PATCH h/", "", "v2"),
            ("PATCH h/", "Version: four\r\n", "v2"),
            ("PATCH h/", "Version: five\r\n", "v2"),
            ("GET h/", "Version: four\r\n", "v3"),
            ("PATCH h/path5", "Version: four\r\n", "v1"),
        ],
    );
}

#[test]
fn gateway_api_queries() {
    check(
        &[
            ("v1", "query: { animal: whale }"),
            ("v2", "query: { animal: dolphin }"),
            ("v3", "query: { animal: dolphin, color: blue }"),
            ("v3.1", "query: { ANIMAL: Whale, animal: { present: false } }"),
            ("v1.1", "path: /path1, query: { animal: whale }"),
            ("v2.1", "headers: { version: one }, query: { animal: whale }"),
            (
                "v3.2",
                "path: /path2, headers: { version: two }, query: { animal: whale }",
            ),
            ("v1.2", "path: /path5"),
        ],
        &[
            ("GET h/?animal=whale", "", "v1"),
            ("GET h/?animal=dolphin", "", "v2"),
            ("GET h/?animal=dolphin&color=blue", "", "v3"),
            ("GET h/?color=blue&animal=dolphin", "", "v3"),
            ("GET h/?ANIMAL=Whale", "", "v3"),
            ("GET h/?animal=whale&otherparam=irrelevant", "", "v1"),
            ("GET h/?animal=dolphin&color=yellow", "", "v2"),
            ("GET h/?color=blue", "", "404"),
            ("GET h/?animal=dog", "", "404"),
            ("GET h/?animal=whaledolphin", "", "404"),
            ("GET h/?animal=dog&animal=whale", "", "404"),
            ("GET h/", "", "404"),
            ("GET h/path1?animal=whale", "", "v1"),
            ("GET h/?animal=whale", "Version: one\r\n", "v2"),
            ("GET h/path2?animal=whale", "Version: two\r\n", "v3"),
            ("GET h/path5?animal=whale", "", "v1"),
        ],
    );
    refused(&[
        ("v2", "headers: { version: four }"),
        ("v3", "query: { animal: hydra }"),
    ]);
}

#[test]
fn nginx_locations_and_names() {
    check(
        &[
            ("a", "path_exact: /"),
            ("b", "path: /"),
            ("c", "path: /documents"),
            ("d", "path: /images"),
            ("e", "path_template: \"/documents/{page}\""),
        ],
        &[
            ("GET h/", "", "a"),
            ("GET h/index.html", "", "b"),
            ("GET h/documents", "", "c"),
            ("GET h/documents/2024/document.html", "", "c"),
            ("GET h/images/1.gif", "", "d"),
            // a pattern goes before a prefix, as a regular expression does there
            ("GET h/documents/1.jpg", "", "e"),
            // by bytes there, by segments here
            ("GET h/imagesx", "", "b"),
        ],
    );
    check(
        &[
            ("exact", "host: www.example.org"),
            ("longer", "host: \"*.www.example.org\""),
            ("shorter", "host: \"*.example.org\""),
            ("default", "path: /"),
        ],
        &[
            ("GET www.example.org/", "", "exact"),
            ("GET WWW.Example.ORG.:80/", "", "exact"),
            ("GET a.www.example.org/", "", "longer"),
            ("GET a.b.www.example.org/", "", "longer"),
            ("GET mail.example.org/", "", "shorter"),
            ("GET example.org/", "", "default"),
            ("GET example.org.evil.com/", "", "default"),
        ],
    );
    // a server that takes the name takes the request there, and answers 404; here other hosts' rules are asked
    check(
        &[("own", "host: a.com, path: /own"), ("any", "path: /")],
        &[("GET a.com/own", "", "own"), ("GET a.com/x", "", "any")],
    );
}

#[test]
fn neither_order_nor_length_decides() {
    // Envoy and HAProxy take the first in the file: the short prefix would hide the long one
    check(
        &[
            ("short", "path: /"),
            ("middle", "path: /api"),
            ("long", "path: /api/v1"),
        ],
        &[
            ("GET h/api/v1/x", "", "long"),
            ("GET h/api/v2", "", "middle"),
            ("GET h/x", "", "short"),
        ],
    );
    // Traefik takes the longest text of a rule: the wildcard's and the header's would win there
    check(
        &[
            ("exact", "host: a.eu.io"),
            ("wild", "host: \"*.eu.io\", path: /a-rather-long-prefix"),
            (
                "header",
                "headers: { a-header-of-great-length: and-of-great-value }",
            ),
        ],
        &[
            ("GET a.eu.io/a-rather-long-prefix", "", "exact"),
            ("GET b.eu.io/a-rather-long-prefix", "", "wild"),
            (
                "GET a.eu.io/",
                "A-Header-Of-Great-Length: and-of-great-value\r\n",
                "exact",
            ),
            (
                "GET b.com/",
                "A-Header-Of-Great-Length: and-of-great-value\r\n",
                "header",
            ),
        ],
    );
    refused(&[("a", "path: /x"), ("b", "path: /x")]);
    refused(&[("a", "host: a.com"), ("b", "host: A.COM")]);
    refused(&[
        ("a", "path_template: \"/{a}/x\""),
        ("b", "path_template: \"/{b}/x\""),
    ]);
}
