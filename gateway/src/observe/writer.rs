//! The thread that formats and writes access log lines: one JSON object a line.

use super::access::{AccessLog, Batch};
use super::line;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Batches that may wait for the writer; with 256 records each that is some seconds of a busy gateway, and
/// a few megabytes at most.
const BATCHES_WAITING_MAX: usize = 64;

/// Owns the writer's thread. The log is complete on disk when every [`AccessLog`] made from it and the
/// writer itself are gone: [`LogWriter::finish`].
#[derive(Debug)]
pub(crate) struct LogWriter {
    sender: SyncSender<Batch>,
    dropped: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl LogWriter {
    pub(crate) fn start(out: impl Write + Send + 'static) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(BATCHES_WAITING_MAX);
        let dropped = Arc::new(AtomicU64::new(0));
        let lost = Arc::clone(&dropped);
        let thread = std::thread::Builder::new()
            .name("access-log".into())
            .spawn(move || write_batches(&receiver, out, &lost))?;
        Ok(Self {
            sender,
            dropped,
            thread,
        })
    }

    pub(crate) fn log(&self) -> AccessLog {
        AccessLog::new(self.sender.clone(), Arc::clone(&self.dropped))
    }

    /// Lines that were lost because the queue was full or the file could not be written.
    pub(crate) fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.dropped)
    }

    /// Waits until everything handed over is written.
    pub(crate) fn finish(self) {
        drop(self.sender);
        // a panic of the writer has been printed by then, and there is nothing left to write
        let _ = self.thread.join();
    }
}

fn write_batches(receiver: &Receiver<Batch>, mut out: impl Write, lost: &AtomicU64) {
    let mut text = Vec::new();
    while let Ok(batch) = receiver.recv() {
        text.clear();
        for record in batch.records() {
            line::write(&mut text, &record);
        }
        if out.write_all(&text).and_then(|()| out.flush()).is_err() {
            // the disk is full or the reader of our stdout is gone: lines are lost, requests are not
            lost.fetch_add(batch.len() as u64, Ordering::Relaxed);
        }
    }
}
