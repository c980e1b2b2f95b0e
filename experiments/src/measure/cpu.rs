//! CPU time of a process.
//!
//! The total is what the scheduler accounted, in nanoseconds, summed over the threads (`schedstat`); where the
//! kernel has none, it is utime + stime. The split into user and kernel comes from utime and stime: on kernels that
//! account by ticks it is a sample, good over seconds. Threads that ended are in utime and stime only; our parts keep
//! their threads.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// CPU time since the process started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CpuTime {
    pub total: Duration,
    pub user: Duration,
    pub kernel: Duration,
}

impl CpuTime {
    /// What was used since `before`.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            total: self.total.saturating_sub(before.total),
            user: self.user.saturating_sub(before.user),
            kernel: self.kernel.saturating_sub(before.kernel),
        }
    }
}

/// `None` when the process is gone.
pub fn cpu_time(pid: u32) -> Option<CpuTime> {
    let process = Path::new("/proc").join(pid.to_string());
    let (user, kernel) = parse_stat(&fs::read_to_string(process.join("stat")).ok()?)?;
    let scheduled: Option<u64> = fs::read_dir(process.join("task"))
        .ok()?
        .map(|thread| parse_schedstat(&fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?))
        .sum();
    let total = scheduled
        .filter(|&nanos| nanos > 0)
        .map_or(user + kernel, Duration::from_nanos);
    Some(CpuTime { total, user, kernel })
}

/// How long the threads of a process have been runnable and waited for a CPU, in all; `None` when it is gone or the kernel does
/// not say.
pub fn run_queue_wait(pid: u32) -> Option<Duration> {
    let threads = fs::read_dir(Path::new("/proc").join(pid.to_string()).join("task")).ok()?;
    let waited: Option<u64> = threads
        .map(|thread| parse_waited(&fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?))
        .sum();
    waited.map(Duration::from_nanos)
}

/// How often the threads of a process have gone to sleep by themselves (voluntary context switches), in all; `None` when it is gone.
pub fn sleeps(pid: u32) -> Option<u64> {
    let threads = fs::read_dir(Path::new("/proc").join(pid.to_string()).join("task")).ok()?;
    threads
        .map(|thread| parse_sleeps(&fs::read_to_string(thread.ok()?.path().join("status")).ok()?))
        .sum()
}

fn parse_sleeps(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
    line.trim().parse().ok()
}

/// Nanoseconds on a CPU: the first of three fields.
fn parse_schedstat(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}

/// Nanoseconds waiting for one: the second.
fn parse_waited(text: &str) -> Option<u64> {
    text.split_whitespace().nth(1)?.parse().ok()
}

/// utime and stime, fields 14 and 15 of proc(5). The name before them may hold spaces and parentheses.
fn parse_stat(text: &str) -> Option<(Duration, Duration)> {
    let (_, after_name) = text.rsplit_once(')')?;
    let mut fields = after_name
        .split_whitespace()
        .skip(11)
        .map(|field| field.parse::<u64>().ok());
    let (user, kernel) = (fields.next()??, fields.next()??);
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    let time = |ticks: u64| Duration::from_nanos(ticks.saturating_mul(1_000_000_000 / per_second));
    Some((time(user), time(kernel)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;
    use tokio::time::Instant;

    #[test]
    fn stat_survives_a_hostile_name() {
        let text = "42 (a ) b) S 1 42 42 0 -1 4194304 100 0 0 0 250 75 0 0 20 0 1 0 100 0 0";
        let (user, kernel) = parse_stat(text).expect("fields");
        let tick =
            Duration::from_secs(1) / u32::try_from(rustix::param::clock_ticks_per_second()).expect("small");
        assert_eq!((user, kernel), (250 * tick, 75 * tick));
        assert_eq!(parse_stat("42 (short) S"), None);
    }

    #[test]
    fn schedstat_gives_the_time_on_a_cpu() {
        assert_eq!(parse_schedstat("56734000 123 9\n"), Some(56_734_000));
        assert_eq!(parse_waited("56734000 123 9\n"), Some(123));
        assert_eq!((parse_schedstat(""), parse_waited("1")), (None, None));
        assert_eq!(run_queue_wait(u32::MAX), None);
    }

    #[test]
    fn sleeps_are_those_by_itself() {
        let status = "Name:\tx\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t34\n";
        assert_eq!(parse_sleeps(status), Some(12));
        assert_eq!((parse_sleeps("Name:\tx\n"), sleeps(u32::MAX)), (None, None));
    }

    /// Of a process with one thread: ours has those of other tests, whose time goes when they end.
    #[test]
    fn time_on_a_cpu_is_seen_and_grows() {
        let mut busy = Command::new("sh")
            .args(["-c", "while :; do :; done"])
            .spawn()
            .expect("sh is there");
        let before = cpu_time(busy.id()).expect("it runs");
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut used = CpuTime::default();
        while used.total == Duration::ZERO && Instant::now() < deadline {
            used = cpu_time(busy.id()).expect("it runs").since(before);
        }
        busy.kill().expect("it is ours");
        busy.wait().expect("it is ours");
        assert!(used.total > Duration::ZERO);
        assert_eq!(cpu_time(busy.id()), None);
    }

    #[test]
    fn a_process_that_is_gone_has_none() {
        assert_eq!(cpu_time(u32::MAX), None);
    }
}
