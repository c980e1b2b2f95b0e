//! What a process holds: memory and open files.

use std::fs;

/// At one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    pub rss_kib: u64,
    pub open_files: u64,
}

/// `None` when the process is gone or not ours to look at.
pub fn footprint(pid: u32) -> Option<Footprint> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let open_files = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count();
    Some(Footprint {
        rss_kib: parse_rss(&status)?,
        open_files: open_files as u64,
    })
}

fn parse_rss(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_footprint_is_plausible() {
        let ours = footprint(std::process::id()).expect("we are alive");
        assert!(ours.rss_kib > 100 && ours.open_files >= 3, "{ours:?}");
        assert_eq!(parse_rss("Name:\tx\nVmRSS:\t    9876 kB\n"), Some(9_876));
        assert_eq!(footprint(u32::MAX), None);
    }
}
