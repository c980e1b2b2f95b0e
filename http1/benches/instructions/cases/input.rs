//! The messages that are parsed: what is seen most, and what is allowed at most.

/// As wrk sends it.
pub(super) const SMALL: &[u8] = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";

/// As a browser sends it: 12 fields.
pub(super) const BROWSER: &[u8] = b"GET /articles/2026/11/how-a-proxy-reads?page=2&sort=newest HTTP/1.1\r\n\
    Host: www.example.org\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
    Accept-Language: en-GB,en;q=0.7,de;q=0.3\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Referer: https://www.example.org/articles/2026/11/\r\n\
    Connection: keep-alive\r\n\
    Cookie: session=7f3a9c51d2e84b06a1c9; theme=dark; consent=necessary\r\n\
    Upgrade-Insecure-Requests: 1\r\n\
    Sec-Fetch-Dest: document\r\n\
    Sec-Fetch-Mode: navigate\r\n\
    Priority: u=0, i\r\n\r\n";

pub(super) const POST: &[u8] = b"POST /orders HTTP/1.1\r\n\
    Host: api.example.org\r\n\
    Content-Type: application/json\r\n\
    Content-Length: 5\r\n\r\n\
    [1,2]";

/// As nginx sends it: 5 fields, and their body.
pub(super) const NGINX: &[u8] = b"HTTP/1.1 200 OK\r\n\
    Server: nginx/1.28.0\r\n\
    Date: Tue, 24 Nov 2026 10:00:00 GMT\r\n\
    Content-Type: text/plain\r\n\
    Content-Length: 12\r\n\
    Connection: keep-alive\r\n\r\n\
    hello world\n";

/// As an application behind several layers sends it: 20 fields, and their body.
pub(super) const RICH: &[u8] = b"HTTP/1.1 200 OK\r\n\
    Date: Tue, 24 Nov 2026 10:00:00 GMT\r\n\
    Content-Type: application/json; charset=utf-8\r\n\
    Content-Length: 12\r\n\
    Connection: keep-alive\r\n\
    Cache-Control: private, max-age=0, must-revalidate\r\n\
    ETag: W/\"5f-8b1a9953c4611296a827abf8c47804d7\"\r\n\
    Last-Modified: Mon, 23 Nov 2026 09:30:00 GMT\r\n\
    Vary: Accept-Encoding, Origin\r\n\
    Set-Cookie: session=7f3a9c51d2e84b06a1c9; Path=/; HttpOnly; Secure; SameSite=Lax\r\n\
    Set-Cookie: theme=dark; Path=/; Max-Age=31536000\r\n\
    Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n\
    Content-Security-Policy: default-src 'self'; img-src 'self' data:\r\n\
    X-Content-Type-Options: nosniff\r\n\
    X-Frame-Options: DENY\r\n\
    Referrer-Policy: strict-origin-when-cross-origin\r\n\
    Access-Control-Allow-Origin: https://www.example.org\r\n\
    X-Request-Id: 018f6d3e-7c1a-7b5e-9f30-3a4b5c6d7e8f\r\n\
    X-RateLimit-Remaining: 4987\r\n\
    Server-Timing: db;dur=12.4, app;dur=31.0\r\n\
    Via: 1.1 cache-fra\r\n\r\n\
    hello world\n";

/// As many fields as are allowed, of names that nobody knows.
pub(super) fn max() -> Vec<u8> {
    let mut head = b"GET /max HTTP/1.1\r\nHost: www.example.org\r\n".to_vec();
    for i in 1..100 {
        head.extend_from_slice(format!("X-Field-{i:02}: value number {i:02}\r\n").as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// `start` and fields up to 2 KiB, blank line included.
pub(super) fn two_kib(start: &str) -> Vec<u8> {
    const LEN: usize = 2 << 10;
    const LINE: &[u8] = b"X-Some-Field: some value or other\r\n";
    let mut head = start.as_bytes().to_vec();
    while head.len() + 2 * LINE.len() + b"\r\n".len() < LEN {
        head.extend_from_slice(LINE);
    }
    head.extend_from_slice(b"X-Rest: ");
    head.resize(LEN - b"\r\n\r\n".len(), b'x');
    head.extend_from_slice(b"\r\n\r\n");
    head
}
