//! The thread that formats and writes access log lines: one JSON object a line.

use super::access::{AccessLog, Batch};
use super::line;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

/// Batches that may wait for the writer; with 256 records each that is some seconds of a busy gateway, and
/// a few megabytes at most.
const BATCHES_WAITING_MAX: usize = 64;

/// Owns the writer's thread. The log is complete on disk when every [`AccessLog`] made from it and the
/// writer itself are gone: [`LogWriter::finish`].
#[derive(Debug)]
pub(crate) struct LogWriter {
    sender: SyncSender<Batch>,
    dropped: Arc<AtomicU64>,
    /// Closed when the thread has ended.
    ended: Receiver<()>,
}

impl LogWriter {
    pub(crate) fn start(out: impl Write + Send + 'static) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(BATCHES_WAITING_MAX);
        let dropped = Arc::new(AtomicU64::new(0));
        let lost = Arc::clone(&dropped);
        let (end, ended) = channel();
        std::thread::Builder::new()
            .name("access-log".into())
            .spawn(move || write_batches(&receiver, out, &lost, &end))?;
        Ok(Self {
            sender,
            dropped,
            ended,
        })
    }

    pub(crate) fn log(&self) -> AccessLog {
        AccessLog::new(self.sender.clone(), Arc::clone(&self.dropped))
    }

    /// Lines that were lost because the queue was full or the file could not be written.
    pub(crate) fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.dropped)
    }

    /// Waits until everything handed over is written, but no longer than `most`: whoever reads a pipe may stand still.
    /// Whether it is.
    pub(crate) fn finish(self, most: Duration) -> bool {
        drop(self.sender);
        // a panic of the writer has been printed by then, and there is nothing left to write
        self.ended.recv_timeout(most) != Err(RecvTimeoutError::Timeout)
    }
}

/// `_end` is let go of at the end, however that comes.
fn write_batches(receiver: &Receiver<Batch>, mut out: impl Write, lost: &AtomicU64, _end: &Sender<()>) {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Is not done with what it took, for as long as the other end is there.
    struct Stuck(Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            // an error is: it is gone
            let _ = self.0.recv();
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_stands_still_is_not_waited_for() {
        for (is_held, most) in [
            (true, Duration::from_millis(20)),
            (false, Duration::from_secs(60)),
        ] {
            let (hold, held) = channel();
            let writer = LogWriter::start(Stuck(held)).expect("a thread");
            writer.sender.send(Batch::new()).expect("there is room");
            let hold = is_held.then_some(hold);
            assert_eq!(writer.finish(most), !is_held);
            drop(hold);
        }
    }
}
