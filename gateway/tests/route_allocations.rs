//! Finding a route allocates nothing, whatever its rule looks at. For the instrumented build:
//! `cargo test -p gateway --features count-alloc --test route_allocations`.
#![cfg(feature = "count-alloc")]

use gateway::alloc::{Counting, counts};
use gateway::config::load;
use gateway::route::Head;
use http1::head::{Limits, Method};

#[global_allocator]
static ALLOCATOR: Counting<std::alloc::System> = Counting(std::alloc::System);

const CONFIG: &[u8] = b"
listen: { http: 127.0.0.1:0 }
upstreams: { u: { replicas: [\"10.0.0.1:1\"] } }
routes:
  - { name: exact, match: { host: a.com, path_exact: /e }, upstream: u }
  - { name: template, match: { host: \"*.a.com\", path_template: \"/t/{a}/{b*}\" }, upstream: u }
  - { name: all, match: { path: /p, methods: [PURGE], headers: { x: { prefix: y } }, cookies: { k: v }, query: { q: \"1 2\" } }, upstream: u }
";

#[test]
fn finding_a_route_allocates_nothing() {
    let plan = load(CONFIG).expect("valid");
    let text = b"PURGE / HTTP/1.1\r\nHost: a\r\nX: y\r\nX: z\r\nCookie: a=b; k=v\r\n\r\n";
    let mut slots = Vec::new();
    let line = http1::head::request(text, &Limits::default(), &mut slots);
    let fields = line.expect("a head").expect("whole").head(text, &slots).fields;
    for (host, path, expected) in [
        ("A.com:80", "/e", Some(0)),
        ("b.A.com", "/t/1/2/3", Some(1)),
        ("b.com", "/p/x", Some(2)),
        ("b.com", "/x", None),
    ] {
        let head = Head {
            host,
            path,
            query: Some("p=%20&q=1+%32"),
            method: Method::Other,
            method_text: "PURGE",
            fields,
        };
        let before = counts();
        let found = plan.table.find(&head);
        let after = counts();
        assert_eq!(before, after, "{host}{path}");
        assert_eq!(found.ok().map(|id| id.index()), expected, "{host}{path}");
    }
}
