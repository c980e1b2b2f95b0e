//! One event of a trace, and its canonical bytes.
//!
//! A trace is the magic bytes [`MAGIC`] and then records, each a run of unsigned LEB128 integers:
//! time in simulated µs, sequence number, host, kind's code, then exactly the fields its kind has. LEB128 is
//! written in its shortest form and nothing else decodes, so that equal events mean equal bytes.
//! Sequence numbers start at 0 and have no gaps, over all simulations of one trace. Time restarts at 0 with each
//! [`Kind::Run`]; within a simulation it may step back by up to one tick between hosts, because the hosts take
//! turns to live through each tick.

use super::kind::{FIELDS_MAX, Kind};
use std::fmt;

/// How every trace starts; the last byte is the version of the format.
pub const MAGIC: [u8; 8] = *b"TGTRACE\x01";

/// The longest LEB128 form of a `u64`.
const VARINT_BYTES_MAX: usize = 10;

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    pub at_us: u64,
    pub sequence: u64,
    pub host: u64,
    pub kind: Kind,
    values: [u64; FIELDS_MAX],
}

impl Record {
    /// `values` are those of the kind's fields, in order. Missing ones count as 0, extra ones are ignored, so
    /// that a record always decodes.
    pub fn new(at_us: u64, sequence: u64, host: u64, kind: Kind, values: &[u64]) -> Self {
        debug_assert_eq!(
            values.len(),
            kind.fields().len(),
            "{kind} takes {:?}",
            kind.fields()
        );
        let mut all = [0; FIELDS_MAX];
        for (slot, value) in all.iter_mut().zip(values).take(kind.fields().len()) {
            *slot = *value;
        }
        Self {
            at_us,
            sequence,
            host,
            kind,
            values: all,
        }
    }

    /// The fields' values, in order.
    pub fn values(&self) -> &[u64] {
        &self.values[..self.kind.fields().len()]
    }

    /// The value of a field by name; `None` if this kind has no such field.
    pub fn get(&self, field: &str) -> Option<u64> {
        self.kind
            .fields()
            .iter()
            .position(|name| *name == field)
            .map(|i| self.values[i])
    }

    /// Appends the canonical bytes.
    pub fn encode(&self, to: &mut Vec<u8>) {
        for value in [self.at_us, self.sequence, self.host, self.kind.code()] {
            put(to, value);
        }
        for value in self.values() {
            put(to, *value);
        }
    }
}

/// Reads a whole trace, record by record. Ends after the first error.
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
    next_sequence: u64,
    failed: bool,
}

impl<'a> Reader<'a> {
    /// Fails if `bytes` are not a trace of this version.
    pub fn new(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        if bytes.starts_with(&MAGIC) {
            Ok(Self {
                bytes,
                offset: MAGIC.len(),
                next_sequence: 0,
                failed: false,
            })
        } else {
            Err(DecodeError {
                offset: 0,
                what: "not a tollgate trace of version 1",
            })
        }
    }

    /// Where the next record starts.
    pub fn offset(&self) -> usize {
        self.offset
    }

    fn record(&mut self) -> Result<Record, DecodeError> {
        let start = self.offset;
        let err = |what| DecodeError { offset: start, what };
        let at_us = self.varint()?;
        let sequence = self.varint()?;
        if sequence != self.next_sequence {
            return Err(err("sequence number out of order"));
        }
        self.next_sequence += 1;
        let host = self.varint()?;
        let kind = Kind::from_code(self.varint()?).ok_or_else(|| err("unknown kind of event"))?;
        let mut values = [0; FIELDS_MAX];
        for value in values.iter_mut().take(kind.fields().len()) {
            *value = self.varint()?;
        }
        Ok(Record {
            at_us,
            sequence,
            host,
            kind,
            values,
        })
    }

    fn varint(&mut self) -> Result<u64, DecodeError> {
        let err = |what| DecodeError {
            offset: self.offset,
            what,
        };
        let mut value = 0_u64;
        for (i, byte) in self.bytes[self.offset..]
            .iter()
            .take(VARINT_BYTES_MAX)
            .enumerate()
        {
            let bits = u64::from(byte & 0x7f);
            if i == VARINT_BYTES_MAX - 1 && bits > 1 {
                return Err(err("integer above 64 bits"));
            }
            value |= bits << (7 * i);
            if byte & 0x80 == 0 {
                if bits == 0 && i > 0 {
                    return Err(err("integer not in its shortest form"));
                }
                self.offset += i + 1;
                return Ok(value);
            }
        }
        Err(err("trace ends inside a record"))
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Record, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.offset == self.bytes.len() {
            return None;
        }
        let record = self.record();
        self.failed = record.is_err();
        Some(record)
    }
}

/// Why bytes are no trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    pub offset: usize,
    pub what: &'static str,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "decode the trace at byte {}: {}", self.offset, self.what)
    }
}

impl std::error::Error for DecodeError {}

fn put(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}
