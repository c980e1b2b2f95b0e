//! Field lines (RFC 9112 §5, RFC 9110 §5).

use super::{check_all, request};

#[test]
fn what_is_a_field() {
    check_all(&[
        request(
            "9112 §5",
            "order and duplicates are kept",
            b"GET / HTTP/1.1\r\nHost: a\r\nb: 1\r\nB: 2\r\na: 3\r\nb: 1\r\n\r\n",
            "GET / {Host=a b=1 B=2 a=3 b=1} end",
        ),
        request(
            "9110 §5.6.2",
            "any token is a name",
            b"GET / HTTP/1.1\r\nHost: a\r\n!#$%&'*+-.^_`|~09azAZ: 1\r\n\r\n",
            "GET / {Host=a !#$%&'*+-.^_`|~09azAZ=1} end",
        ),
        request(
            "9112 §5.1",
            "whitespace is optional",
            b"GET / HTTP/1.1\r\nHost: a\r\na:1\r\nb: \t 1 \t \r\n\r\n",
            "GET / {Host=a a=1 b=1} end",
        ),
        request(
            "9110 §5.5",
            "an empty value",
            b"GET / HTTP/1.1\r\nHost: a\r\na:\r\nb: \r\nc: \t\r\n\r\n",
            "GET / {Host=a a= b= c=} end",
        ),
        request(
            "9110 §5.5",
            "bytes above ASCII, tabs, colons and quotes",
            b"GET / HTTP/1.1\r\nHost: a\r\na: \xff\t:\"\r\n\r\n",
            "GET / {Host=a a=\\xff\\t:\\\"} end",
        ),
    ]);
}

#[test]
fn bad_names() {
    check_all(&[
        request(
            "9112 §5.1",
            "a space before the colon",
            b"GET / HTTP/1.1\r\nHost: a\r\na : 1\r\n\r\n",
            "refused: FieldName",
        ),
        request(
            "9112 §5.1",
            "a tab before the colon",
            b"GET / HTTP/1.1\r\nHost: a\r\na\t: 1\r\n\r\n",
            "refused: FieldName",
        ),
        request(
            "9112 §5.1",
            "a space before the colon of a length",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc",
            "refused: FieldName",
        ),
        request(
            "9112 §5.1",
            "a space before the colon of a coding",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
            "refused: FieldName",
        ),
        request(
            "9112 §5.1",
            "a space in a name",
            b"GET / HTTP/1.1\r\nHost: a\r\na b: 1\r\n\r\n",
            "refused: FieldName",
        ),
        request(
            "9112 §5",
            "no colon",
            b"GET / HTTP/1.1\r\nHost: a\r\na\r\n\r\n",
            "refused: FieldName",
        ),
        request(
            "9112 §5",
            "no name",
            b"GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n",
            "refused: FieldName",
        ),
        request(
            "9110 §5.1",
            "a name that is no token",
            b"GET / HTTP/1.1\r\nHost: a\r\n(a): 1\r\n\r\n",
            "refused: FieldName",
        ),
        request(
            "9110 §5.1",
            "a name above ASCII",
            b"GET / HTTP/1.1\r\nHost: a\r\n\xe4: 1\r\n\r\n",
            "refused: FieldName",
        ),
        request(
            "9110 §5.1",
            "NUL in a name",
            b"GET / HTTP/1.1\r\nHost: a\r\na\0: 1\r\n\r\n",
            "refused: FieldName",
        ),
        request(
            "9112 §2.2",
            "a bare CR in a name",
            b"GET / HTTP/1.1\r\nHost: a\r\na\rb: 1\r\n\r\n",
            "refused: FieldName",
        ),
        request(
            "9112 §2.2",
            "a bare LF in a name",
            b"GET / HTTP/1.1\r\nHost: a\r\na\nb: 1\r\n\r\n",
            "refused: FieldName",
        ),
    ]);
}

#[test]
fn folded_lines() {
    check_all(&[
        request(
            "9112 §5.2",
            "a space",
            b"GET / HTTP/1.1\r\nHost: a\r\na: 1\r\n 2\r\n\r\n",
            "refused: FieldName",
        ),
        request(
            "9112 §5.2",
            "a tab",
            b"GET / HTTP/1.1\r\nHost: a\r\na: 1\r\n\t2\r\n\r\n",
            "refused: FieldName",
        ),
        request(
            "9112 §5.2",
            "an empty value first",
            b"GET / HTTP/1.1\r\nHost: a\r\na:\r\n 1\r\n\r\n",
            "refused: FieldName",
        ),
        request(
            "9112 §5.2",
            "whitespace alone",
            b"GET / HTTP/1.1\r\nHost: a\r\n \r\n\r\n",
            "refused: FieldName",
        ),
        request(
            "9112 §2.2",
            "whitespace before the first field",
            b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
            "refused: FieldName",
        ),
        request(
            "9112 §2.2",
            "a tab before the first field",
            b"GET / HTTP/1.1\r\n\tHost: a\r\n\r\n",
            "refused: FieldName",
        ),
    ]);
}

#[test]
fn bad_values() {
    check_all(&[
        request(
            "9110 §5.5",
            "NUL",
            b"GET / HTTP/1.1\r\nHost: a\r\na: \0\r\n\r\n",
            "refused: FieldValue",
        ),
        request(
            "9110 §5.5",
            "a control byte",
            b"GET / HTTP/1.1\r\nHost: a\r\na: b\x01\r\n\r\n",
            "refused: FieldValue",
        ),
        request(
            "9110 §5.5",
            "DEL",
            b"GET / HTTP/1.1\r\nHost: a\r\na: \x7f\r\n\r\n",
            "refused: FieldValue",
        ),
        request(
            "9110 §5.5",
            "a form feed",
            b"GET / HTTP/1.1\r\nHost: a\r\na: \x0cb\r\n\r\n",
            "refused: FieldValue",
        ),
        request(
            "9112 §2.2",
            "a bare CR",
            b"GET / HTTP/1.1\r\nHost: a\r\na: b\rc\r\n\r\n",
            "refused: FieldValue",
        ),
        request(
            "9112 §2.2",
            "a bare CR at the start",
            b"GET / HTTP/1.1\r\nHost: a\r\na:\rb\r\n\r\n",
            "refused: FieldValue",
        ),
        request(
            "9112 §2.2",
            "two CR",
            b"GET / HTTP/1.1\r\nHost: a\r\na: b\r\r\n\r\n",
            "refused: FieldValue",
        ),
        request(
            "9112 §2.2",
            "a CR that hides a field",
            b"GET / HTTP/1.1\r\nHost: a\r\na: b\rContent-Length: 3\r\n\r\n",
            "refused: FieldValue",
        ),
    ]);
}

#[test]
fn bare_line_feeds() {
    check_all(&[
        request(
            "9112 §2.2",
            "behind the first field",
            b"GET / HTTP/1.1\r\nHost: a\nb: 1\r\n\r\n",
            "refused: LineEnding",
        ),
        request(
            "9112 §2.2",
            "behind a field in the middle",
            b"GET / HTTP/1.1\r\nHost: a\r\nb: 1\nc: 1\r\n\r\n",
            "refused: LineEnding",
        ),
        request(
            "9112 §2.2",
            "behind an empty value",
            b"GET / HTTP/1.1\r\nHost: a\r\nb:\nc: 1\r\n\r\n",
            "refused: LineEnding",
        ),
        request(
            "9112 §2.2",
            "behind the last field",
            b"GET / HTTP/1.1\r\nHost: a\r\nb: 1\n\r\n",
            "refused: LineEnding",
        ),
        request(
            "9112 §2.2",
            "instead of the blank line",
            b"GET / HTTP/1.1\r\nHost: a\r\n\n",
            "refused: LineEnding",
        ),
        request(
            "9112 §2.2",
            "behind the last field and instead of the blank line",
            b"GET / HTTP/1.1\r\nHost: a\n\n",
            "refused: LineEnding",
        ),
        request(
            "9112 §2.2",
            "a bare CR instead of the blank line",
            b"GET / HTTP/1.1\r\nHost: a\r\n\rb: 1\r\n\r\n",
            "refused: LineEnding",
        ),
        request(
            "9112 §2.2",
            "that hides a length",
            b"POST / HTTP/1.1\r\nHost: a\r\nx: y\nContent-Length: 3\r\n\r\nabc",
            "refused: LineEnding",
        ),
    ]);
}
