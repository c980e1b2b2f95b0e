//! What a person is told about a bad config of header edits, PROXY headers and bounds on connections; see `config_errors`.

use gateway::config::{Plan, load};

const LISTEN: &str = "listen: { http: 127.0.0.1:8080 }\n";
const UPSTREAMS: &str = "upstreams: { shop: { replicas: [\"10.0.0.1:80\"] } }\n";
const ROUTES: &str = "routes: [{ name: all, match: { path: / }, upstream: shop }]\n";

/// Each case is a title and a config, which has to be refused.
fn check(theme: &str, cases: &[(&str, String)]) {
    let mut text = String::new();
    for (title, yaml) in cases {
        let errors = load(yaml.as_bytes()).map(|_: Plan| ()).expect_err(title);
        assert!(errors.iter().count() > 0, "{title}: an error without errors");
        text.push_str(&format!("## {title}\n{}\n\n{errors}\n\n", yaml.trim_end()));
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("config_errors__{theme}"), text);
    });
}

fn with(section: &str) -> String {
    format!("{LISTEN}{UPSTREAMS}{ROUTES}{section}\n")
}

fn with_listen(listen: &str) -> String {
    format!("listen: {listen}\n{UPSTREAMS}{ROUTES}")
}

/// A good config whose one route has one more key.
fn with_key(key: &str) -> String {
    let route = format!("  - {{ name: all, match: {{ path: / }}, upstream: shop, {key} }}");
    format!("{LISTEN}{UPSTREAMS}routes:\n{route}\n")
}

#[test]
fn headers() {
    let request = |edits: &str| with_key(&format!("headers: {{ request: {{ {edits} }} }}"));
    let response = |edits: &str| with_key(&format!("headers: {{ response: {{ {edits} }} }}"));
    let security = |keys: &str| with_key(&format!("headers: {{ security: {keys} }}"));
    check(
        "headers",
        &[
            (
                "what frames a message or speaks of a connection",
                request(
                    "set: { Content-Length: '1' }, add: { transfer_encoding: x }, remove: [Connection], deny: [TE]",
                ),
            ),
            (
                "who the user is",
                request("set: { X-User-Id: root }, allow: [x_tenant_id]"),
            ),
            (
                "line endings",
                request("set: { X-A: \"a\\r\\nX-Evil: 1\" }, add: { X-B: [ok, \"\\n\"] }"),
            ),
            (
                "no names",
                request("set: { 'a b': x, '': x }, remove: ['x:'], allow: [é]"),
            ),
            (
                "hosts",
                request("set: { Host: 'a b' }, add: { host: a }, remove: [Host], deny: [HOST]"),
            ),
            (
                "edited twice",
                request("set: { X-A: a, x-a: b }, add: { x-A: c }, remove: [x-b, X-B]"),
            ),
            ("two lists", request("allow: [a, A], deny: [b, x-forwarded-for]")),
            (
                "lists of the wrong kind",
                request("set: [a], add: { x: { y: z } }, remove: x, allow: {}"),
            ),
            (
                "values that are no text",
                request("set: { x: 1, y: true, z: [a] }, add: { x-c: [1], x-d: [] }"),
            ),
            (
                "of an answer",
                response("set: { Date: x, Trailer: y }, remove: [keep-alive], allow: [x]"),
            ),
            (
                "values without end",
                response(&format!(
                    "set: {{ x: {0} }}, add: {{ y: [{1}, {1}] }}",
                    "y".repeat(4097),
                    "z".repeat(2500)
                )),
            ),
            (
                "security",
                security(
                    "{ hsts: 'max-age', frame_options: allow, referrer: x, content_security_policy: true, content_type_options: 1 }",
                ),
            ),
            ("security that is neither", security("strict")),
            (
                "forwarded",
                with_key("forwarded: rfc-7239, real_ip: yes, header: {}"),
            ),
            (
                "a PROXY header",
                with_listen("{ http: 127.0.0.1:8080, proxy_protocol: v2 }"),
            ),
            (
                "more for one than for all",
                with("server: { connections_max: 10, connections_per_ip_max: 11, first_byte_timeout: 0s }"),
            ),
        ],
    );
}

#[test]
fn too_many_edits_are_refused() {
    let names: Vec<String> = (0..65).map(|n| format!("x-{n}")).collect();
    for edits in ["request: { remove", "request: { deny", "response: { remove"] {
        let yaml = with_key(&format!("headers: {{ {edits}: [{}] }} }}", names.join(", ")));
        let errors = load(yaml.as_bytes()).expect_err(edits).to_string();
        assert!(errors.contains("65") && errors.contains("at most 64"), "{errors}");
    }
}
