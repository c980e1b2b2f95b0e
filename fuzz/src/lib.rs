//! The checks that the fuzz targets run: one function of bytes for each target.
//!
//! They live beside the tests of what they check, where `cargo test -p http1` and `cargo test -p gateway` replay the
//! corpora with them on every toolchain.

#[path = "../../http1/tests/replay/check/mod.rs"]
mod check;
#[path = "../../gateway/tests/replay/check/mod.rs"]
mod gateway_check;

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

pub fn config(data: &[u8]) {
    gateway_check::config::check(data);
}

pub fn path(data: &[u8]) {
    gateway_check::path::check(data);
}
