//! One child process: started on its cores, waited for, and ended whatever happens.
//!
//! Each child leads a process group of its own, so that whatever it starts (strace's or valgrind's target) ends
//! with it, and so that a terminal's Ctrl-C reaches us alone: we end the parts, they do not race us. The group is
//! killed before its leader is reaped, because afterwards the number may belong to somebody else.

use super::launch::Launch;
use crate::failure::Failure;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::process::{Child, ExitStatus};
use std::time::Duration;
use tokio::net::unix::pipe;
use tokio::signal::unix::{SignalKind, signal};

/// A part that was told to end gets this long to do so before it is killed.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// How much of a part's stderr is quoted when it fails: the end is where the reason is.
const STDERR_QUOTED_BYTES: u64 = 4 * 1024;

/// A running child. Dropping it kills its whole process group and reaps it.
#[derive(Debug)]
pub struct Part {
    name: String,
    child: Child,
    pid: Pid,
    /// SIGCHLD: some child changed state.
    exits: tokio::signal::unix::Signal,
    stdout: Option<pipe::Receiver>,
    /// `None` when it went where ours goes.
    stderr: Option<File>,
    reaped: bool,
}

impl Part {
    /// Must be called inside the runtime.
    pub fn start(launch: &Launch) -> Result<Self, Failure> {
        let fail = |e: io::Error| {
            Failure::run(format!(
                "start {} ({}): {e}",
                launch.name,
                launch.program.display()
            ))
        };
        let (child, stderr) = launch.spawn().map_err(fail)?;
        Self::adopt(launch, child, stderr).map_err(fail)
    }

    fn adopt(launch: &Launch, mut child: Child, stderr: Option<File>) -> io::Result<Self> {
        let pid = Pid::from_child(&child);
        let exits = signal(SignalKind::child());
        let stdout = child
            .stdout
            .take()
            .map(|out| pipe::Receiver::from_owned_fd(out.into()))
            .transpose();
        match (exits, stdout) {
            (Ok(exits), Ok(stdout)) => Ok(Self {
                name: launch.name.clone(),
                child,
                pid,
                exits,
                stdout,
                stderr,
                reaped: false,
            }),
            (Err(error), _) | (_, Err(error)) => {
                end_group(pid, &mut child);
                Err(error)
            }
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The pipe of its stdout, once; `None` if it was not piped.
    pub fn take_stdout(&mut self) -> Option<pipe::Receiver> {
        self.stdout.take()
    }

    /// Waits until it exits by itself; past `within` that is a failure (and dropping the part ends it).
    pub async fn wait(&mut self, within: Duration) -> Result<ExitStatus, Failure> {
        match tokio::time::timeout(within, self.exited()).await {
            Ok(status) => status.map_err(|e| Failure::run(format!("wait for {}: {e}", self.name))),
            Err(_) => {
                let (within, said) = (humantime::format_duration(within), self.quoted_stderr());
                Err(Failure::run(format!(
                    "see {} end within {within}{said}",
                    self.name
                )))
            }
        }
    }

    /// Asks it to end (SIGTERM) and waits; kills it when it takes too long, which is a failure.
    pub async fn stop(mut self) -> Result<ExitStatus, Failure> {
        self.signal(Signal::TERM);
        self.wait(STOP_WITHIN).await
    }

    /// As [`Self::stop`], and what it wrote to stderr last.
    pub async fn stop_telling(self) -> Result<(ExitStatus, String), Failure> {
        self.signal(Signal::TERM);
        self.end().await
    }

    /// Waits for the end of a part that somebody else has told to end, and for what it wrote to stderr last.
    pub async fn end(mut self) -> Result<(ExitStatus, String), Failure> {
        let status = self.wait(STOP_WITHIN).await?;
        Ok((status, self.quoted_stderr()))
    }

    /// As [`Self::stop`], for a part that is the child of this one: a tracer ends when its target does.
    pub async fn stop_target(mut self) -> Result<ExitStatus, Failure> {
        match only_child_of(self.child.id()) {
            Some(target) => {
                // gone already is as good as told
                let _ = kill_process(target, Signal::TERM);
            }
            None => self.signal(Signal::TERM),
        }
        self.wait(STOP_WITHIN).await
    }

    /// What it wrote to stderr last, as ": …" for the end of a message; empty if nothing.
    pub fn quoted_stderr(&mut self) -> String {
        match self.stderr.as_mut().map(tail) {
            Some(Ok(text)) if !text.trim().is_empty() => format!("; it said:\n{}", text.trim_end()),
            _ => String::new(),
        }
    }

    fn signal(&self, signal: Signal) {
        if !self.reaped {
            // it may have exited already, which waiting will tell
            let _ = kill_process(self.pid, signal);
        }
    }

    async fn exited(&mut self) -> io::Result<ExitStatus> {
        // looked at without reaping: until then the number of the group is certainly ours
        let peek = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        while !self.reaped && waitid(WaitId::Pid(self.pid), peek)?.is_none() {
            self.exits.recv().await;
        }
        if !self.reaped {
            let _ = kill_process_group(self.pid, Signal::KILL);
            self.reaped = true;
        }
        self.child.wait()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.reaped {
            end_group(self.pid, &mut self.child);
        }
    }
}

fn end_group(pid: Pid, child: &mut Child) {
    // both can only fail because there is nothing left to end
    let _ = kill_process_group(pid, Signal::KILL);
    let _ = child.wait();
}

/// The one process that `pid` started, from `/proc`.
fn only_child_of(pid: u32) -> Option<Pid> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    let first = children.split_whitespace().next()?;
    Pid::from_raw(first.parse().ok()?)
}

fn tail(file: &mut File) -> io::Result<String> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(STDERR_QUOTED_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(STDERR_QUOTED_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
