//! The checks that the fuzz targets run: one function of bytes for each target.
//!
//! They live beside the engine's tests, where `cargo test -p http1` replays the corpora with them on every toolchain.

#[path = "../../http1/tests/replay/check/mod.rs"]
mod check;

pub fn request(data: &[u8]) {
    check::request::check(data);
}

pub fn answer(data: &[u8]) {
    check::answer::check(data);
}

pub fn chunked(data: &[u8]) {
    check::chunked::check(data);
}

pub fn proxy(data: &[u8]) {
    check::proxy::check(data);
}
