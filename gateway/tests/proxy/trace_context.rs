//! What upstreams are told of a trace, case by case of the recommendation's own test suite (`w3c/trace-context`, strict level 2).

use crate::harness::{Gateway, OK, Step, Upstream, run, status};
use crate::trace::{CALLER, NOBODY, PARENT, TRACE, all, ask, parent, told};

/// Each case sends its fields; whether the trace goes on, and what upstreams are told of `tracestate`.
async fn check(cases: &[(&str, String, bool, &str)]) {
    let upstream = Upstream::start(&[Step::Answer(OK)]).await;
    let gateway = Gateway::start(&[upstream.addr], "", NOBODY).await;
    for (case, fields, goes_on, state) in cases {
        assert_eq!(status(&ask(&gateway, fields).await), "200", "{case}");
        let request = upstream.last();
        let (trace, parent, flags) = told(&request);
        assert_eq!(trace == TRACE, *goes_on, "{case}: {trace}");
        assert_ne!(parent, CALLER, "{case}: a span of ours");
        if !goes_on {
            assert_eq!(flags, "02", "{case}: not recorded, and by chance");
        }
        assert_eq!(all(&request, "tracestate").join("|"), *state, "{case}");
    }
}

#[test]
fn traceparent() {
    let rest = "12345678901234567890123456789012-1234567890123456";
    let cases = [
        ("both missing", String::new(), false),
        ("traceparent alone", parent(&format!("{PARENT}-01")), true),
        (
            "duplicated",
            format!(
                "{}{}",
                parent(&format!("00-{TRACE}-{CALLER}-01")),
                parent(&format!("{PARENT}-01"))
            ),
            false,
        ),
        (
            "twice in one field",
            parent(&format!("{PARENT}-01,{PARENT}-01")),
            false,
        ),
        (
            "name with a dash",
            format!("trace-parent: {PARENT}-01\r\n"),
            false,
        ),
        ("name with a dot", format!("trace.parent: {PARENT}-01\r\n"), false),
        (
            "name in camel case",
            format!("TraceParent: {PARENT}-01\r\n"),
            true,
        ),
        (
            "name in mixed case",
            format!("TrAcEpArEnT: {PARENT}-01\r\n"),
            true,
        ),
        (
            "name in upper case",
            format!("TRACEPARENT: {PARENT}-01\r\n"),
            true,
        ),
        (
            "version 00 with a dot behind",
            parent(&format!("{PARENT}-01.")),
            false,
        ),
        (
            "version 00 with more",
            parent(&format!("{PARENT}-01-what-the-future-will-be-like")),
            false,
        ),
        ("version cc", parent(&format!("cc-{rest}-01")), true),
        (
            "version cc with more",
            parent(&format!("cc-{rest}-01-what-the-future-will-be-like")),
            true,
        ),
        (
            "version cc with a dot",
            parent(&format!("cc-{rest}-01.what-the-future-will-be-like")),
            false,
        ),
        ("version ff", parent(&format!("ff-{rest}-01")), false),
        ("version .0", parent(&format!(".0-{rest}-01")), false),
        ("version 0.", parent(&format!("0.-{rest}-01")), false),
        ("version too long", parent(&format!("000-{rest}-01")), false),
        ("version far too long", parent(&format!("0000-{rest}-01")), false),
        ("version too short", parent(&format!("0-{rest}-01")), false),
        (
            "trace of zeros",
            parent(&format!("00-{}-{CALLER}-01", "0".repeat(32))),
            false,
        ),
        (
            "trace with a dot first",
            parent(&format!("00-.{}-{CALLER}-01", &TRACE[1..])),
            false,
        ),
        (
            "trace with a dot last",
            parent(&format!("00-{}.-{CALLER}-01", &TRACE[..31])),
            false,
        ),
        (
            "trace in upper case",
            parent(&format!("00-{}A-{CALLER}-01", &TRACE[..31])),
            false,
        ),
        (
            "trace too long",
            parent(&format!("00-{TRACE}3-{CALLER}-01")),
            false,
        ),
        (
            "trace too short",
            parent(&format!("00-{}-{CALLER}-01", &TRACE[..31])),
            false,
        ),
        (
            "parent of zeros",
            parent(&format!("00-{TRACE}-{}-01", "0".repeat(16))),
            false,
        ),
        (
            "parent with a dot first",
            parent(&format!("00-{TRACE}-.{}-01", &CALLER[1..])),
            false,
        ),
        (
            "parent with a dot last",
            parent(&format!("00-{TRACE}-{}.-01", &CALLER[..15])),
            false,
        ),
        (
            "parent too long",
            parent(&format!("00-{TRACE}-{CALLER}7-01")),
            false,
        ),
        (
            "parent too short",
            parent(&format!("00-{TRACE}-{}-01", &CALLER[..15])),
            false,
        ),
        ("flags .0", parent(&format!("{PARENT}-.0")), false),
        ("flags 0.", parent(&format!("{PARENT}-0.")), false),
        ("flags too long", parent(&format!("{PARENT}-001")), false),
        ("flags too short", parent(&format!("{PARENT}-1")), false),
        ("a space in front", parent(&format!("  {PARENT}-01")), true),
        ("a tab in front", parent(&format!("\t{PARENT}-01")), true),
        ("a space behind", parent(&format!("{PARENT}-01 ")), true),
        ("a tab behind", parent(&format!("{PARENT}-01\t")), true),
        ("blanks all round", parent(&format!("\t {PARENT}-01 \t")), true),
        ("empty", parent(""), false),
    ];
    let cases = cases.map(|(case, fields, goes_on)| (case, fields, goes_on, ""));
    run(async { check(&cases).await });
}

#[test]
fn tracestate() {
    let with = |states: &[&str]| {
        let states: String = states
            .iter()
            .map(|state| format!("tracestate: {state}\r\n"))
            .collect();
        format!("{}{states}", parent(&format!("{PARENT}-00")))
    };
    let key: String = ('a'..='z').chain("0123456789_-*/".chars()).collect();
    let value: String = (' '..='~').filter(|c| !matches!(c, ',' | '=')).collect();
    let (plain, vendor) = (
        format!("{key}={}", value.trim()),
        format!("{key}@a-z0-9_-*/={}", value.trim()),
    );
    let members = |count: usize| {
        let members: Vec<_> = (1..=count).map(|n| format!("bar{n:02}={n:02}")).collect();
        members.join(",")
    };
    let (most, more) = (members(32), members(33));
    let of_key = |key: String| format!("{key}=1");
    let (longest, longer) = (of_key("z".repeat(256)), of_key("z".repeat(257)));
    let tenant = of_key(format!("{}@{}", "t".repeat(241), "v".repeat(14)));
    let (long_tenant, long_system) = (
        of_key(format!("{}@v", "t".repeat(242))),
        of_key(format!("t@{}", "v".repeat(15))),
    );
    let both = format!("foo=1,{longest}");
    let of_tenant = format!("foo=1,{tenant}");
    let mut cases = vec![
        (
            "without a traceparent",
            "tracestate: foo=1,bar=2\r\n".to_owned(),
            false,
            "",
        ),
        (
            "beside one that is not valid",
            format!("{}tracestate: foo=1\r\n", parent("00-x")),
            false,
            "",
        ),
        ("beside one", with(&["foo=1,bar=2"]), true, "foo=1,bar=2"),
        (
            "name with a dash",
            format!("{}trace-state: foo=1\r\n", with(&[])),
            true,
            "",
        ),
        (
            "name in mixed case",
            format!("{}TrAcEsTaTe: foo=1\r\n", with(&[])),
            true,
            "foo=1",
        ),
        (
            "name in upper case",
            format!("{}TRACESTATE: foo=1\r\n", with(&[])),
            true,
            "foo=1",
        ),
        ("empty", with(&[""]), true, ""),
        ("empty behind another", with(&["foo=1", ""]), true, "foo=1"),
        ("empty before another", with(&["", "foo=1"]), true, "foo=1"),
        (
            "several",
            with(&["foo=1,bar=2", "rojo=1,congo=2", "baz=3"]),
            true,
            "foo=1,bar=2,rojo=1,congo=2,baz=3",
        ),
        ("key twice, same value", with(&["foo=1,foo=1"]), true, ""),
        ("key twice", with(&["foo=1,foo=2"]), true, ""),
        ("key twice in two fields", with(&["foo=1", "foo=2"]), true, ""),
        ("every character", with(&[&plain]), true, &plain),
        ("every character and a vendor", with(&[&vendor]), true, &vendor),
        (
            "blanks",
            with(&["foo=1 \t , \t bar=2, \t baz=3"]),
            true,
            "foo=1,bar=2,baz=3",
        ),
        (
            "tabs",
            with(&["foo=1\t \t,\t \tbar=2,\t \tbaz=3"]),
            true,
            "foo=1,bar=2,baz=3",
        ),
        ("blanks all round", with(&["\t foo=1 \t"]), true, "foo=1"),
        ("32 members", with(&[&most]), true, &most),
        ("33 members", with(&[&more]), true, ""),
        ("33 in two fields", with(&[&most, "one=more"]), true, ""),
        ("the longest key", with(&["foo=1", &longest]), true, &both),
        ("the longest tenant", with(&["foo=1", &tenant]), true, &of_tenant),
    ];
    let wrong = [
        "foo =1",
        "FOO=1",
        "foo.bar=1",
        "foo@=1,bar=2",
        "@foo=1,bar=2",
        "foo@@bar=1,bar=2",
        "foo@bar@baz=1,bar=2",
        "foo=bar=baz",
        "foo=,bar=3",
        &longer,
        &long_tenant,
        &long_system,
    ];
    cases.extend(wrong.map(|state| (state, with(&["a=1", state]), true, "")));
    run(async { check(&cases).await });
}
