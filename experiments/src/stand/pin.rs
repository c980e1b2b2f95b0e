//! Starting a child on chosen cores.
//!
//! A child inherits the affinity of the *thread* that starts it. So this thread moves to the wanted cores,
//! starts the child, and moves back: every thread of the child is on those cores from its first instruction,
//! with no tool, no race against threads that are just being made, and no code between fork and exec.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::io;

/// Cores that this process may use, in ascending order.
pub(super) fn cores() -> io::Result<Vec<usize>> {
    let set = sched_getaffinity(None)?;
    Ok((0..CpuSet::MAX_CPU).filter(|&core| set.is_set(core)).collect())
}

/// Runs `start` with this thread on `core` alone, and moves it back whatever comes of it.
pub(super) fn on_core<T>(core: usize, start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let before = sched_getaffinity(None)?;
    let mut only = CpuSet::new();
    only.set(core);
    sched_setaffinity(None, &only)?;
    let started = start();
    sched_setaffinity(None, &before)?;
    started
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn child_runs_on_the_core_and_we_move_back() {
        let before = cores().expect("affinity");
        let last = *before.last().expect("at least one core");
        let output =
            on_core(last, || Command::new("cat").arg("/proc/self/status").output()).expect("cat runs");
        let status = String::from_utf8(output.stdout).expect("text");
        let allowed = status
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
            .expect("listed");
        assert_eq!(allowed.trim(), last.to_string());
        assert_eq!(cores().expect("affinity"), before);
    }
}
