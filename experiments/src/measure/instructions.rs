//! User instructions, counted by valgrind's cachegrind without its cache simulation.
//!
//! It executes every instruction of the process in software, so the count is the same on a busy machine. It does
//! not see the kernel's part; `cpu` does.

use crate::provenance;
use crate::stand::Wrapper;
use std::path::Path;

/// The wrapper that counts into `log`, or why there is none.
pub fn cachegrind(log: &Path) -> Result<Wrapper, String> {
    let program = provenance::find("valgrind").ok_or("valgrind not installed")?;
    let mut log_file = std::ffi::OsString::from("--log-file=");
    log_file.push(log);
    let fixed = [
        "--tool=cachegrind",
        "--cache-sim=no",
        "--branch-sim=no",
        "--cachegrind-out-file=/dev/null",
    ];
    let arguments = fixed.into_iter().map(Into::into).chain([log_file]).collect();
    Ok(Wrapper { program, arguments })
}

/// The total from cachegrind's summary: the `I refs:` line (`I   refs:` before valgrind 3.21).
pub fn parse_instructions(log: &str) -> Option<u64> {
    log.lines().find_map(|line| {
        let text = line.trim_start_matches(|c: char| c == '=' || c == '-' || c.is_ascii_digit());
        let mut words = text.split_whitespace();
        if (words.next(), words.next()) != (Some("I"), Some("refs:")) {
            return None;
        }
        words.next()?.replace(',', "").parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn total_is_read_from_old_and_new_summaries() {
        let old = "==4711== Cachegrind, a cache and branch-prediction profiler\n\
                   --4711-- warning: L3 cache found\n\
                   ==4711== \n\
                   ==4711== I   refs:      165,432,109\n";
        assert_eq!(parse_instructions(old), Some(165_432_109));
        assert_eq!(parse_instructions("==9== I refs:        1,234\n"), Some(1_234));
        assert_eq!(parse_instructions("==9== I refs: none\n"), None);
        assert_eq!(parse_instructions(""), None);
    }
}
