//! Where events become a trace: numbered, hashed as they come, and kept in memory or streamed to a file.
//!
//! The recorder knows no clock. Whoever records says when: a host its simulated time, the driver its own.

use super::kind::Kind;
use super::record::{MAGIC, Record};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The most a trace may hold in memory: some twenty million events. A longer run streams to a file.
const MEMORY_BYTES_MAX: usize = 512 << 20;

/// Takes events and makes a trace of them.
pub struct Recorder {
    memory: Option<Vec<u8>>,
    file: Option<BufWriter<File>>,
    hash: Sha256,
    next_sequence: u64,
    scratch: Vec<u8>,
    failed: Option<io::Error>,
}

impl Recorder {
    /// Keeps the trace in memory, for oracles and comparison.
    pub fn in_memory() -> Self {
        Self::new(Some(Vec::new()), None)
    }

    /// Streams the trace to a new file only.
    pub fn to_file(path: &Path) -> io::Result<Self> {
        Ok(Self::new(None, Some(BufWriter::new(File::create(path)?))))
    }

    /// Keeps the trace in memory and streams it to a new file, so that a crash leaves what led to it.
    pub fn to_both(path: &Path) -> io::Result<Self> {
        Ok(Self::new(
            Some(Vec::new()),
            Some(BufWriter::new(File::create(path)?)),
        ))
    }

    fn new(memory: Option<Vec<u8>>, file: Option<BufWriter<File>>) -> Self {
        let (hash, scratch) = (Sha256::new(), Vec::new());
        let mut new = Self {
            memory,
            file,
            hash,
            next_sequence: 0,
            scratch,
            failed: None,
        };
        new.write(&MAGIC);
        new
    }

    /// Adds one event. A sink that fails is remembered and told of by [`Recorder::finish`].
    pub fn record(&mut self, at_us: u64, host: u64, kind: Kind, values: &[u64]) {
        let record = Record::new(at_us, self.next_sequence, host, kind, values);
        self.next_sequence += 1;
        let mut bytes = std::mem::take(&mut self.scratch);
        bytes.clear();
        record.encode(&mut bytes);
        self.write(&bytes);
        self.scratch = bytes;
    }

    /// Ends the trace.
    pub fn finish(mut self) -> io::Result<Trace> {
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

    fn write(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        let written = match &mut self.file {
            Some(file) => file.write_all(bytes),
            None => Ok(()),
        };
        let kept = match &mut self.memory {
            Some(all) if all.len() + bytes.len() > MEMORY_BYTES_MAX => Err(io::Error::other(
                "keep the trace: above 512 MiB; let the scenario run shorter",
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
    /// SHA-256 of all its bytes, in hex.
    pub hash: String,
    pub events: u64,
}

#[cfg(test)]
mod tests {
    use super::super::record::Reader;
    use super::*;

    #[test]
    fn hash_is_of_the_bytes_and_file_equals_memory() {
        let path = std::env::temp_dir().join(format!("tollgate-recorder-{}.trace", std::process::id()));
        let mut recorders = [Recorder::in_memory(), Recorder::to_file(&path).expect("file")];
        for recorder in &mut recorders {
            recorder.record(0, 0, Kind::Run, &[0, 7]);
            recorder.record(1_000, 1, Kind::Out, &[3, 300]);
        }
        let [memory, file] = recorders.map(|recorder| recorder.finish().expect("sink works"));
        let bytes = memory.bytes.expect("in memory");
        assert_eq!(memory.hash, file.hash);
        assert_eq!(bytes, std::fs::read(&path).expect("written"));
        std::fs::remove_file(&path).expect("removable");
        let expected: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(memory.hash, expected);
        let records: Vec<_> = Reader::new(&bytes)
            .expect("magic")
            .map(|record| record.expect("decodes"))
            .collect();
        assert_eq!(records.len(), 2);
        assert_eq!(records[1], Record::new(1_000, 1, 1, Kind::Out, &[3, 300]));
    }
}
