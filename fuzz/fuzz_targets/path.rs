//! The check `path` on inputs that libFuzzer makes up; what it judges is written in the check.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::path(data));
