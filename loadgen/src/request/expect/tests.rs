//! Expectations: what holds of an answer, what is said when it does not, and about wrong ones.

use super::*;
use proptest::prelude::*;

const HEADERS: [(&[u8], &[u8]); 3] = [(b"X-Cache", b"HIT"), (b"vary", b"a, b"), (b"x-cache", b"stale")];

fn judge(text: &str, status: u16, body: &[u8]) -> Result<(), Unexpected> {
    let expect = Expect::parse(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    expect.judge(status, HEADERS.into_iter(), body, body.len() as u64)
}

#[test]
fn expectations_hold() {
    let check = |text, status, body: &[u8]| assert_eq!(judge(text, status, body), Ok(()), "{text}");
    check("status=200", 200, b"");
    check("status=2xx", 299, b"");
    check("status=5XX", 503, b"");
    check("status=200|204", 204, b"");
    check("status=200-204|500", 500, b"");
    check(" status = 2xx , size > 0 ", 200, b"x");
    check("header:x-cache", 200, b"");
    check("header:X-CACHE=HIT", 200, b"");
    check("header:x-cache=stale", 200, b"");
    check("header:vary=\"a, b\",size=0", 200, b"");
    check("header:vary~\"a, .\"", 200, b"");
    check("header:x-cache~^H,status=200", 200, b"");
    check("size=3", 200, b"abc");
    check("size<1KiB,size>2", 200, b"abc");
    check("body=a,b", 200, b"a,b");
    check("status=2xx,body~a,status=5xx", 200, b"xa,status=5xx");
    check("body~\"ok\":true", 404, b"{\"ok\":true}");
    check("body~^\\xff$", 200, b"\xff");
}

#[test]
fn what_was_expected_and_what_came_is_told() {
    let check = |text, status, body: &[u8], kind, message: &str| {
        let wanted = Unexpected {
            kind,
            message: message.into(),
        };
        assert_eq!(judge(text, status, body), Err(wanted), "{text}");
    };
    let long = [b'x'; 100];
    check(
        "status=200|204",
        301,
        b"",
        Kind::Status,
        "status 301, expected 200|204",
    );
    check(
        "size=0",
        500,
        b"",
        Kind::Status,
        "status 500, expected one below 500",
    );
    check(
        "header:x-none",
        200,
        b"",
        Kind::Header,
        "no header x-none, expected one",
    );
    check(
        "header:x-cache=MISS",
        200,
        b"",
        Kind::Header,
        "header x-cache is \"HIT\", expected \"MISS\"",
    );
    check(
        "header:a~b",
        200,
        b"",
        Kind::Header,
        "no header a, expected a match of \"b\"",
    );
    check(
        "size<1KiB",
        200,
        &[0; 1024],
        Kind::Size,
        "1024 bytes, expected size<1024",
    );
    check(
        "body~ok",
        200,
        &long,
        Kind::Body,
        &format!("body is \"{}\"…, expected a match of \"ok\"", "x".repeat(60)),
    );
    check(
        "body=a\n",
        200,
        b"b\n",
        Kind::Body,
        "body is \"b\\n\", expected \"a\\n\"",
    );
}

#[test]
fn of_a_long_content_the_beginning_is_judged() {
    let judge = |text, size| {
        let expect = Expect::parse(text).expect(text);
        expect.judge(200, std::iter::empty(), b"begin", size)
    };
    assert_eq!(judge("body~^begin", 10), Ok(()));
    let message = |text| judge(text, 10).expect_err(text).message;
    assert_eq!(
        message("body=begin"),
        "body is \"begin\", expected \"begin\" in the first 5 of 10 bytes"
    );
    assert!(message("body~end").ends_with("in the first 5 of 10 bytes"));
}

#[test]
fn without_expectations_a_server_may_not_fail() {
    let judge = |status| Expect::default().judge(status, std::iter::empty(), b"", 0);
    for status in [200, 301, 404, 499] {
        assert_eq!(judge(status), Ok(()));
    }
    assert_eq!(judge(500).expect_err("it failed").kind, Kind::Status);
}

#[test]
fn it_is_known_what_has_to_be_kept() {
    let check = |text, headers, body| {
        let expect = Expect::parse(text).expect(text);
        assert_eq!(
            (expect.wants_headers(), expect.wants_body()),
            (headers, body),
            "{text}"
        );
    };
    check("status=200,size=1", false, false);
    check("header:a", true, false);
    check("body=", false, true);
    let both = Expect::parse("header:a")
        .expect("valid")
        .and(Expect::parse("body~a").expect("valid"));
    assert!(both.wants_headers() && both.wants_body());
}

#[test]
fn every_error_is_told_with_its_fix() {
    let check = |text, wanted: &[&str]| {
        assert_eq!(Expect::parse(text).expect_err(text), wanted, "{text}");
    };
    check("", &["an expectation is missing: write status=200, or no comma"]);
    check(
        "stauts=200,size=1KB,status=99",
        &[
            "unknown term \"stauts\": did you mean status?",
            "\"1KB\" is no size: write 1024, 64KiB, 1MiB or 1GiB",
            "\"99\" is no status: write 200, 2xx, 200|204 or 200-299",
        ],
    );
    check(
        "200",
        &["unknown term \"200\": known are status, header, size, body"],
    );
    check(
        "status=204-200",
        &["\"204-200\" is no status: write 200, 2xx, 200|204 or 200-299"],
    );
    check("status<300", &["write status=200, status=2xx or status=200|204"]);
    check("status", &["write status=200, status=2xx or status=200|204"]);
    check("header=a", &["write header:Name=value or header:Name~REGEX"]);
    check("header:a<1", &["write header:a=value or header:a~REGEX"]);
    check("header:=1", &["header: names nothing: write header:Name=value"]);
    check("header:a=\"b", &["the quote of \"=\\\"b\" is not closed"]);
    check("header:a=\"b\"c", &["expected a comma before \"c\""]);
    check("body", &["write body=TEXT or body~REGEX"]);
    check("body~", &["the regular expression is empty"]);
    check(
        "size=99999999999GiB",
        &["\"99999999999GiB\" is no size: write 1024, 64KiB, 1MiB or 1GiB"],
    );
    let errors = Expect::parse(&"size=1,".repeat(100)).expect_err("too many");
    assert_eq!(errors, ["more than 32 expectations"]);
}

proptest! {
    #[test]
    fn nothing_that_is_typed_or_answered_panics(
        text in "(status|header:|body|size|[=<>~|,\"-]|2xx|[0-9]{1,4}|KiB|.){0,20}", status: u16, body: Vec<u8>, size: u64,
    ) {
        if let Ok(expect) = Expect::parse(&text) {
            let _ = expect.judge(status, HEADERS.into_iter(), &body, size);
        }
    }
}
