//! 414 and 431 (RFC 6585 §5, RFC 9110 §15.5.15), at their limits and one above.

use super::{Role, Row, check};
use crate::driver::Feed;
use http1::head::{Limits, Method};

const LIMITS: Limits = Limits {
    bytes_max: 100,
    fields_max: 3,
    target_max: 20,
};

/// `expected` of a message that is leaked, for a table of the others' kind.
fn check_made(role: Role, name: &'static str, bytes: String, expected: &str) {
    let feed = Feed {
        limits: LIMITS,
        ..Feed::default()
    };
    let (bytes, expected) = (bytes.leak().as_bytes(), expected.to_owned().leak());
    check(
        &Row {
            role,
            section: "6585 §5",
            name,
            bytes,
            expected,
        },
        &feed,
    );
}

fn check_request(name: &'static str, bytes: String, expected: &str) {
    check_made(Role::Server, name, bytes, expected);
}

#[test]
fn targets() {
    let request = |len: usize| format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "b".repeat(len - 1));
    check_request(
        "as long as can be",
        request(20),
        &format!("GET /{} {{Host=a}} end", "b".repeat(19)),
    );
    check_request("one longer", request(21), "refused: TargetTooLong");
    check_request("longer than a head", request(200), "refused: TargetTooLong");
    let malformed = request(21).replace(" HTTP", "\u{1} HTTP");
    check_request("too long and malformed", malformed, "refused: TargetTooLong");
    let unknown = request(21).replace("1.1", "3.1");
    check_request(
        "too long, of an unknown version",
        unknown,
        "refused: TargetTooLong",
    );
    check_request(
        "too long and ends nowhere",
        format!("GET /{}", "b".repeat(200)),
        "refused: TargetTooLong",
    );
}

#[test]
fn heads() {
    // 27 bytes without the value
    let request =
        |len: usize, end: &str| format!("GET / HTTP/1.1\r\nHost: a\r\nb:{}{end}\r\n", "c".repeat(len - 31));
    let accepted = format!("GET / {{Host=a b={}}} end", "c".repeat(69));
    check_request("as large as can be", request(100, "\r\n"), &accepted);
    check_request("one larger", request(101, "\r\n"), "refused: HeadTooLarge");
    check_request(
        "too large and malformed",
        request(152, "\n"),
        "refused: HeadTooLarge",
    );
    let body = "x".repeat(200);
    let small = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 200\r\n\r\n{body}");
    check_request(
        "malformed, with a body that is larger",
        small,
        "refused: FieldName",
    );
    let small = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200\r\n\r\n{body}");
    check_request(
        "a body may be larger",
        small,
        &format!("POST / {{Host=a Content-Length=200}} <{body}> end"),
    );
    check_request(
        "no end",
        format!("GET / HTTP/1.1\r\na: {}", "b".repeat(200)),
        "refused: HeadTooLarge",
    );
}

#[test]
fn fields() {
    let request = |fields: usize| {
        format!(
            "GET / HTTP/1.1\r\nHost: a\r\n{}\r\n",
            "b: 1\r\n".repeat(fields - 1)
        )
    };
    check_request("as many as can be", request(3), "GET / {Host=a b=1 b=1} end");
    check_request("one more", request(4), "refused: FieldsTooMany");
}

#[test]
fn answers() {
    let to_get = Role::Client(Method::Get, false);
    let answer = |len: usize| format!("HTTP/1.1 204 \r\na: {}\r\n\r\n", "b".repeat(len - 22));
    check_made(
        to_get,
        "as large as can be",
        answer(100),
        &format!("204 {{a={}}} end", "b".repeat(78)),
    );
    check_made(to_get, "one larger", answer(101), "refused: HeadTooLarge");
    let many = format!("HTTP/1.1 204 \r\n{}\r\n", "a: b\r\n".repeat(4));
    check_made(to_get, "too many fields", many, "refused: FieldsTooMany");
    check_made(
        to_get,
        "a reason without an end",
        format!("HTTP/1.1 200 {}", "a".repeat(200)),
        "refused: HeadTooLarge",
    );
}

#[test]
fn trailers() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
    let read = "POST / {Host=a Transfer-Encoding=chunked}";
    let request = |fields: usize| format!("{head}{}\r\n", "b: 1\r\n".repeat(fields));
    check_request(
        "as many as can be",
        request(3),
        &format!("{read} {{b=1 b=1 b=1}} end"),
    );
    check_request("one more", request(4), &format!("{read} refused: Trailers"));
    // the decoder has a limit of its own
    check_request(
        "no end",
        format!("{head}b: {}", "1".repeat(8190)),
        &format!("{read} refused: Trailers"),
    );
}

#[test]
fn extensions() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let read = "POST / {Host=a Transfer-Encoding=chunked}";
    // of all chunks together, and each CR counts
    let request = |chunks: usize| {
        format!(
            "{head}{}0\r\n\r\n",
            format!("1;{}\r\na\r\n", "b".repeat(1023)).repeat(chunks)
        )
    };
    check_request("as many as can be", request(4), &format!("{read} <aaaa> end"));
    check_request(
        "more",
        request(5),
        &format!("{read} <aaaa> refused: ChunkExtension"),
    );
}
