//! Instructions per round of a case, from two children under valgrind; and with what they were counted.

use crate::cases::Case;
use crate::runner::child_args;
use std::fmt;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rounds that are in both totals: by then buffers have grown to what they will be.
const ROUNDS_FIRST: u32 = 4;
/// The profile whose code ships.
const PROFILE: &str = "dist";
/// Without these the C library copies with what every x86-64 has, whatever this one has: counts of different machines are
/// comparable, and `rep movsb`, which is counted once for every byte, does not drown all else. Unknown names are ignored.
const BASELINE: &str = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX2,-AVX,-AVX_Fast_Unaligned_Load,-SSSE3,\
                        -ERMS,-FSRM";
/// Children at once; more than there are processors would only wait.
const WORKERS_MAX: usize = 4;

/// What the counts depend on.
pub(crate) struct Bench {
    valgrind: Option<String>,
    rustc: String,
    profile: String,
}

impl Bench {
    pub(crate) fn here() -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|e| format!("find this program: {e}"))?;
        // target/PROFILE/deps/PROGRAM
        let profile = program.ancestors().nth(2).and_then(|folder| folder.file_name());
        Ok(Self {
            valgrind: version("valgrind", "--version"),
            rustc: version("rustc", "-V").unwrap_or_else(|| "an unknown compiler".into()),
            profile: profile.unwrap_or_default().to_string_lossy().into_owned(),
        })
    }

    /// Why nothing can be counted, or compared with what was `counted_with`.
    pub(crate) fn obstacle(&self, counted_with: &str, bless: bool) -> Option<String> {
        let arch = format!("{}; ", std::env::consts::ARCH);
        if self.valgrind.is_none() {
            Some("valgrind is not installed".into())
        } else if self.profile != PROFILE {
            Some(format!(
                "built with the profile {}, but the table is about {PROFILE}: add `--profile {PROFILE}`",
                self.profile
            ))
        } else if !bless && !counted_with.starts_with(&arch) {
            Some(format!(
                "the table was counted with {counted_with}; this is {arch}"
            ))
        } else {
            None
        }
    }
}

/// What the table says about itself. Not valgrind: its versions count alike.
impl fmt::Display for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arch = std::env::consts::ARCH;
        write!(f, "{arch}; {}; profile {}", self.rustc, self.profile)
    }
}

/// The first line that a program says about itself.
fn version(program: &str, flag: &str) -> Option<String> {
    let output = Command::new(program).arg(flag).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output
        .status
        .success()
        .then(|| text.lines().next().unwrap_or_default().to_owned())
}

/// Instructions per round of every case, in their order.
pub(crate) fn all(cases: &[&Case]) -> Result<Vec<u64>, String> {
    let next = AtomicUsize::new(0);
    let counted = Mutex::new(vec![Ok(0); cases.len()]);
    let work = || {
        while let Some((at, case)) = take(&next, cases) {
            let result = one(case);
            if let Ok(mut counted) = counted.lock() {
                counted[at] = result;
            }
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get().min(WORKERS_MAX));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    let counted = counted
        .into_inner()
        .map_err(|_| "count: a worker panicked".to_owned())?;
    counted.into_iter().collect()
}

fn take<'a>(next: &AtomicUsize, cases: &[&'a Case]) -> Option<(usize, &'a Case)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    Some((at, *cases.get(at)?))
}

fn one(case: &Case) -> Result<u64, String> {
    let first = total(case, ROUNDS_FIRST)?;
    let second = total(case, ROUNDS_FIRST + case.rounds)?;
    let rounds = u64::from(case.rounds);
    // rounded, so that one instruction more or less in a child does not move the figure
    Ok((second.saturating_sub(first) + rounds / 2) / rounds)
}

/// All instructions of a child.
fn total(case: &Case, rounds: u32) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|e| format!("find this program: {e}"))?;
    let output = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--branch-sim=no"])
        .arg("--cachegrind-out-file=/dev/null")
        .arg(program)
        .args(child_args(case, rounds))
        .env_remove("VALGRIND_OPTS")
        .env("GLIBC_TUNABLES", BASELINE)
        .output()
        .map_err(|e| format!("start valgrind: {e}"))?;
    let log = String::from_utf8_lossy(&output.stderr);
    match instructions(&log) {
        Some(total) if output.status.success() => Ok(total),
        _ => Err(format!("count {} ({}):\n{log}", case.name, output.status)),
    }
}

/// The total from cachegrind's summary: `==PID== I refs: 1,234`, with more blanks before 3.21.
fn instructions(log: &str) -> Option<u64> {
    log.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        if (words.next(), words.next()) != (Some("I"), Some("refs:")) {
            return None;
        }
        words.next()?.replace(',', "").parse().ok()
    })
}

pub(crate) fn check() {
    for (log, expected) in [
        ("==1== \n==1== I   refs:      1,234,567\n", Some(1_234_567)),
        ("==1== I refs:        89\n", Some(89)),
        ("==1== D refs:        89\n", None),
        ("", None),
    ] {
        assert_eq!(instructions(log), expected, "{log:?}");
    }
}
