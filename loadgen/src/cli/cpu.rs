//! What this process has cost so far, from the kernel.

use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use std::io;
use std::time::Duration;

/// `/proc` counts CPU time in these, on every Linux since 2.6.
const TICKS_PER_SECOND: f64 = 100.0;

/// User and system CPU seconds of the whole process; zero where `/proc` is not mounted.
pub(super) fn of_process() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // the name in parentheses may contain anything; utime and stime are the 12th and 13th field after it
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut fields = after_name
        .split_whitespace()
        .skip(11)
        .map(|ticks| ticks.parse::<f64>().unwrap_or(0.0));
    let mut next = || fields.next().unwrap_or(0.0) / TICKS_PER_SECOND;
    (next(), next())
}

/// CPU time of the calling thread.
pub(super) fn of_thread() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.try_into().unwrap_or(0),
        time.tv_nsec.try_into().unwrap_or(0),
    )
}

/// Keeps the calling thread on one core.
pub(super) fn pin(core: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    if core >= CpuSet::MAX_CPU {
        return Err(io::Error::other("no such core"));
    }
    set.set(core);
    Ok(sched_setaffinity(None, &set)?)
}
