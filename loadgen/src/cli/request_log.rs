//! The log of requests: a line of CSV for each of them, written while the run goes on.
//!
//! Every thread has a probe of its own that keeps what is under way, and a buffer that goes to the one file when it is
//! full, so that a request costs its thread some hundred nanoseconds and every thousandth a `write`. What cannot be written ends no run:
//! the first error is told at its end.

use loadgen::{Event, Failure, Job};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use world::Probe;

/// Some thousand lines: a `write` of that takes tens of microseconds.
const BUFFER_BYTES: usize = 64 * 1024;

/// Times in µs since the start of the run: when it was meant to be sent, when it was, and when its outcome was known.
const HEADER: &str = "id,at_us,request,sent_us,ended_us,status,failure\n";

/// The file, shared by all threads.
#[derive(Debug, Clone)]
pub(super) struct RequestLog {
    path: PathBuf,
    file: Arc<Mutex<Written>>,
}

#[derive(Debug)]
struct Written {
    file: File,
    error: Option<io::Error>,
}

impl Written {
    fn write(&mut self, text: &str) {
        if self.error.is_none() {
            self.error = self.file.write_all(text.as_bytes()).err();
        }
    }
}

impl RequestLog {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut file = File::create(path)?;
        file.write_all(HEADER.as_bytes())?;
        Ok(Self {
            path: path.to_path_buf(),
            file: Arc::new(Mutex::new(Written { file, error: None })),
        })
    }

    fn write(&self, text: &str) {
        // a thread that panicked elsewhere has not harmed the file
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write(text);
    }

    /// Where it is, and what went wrong first; the log ends there.
    pub(super) fn finish(self) -> (PathBuf, io::Result<()>) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let error = file.error.take();
        drop(file);
        (self.path, error.map_or(Ok(()), Err))
    }
}

/// Of one thread.
#[derive(Clone)]
pub(super) struct LogProbe(Rc<Inner>);

struct Inner {
    log: RequestLog,
    /// By their places in the catalogue; empty where there is one kind.
    names: Vec<String>,
    start: Cell<Option<Instant>>,
    /// Released and without outcome: as many as the generator itself keeps.
    under_way: RefCell<BTreeMap<u64, UnderWay>>,
    buffer: RefCell<String>,
}

struct UnderWay {
    at_us: u64,
    scenario: u32,
    sent_us: Option<u64>,
}

impl LogProbe {
    pub(super) fn new(log: RequestLog, job: &Job) -> Self {
        let names = job.spec().catalogue.as_ref().map_or_else(Vec::new, |catalogue| {
            let named = catalogue.scenarios().iter();
            let named = named.map(|scenario| catalogue.names().get(scenario.name()));
            named
                .map(|name| name.map_or_else(String::new, |name| quoted(name)))
                .collect()
        });
        Self(Rc::new(Inner {
            log,
            names,
            start: Cell::new(None),
            under_way: RefCell::default(),
            buffer: RefCell::default(),
        }))
    }

    /// Times count from here. To be told before anything is released.
    pub(super) fn begin(&self, at: Instant) {
        self.0.start.set(Some(at));
    }

    fn now_us(&self) -> u64 {
        let since = self.0.start.get().map_or(Duration::ZERO, |start| start.elapsed());
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }

    fn end(&self, id: u64, status: Option<u16>, failure: Option<Failure>) {
        let Some(request) = self.0.under_way.borrow_mut().remove(&id) else {
            return;
        };
        let name = self.0.names.get(request.scenario as usize);
        let name = name.map_or("", String::as_str);
        let sent = request.sent_us.map_or_else(String::new, |at| at.to_string());
        let status = status.map_or_else(String::new, |status| status.to_string());
        let failure = failure.map_or("", Failure::name);
        let buffer = &mut *self.0.buffer.borrow_mut();
        // writing to a string cannot fail
        let _ = writeln!(
            buffer,
            "{id},{},{name},{sent},{},{status},{failure}",
            request.at_us,
            self.now_us()
        );
        if buffer.len() >= BUFFER_BYTES {
            self.0.log.write(buffer);
            buffer.clear();
        }
    }
}

impl Probe<Event> for LogProbe {
    /// No line tells of what was in an answer.
    const WANTED: bool = false;

    fn emit(&self, event: Event) {
        match event {
            Event::Planned { id, at_us, scenario } => {
                let request = UnderWay {
                    at_us,
                    scenario,
                    sent_us: None,
                };
                self.0.under_way.borrow_mut().insert(id, request);
            }
            // of a flow the first
            Event::Sent { id, .. } => {
                let now_us = self.now_us();
                if let Some(request) = self.0.under_way.borrow_mut().get_mut(&id) {
                    request.sent_us.get_or_insert(now_us);
                }
            }
            Event::Done { id, status, .. } => self.end(id, Some(status), None),
            Event::Failed { id, kind } => self.end(id, None, Some(kind)),
            _ => {}
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.log.write(&self.buffer.borrow());
    }
}

/// As a field of CSV (RFC 4180, section 2).
fn quoted(name: &str) -> String {
    match name.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_fields_of_csv() {
        assert_eq!(quoted("log in"), "log in");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
