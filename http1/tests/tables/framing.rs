//! Where a request's body ends: lengths, codings, and both (RFC 9112 §6).

use super::{check_all, request};

#[test]
fn what_frames_a_body() {
    check_all(&[
        request(
            "9112 §6.3",
            "no framing is no body",
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / {Host=a} end",
        ),
        request(
            "9112 §6.3",
            "no framing is no body, whatever the method",
            b"POST / HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / {Host=a} end",
        ),
        request(
            "9112 §6.2",
            "Content-Length",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
            "POST / {Host=a Content-Length=3} <abc> end",
        ),
        request(
            "9112 §6.2",
            "a body of GET",
            b"GET / HTTP/1.1\r\nHost: a\r\ncontent-length: 3\r\n\r\nabc",
            "GET / {Host=a content-length=3} <abc> end",
        ),
        request(
            "9112 §6.2",
            "a body of HEAD",
            b"HEAD / HTTP/1.1\r\nHost: a\r\ncontent-length: 1\r\n\r\na",
            "HEAD / {Host=a content-length=1} <a> end",
        ),
        request(
            "9112 §6.2",
            "no bytes",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
            "POST / {Host=a Content-Length=0} end",
        ),
        request(
            "9110 §8.6",
            "leading zeros are digits",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0003\r\n\r\nabc",
            "POST / {Host=a Content-Length=0003} <abc> end",
        ),
        request(
            "9112 §5.1",
            "whitespace around it is no part of it",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \t 3 \t\r\n\r\nabc",
            "POST / {Host=a Content-Length=3} <abc> end",
        ),
        request(
            "9112 §7.1",
            "chunked",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "POST / {Host=a Transfer-Encoding=chunked} <abc> end",
        ),
        request(
            "9112 §7",
            "names of codings have no case",
            b"POST / HTTP/1.1\r\nHost: a\r\nTRANSFER-encoding: ChunkeD\r\n\r\n0\r\n\r\n",
            "POST / {Host=a TRANSFER-encoding=ChunkeD} end",
        ),
        request(
            "9112 §6.2",
            "Content-Length in HTTP/1.0",
            b"POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc",
            "POST / 1.0 {Content-Length=3} <abc> end closes: Asked",
        ),
        request(
            "9112 §6.3",
            "a body that looks like a request",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n",
            "POST / {Host=a Content-Length=18} <GET / HTTP/1.1\\r\\n\\r\\n> end",
        ),
        request(
            "9112 §8",
            "a body that is cut",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab",
            "POST / {Host=a Content-Length=3} <ab> cut",
        ),
        request(
            "9110 §8.6",
            "as long as can be",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\nab",
            "POST / {Host=a Content-Length=9223372036854775807} <ab> cut",
        ),
    ]);
}

#[test]
fn two_lengths_are_refused() {
    check_all(&[
request("9112 §6.1","CL.TE",b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG","refused: LengthAndCoding"),
request("9112 §6.1","TE.CL",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n","refused: LengthAndCoding"),
request("9112 §6.1","TE.0",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n","refused: LengthAndCoding"),
request("9112 §6.1","an empty coding beside a length",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\nContent-Length: 0\r\n\r\n","refused: LengthAndCoding"),
request("9112 §6.1","a coding of any spelling beside a length",b"POST / HTTP/1.1\r\nHost: a\r\ntRANSFER-eNCODING: x\r\ncONTENT-lENGTH: 0\r\n\r\n","refused: LengthAndCoding"),
request("9112 §6.3","lengths that differ",b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd","refused: LengthRepeated"),
request("9112 §6.3","lengths that agree",b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc","refused: LengthRepeated"),
request("9112 §6.3","a list of lengths",b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc","refused: LengthRepeated"),
request("9112 §6.3","a list of two different lengths",b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3,4\r\n\r\nabcd","refused: LengthRepeated"),
    ]);
}

#[test]
fn lengths_are_digits() {
    check_all(&[
        request(
            "9110 §8.6",
            "plus",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
            "refused: LengthInvalid",
        ),
        request(
            "9110 §8.6",
            "minus",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc",
            "refused: LengthInvalid",
        ),
        request(
            "9110 §8.6",
            "minus zero",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -0\r\n\r\n",
            "refused: LengthInvalid",
        ),
        request(
            "9110 §8.6",
            "hexadecimal",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc",
            "refused: LengthInvalid",
        ),
        request(
            "9110 §8.6",
            "an exponent",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1e1\r\n\r\nabc",
            "refused: LengthInvalid",
        ),
        request(
            "9110 §8.6",
            "a fraction",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3.0\r\n\r\nabc",
            "refused: LengthInvalid",
        ),
        request(
            "9110 §8.6",
            "an underscore",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1_0\r\n\r\nabc",
            "refused: LengthInvalid",
        ),
        request(
            "9110 §8.6",
            "two numbers",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3 4\r\n\r\nabc",
            "refused: LengthInvalid",
        ),
        request(
            "9110 §8.6",
            "nothing",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
            "refused: LengthInvalid",
        ),
        request(
            "9110 §8.6",
            "whitespace alone",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \t \r\n\r\n",
            "refused: LengthInvalid",
        ),
        request(
            "9110 §8.6",
            "an empty member",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ,\r\n\r\n",
            "refused: LengthRepeated",
        ),
        request(
            "9110 §8.6",
            "quotes",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \"3\"\r\n\r\nabc",
            "refused: LengthInvalid",
        ),
        request(
            "9110 §8.6",
            "digits that are no ASCII",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \xd9\xa3\r\n\r\nabc",
            "refused: LengthInvalid",
        ),
        request(
            "9110 §8.6",
            "one above a signed number",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775808\r\n\r\n",
            "refused: LengthInvalid",
        ),
        request(
            "9110 §8.6",
            "one above an unsigned number",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n",
            "refused: LengthInvalid",
        ),
        request(
            "9110 §8.6",
            "above anything",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999999\r\n\r\n",
            "refused: LengthInvalid",
        ),
    ]);
}

#[test]
fn codings_are_chunked_alone() {
    check_all(&[
request("9112 §6.3","TE.TE",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n","refused: CodingNotFinal"),
request("9112 §7","chunked twice in two fields",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n","refused: CodingNotFinal"),
request("9112 §7","chunked twice in a list",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n","refused: CodingNotFinal"),
request("9112 §6.1","another coding in front",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n","refused: CodingUnknown"),
request("9112 §6.1","another coding in front, as a field",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n","refused: CodingUnknown"),
request("9112 §6.3","chunked is not the last",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n","refused: CodingNotFinal"),
request("9112 §6.3","chunked and identity",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n","refused: CodingNotFinal"),
request("9112 §6.3","identity",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n","refused: CodingNotFinal"),
request("9112 §6.3","nothing",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n","refused: CodingNotFinal"),
request("9112 §6.3","a name that begins with chunked",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunkedx\r\n\r\n","refused: CodingNotFinal"),
request("9112 §6.3","a name that ends with chunked",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n","refused: CodingNotFinal"),
request("9112 §6.3","quotes",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n","refused: CodingNotFinal"),
request("9112 §7","a parameter",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;q=1\r\n\r\n","refused: CodingNotFinal"),
request("9112 §6.3","an empty member in front",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: , chunked\r\n\r\n0\r\n\r\n","refused: CodingNotFinal"),
request("9112 §6.3","an empty member behind",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked,\r\n\r\n0\r\n\r\n","refused: CodingNotFinal"),
request("9110 §5.5","a vertical tab",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n","refused: FieldValue"),
request("9110 §5.5","a byte that is a space elsewhere",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \xa0chunked\r\n\r\n","refused: CodingNotFinal"),
request("9112 §5.2","folded",b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n","refused: FieldName"),
request("9112 §6.1","HTTP/1.0",b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n","refused: CodingBeforeHttp11"),
request("9112 §6.1","HTTP/1.0, an unknown coding",b"POST / HTTP/1.0\r\nTransfer-Encoding: x\r\n\r\n","refused: CodingBeforeHttp11"),
request("9112 §6.1","HTTP/1.0, and a length",b"POST / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n","refused: LengthAndCoding"),
    ]);
}
