//! The chunked coding and its trailers (RFC 9112 §7.1).

use super::{check_all, request};

#[test]
fn what_is_a_chunk() {
    check_all(&[
request("9112 §7.1","one chunk",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} <hello> end"),
request("9112 §7.1","several",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} <abc> end"),
request("9112 §7.1","hexadecimal of either case",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} <01234567890123456789> end"),
request("9112 §7.1","leading zeros",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0003\r\nabc\r\n000\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} <abc> end"),
request("9112 §7.1","line endings as content",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n\r\n\r\n\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} <\\r\\n\\r\\n> end"),
request("9112 §7.1","a last chunk as content",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} <0\\r\\n\\r\\n> end"),
request("9112 §7.1","as many digits as there may be",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n000000000000001\r\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} <a> end"),
request("9112 §8","cut in a size",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1","POST / {Host=a Transfer-Encoding=chunked} cut"),
request("9112 §8","cut in content",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\na","POST / {Host=a Transfer-Encoding=chunked} <a> cut"),
request("9112 §8","cut before the last chunk",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n","POST / {Host=a Transfer-Encoding=chunked} <a> cut"),
request("9112 §8","cut before the last line",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n","POST / {Host=a Transfer-Encoding=chunked} cut"),
    ]);
}

#[test]
fn bad_sizes() {
    check_all(&[
request("9112 §7.1","empty",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\r\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §7.1","no digit",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\ng\r\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §7.1","0x",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §7.1","plus",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §7.1","minus",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §7.1","an underscore",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1_0\r\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §7.1","a space in front",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n 1\r\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §7.1","a space behind",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §7.1","a tab behind",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\t\r\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §7.1","a comma",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1,1\r\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §7.1","too many digits",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0000000000000001\r\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §7.1","overflow",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §7.1","overflow to a small number",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000001\r\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §2.2","a bare LF",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §2.2","a bare CR",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\ra\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §2.2","two CR",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\r\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §7.1","NUL",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\0\r\na\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §2.2","a bare LF behind the last size",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
    ]);
}

#[test]
fn bad_endings() {
    check_all(&[
        request(
            "9112 §7.1",
            "content longer than its size",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
            "POST / {Host=a Transfer-Encoding=chunked} <a> refused: ChunkEnding",
        ),
        request(
            "9112 §7.1",
            "content shorter than its size",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab\r\n0\r\n\r\n",
            "POST / {Host=a Transfer-Encoding=chunked} <ab\\r> refused: ChunkEnding",
        ),
        request(
            "9112 §2.2",
            "a bare LF",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n",
            "POST / {Host=a Transfer-Encoding=chunked} <a> refused: ChunkEnding",
        ),
        request(
            "9112 §2.2",
            "a bare CR",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r0\r\n\r\n",
            "POST / {Host=a Transfer-Encoding=chunked} <a> refused: ChunkEnding",
        ),
        request(
            "9112 §7.1",
            "none",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na0\r\n\r\n",
            "POST / {Host=a Transfer-Encoding=chunked} <a> refused: ChunkEnding",
        ),
        request(
            "9112 §7.1",
            "two",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n\r\n0\r\n\r\n",
            "POST / {Host=a Transfer-Encoding=chunked} <a> refused: ChunkSize",
        ),
    ]);
}

#[test]
fn extensions() {
    check_all(&[
request("9112 §7.1.1","a name",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a\r\nx\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} <x> end"),
request("9112 §7.1.1","a name and a value",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b;c=d\r\nx\r\n0;e\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} <x> end"),
request("9112 §7.1.1","a quoted value",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\";\\\"\\\\\"\r\nx\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} <x> end"),
request("9112 §7.1.1","whitespace where it may be",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1; \ta = \"b\" ;c\r\nx\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} <x> end"),
request("9112 §7.1.1","whitespace before the first",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1 ;a\r\nx\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §7.1.1","whitespace behind the last",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a \r\nx\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkExtension"),
request("9112 §7.1.1","no name",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;\r\nx\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkExtension"),
request("9112 §7.1.1","no name before a value",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;=a\r\nx\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkExtension"),
request("9112 §7.1.1","no value",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\r\nx\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkExtension"),
request("9112 §7.1.1","no end of a quote",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\"\r\nx\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkExtension"),
request("9112 §7.1.1","more behind a quote",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\"b\"c\r\nx\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkExtension"),
request("9112 §2.2","a bare LF",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a\nx\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkExtension"),
request("9112 §2.2","a bare LF in quotes",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\"\n\"\r\nx\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkExtension"),
request("9112 §2.2","a bare CR",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a\rx\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkSize"),
request("9112 §7.1.1","NUL",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a\0\r\nx\r\n0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: ChunkExtension"),
    ]);
}

#[test]
fn trailers() {
    check_all(&[
request("9112 §7.1.2","one",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx: 1\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} {x=1} end"),
request("9112 §7.1.2","several",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\nx-sum:\t2 \r\ny:\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} <a> {X-Sum=1 x-sum=2 y=} end"),
request("9112 §8","cut",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx: 1\r\n","POST / {Host=a Transfer-Encoding=chunked} cut"),
request("9112 §5.1","a space before the colon",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx : 1\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
request("9112 §5.2","folded",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx: 1\r\n y\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
request("9112 §5.1","no colon",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
request("9112 §5.1","no name",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n: x\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
request("9112 §2.2","a bare LF",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx: 1\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
request("9112 §2.2","a bare LF at the end",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx: 1\r\n\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
request("9112 §2.2","a bare LF instead of a last line",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
request("9112 §2.2","a bare CR",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx: \r1\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
request("9110 §5.5","NUL",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx: \0\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
request("9110 §6.5.1","Content-Length",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\ncontent-length: 1\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
request("9110 §6.5.1","Transfer-Encoding",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
request("9110 §6.5.1","Host",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHost: b\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
request("9110 §6.5.1","Connection",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx: 1\r\nConnection: x\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
request("9110 §6.5.1","Trailer",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
request("9110 §6.5.1","Authorization",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: x\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
request("9110 §6.5.1","Expect",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nExpect: 100-continue\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
request("9112 §7.1.2","a request instead of trailers",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nGET / HTTP/1.1\r\n\r\n","POST / {Host=a Transfer-Encoding=chunked} refused: Trailers"),
    ]);
}
