//! The cases: each kind of rule, found among 10 routes and among 1 000 of the same kinds.
//!
//! Routes come in groups of ten, of which the first is asked for: a host's exact path, prefixes, templates and
//! conditions, a wildcard, and two for any host. So both tables hold every rule that a request of a case could meet.

use gateway::route::{
    Condition, Conditions, Head, Host, Methods, Miss, PathRule, RouteId, Rule, Subject, Table, Test,
};
use http1::head::{Limits, Method};
use std::hint::black_box;

pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Rounds that are counted.
    pub(crate) rounds: u32,
    /// Whether the figure is held against the table.
    pub(crate) judged: bool,
    pub(crate) run: fn(u32),
}

const OWN: &str = "shop-0.example";

pub(crate) const CASES: &[Case] = &[
    case("find/exact/10", |n| find(10, OWN, "/login", Ok(0), n)),
    case("find/exact/1000", |n| find(1_000, OWN, "/login", Ok(0), n)),
    case("find/prefix/10", |n| {
        find(10, OWN, "/api/v1/payments/7", Ok(2), n)
    }),
    case("find/prefix/1000", |n| {
        find(1_000, OWN, "/api/v1/payments/7", Ok(2), n)
    }),
    case("find/template/10", |n| find(10, OWN, "/users/7/orders", Ok(3), n)),
    case("find/template/1000", |n| {
        find(1_000, OWN, "/users/7/orders", Ok(3), n)
    }),
    case("find/wildcard/10", |n| {
        find(10, "eu.shop-0.example", "/x", Ok(5), n)
    }),
    case("find/wildcard/1000", |n| {
        find(1_000, "eu.shop-0.example", "/x", Ok(5), n)
    }),
    case("find/any-host/10", |n| {
        find(10, "elsewhere.example", "/static-0/x", Ok(6), n)
    }),
    case("find/any-host/1000", |n| {
        find(1_000, "elsewhere.example", "/static-0/x", Ok(6), n)
    }),
    case("find/method/10", |n| find(10, OWN, "/v2/x", Ok(7), n)),
    case("find/method/1000", |n| find(1_000, OWN, "/v2/x", Ok(7), n)),
    case("find/header/10", |n| find(10, OWN, "/v3/x", Ok(8), n)),
    case("find/header/1000", |n| find(1_000, OWN, "/v3/x", Ok(8), n)),
    case("find/none/10", |n| {
        find(10, OWN, "/nowhere", Err(Miss::NoRoute), n)
    }),
    case("find/none/1000", |n| {
        find(1_000, OWN, "/nowhere", Err(Miss::NoRoute), n)
    }),
];

const fn case(name: &'static str, run: fn(u32)) -> Case {
    Case {
        name,
        rounds: 1_000,
        judged: true,
        run,
    }
}

/// Finds the route of a GET with five fields.
fn find(routes: usize, host: &str, path: &str, expected: Result<usize, Miss>, rounds: u32) {
    const TEXT: &[u8] =
        b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\nAccept: */*\r\nX-Canary: 1\r\nCookie: a=b\r\n\r\n";
    let table = table(routes);
    let mut slots = Vec::new();
    let line = http1::head::request(TEXT, &Limits::default(), &mut slots);
    let line = line.ok().flatten().expect("a whole head");
    let head = Head {
        host,
        path,
        query: None,
        method: Method::Get,
        method_text: "GET",
        fields: line.head(TEXT, &slots).fields,
    };
    assert_eq!(table.find(&head).map(RouteId::index), expected, "{host}{path}");
    for _ in 0..rounds {
        let _ = black_box(table.find(black_box(&head)));
    }
}

fn table(routes: usize) -> Table {
    let rules: Vec<Rule> = (0..routes / 10).flat_map(group).collect();
    Table::try_new(&rules).expect("no two rules collide")
}

fn group(n: usize) -> [Rule; 10] {
    let own = Some(format!("shop-{n}.example"));
    let rule = |host: &Option<String>, path: PathRule, conditions| Rule {
        host: host.as_ref().map(|host| Host::try_new(host).expect("a host")),
        path,
        conditions,
    };
    let none = Conditions::default;
    let exact = |path: &str| PathRule::exact(path).expect("a path");
    let prefix = |path: &str| PathRule::prefix(path).expect("a path");
    let template = |path: &str| PathRule::template(path).expect("a template");
    let get = Conditions::new(Some(Methods::new(vec!["GET".into()])), Vec::new());
    let canary = Condition {
        of: Subject::Header("x-canary".into()),
        test: Test::Exact("1".into()),
    };
    [
        rule(&own, exact("/login"), none()),
        rule(&own, prefix("/api"), none()),
        rule(&own, prefix("/api/v1/payments"), none()),
        rule(&own, template("/users/{id}/orders"), none()),
        rule(&own, template("/users/{id}"), none()),
        rule(&Some(format!("*.shop-{n}.example")), PathRule::any(), none()),
        rule(&None, prefix(&format!("/static-{n}")), none()),
        rule(&own, prefix("/v2"), get),
        rule(&own, prefix("/v3"), Conditions::new(None, vec![canary])),
        rule(&None, exact(&format!("/ready-{n}")), none()),
    ]
}
