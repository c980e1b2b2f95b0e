//! Paths with two readings: refused before a route or an upstream has seen either; what has one reading is seen as that one.

use crate::harness::{Gateway, run, status};
use crate::recorder::Recorder;

/// A gateway with a route for `/public` and none for anything else.
async fn behind() -> (Recorder, Gateway) {
    let recorder = Recorder::start().await;
    let yaml = crate::harness::yaml(&[recorder.addr], "", "").replace("path: /", "path: /public");
    (recorder, Gateway::from_yaml(&yaml).await)
}

#[test]
fn paths_with_two_readings_are_400_and_reach_nobody() {
    run(async {
        let (recorder, gateway) = behind().await;
        let tails = [
            "/../admin",
            "/..",
            "/.",
            "/./x",
            "//admin",
            "/..;/admin",
            "/x;a=b",
            "/%2e%2e/admin",
            "/%2E%2E%2fadmin",
            "/.%2e/admin",
            "/..%2fadmin",
            "/..%5cadmin",
            "/..\\admin",
            "/%252e%252e/admin",
            "/x%252fadmin",
            "/%c0%ae%c0%ae/admin",
            "/x%00",
            "/x%0d%0aHost:%20b",
            "/x%0a",
            "/x%7f",
            "/x%",
            "/x%2",
            "/x%zz",
            "%2fadmin",
            "%2f..%2fadmin",
        ];
        for tail in tails {
            for target in [format!("/public{tail}"), format!("http://a/public{tail}")] {
                let answer = gateway.get(&target).await;
                assert_eq!(status(&answer), "400", "{target}");
            }
        }
        assert_eq!((recorder.connections(), recorder.text().as_str()), (0, ""));
    });
}

#[test]
fn route_and_upstream_see_one_path() {
    run(async {
        let (recorder, gateway) = behind().await;
        for (target, expected) in [
            ("/%70ublic/%78?a=%2e%2e%2f", Some("GET /public/x?a=%2e%2e%2f")),
            ("/public/a%2cb", Some("GET /public/a%2Cb")),
            ("/public/", Some("GET /public/")),
            ("http://a/%70ublic", Some("GET /public")),
            ("/Public", None),
            ("/publicx", None),
            ("/public%78", None),
        ] {
            let before = recorder.lines().len();
            let answer = gateway.get(target).await;
            let seen = recorder.lines().get(before).cloned();
            let told = if expected.is_some() { "200" } else { "404" };
            assert_eq!((status(&answer), seen.as_deref()), (told, expected), "{target}");
        }
    });
}
