//! `cargo experiment`: arguments in, exit code out.
fn main() {}
