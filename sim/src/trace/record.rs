//! One event of a trace, and its canonical bytes.
//!
//! A trace is the magic bytes [`MAGIC`], a header (its length as LEB128, then that many bytes of JSON: what was played,
//! enough to play it again) and then records, each a run of unsigned LEB128 integers: simulated µs since the record before
//! it (zigzag: hosts take turns to live through a tick, so time may step back by one), host, kind's code, then exactly
//! the fields its kind has. LEB128 is written in its shortest form and nothing else decodes, so that equal events mean
//! equal bytes. A record's sequence number is its place, over all simulations of one trace. Time restarts at 0 with each
//! [`Kind::Run`].

use super::kind::{FIELDS_MAX, Kind};
use std::fmt;
use std::io::{self, BufRead, Read};

/// How every trace starts; the last byte is the version of the format.
pub const MAGIC: [u8; 8] = *b"TGTRACE\x02";

/// The longest LEB128 form of a `u64`.
const VARINT_BYTES_MAX: usize = 10;

/// The longest header that is read: plans and loads are written out in it, and a shrunk load may list its arrivals.
const HEADER_BYTES_MAX: u64 = 64 << 20;

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

    /// The same, filled up with zeros: for taking apart by pattern, as in `let [id, status, ..] = record.args();`.
    pub fn args(&self) -> [u64; FIELDS_MAX] {
        self.values
    }

    /// The value of a field by name; `None` if this kind has no such field.
    pub fn get(&self, field: &str) -> Option<u64> {
        self.kind
            .fields()
            .iter()
            .position(|name| *name == field)
            .map(|i| self.values[i])
    }

    /// Appends the canonical bytes; `before_us` is the time of the record before it.
    pub fn encode(&self, before_us: u64, to: &mut Vec<u8>) {
        let step = self.at_us.wrapping_sub(before_us).cast_signed();
        put(to, zigzag(step));
        put(to, self.host);
        put(to, self.kind.code());
        for value in self.values() {
            put(to, *value);
        }
    }
}

/// Appends magic and header.
pub(super) fn open(header: &str, to: &mut Vec<u8>) {
    to.extend_from_slice(&MAGIC);
    put(to, header.len() as u64);
    to.extend_from_slice(header.as_bytes());
}

/// Reads a trace, record by record, from memory or a file. Ends after the first error.
pub struct Reader<R> {
    from: R,
    offset: u64,
    header: String,
    at_us: u64,
    next_sequence: u64,
    failed: bool,
}

impl<R: BufRead> Reader<R> {
    /// Reads the header; fails if this is not a trace of this version.
    pub fn new(from: R) -> Result<Self, DecodeError> {
        let mut reader = Self {
            from,
            offset: 0,
            header: String::new(),
            at_us: 0,
            next_sequence: 0,
            failed: false,
        };
        let mut magic = [0; MAGIC.len()];
        let complete = reader.from.read_exact(&mut magic).is_ok();
        if !complete || magic != MAGIC {
            return Err(reader.error("not a tollgate trace of version 2"));
        }
        reader.offset = MAGIC.len() as u64;
        let length = reader.varint()?;
        if length > HEADER_BYTES_MAX {
            return Err(reader.error("the header is too long"));
        }
        let read = reader
            .from
            .by_ref()
            .take(length)
            .read_to_string(&mut reader.header);
        if !matches!(read, Ok(bytes) if bytes as u64 == length) {
            return Err(reader.error("the trace ends inside its header, or that is no text"));
        }
        reader.offset += length;
        Ok(reader)
    }

    /// What was played, as JSON.
    pub fn header(&self) -> &str {
        &self.header
    }

    /// Where the next record starts.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    fn record(&mut self) -> Result<Record, DecodeError> {
        let step = unzigzag(self.varint()?);
        self.at_us = self.at_us.wrapping_add_signed(step);
        let host = self.varint()?;
        let code = self.varint()?;
        let kind = Kind::from_code(code).ok_or_else(|| self.error("unknown kind of event"))?;
        let mut values = [0; FIELDS_MAX];
        for value in values.iter_mut().take(kind.fields().len()) {
            *value = self.varint()?;
        }
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        Ok(Record {
            at_us: self.at_us,
            sequence,
            host,
            kind,
            values,
        })
    }

    fn varint(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0_u64;
        for i in 0..VARINT_BYTES_MAX {
            let mut byte = [0];
            if let Err(error) = self.from.read_exact(&mut byte) {
                return Err(match error.kind() {
                    io::ErrorKind::UnexpectedEof => self.error("the trace ends inside a record"),
                    _ => self.error("it cannot be read further"),
                });
            }
            self.offset += 1;
            let bits = u64::from(byte[0] & 0x7f);
            if i == VARINT_BYTES_MAX - 1 && bits > 1 {
                return Err(self.error("integer above 64 bits"));
            }
            value |= bits << (7 * i);
            if byte[0] & 0x80 == 0 {
                if bits == 0 && i > 0 {
                    return Err(self.error("integer not in its shortest form"));
                }
                return Ok(value);
            }
        }
        Err(self.error("integer above 64 bits"))
    }

    fn error(&self, what: &'static str) -> DecodeError {
        DecodeError {
            offset: self.offset,
            what,
        }
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Record, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        match self.from.fill_buf() {
            Ok([]) => return None,
            Ok(_) => {}
            Err(_) => {
                self.failed = true;
                return Some(Err(self.error("it cannot be read further")));
            }
        }
        let record = self.record();
        self.failed = record.is_err();
        Some(record)
    }
}

/// Why bytes are no trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    pub offset: u64,
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

/// Small numbers of either sign become small ones without.
fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}
