//! Answers, by the request that they answer (RFC 9112 §4, §6.3, RFC 9110 §15).

use super::{Role, Row, answer, check_all};
use http1::head::Method;

#[test]
fn where_an_answer_ends() {
    check_all(&[
        answer(
            Method::Get,
            "9112 §6.3",
            "Content-Length",
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
            "200 {Content-Length=3} <abc> end",
        ),
        answer(
            Method::Get,
            "9112 §6.3",
            "no bytes",
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "200 {Content-Length=0} end",
        ),
        answer(
            Method::Get,
            "9112 §6.3",
            "chunked",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "200 {Transfer-Encoding=chunked} <abc> end",
        ),
        answer(
            Method::Get,
            "9112 §6.3",
            "chunked, with trailers",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx: 1\r\n\r\n",
            "200 {Transfer-Encoding=chunked} {x=1} end",
        ),
        answer(
            Method::Get,
            "9112 §6.3",
            "until the end of the connection",
            b"HTTP/1.1 200 OK\r\n\r\nabc",
            "200 {} <abc> end closes: Delimited",
        ),
        answer(
            Method::Get,
            "9112 §6.3",
            "until the end, and it asks to stay",
            b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\nabc",
            "200 {Connection=keep-alive} <abc> end closes: Delimited",
        ),
        answer(
            Method::Head,
            "9110 §9.3.2",
            "to HEAD",
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
            "200 {Content-Length=3} end",
        ),
        answer(
            Method::Head,
            "9110 §9.3.2",
            "to HEAD, chunked",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "200 {Transfer-Encoding=chunked} end",
        ),
        answer(
            Method::Head,
            "9110 §9.3.2",
            "to HEAD, without a length",
            b"HTTP/1.1 200 OK\r\n\r\n",
            "200 {} end",
        ),
        answer(
            Method::Get,
            "9112 §6.3",
            "204",
            b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
            "204 {Content-Length=0} end",
        ),
        answer(
            Method::Get,
            "9112 §6.3",
            "204 that announces a body",
            b"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n",
            "204 {Content-Length=3} end closes: Unsolicited",
        ),
        answer(
            Method::Get,
            "9112 §6.1",
            "204, chunked",
            b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
            "204 {Transfer-Encoding=chunked} end closes: Unsolicited",
        ),
        answer(
            Method::Get,
            "9112 §6.1",
            "an interim answer that announces a body",
            b"HTTP/1.1 103 \r\nContent-Length: 3\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "103 {Content-Length=3} interim 200 {Content-Length=0} end closes: Unsolicited",
        ),
        answer(
            Method::Get,
            "9112 §6.3",
            "an interim answer with both",
            b"HTTP/1.1 103 \r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            "refused: LengthAndCoding",
        ),
        answer(
            Method::Get,
            "9112 §6.3",
            "304",
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n",
            "304 {Content-Length=3} end",
        ),
        answer(
            Method::Get,
            "9112 §6.3",
            "304, chunked",
            b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
            "304 {Transfer-Encoding=chunked} end",
        ),
        answer(
            Method::Get,
            "9110 §15.3.6",
            "205 is framed like any other",
            b"HTTP/1.1 205 \r\nContent-Length: 0\r\n\r\n",
            "205 {Content-Length=0} end",
        ),
        answer(
            Method::Connect,
            "9110 §9.3.6",
            "2xx to CONNECT",
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
            "200 {Content-Length=3} end closes: Upgraded",
        ),
        answer(
            Method::Connect,
            "9110 §9.3.6",
            "4xx to CONNECT",
            b"HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\nabc",
            "403 {Content-Length=3} <abc> end",
        ),
        answer(
            Method::Get,
            "9112 §8",
            "cut",
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
            "200 {Content-Length=3} <ab> cut",
        ),
        answer(
            Method::Get,
            "9112 §8",
            "chunked, cut",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
            "200 {Transfer-Encoding=chunked} <ab> cut",
        ),
        answer(
            Method::Get,
            "9112 §8",
            "cut in the head",
            b"HTTP/1.1 200 OK\r\nContent-",
            "cut",
        ),
    ]);
}

#[test]
fn framing_that_is_refused() {
    check_all(&[
        answer(
            Method::Get,
            "9112 §6.1",
            "both",
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "refused: LengthAndCoding",
        ),
        answer(
            Method::Head,
            "9112 §6.1",
            "both, to HEAD",
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            "refused: LengthAndCoding",
        ),
        answer(
            Method::Get,
            "9112 §6.3",
            "two lengths",
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
            "refused: LengthRepeated",
        ),
        answer(
            Method::Get,
            "9112 §6.3",
            "a list",
            b"HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc",
            "refused: LengthRepeated",
        ),
        answer(
            Method::Get,
            "9110 §8.6",
            "a sign",
            b"HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc",
            "refused: LengthInvalid",
        ),
        answer(
            Method::Get,
            "9110 §8.6",
            "nothing, with a 304",
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: x\r\n\r\n",
            "refused: LengthInvalid",
        ),
        answer(
            Method::Get,
            "9112 §6.3",
            "another coding",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            "refused: CodingNotFinal",
        ),
        answer(
            Method::Get,
            "9112 §6.1",
            "another coding in front",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "refused: CodingUnknown",
        ),
        answer(
            Method::Get,
            "9112 §6.1",
            "a coding in HTTP/1.0",
            b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "refused: CodingBeforeHttp11",
        ),
        answer(
            Method::Get,
            "9112 §7.1",
            "a bad chunk",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            "200 {Transfer-Encoding=chunked} refused: ChunkSize",
        ),
    ]);
}

#[test]
fn persistence() {
    check_all(&[
        answer(
            Method::Get,
            "9112 §9.6",
            "close",
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            "200 {Connection=close Content-Length=0} end closes: Asked",
        ),
        answer(
            Method::Get,
            "9112 §9.3",
            "HTTP/1.0",
            b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na",
            "200 1.0 {Content-Length=1} <a> end closes: Asked",
        ),
        answer(
            Method::Get,
            "9112 §9.3",
            "HTTP/1.0 with keep-alive",
            b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na",
            "200 1.0 {Connection=keep-alive Content-Length=1} <a> end",
        ),
        answer(
            Method::Get,
            "9110 §7.6.1",
            "an option that is no token",
            b"HTTP/1.1 200 OK\r\nConnection: a b\r\nContent-Length: 0\r\n\r\n",
            "refused: ConnectionOptions",
        ),
    ]);
}

#[test]
fn interim_answers() {
    check_all(&[
answer(Method::Get,"9110 §15.2","100",b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na","100 {} interim 200 {Content-Length=1} <a> end"),
answer(Method::Get,"9110 §15.2","several",b"HTTP/1.1 103 \r\nLink: a\r\n\r\nHTTP/1.1 199 \r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n","103 {Link=a} interim 199 {} interim 200 {Content-Length=0} end"),
answer(Method::Get,"9110 §15.2","eight",b"HTTP/1.1 102 \r\n\r\nHTTP/1.1 102 \r\n\r\nHTTP/1.1 102 \r\n\r\nHTTP/1.1 102 \r\n\r\nHTTP/1.1 102 \r\n\r\nHTTP/1.1 102 \r\n\r\nHTTP/1.1 102 \r\n\r\nHTTP/1.1 102 \r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n","102 {} interim 102 {} interim 102 {} interim 102 {} interim 102 {} interim 102 {} interim 102 {} interim 102 {} interim 200 {Content-Length=0} end"),
answer(Method::Get,"9110 §15.2","nine",b"HTTP/1.1 102 \r\n\r\nHTTP/1.1 102 \r\n\r\nHTTP/1.1 102 \r\n\r\nHTTP/1.1 102 \r\n\r\nHTTP/1.1 102 \r\n\r\nHTTP/1.1 102 \r\n\r\nHTTP/1.1 102 \r\n\r\nHTTP/1.1 102 \r\n\r\nHTTP/1.1 102 \r\n\r\n","102 {} interim 102 {} interim 102 {} interim 102 {} interim 102 {} interim 102 {} interim 102 {} interim 102 {} interim refused: InterimTooMany"),
answer(Method::Get,"9110 §15.2.2","101 that nobody asked for",b"HTTP/1.1 101 \r\nUpgrade: x\r\n\r\n","refused: UpgradeUnasked"),
answer(Method::Get,"9112 §8","an interim answer alone",b"HTTP/1.1 100 Continue\r\n\r\n","100 {} interim cut"),
    ]);
}

#[test]
fn upgrades_that_were_asked_for() {
    let role = Role::Client(Method::Get, true);
    let section = "9110 §15.2.2";
    let rows = [
        (
            "101",
            &b"HTTP/1.1 101 \r\nUpgrade: x\r\n\r\n"[..],
            "101 {Upgrade=x} end closes: Upgraded",
        ),
        (
            "declined",
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "200 {Content-Length=0} end",
        ),
    ];
    for (name, bytes, expected) in rows {
        check_all(&[Row {
            role,
            section,
            name,
            bytes,
            expected,
        }]);
    }
}
