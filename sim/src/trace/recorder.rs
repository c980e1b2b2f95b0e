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
    sink: Sink,
    hash: Sha256,
    next_sequence: u64,
    scratch: Vec<u8>,
    failed: Option<io::Error>,
}

enum Sink {
    Memory(Vec<u8>),
    File(BufWriter<File>),
}

impl Recorder {
    /// Keeps the trace in memory, for oracles and comparison.
    pub fn in_memory() -> Self {
        Self::to_sink(Sink::Memory(Vec::new()))
    }

    /// Streams the trace to a new file.
    pub fn to_file(path: &Path) -> io::Result<Self> {
        Ok(Self::to_sink(Sink::File(BufWriter::new(File::create(path)?))))
    }

    fn to_sink(sink: Sink) -> Self {
        let hash = Sha256::new();
        let mut new = Self {
            sink,
            hash,
            next_sequence: 0,
            scratch: Vec::new(),
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
        if let Some(error) = self.failed {
            return Err(error);
        }
        let bytes = match self.sink {
            Sink::Memory(bytes) => Some(bytes),
            Sink::File(mut file) => {
                file.flush()?;
                None
            }
        };
        let digest = self.hash.finalize_reset();
        let hash = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Trace {
            bytes,
            hash,
            events: self.next_sequence,
        })
    }

    fn write(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        let written = match &mut self.sink {
            Sink::Memory(all) if all.len() + bytes.len() > MEMORY_BYTES_MAX => Err(io::Error::other(
                "trace above 512 MiB in memory: run shorter, or stream it to a file",
            )),
            Sink::Memory(all) => {
                all.extend_from_slice(bytes);
                Ok(())
            }
            Sink::File(file) => file.write_all(bytes),
        };
        if let Err(error) = written {
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
