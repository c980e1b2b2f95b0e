//! Which values meet which conditions, by requests as they come.

use super::{Condition, Conditions, Methods, Subject, Test, Verdict};
use crate::route::Head;
use http1::head::Limits;

/// A head of these lines, judged.
fn check(start: &str, lines: &str, conditions: &[Condition], expected: bool) {
    let text = format!("{start} HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
    let mut slots = Vec::new();
    let line = http1::head::request(text.as_bytes(), &Limits::default(), &mut slots);
    let request = line.unwrap().unwrap().head(text.as_bytes(), &slots);
    let head = Head {
        query: request.target.split_once('?').map(|(_, query)| query),
        method: request.method,
        method_text: request.method_text,
        fields: request.fields,
        ..Head::get("a", "/")
    };
    let verdict = Conditions::new(None, conditions.to_vec()).judge(&head);
    assert_eq!(
        verdict == Verdict::Met,
        expected,
        "{start} {lines:?} {conditions:?}"
    );
}

fn is(of: Subject, test: Test) -> [Condition; 1] {
    [Condition { of, test }]
}

#[test]
fn headers_are_lists() {
    let header = |test| is(Subject::Header("x-a".into()), test);
    let exact = |text: &str| header(Test::Exact(text.into()));
    let prefix = |text: &str| header(Test::Prefix(text.into()));
    for (lines, conditions, expected) in [
        ("X-A: one\r\n", exact("one"), true),
        ("x-a: one\r\n", exact("One"), false),
        ("X-A:  one \r\n", exact("one"), true),
        ("X-A: one\r\nX-A: two\r\n", exact("one, two"), true),
        ("X-A: one\r\nX-A: two\r\n", exact("one"), false),
        ("X-A: one\r\nX-A: two\r\n", prefix("one"), true),
        ("X-A: one\r\nX-A: two\r\n", prefix("one, t"), true),
        ("X-A: one\r\n", prefix("ones"), false),
        ("X-A:\r\n", exact(""), true),
        ("X-A:\r\n", header(Test::Present), true),
        ("X-B: one\r\n", exact("one"), false),
        ("X-B: one\r\n", header(Test::Present), false),
        ("X-B: one\r\n", header(Test::Absent), true),
        ("X-A: one\r\n", header(Test::Absent), false),
    ] {
        check("GET /", lines, &conditions, expected);
    }
}

#[test]
fn the_first_cookie_of_a_name_counts() {
    let cookie = |test| is(Subject::Cookie("k".into()), test);
    let exact = |text: &str| cookie(Test::Exact(text.into()));
    for (lines, conditions, expected) in [
        ("Cookie: k=1\r\n", exact("1"), true),
        ("Cookie: j=0; k=1; l=2\r\n", exact("1"), true),
        ("Cookie: j=0;k=1\r\n", exact("1"), true),
        ("Cookie: k=1; k=2\r\n", exact("2"), false),
        ("Cookie: j=0\r\nCookie: k=1\r\n", exact("1"), true),
        ("Cookie: kk=1\r\n", cookie(Test::Present), false),
        ("Cookie: k\r\n", cookie(Test::Present), false),
        ("Cookie: K=1\r\n", cookie(Test::Absent), true),
        ("Cookie: k=\r\n", exact(""), true),
        ("Cookie: k=a=b\r\n", exact("a=b"), true),
        ("Cookie: k=\"1\"\r\n", exact("1"), false),
        ("Cookie: k=12\r\n", cookie(Test::Prefix("1".into())), true),
    ] {
        check("GET /", lines, &conditions, expected);
    }
}

#[test]
fn conditions_all_have_to_hold_and_the_method_is_told_apart() {
    let query = Condition {
        of: Subject::Query("v".into()),
        test: Test::Exact("2".into()),
    };
    let header = Condition {
        of: Subject::Header("x-a".into()),
        test: Test::Present,
    };
    let both = [query.clone(), header];
    check("GET /?v=2", "X-A: 1\r\n", &both, true);
    check("GET /?v=2", "", &both, false);
    check("GET /?v=1", "X-A: 1\r\n", &both, false);
    check("GET /", "X-A: 1\r\n", &both, false);
    let methods = || Some(Methods::new(vec!["POST".into(), "PURGE".into()]));
    for (method, expected) in [
        ("POST", Verdict::Met),
        ("PURGE", Verdict::Met),
        ("post", Verdict::OtherMethod),
        ("GET", Verdict::OtherMethod),
        ("HEAD", Verdict::OtherMethod),
    ] {
        let head = Head {
            method: http1::head::Method::of(method.as_bytes()),
            method_text: method,
            ..Head::get("a", "/")
        };
        assert_eq!(
            Conditions::new(methods(), vec![]).judge(&head),
            expected,
            "{method}"
        );
        let unmet = Conditions::new(methods(), vec![query.clone()]);
        assert_eq!(unmet.judge(&head), Verdict::Unmet);
    }
}

#[test]
fn conditions_exclude_each_other_only_by_the_same_thing() {
    let a = |test: Test| Conditions::new(None, is(Subject::Header("a".into()), test).to_vec());
    let exact = |text: &str| Test::Exact(text.into());
    let prefix = |text: &str| Test::Prefix(text.into());
    for (one, other, expected) in [
        (exact("x"), exact("y"), false),
        (exact("x"), exact("x"), true),
        (exact("xy"), prefix("x"), true),
        (exact("y"), prefix("x"), false),
        (prefix("x"), prefix("xy"), true),
        (prefix("x"), prefix("y"), false),
        (exact("x"), Test::Present, true),
        (exact("x"), Test::Absent, false),
        (Test::Present, Test::Absent, false),
        (Test::Absent, Test::Absent, true),
    ] {
        assert_eq!(
            a(one.clone()).overlap(&a(other.clone())),
            expected,
            "{one:?} {other:?}"
        );
        assert_eq!(a(other).overlap(&a(one)), expected);
    }
    let cookie = Conditions::new(None, is(Subject::Cookie("a".into()), exact("y")).to_vec());
    assert!(a(exact("x")).overlap(&cookie));
    let by = |name: &str| Conditions::new(Some(Methods::new(vec![name.into(), "PUT".into()])), vec![]);
    assert!(by("GET").overlap(&by("POST")));
    let get = Conditions::new(Some(Methods::new(vec!["GET".into()])), vec![]);
    assert!(!get.overlap(&by("POST")) && get.overlap(&a(exact("x"))));
}
