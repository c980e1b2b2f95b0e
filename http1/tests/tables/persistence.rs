//! Whether a connection stays, and who waits for 100 Continue (RFC 9112 §9, RFC 9110 §7.6.1, §10.1.1).

use super::{check_all, request};

#[test]
fn connections() {
    check_all(&[
request("9112 §9.3","HTTP/1.1 stays",b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n","GET / {Host=a} end GET / {Host=a} end"),
request("9112 §9.3.2","pipelined bodies",b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\naPOST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n","POST / {Host=a Content-Length=1} <a> end POST / {Host=a Transfer-Encoding=chunked} <b> end GET / {Host=a} end"),
request("9112 §9.3.2","the second is refused",b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n","GET / {Host=a} end refused: HostMissing"),
request("9112 §9.3.2","an empty line between",b"GET / HTTP/1.1\r\nHost: a\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n","GET / {Host=a} end GET / {Host=a} end"),
request("9112 §9.6","close",b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n","GET / {Host=a Connection=close} end closes: Asked"),
request("9112 §9.6","close in any case and place",b"GET / HTTP/1.1\r\nHost: a\r\nconnection: x, ,CLOSE\r\n\r\n","GET / {Host=a connection=x, ,CLOSE} end closes: Asked"),
request("9112 §9.6","close in a second field",b"GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: close\r\n\r\n","GET / {Host=a Connection=x Connection=close} end closes: Asked"),
request("9112 §9.3","close beats keep-alive",b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close, keep-alive\r\n\r\n","GET / {Host=a Connection=close, keep-alive} end closes: Asked"),
request("9112 §9.3","a part of a word is no close",b"GET / HTTP/1.1\r\nHost: a\r\nConnection: closed, un-close\r\n\r\n","GET / {Host=a Connection=closed, un-close} end"),
request("9112 §9.3","HTTP/1.0 closes",b"GET / HTTP/1.0\r\n\r\n","GET / 1.0 {} end closes: Asked"),
request("9112 §9.3","HTTP/1.0 with keep-alive stays",b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n","GET / 1.0 {Connection=Keep-Alive} end GET / {Host=a} end"),
request("9112 §9.3","HTTP/1.0 with keep-alive and close",b"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n","GET / 1.0 {Connection=keep-alive, close} end closes: Asked"),
request("9110 §7.6.1","an empty list",b"GET / HTTP/1.1\r\nHost: a\r\nConnection:\r\n\r\n","GET / {Host=a Connection=} end"),
request("9110 §7.6.1","an option that is no token",b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close;a\r\n\r\n","refused: ConnectionOptions"),
request("9110 §7.6.1","quotes",b"GET / HTTP/1.1\r\nHost: a\r\nConnection: \"close\"\r\n\r\n","refused: ConnectionOptions"),
request("9110 §7.6.1","two words",b"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive close\r\n\r\n","refused: ConnectionOptions"),
    ]);
}

#[test]
fn expectations() {
    check_all(&[
request("9110 §10.1.1","before a body",b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na","POST / {Host=a Expect=100-continue Content-Length=1} expects <a> end"),
request("9110 §10.1.1","in any case",b"POST / HTTP/1.1\r\nHost: a\r\nexpect: 100-CONTINUE\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n","POST / {Host=a expect=100-CONTINUE Transfer-Encoding=chunked} expects end"),
request("9110 §10.1.1","before no body",b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n","POST / {Host=a Expect=100-continue} end"),
request("9110 §10.1.1","in HTTP/1.0",b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na","POST / 1.0 {Expect=100-continue Content-Length=1} <a> end closes: Asked"),
request("9110 §10.1.1","empty",b"POST / HTTP/1.1\r\nHost: a\r\nExpect:\r\n\r\n","POST / {Host=a Expect=} end"),
request("9110 §10.1.1","another",b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n","refused: Expectation"),
request("9110 §10.1.1","two",b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, x\r\n\r\n","refused: Expectation"),
request("9110 §10.1.1","twice",b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n\r\n","refused: Expectation"),
request("9110 §10.1.1","with a parameter",b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue;x\r\n\r\n","refused: Expectation"),
    ]);
}
