//! System calls, counted by `strace -c -f`.
//!
//! The traced program is started by strace (attaching to a running one is forbidden on many machines), and
//! strace writes its table when that program ends.

use crate::provenance;
use crate::stand::Wrapper;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// The wrapper that counts into `table`, or why there is none.
pub fn strace(table: &Path) -> Result<Wrapper, String> {
    let program = provenance::find("strace").ok_or("strace not installed")?;
    // the cheapest way to know whether tracing is permitted here is to do it
    provenance::output(Command::new(&program).args(["-c", "-o", "/dev/null", "true"]))
        .ok_or("tracing is not permitted on this machine")?;
    let arguments = ["-f", "-c", "-o"].into_iter().map(Into::into);
    Ok(Wrapper {
        program,
        arguments: arguments.chain([table.as_os_str().to_owned()]).collect(),
    })
}

/// Calls by name from strace's table: `% time, seconds, usecs/call, calls, errors (may be blank), syscall`. The
/// total line is left out.
pub fn parse_syscalls(table: &str) -> BTreeMap<String, u64> {
    table
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [_, _, _, calls, .., name] = words[..] else {
                return None;
            };
            let calls = calls.parse().ok()?;
            (name != "total").then(|| (name.to_owned(), calls))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_read_and_the_total_left_out() {
        let table = "% time     seconds  usecs/call     calls    errors syscall\n\
                     ------ ----------- ----------- --------- --------- ----------------\n \
                     54.11    0.104233           6     16005         5 recvfrom\n \
                     40.00    0.077100           4     16001           sendto\n  \
                     5.89    0.011300          13       821           epoll_wait\n\
                     ------ ----------- ----------- --------- --------- ----------------\n\
                     100.00    0.192633           5     32827         5 total\n";
        let calls = parse_syscalls(table);
        assert_eq!(calls.len(), 3);
        assert_eq!(
            (calls["recvfrom"], calls["sendto"], calls["epoll_wait"]),
            (16_005, 16_001, 821)
        );
        assert!(parse_syscalls("").is_empty());
    }
}
