//! `trace` and `routes[*].trace`: defaults, what is refused and how, and that they are written as they were read.

use gateway::config::{Plan, Sample, load};
use gateway::health::Share;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt::Write;

fn plan(top: &str, route: &str) -> Result<Plan, String> {
    let yaml = format!(
        "listen: {{ http: 127.0.0.1:8080, admin: 127.0.0.1:9901 }}\n{top}\n\
         upstreams: {{ shop: {{ replicas: [\"10.0.0.1:80\"] }} }}\n\
         routes:\n  - {{ name: all, match: {{ path: / }}, upstream: shop{route} }}\n"
    );
    load(yaml.as_bytes()).map_err(|errors| errors.to_string())
}

fn read(top: &str, route: &str) -> Plan {
    plan(top, route).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn defaults() {
    let plan = read("trace: { endpoint: \"http://collector:4318\" }", "");
    let trace = plan.trace.expect("it has one");
    let hundredth = Sample::Share(Share::try_new(0.01).expect("a share"));
    assert_eq!((trace.sample, plan.routes[0].trace), (hundredth, Some(hundredth)));
    let export = trace.export;
    assert_eq!(
        (&*export.authority, &*export.path, &*export.service),
        ("collector:4318", "/v1/traces", "tollgate")
    );
    assert_eq!(export.headers, []);
    let without = read("", "");
    assert_eq!((without.trace, without.routes[0].trace), (None, None));
    assert_eq!(read("", ", trace: false").routes[0].trace, None);
}

#[test]
fn endpoints() {
    for (url, authority, path) in [
        ("http://a.b:1/x/y", "a.b:1", "/x/y"),
        ("http://A.b", "a.b:80", "/v1/traces"),
        ("http://a.b/", "a.b:80", "/v1/traces"),
        ("http://[::1]/v2", "[::1]:80", "/v2"),
        ("http://[::1]:4318", "[::1]:4318", "/v1/traces"),
        ("http://127.0.0.1:4318/v1/traces", "127.0.0.1:4318", "/v1/traces"),
    ] {
        let export = read(&format!("trace: {{ endpoint: \"{url}\" }}"), "")
            .trace
            .expect("it has one")
            .export;
        assert_eq!((&*export.authority, &*export.path), (authority, path), "{url}");
    }
}

#[test]
fn routes_say_it_themselves() {
    let top = "trace: { endpoint: \"http://a:1\", sample: 0.5 }";
    let share = |part| Some(Sample::Share(Share::try_new(part).expect("a share")));
    for (route, expected) in [
        ("", share(0.5)),
        (", trace: true", share(0.5)),
        (", trace: {}", share(0.5)),
        (", trace: false", None),
        (", trace: { sample: 1 }", share(1.0)),
        (", trace: { sample: parent }", Some(Sample::Parent)),
    ] {
        assert_eq!(read(top, route).routes[0].trace, expected, "{route}");
    }
}

#[test]
fn errors() {
    let mut shown = String::new();
    for (about, top, route) in [
        ("no endpoint", "trace: { sample: 0.1 }", ""),
        ("no mapping", "trace: true", ""),
        ("https", "trace: { endpoint: \"https://a/v1/traces\" }", ""),
        ("no URL", "trace: { endpoint: \"a:4318\" }", ""),
        ("a user", "trace: { endpoint: \"http://u:s3cret@a:4318\" }", ""),
        ("a query", "trace: { endpoint: \"http://a:4318/x?key=1\" }", ""),
        ("port 0", "trace: { endpoint: \"http://a:0\" }", ""),
        ("no host", "trace: { endpoint: \"http://\" }", ""),
        ("itself", "trace: { endpoint: \"http://127.0.0.1:9901\" }", ""),
        (
            "all at once",
            "trace: { endpoint: 1, sample: 0, service: \"\", headers: { Host: { file: x }, a: { file: \"\" }, b: c, \"x y\": { file: x } }, to: x }",
            ", trace: { smple: 1 }",
        ),
        (
            "twice",
            "trace: { endpoint: \"http://a:1\", headers: { A: { file: x }, a: { file: x } } }",
            "",
        ),
        (
            "a share of more",
            "trace: { endpoint: \"http://a:1\", sample: 1.5 }",
            ", trace: { sample: always }",
        ),
        (
            "another word",
            "trace: { endpoint: \"http://a:1\" }",
            ", trace: parent",
        ),
        ("a route alone", "", ", trace: { sample: 0.1 }"),
        ("a route alone that says yes", "", ", trace: true"),
    ] {
        let errors = plan(top, route).expect_err(about);
        writeln!(shown, "## {about}\n{top}{route}\n{errors}\n").expect("a String");
    }
    assert!(!shown.replace("u:s3cret@a", "").contains("s3cret"), "{shown}");
    insta::assert_snapshot!(shown);
}

proptest! {
    #[test]
    fn round_trip(
        all in of(1u32..=10_000),
        own in of(of(1u32..=10_000)),
        service in of("[ -~é]{1,20}"),
        headers in select(vec!["", ", headers: { X-A: { file: '/a \"b\"' }, \"true\": { file: x } }", ", headers: {}"]),
    ) {
        let sample = |steps: Option<u32>| steps.map_or("parent".to_owned(), |steps| (f64::from(steps) / 10_000.0).to_string());
        let service = service.map(|name| format!(", service: '{}'", name.replace('\'', "''"))).unwrap_or_default();
        let top = format!("trace: {{ endpoint: \"http://a:1\", sample: {}{service}{headers} }}", sample(all));
        let route = match own {
            None => String::new(),
            Some(None) => ", trace: false".to_owned(),
            Some(steps) => format!(", trace: {{ sample: {} }}", sample(steps)),
        };
        let read = plan(&top, &route).map_err(TestCaseError::fail)?;
        let again = load(read.to_string().as_bytes()).map_err(|errors| TestCaseError::fail(errors.to_string()))?;
        prop_assert_eq!(again, read);
    }
}
