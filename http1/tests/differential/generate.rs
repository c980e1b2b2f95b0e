//! Valid messages of many kinds.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Behind what may be broken: whoever reads on at the wrong place reads this differently.
pub(crate) const SENTINEL: &[u8] = b"GET /sentinel HTTP/1.1\r\nHost: z\r\n\r\n";

const METHODS: [&str; 8] = ["GET", "GET", "POST", "POST", "PUT", "HEAD", "DELETE", "M-SEARCH"];
const TARGETS: [&str; 6] = [
    "/",
    "/a/b?c=d",
    "/%41;x=1",
    "//x",
    "http://b.example/c",
    "https://b:8443/?d",
];
const HOSTS: [&str; 5] = ["a", "a.example:80", "[::1]:8080", "127.0.0.1", ""];
const FIELDS: [&str; 10] = [
    "Accept: */*",
    "x-empty:",
    "X-A:b",
    "x-a: \t c \t",
    "Cookie: a=b; c=d",
    "Connection: keep-alive",
    "Connection: x-a, TE",
    "TE: trailers",
    "x-text: \u{e4}",
    "User-Agent: some/1.0 (thing)",
];
const CONTENTS: [&str; 6] = [
    "",
    "a",
    "abc",
    "0\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    "\0\r\r\n\n",
];
const EXTENSIONS: [&str; 5] = ["", "", "", ";a", ";a=b;c=\"d;\\\"\""];
const TRAILERS: [&str; 4] = ["", "", "x-sum: 1\r\n", "x-sum: 1\r\nX-SUM:2\r\ny:\r\n"];

pub(crate) fn pick<T: Copy>(random: &mut ChaCha8Rng, from: &[T]) -> T {
    from[random.random_range(0..from.len())]
}

fn fields(random: &mut ChaCha8Rng, out: &mut String) {
    for _ in 0..random.random_range(0..4) {
        out.push_str(pick(random, &FIELDS));
        out.push_str("\r\n");
    }
}

/// Framing fields, the blank line and the body.
fn body(random: &mut ChaCha8Rng, out: &mut String, may_be_chunked: bool) {
    let content = pick(random, &CONTENTS);
    if !may_be_chunked || random.random_range(0..2) == 0 {
        *out += &format!("Content-Length: {}\r\n\r\n{content}", content.len());
        return;
    }
    *out += "Transfer-Encoding: chunked\r\n\r\n";
    for _ in 0..random.random_range(0..3) {
        let content = pick(random, &CONTENTS[1..]);
        *out += &format!(
            "{:x}{}\r\n{content}\r\n",
            content.len(),
            pick(random, &EXTENSIONS)
        );
    }
    *out += &format!(
        "0{}\r\n{}\r\n",
        pick(random, &EXTENSIONS),
        pick(random, &TRAILERS)
    );
}

fn request(random: &mut ChaCha8Rng, out: &mut String) {
    let old = random.random_range(0..8) == 0;
    let (method, target) = match random.random_range(0..24) {
        0 => ("CONNECT", "a:443"),
        1 => ("OPTIONS", "*"),
        _ => (pick(random, &METHODS), pick(random, &TARGETS)),
    };
    *out += &format!(
        "{method} {target} HTTP/1.{}\r\nHost: {}\r\n",
        u8::from(!old),
        pick(random, &HOSTS)
    );
    fields(random, out);
    match random.random_range(0..5) {
        0 | 1 => *out += "\r\n",
        2 if !old => {
            *out += "Expect: 100-continue\r\n";
            body(random, out, true);
        }
        _ => body(random, out, !old),
    }
}

/// One to three on one connection.
pub(crate) fn requests(random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut out = String::new();
    for _ in 0..random.random_range(1..4) {
        request(random, &mut out);
    }
    out.into_bytes()
}

/// An answer, and the method of the request that it answers.
pub(crate) fn answer(random: &mut ChaCha8Rng) -> (&'static str, Vec<u8>) {
    let method = pick(random, &["GET", "GET", "GET", "POST", "HEAD", "CONNECT"]);
    let mut out = String::new();
    if random.random_range(0..4) == 0 {
        out += pick(
            random,
            &[
                "HTTP/1.1 100 Continue\r\n\r\n",
                "HTTP/1.1 103 \r\nLink: a\r\n\r\n",
            ],
        );
    }
    let old = random.random_range(0..8) == 0;
    let status = pick(
        random,
        &[
            "200 OK",
            "200 OK",
            "200 ",
            "204 No Content",
            "304 Not Modified",
            "404 \u{e4}",
            "599 x",
            "302",
        ],
    );
    out += &format!("HTTP/1.{} {status}\r\n", u8::from(!old));
    fields(random, &mut out);
    match random.random_range(0..4) {
        0 => out += &format!("\r\n{}", pick(random, &CONTENTS)),
        _ => body(random, &mut out, !old),
    }
    (method, out.into_bytes())
}
