//! Request lines and their targets (RFC 9112 §2.2, §2.3, §3).

use super::{check_all, request};

#[test]
fn request_lines() {
    check_all(&[
        request(
            "9112 §3.1",
            "any token is a method",
            b"m-E.t_h0d! / HTTP/1.1\r\nHost: a\r\n\r\n",
            "m-E.t_h0d! / {Host=a} end",
        ),
        request(
            "9112 §3.1",
            "methods have a case",
            b"get / HTTP/1.1\r\nHost: a\r\n\r\n",
            "get / {Host=a} end",
        ),
        request(
            "9112 §2.2",
            "an empty line in front",
            b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / {Host=a} end",
        ),
        request(
            "9112 §2.2",
            "two empty lines in front",
            b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §2.2",
            "a bare LF in front",
            b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §2.2",
            "a bare CR in front",
            b"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §3",
            "a space in front",
            b" GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §3",
            "a NUL in front",
            b"\0GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §3",
            "two spaces",
            b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §3",
            "two spaces before the version",
            b"GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §3",
            "a tab",
            b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §3",
            "a tab before the version",
            b"GET /\tHTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §3",
            "a space in the target",
            b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §3",
            "a space at the end",
            b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
            "refused: LineEnding",
        ),
        request(
            "9112 §3",
            "more at the end",
            b"GET / HTTP/1.1x\r\nHost: a\r\n\r\n",
            "refused: LineEnding",
        ),
        request(
            "9112 §3",
            "no method",
            b" / HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §3",
            "no target",
            b"GET HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §3",
            "an empty target",
            b"GET  HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §3",
            "a method that is no token",
            b"G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §3",
            "a method with a colon",
            b"G:T / HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §2.2",
            "a bare LF",
            b"GET / HTTP/1.1\nHost: a\r\n\r\n",
            "refused: LineEnding",
        ),
        request(
            "9112 §2.2",
            "a bare CR",
            b"GET / HTTP/1.1\rHost: a\r\n\r\n",
            "refused: LineEnding",
        ),
        request(
            "9112 §2.2",
            "two CR",
            b"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n",
            "refused: LineEnding",
        ),
        request(
            "9112 §2.2",
            "a bare LF and nothing else",
            b"GET / HTTP/1.0\n\n",
            "refused: LineEnding",
        ),
        request(
            "9112 §2.2",
            "a bare LF and a blank line",
            b"GET / HTTP/1.0\n\r\n",
            "refused: LineEnding",
        ),
        request("9112 §8", "cut", b"GET / HT", "cut"),
        request("9112 §8", "cut behind an empty line", b"\r\nG", "cut"),
    ]);
}

#[test]
fn versions() {
    check_all(&[
        request(
            "9112 §2.3",
            "1.0",
            b"GET / HTTP/1.0\r\n\r\n",
            "GET / 1.0 {} end closes: Asked",
        ),
        request(
            "9112 §2.3",
            "0.9",
            b"GET /\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §2.3",
            "0.9, said",
            b"GET / HTTP/0.9\r\nHost: a\r\n\r\n",
            "refused: Version",
        ),
        request(
            "9112 §2.3",
            "1.2",
            b"GET / HTTP/1.2\r\nHost: a\r\n\r\n",
            "refused: Version",
        ),
        request(
            "9112 §2.3",
            "2.0",
            b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
            "refused: Version",
        ),
        request(
            "9113 §3.4",
            "the preface of HTTP/2",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "refused: Version",
        ),
        request(
            "9112 §2.3",
            "1",
            b"GET / HTTP/1\r\nHost: a\r\n\r\n",
            "refused: Version",
        ),
        request(
            "9112 §2.3",
            "1.",
            b"GET / HTTP/1.\r\nHost: a\r\n\r\n",
            "refused: Version",
        ),
        request(
            "9112 §2.3",
            "1.10",
            b"GET / HTTP/1.10\r\nHost: a\r\n\r\n",
            "refused: LineEnding",
        ),
        request(
            "9112 §2.3",
            "11.1",
            b"GET / HTTP/11.1\r\nHost: a\r\n\r\n",
            "refused: Version",
        ),
        request(
            "9112 §2.3",
            "lower case",
            b"GET / http/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §2.3",
            "another protocol",
            b"GET / RTSP/1.0\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "8446 §4",
            "a TLS handshake",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
            "refused: StartLine",
        ),
    ]);
}

#[test]
fn targets() {
    check_all(&[
        request(
            "9112 §3.2.1",
            "a query",
            b"GET /a/b;c?d=e&f HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /a/b;c?d=e&f {Host=a} end",
        ),
        request(
            "9112 §3.2.1",
            "what browsers leave as it is",
            b"GET /|?{}^`\\\\ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /|?{}^`\\\\ {Host=a} end",
        ),
        request(
            "9112 §3.2.1",
            "percent-encoded",
            b"GET /%00%0d%0a HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /%00%0d%0a {Host=a} end",
        ),
        request(
            "9112 §3.2.2",
            "absolute",
            b"GET http://b:80/c HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://b:80/c {Host=a} end",
        ),
        request(
            "9112 §3.2.2",
            "absolute without a path",
            b"OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n",
            "OPTIONS http://b {Host=a} end",
        ),
        request(
            "9112 §3.2.3",
            "an authority",
            b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
            "CONNECT a:443 {Host=a} end",
        ),
        request(
            "9112 §3.2.4",
            "an asterisk",
            b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            "OPTIONS * {Host=a} end",
        ),
        request(
            "9112 §3.2.4",
            "an asterisk for another method",
            b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: Target",
        ),
        request(
            "9112 §3.2.3",
            "an authority for another method",
            b"GET a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: Target",
        ),
        request(
            "9112 §3.2.3",
            "a path for CONNECT",
            b"CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: Target",
        ),
        request(
            "9110 §9.3.6",
            "no port for CONNECT",
            b"CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: Target",
        ),
        request(
            "9110 §9.3.6",
            "an invalid port for CONNECT",
            b"CONNECT a:70000 HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: Target",
        ),
        request(
            "9112 §3.2",
            "no form at all",
            b"GET a HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: Target",
        ),
        request(
            "9112 §3.2",
            "a query alone",
            b"GET ?a HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: Target",
        ),
        request(
            "9112 §3.2",
            "a fragment",
            b"GET /#a HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: Target",
        ),
        request(
            "9112 §3.2",
            "no ASCII",
            b"GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: Target",
        ),
        request(
            "9112 §3.2",
            "no UTF-8",
            b"GET /\xc3 HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: Target",
        ),
        request(
            "9112 §3.2",
            "a control byte",
            b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §3.2",
            "NUL",
            b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §3.2",
            "DEL",
            b"GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: StartLine",
        ),
        request(
            "9112 §3.2",
            "angle brackets",
            b"GET /<a> HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: Target",
        ),
        request(
            "9110 §4.2.4",
            "a user",
            b"GET http://a@b/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: Target",
        ),
        request(
            "9110 §4.2.1",
            "an empty host",
            b"GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n",
            "refused: Target",
        ),
    ]);
}
