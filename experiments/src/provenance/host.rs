//! What machine this is, as far as it matters to a measurement.

use super::programs::output;
use serde::{Deserialize, Serialize};
use std::process::Command;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    pub cpu: String,
    /// Cores that this process may run on.
    pub cores: usize,
    /// Name and release; not the host's name.
    pub kernel: String,
    pub memory_mib: u64,
    pub rustc: String,
}

const UNKNOWN: &str = "unknown";

impl Host {
    pub fn of_this_machine() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let system = rustix::system::uname();
        Self {
            cpu: field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| UNKNOWN.to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: format!(
                "{} {}",
                system.sysname().to_string_lossy(),
                system.release().to_string_lossy()
            ),
            memory_mib: field(&read("/proc/meminfo"), "MemTotal").map_or(0, |text| kib(&text) / 1024),
            rustc: output(Command::new("rustc").arg("--version")).unwrap_or_else(|| UNKNOWN.to_owned()),
        }
    }
}

/// The value of the first `name : value` line.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

/// `24605948 kB` → 24 605 948.
fn kib(text: &str) -> u64 {
    text.split_whitespace()
        .next()
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_from_proc_texts() {
        let cpuinfo = "processor\t: 0\nmodel name\t: AMD EPYC\nprocessor\t: 1\nmodel name\t: other\n";
        assert_eq!(field(cpuinfo, "model name").as_deref(), Some("AMD EPYC"));
        assert_eq!(field(cpuinfo, "bogomips"), None);
        assert_eq!(kib("24605948 kB"), 24_605_948);
    }
}
