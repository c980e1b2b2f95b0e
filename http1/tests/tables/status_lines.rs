//! Status lines, and the fields behind them (RFC 9112 §4).

use super::{answer, check_all};
use http1::head::Method;

#[test]
fn status_lines() {
    check_all(&[
        answer(
            Method::Get,
            "9112 §4",
            "no reason",
            b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
            "200 {Content-Length=0} end",
        ),
        answer(
            Method::Get,
            "9112 §4",
            "no space before no reason: sent widely, and ambiguous to nobody",
            b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
            "200 {Content-Length=0} end",
        ),
        answer(
            Method::Get,
            "9112 §4",
            "any reason",
            b"HTTP/1.1 200 a\tb \xff:\r\nContent-Length: 0\r\n\r\n",
            "200 {Content-Length=0} end",
        ),
        answer(
            Method::Get,
            "9110 §15",
            "599",
            b"HTTP/1.1 599 x\r\nContent-Length: 0\r\n\r\n",
            "599 {Content-Length=0} end",
        ),
        answer(
            Method::Get,
            "9110 §15",
            "600",
            b"HTTP/1.1 600 x\r\nContent-Length: 0\r\n\r\n",
            "refused: Status",
        ),
        answer(
            Method::Get,
            "9110 §15",
            "999",
            b"HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n",
            "refused: Status",
        ),
        answer(
            Method::Get,
            "9110 §15",
            "099",
            b"HTTP/1.1 099 x\r\nContent-Length: 0\r\n\r\n",
            "refused: Status",
        ),
        answer(
            Method::Get,
            "9112 §4",
            "two digits",
            b"HTTP/1.1 20 x\r\n\r\n",
            "refused: Status",
        ),
        answer(
            Method::Get,
            "9112 §4",
            "four digits",
            b"HTTP/1.1 2000 x\r\n\r\n",
            "refused: Status",
        ),
        answer(
            Method::Get,
            "9112 §4",
            "no number",
            b"HTTP/1.1 OK\r\n\r\n",
            "refused: Status",
        ),
        answer(
            Method::Get,
            "9112 §4",
            "a sign",
            b"HTTP/1.1 +20 OK\r\n\r\n",
            "refused: Status",
        ),
        answer(
            Method::Get,
            "9112 §4",
            "two spaces",
            b"HTTP/1.1  200 OK\r\n\r\n",
            "refused: Status",
        ),
        answer(
            Method::Get,
            "9112 §2.3",
            "HTTP/1.2",
            b"HTTP/1.2 200 OK\r\n\r\n",
            "refused: Version",
        ),
        answer(
            Method::Get,
            "9112 §2.3",
            "HTTP/2",
            b"HTTP/2 200\r\n\r\n",
            "refused: Version",
        ),
        answer(
            Method::Get,
            "9112 §4",
            "another protocol",
            b"ICY 200 OK\r\n\r\n",
            "refused: StartLine",
        ),
        answer(
            Method::Get,
            "9112 §4",
            "another protocol that begins alike",
            b"HTTPS/1.1 200 OK\r\n\r\n",
            "refused: StartLine",
        ),
        answer(
            Method::Get,
            "9112 §2.2",
            "an empty line in front",
            b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "refused: StartLine",
        ),
        answer(
            Method::Get,
            "9112 §2.2",
            "a bare LF",
            b"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
            "refused: LineEnding",
        ),
        answer(
            Method::Get,
            "9112 §2.2",
            "a bare LF without a reason",
            b"HTTP/1.1 200\nContent-Length: 0\r\n\r\n",
            "refused: LineEnding",
        ),
        answer(
            Method::Get,
            "9112 §2.2",
            "a bare CR in the reason",
            b"HTTP/1.1 200 O\rK\r\n\r\n",
            "refused: LineEnding",
        ),
        answer(
            Method::Get,
            "9112 §2.2",
            "NUL in the reason",
            b"HTTP/1.1 200 \0\r\n\r\n",
            "refused: StartLine",
        ),
    ]);
}

#[test]
fn fields() {
    check_all(&[
        answer(
            Method::Get,
            "9112 §5.1",
            "a space before the colon",
            b"HTTP/1.1 200 OK\r\na : b\r\n\r\n",
            "refused: FieldName",
        ),
        answer(
            Method::Get,
            "9112 §5.2",
            "folded",
            b"HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n",
            "refused: FieldName",
        ),
        answer(
            Method::Get,
            "9112 §2.2",
            "a bare LF",
            b"HTTP/1.1 200 OK\r\na: b\nc: d\r\n\r\n",
            "refused: LineEnding",
        ),
        answer(
            Method::Get,
            "9112 §2.2",
            "a bare LF at the end",
            b"HTTP/1.1 200 OK\r\na: b\r\n\n",
            "refused: LineEnding",
        ),
        answer(
            Method::Get,
            "9110 §5.5",
            "NUL",
            b"HTTP/1.1 200 OK\r\na: \0\r\n\r\n",
            "refused: FieldValue",
        ),
    ]);
}
