//! The sampling: a timer of CPU time, `SIGPROF` to whichever thread runs, its stack on the spot.
//!
//! By the crate `pprof`, which is process-wide and says so if it runs already. It keeps some 240 MB once it has been used, as
//! room for stacks that it may not allocate for inside a signal, and for the symbols.

use super::samples::{Frame, Samples, Stack};
use pprof::{Frames, ProfilerGuard, ProfilerGuardBuilder, Symbol};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, UNIX_EPOCH};

/// Whose code is no place to take a stack at: the unwinder itself, and the kernel's page, whose tables of frames are wrong in
/// some distributions. libc may be: it is where a gateway enters the kernel, and the unwinder takes no lock of its.
const BLOCKED: [&str; 2] = ["libgcc", "vdso"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// One at a time.
    Busy,
    /// Nobody waits for it any more.
    Abandoned,
    Other(String),
}

/// Blocks for `duration`, or until the other side of `asked` is gone: for a thread of its own.
pub(super) fn take(duration: Duration, hz: u32, asked: &Receiver<()>) -> Result<Samples, Failure> {
    let profiler = start(hz)?;
    match asked.recv_timeout(duration) {
        Err(RecvTimeoutError::Timeout) => {}
        Ok(()) | Err(RecvTimeoutError::Disconnected) => return Err(Failure::Abandoned),
    }
    let report = profiler.report().build().map_err(other)?;
    let stacks = report.data.iter().filter(|(_, count)| **count > 0);
    let mut stacks: Vec<Stack> = stacks
        .map(|(frames, count)| stack(frames, *count as u64))
        .collect();
    stacks.sort_unstable();
    Ok(Samples {
        began: report
            .timing
            .start_time
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default(),
        took: report.timing.duration,
        hz,
        stacks,
    })
}

fn start(hz: u32) -> Result<ProfilerGuard<'static>, Failure> {
    let builder = ProfilerGuardBuilder::default().frequency(hz as i32);
    match builder.blocklist(&BLOCKED).build() {
        Err(pprof::Error::Running) => Err(Failure::Busy),
        started => started.map_err(other),
    }
}

fn other(error: pprof::Error) -> Failure {
    Failure::Other(error.to_string())
}

/// A place in the code has as many frames as functions were inlined there. The innermost are those of whoever took it.
fn stack(frames: &Frames, count: u64) -> Stack {
    let symbols = frames
        .frames
        .iter()
        .flatten()
        .skip_while(|symbol| takes_stacks(symbol));
    Stack {
        thread: frames.thread_name_or_id(),
        frames: symbols
            .map(|symbol| Frame {
                function: symbol.name(),
                file: symbol.filename().into_owned(),
                line: symbol.lineno(),
            })
            .collect(),
        count,
    }
}

/// By the crate that the code is of, `…/pprof-0.15.0/src/…`: of functions that were inlined there is no path in the name.
fn takes_stacks(symbol: &Symbol) -> bool {
    let of = |part: &str| ["pprof-", "backtrace-"].iter().any(|name| part.starts_with(name));
    symbol.filename().split('/').any(of)
}
