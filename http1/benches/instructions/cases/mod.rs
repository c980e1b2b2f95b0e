//! The cases, one row each. Every case asserts, before it is counted, that it does what its name says.

mod bodies;
mod heads;
mod input;
mod roles;
mod writes;
mod yardstick;

use std::hint::black_box;

pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Rounds that are counted: enough for a figure that is exact, few enough for milliseconds.
    pub(crate) rounds: u32,
    /// Whether the figure is held against the table.
    pub(crate) judged: bool,
    pub(crate) run: fn(u32),
}

/// Rounds of what takes hundreds or thousands of instructions.
const MANY: u32 = 1_000;
/// Rounds of what takes hundreds of thousands, or more.
const FEW: u32 = 20;

pub(crate) const CASES: &[Case] = &[
    many("parse/request/small", |n| heads::request(input::SMALL, 1, n)),
    many("parse/request/browser", |n| heads::request(input::BROWSER, 12, n)),
    many("parse/request/max", |n| heads::request(&input::max(), 100, n)),
    many("parse/answer/nginx", |n| heads::answer(input::NGINX, 5, n)),
    many("parse/answer/rich", |n| heads::answer(input::RICH, 20, n)),
    many("refuse/request/version", heads::refused_version),
    many("refuse/request/bare-lf", heads::refused_line),
    many("refuse/request/framing", heads::refused_framing),
    many("refuse/answer/status", heads::refused_status),
    many("write/request/copied", writes::request_copied),
    many("write/request/own", writes::request_own),
    many("write/answer/copied", writes::answer_copied),
    many("write/answer/own", writes::answer_own),
    many("body/length", |n| bodies::length(1 << 20, n)),
    many("body/chunked/16-kib", |n| bodies::chunked(1 << 20, 16 << 10, n)),
    few("body/chunked/1-byte", |n| bodies::chunked(1 << 14, 1, n)),
    few("body/encode/16-kib", |n| bodies::encode(1 << 20, 16 << 10, n)),
    few("body/encode/1-byte", |n| bodies::encode(1 << 14, 1, n)),
    many("server/get/small", |n| roles::server(input::SMALL, 0, n)),
    many("server/get/browser", |n| roles::server(input::BROWSER, 0, n)),
    many("server/post", |n| roles::server(input::POST, 5, n)),
    many("client/answer/nginx", |n| roles::client(input::NGINX, 12, n)),
    many("client/answer/rich", |n| roles::client(input::RICH, 12, n)),
    few("server/2-kib-bytewise", roles::server_bytewise),
    few("client/2-kib-bytewise", roles::client_bytewise),
    yardstick("httparse/request/small", |n| yardstick::request(input::SMALL, n)),
    yardstick("httparse/request/browser", |n| {
        yardstick::request(input::BROWSER, n)
    }),
    yardstick("httparse/request/max", |n| yardstick::request(&input::max(), n)),
    yardstick("httparse/answer/nginx", |n| yardstick::answer(input::NGINX, n)),
    yardstick("httparse/answer/rich", |n| yardstick::answer(input::RICH, n)),
];

const fn many(name: &'static str, run: fn(u32)) -> Case {
    Case {
        name,
        rounds: MANY,
        judged: true,
        run,
    }
}

const fn few(name: &'static str, run: fn(u32)) -> Case {
    Case {
        name,
        rounds: FEW,
        judged: true,
        run,
    }
}

const fn yardstick(name: &'static str, run: fn(u32)) -> Case {
    Case {
        name,
        rounds: MANY,
        judged: false,
        run,
    }
}

/// What is counted; no result of `f` is known to be unused.
fn repeat<T>(rounds: u32, mut f: impl FnMut() -> T) {
    for _ in 0..rounds {
        black_box(f());
    }
}
