//! Runs of this same program as children: each measures in a process of its own, so that none inherits another's
//! connections, memory or threads.

use super::exit::{COULD_NOT_RUN, INTERRUPTED, Refusal, USAGE};
use super::form;
use loadgen::{Document, LOAD_BYTES_MAX, parse_document};
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a child has to say for itself is a few lines.
const STDERR_BYTES_MAX: u64 = 64 << 10;
const CHUNK_BYTES: usize = 64 << 10;

/// Runs children one after the other, and ends the one that runs when this process is told to end.
pub(super) struct Children {
    program: PathBuf,
    /// Results are kept here.
    keep: Option<PathBuf>,
    interrupt: Signal,
    terminate: Signal,
}

/// Of a child.
pub(super) enum Ended {
    Measured(Box<Document>),
    /// By a signal, to this process or to it.
    Interrupted,
}

impl Children {
    /// Must be called inside a runtime.
    pub(super) fn new(keep: Option<PathBuf>) -> Result<Self, Refusal> {
        if let Some(dir) = &keep {
            std::fs::create_dir_all(dir)
                .map_err(|e| Refusal::failed(&format!("make {}", dir.display()), e))?;
        }
        let listen = |kind| signal(kind).map_err(|e| Refusal::failed("listen for signals", e));
        Ok(Self {
            program: std::env::current_exe().map_err(|e| Refusal::failed("find this program", e))?,
            keep,
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// `loadgen run` with these words; `name` is that of the file that keeps its result.
    pub(super) async fn run(&mut self, words: &[String], name: &str) -> Result<Ended, Refusal> {
        let mut command = Command::new(&self.program);
        command.arg("run").args(words).args(["--format", "json"]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.kill_on_drop(true);
        let mut child = command.spawn().map_err(|e| Refusal::failed("start a run", e))?;
        tokio::select! {
            ended = finish(&mut child) => self.ended(ended, words, name),
            _ = self.interrupt.recv() => stopped(child).await,
            _ = self.terminate.recv() => stopped(child).await,
        }
    }

    fn ended(&self, ended: io::Result<Output>, words: &[String], name: &str) -> Result<Ended, Refusal> {
        let Output { code, json, stderr } = ended.map_err(|e| Refusal::failed("wait for a run", e))?;
        let what = || format!("run {}", words.join(" "));
        match code {
            Some(code) if code == i32::from(INTERRUPTED) => return Ok(Ended::Interrupted),
            Some(_) => {}
            None => return Err(Refusal::failed(&what(), "it was killed")),
        }
        if json.is_empty() {
            let said = String::from_utf8_lossy(&stderr);
            let code = if code == Some(i32::from(USAGE)) {
                USAGE
            } else {
                COULD_NOT_RUN
            };
            return Err(Refusal::new(
                code,
                vec![format!("{}:\n{}", what(), said.trim_end())],
            ));
        }
        let document = parse_document(&json).map_err(|e| Refusal::failed(&what(), e))?;
        if let Some(dir) = &self.keep {
            form::emit(Some(&dir.join(format!("{name}.json"))), &json)?;
        }
        Ok(Ended::Measured(Box::new(document)))
    }
}

struct Output {
    code: Option<i32>,
    json: Vec<u8>,
    stderr: Vec<u8>,
}

async fn finish(child: &mut Child) -> io::Result<Output> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (json, stderr) =
        tokio::try_join!(drained(stdout, LOAD_BYTES_MAX), drained(stderr, STDERR_BYTES_MAX))?;
    Ok(Output {
        code: child.wait().await?.code(),
        json,
        stderr,
    })
}

async fn stopped(mut child: Child) -> Result<Ended, Refusal> {
    // one that ended by itself meanwhile cannot be killed, which is as good
    let _ = child.kill().await;
    Ok(Ended::Interrupted)
}

/// Everything up to a bound; what is beyond is read, so that the writer does not wait, and forgotten.
async fn drained(from: Option<impl AsyncRead + Unpin>, most: u64) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let Some(mut from) = from else {
        return Ok(kept);
    };
    (&mut from).take(most).read_to_end(&mut kept).await?;
    let mut rest = vec![0; CHUNK_BYTES];
    while from.read(&mut rest).await? > 0 {}
    Ok(kept)
}

/// Whether a flag is among the words of a command line, in any of its spellings.
pub(super) fn has(words: &[String], short: Option<char>, long: &str) -> bool {
    words.iter().any(|word| match word.strip_prefix("--") {
        Some(name) => name == long || name.strip_prefix(long).is_some_and(|rest| rest.starts_with('=')),
        None => short.is_some_and(|short| word.strip_prefix('-').is_some_and(|rest| rest.starts_with(short))),
    })
}

/// What a run of ours sets by itself may not be set by others.
pub(super) fn reserved(words: &[String], what: &str, errors: &mut Vec<String>) {
    for (short, long) in [(None, "format"), (Some('o'), "output")] {
        if has(words, short, long) {
            errors.push(format!(
                "{what}: --{long} is for the result as a whole: write it before --"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_found_in_every_spelling() {
        let words = |text: &str| shlex::split(text).expect("quoted well");
        for text in ["-R 5", "-R5", "--rate 5", "--rate=5", "http://h/ -d 1s -R 5"] {
            assert!(has(&words(text), Some('R'), "rate"), "{text}");
        }
        for text in ["", "http://h/R", "-r 5", "--rates 5", "-H '--rate: 5'"] {
            assert!(!has(&words(text), Some('R'), "rate"), "{text}");
        }
    }
}
