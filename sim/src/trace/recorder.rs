//! Where events become a trace: numbered, hashed, shown to watchers as they come, and kept in memory or streamed to a
//! file.
//!
//! The recorder knows no clock. Whoever records says when: a host its simulated time, the driver its own. The hash is of
//! the records alone, so that what is said about a run in the header does not change what happened in it. Without memory
//! its own size does not depend on the trace's length.

use super::kind::Kind;
use super::record::{Record, open};
use sha2::{Digest, Sha256};
use std::any::Any;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The most a trace may hold in memory: some fifty million events. A longer run streams to a file.
const MEMORY_BYTES_MAX: usize = 512 << 20;

/// Records are hashed and written in blocks of about this many bytes: a call for each would cost more than its work.
const BLOCK_BYTES: usize = 16 << 10;

/// Sees every record as it is made, within the simulation.
pub trait Watch: Any + Send {
    fn see(&mut self, record: &Record);
}

/// Takes events and makes a trace of them.
pub struct Recorder {
    memory: Option<Vec<u8>>,
    file: Option<BufWriter<File>>,
    hash: Sha256,
    next_sequence: u64,
    before_us: u64,
    /// Encoded and not yet hashed.
    block: Vec<u8>,
    watchers: Vec<Box<dyn Watch>>,
    failed: Option<io::Error>,
}

impl Recorder {
    /// Keeps the trace in memory, under an empty header.
    pub fn in_memory() -> Self {
        Self::new(Some(Vec::new()), None, "")
    }

    /// Keeps nothing but the hash.
    pub fn hash_only() -> Self {
        Self::new(None, None, "")
    }

    /// Streams the trace to a new file, so that a crash leaves what led to it. `header` is JSON.
    pub fn to_file(path: &Path, header: &str) -> io::Result<Self> {
        Ok(Self::new(None, Some(BufWriter::new(File::create(path)?)), header))
    }

    fn new(memory: Option<Vec<u8>>, file: Option<BufWriter<File>>, header: &str) -> Self {
        let mut new = Self {
            memory,
            file,
            hash: Sha256::new(),
            next_sequence: 0,
            before_us: 0,
            block: Vec::with_capacity(BLOCK_BYTES + 256),
            watchers: Vec::new(),
            failed: None,
        };
        let mut bytes = Vec::new();
        open(header, &mut bytes);
        new.keep(&bytes);
        new
    }

    /// From here on `watcher` sees every record, after those that were there before it.
    pub fn watch(&mut self, watcher: Box<dyn Watch>) {
        self.watchers.push(watcher);
    }

    /// The first watcher of this type back, with what it has seen.
    pub fn take_watcher<W: Watch>(&mut self) -> Option<Box<W>> {
        let place = self.watchers.iter().position(|watcher| {
            let any: &dyn Any = &**watcher;
            any.is::<W>()
        })?;
        let watcher: Box<dyn Any> = self.watchers.remove(place);
        watcher.downcast().ok()
    }

    /// Adds one event. A sink that fails is remembered and told of by [`Recorder::finish`].
    pub fn record(&mut self, at_us: u64, host: u64, kind: Kind, values: &[u64]) {
        let record = Record::new(at_us, self.next_sequence, host, kind, values);
        self.next_sequence += 1;
        record.encode(self.before_us, &mut self.block);
        self.before_us = at_us;
        if self.block.len() >= BLOCK_BYTES {
            self.flush();
        }
        for watcher in &mut self.watchers {
            watcher.see(&record);
        }
    }

    /// Ends the trace.
    pub fn finish(mut self) -> io::Result<Trace> {
        self.flush();
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if let Some(file) = &mut self.file {
            file.flush()?;
        }
        let digest = self.hash.finalize_reset();
        let hash = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Trace {
            bytes: self.memory,
            hash,
            events: self.next_sequence,
        })
    }

    fn flush(&mut self) {
        let mut block = std::mem::take(&mut self.block);
        self.hash.update(&block);
        self.keep(&block);
        block.clear();
        self.block = block;
    }

    fn keep(&mut self, bytes: &[u8]) {
        let written = match &mut self.file {
            Some(file) => file.write_all(bytes),
            None => Ok(()),
        };
        let kept = match &mut self.memory {
            Some(all) if all.len() + bytes.len() > MEMORY_BYTES_MAX => Err(io::Error::other(
                "keep the trace: above 512 MiB; let the scenario run shorter, or write it to a file",
            )),
            Some(all) => {
                all.extend_from_slice(bytes);
                Ok(())
            }
            None => Ok(()),
        };
        if let Err(error) = written.and(kept) {
            self.failed.get_or_insert(error);
        }
    }
}

/// A finished trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The trace itself, if it was kept in memory.
    pub bytes: Option<Vec<u8>>,
    /// SHA-256 of its records, in hex.
    pub hash: String,
    pub events: u64,
}

#[cfg(test)]
mod tests {
    use super::super::record::Reader;
    use super::*;

    /// Counts.
    struct Counter(u64);

    impl Watch for Counter {
        fn see(&mut self, _: &Record) {
            self.0 += 1;
        }
    }

    #[test]
    fn file_equals_memory_and_the_header_is_not_in_the_hash() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("a.trace");
        let file = Recorder::to_file(&path, "{\"a\":1}").expect("file");
        let mut recorders = [Recorder::in_memory(), file, Recorder::hash_only()];
        for recorder in &mut recorders {
            recorder.watch(Box::new(Counter(0)));
            recorder.record(0, 0, Kind::Run, &[0, 7]);
            recorder.record(2_000, 1, Kind::Out, &[3, 300]);
            recorder.record(1_000, 2, Kind::Out, &[3, 0]);
            assert_eq!(recorder.take_watcher::<Counter>().expect("it is there").0, 3);
        }
        let [memory, file, hash] = recorders.map(|recorder| recorder.finish().expect("sink works"));
        assert_eq!((&memory.hash, &memory.hash), (&file.hash, &hash.hash));
        let bytes = memory.bytes.expect("in memory");
        let written = std::fs::read(&path).expect("written");
        let [ours, theirs] = [&bytes, &written].map(|bytes| {
            let reader = Reader::new(bytes.as_slice()).expect("magic");
            let header = reader.header().to_owned();
            let records: Vec<_> = reader.map(|record| record.expect("decodes")).collect();
            (header, records)
        });
        assert_eq!((ours.0.as_str(), theirs.0.as_str()), ("", "{\"a\":1}"));
        assert_eq!(ours.1, theirs.1);
        assert_eq!(ours.1[2], Record::new(1_000, 2, 2, Kind::Out, &[3, 0]));
        let expected = Sha256::digest(&bytes[9..]);
        let expected: String = expected.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(memory.hash, expected);
    }
}
