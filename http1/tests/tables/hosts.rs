//! Host (RFC 9112 §3.2, RFC 9110 §7.2).

use super::{check_all, request};

#[test]
fn hosts() {
    check_all(&[
        request(
            "9112 §3.2",
            "a name and a port",
            b"GET / HTTP/1.1\r\nhost: a.b:80\r\n\r\n",
            "GET / {host=a.b:80} end",
        ),
        request(
            "9112 §3.2",
            "an IPv6 address",
            b"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
            "GET / {Host=[::1]:80} end",
        ),
        request(
            "9112 §3.2",
            "empty",
            b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
            "GET / {Host=} end",
        ),
        request(
            "9112 §3.2",
            "HTTP/1.0 without",
            b"GET / HTTP/1.0\r\n\r\n",
            "GET / 1.0 {} end closes: Asked",
        ),
        request(
            "9112 §3.2",
            "none",
            b"GET / HTTP/1.1\r\n\r\n",
            "refused: HostMissing",
        ),
        request(
            "9112 §3.2",
            "none beside an absolute target",
            b"GET http://a/ HTTP/1.1\r\n\r\n",
            "refused: HostMissing",
        ),
        request(
            "9112 §3.2",
            "two that differ",
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "refused: HostRepeated",
        ),
        request(
            "9112 §3.2",
            "two that agree",
            b"GET / HTTP/1.1\r\nHost: a\r\nhOST: a\r\n\r\n",
            "refused: HostRepeated",
        ),
        request(
            "9112 §3.2",
            "two in HTTP/1.0",
            b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n",
            "refused: HostRepeated",
        ),
        request(
            "9112 §3.2",
            "one empty and one not",
            b"GET / HTTP/1.1\r\nHost:\r\nHost: a\r\n\r\n",
            "refused: HostRepeated",
        ),
        request(
            "9112 §3.2",
            "a list",
            b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
            "refused: HostInvalid",
        ),
        request(
            "9112 §3.2",
            "a list without a space",
            b"GET / HTTP/1.1\r\nHost: a,b\r\n\r\n",
            "refused: HostInvalid",
        ),
        request(
            "9112 §3.2",
            "two words",
            b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
            "refused: HostInvalid",
        ),
        request(
            "9112 §3.2",
            "a path",
            b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
            "refused: HostInvalid",
        ),
        request(
            "9112 §3.2",
            "a user",
            b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
            "refused: HostInvalid",
        ),
        request(
            "9112 §3.2",
            "a scheme",
            b"GET / HTTP/1.1\r\nHost: http://a\r\n\r\n",
            "refused: HostInvalid",
        ),
        request(
            "9112 §3.2",
            "a port that is no number",
            b"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n",
            "refused: HostInvalid",
        ),
        request(
            "9112 §3.2",
            "a port that is too large",
            b"GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n",
            "refused: HostInvalid",
        ),
        request(
            "9112 §3.2",
            "an address without brackets",
            b"GET / HTTP/1.1\r\nHost: ::1\r\n\r\n",
            "refused: HostInvalid",
        ),
        request(
            "9112 §3.2",
            "above ASCII",
            b"GET / HTTP/1.1\r\nHost: \xe4\r\n\r\n",
            "refused: HostInvalid",
        ),
        request(
            "9112 §3.2",
            "percent-encoded",
            b"GET / HTTP/1.1\r\nHost: a%2fb\r\n\r\n",
            "refused: HostInvalid",
        ),
        request(
            "9112 §3.2",
            "invalid in HTTP/1.0",
            b"GET / HTTP/1.0\r\nHost: a/b\r\n\r\n",
            "refused: HostInvalid",
        ),
        request(
            "9112 §5.1",
            "a space before the colon",
            b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "refused: FieldName",
        ),
        request(
            "9112 §5.2",
            "folded",
            b"GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n",
            "refused: FieldName",
        ),
    ]);
}
