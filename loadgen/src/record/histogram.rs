//! The one kind of histogram that everything is recorded in, so that any two can be added up, and its text form.
//!
//! As text a histogram is base64 of HdrHistogram's V2 encoding, raw or deflated, which is what stands in an interval
//! log too. What is read back comes from a file and may be anything: it is refused, never believed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2Serializer};
use std::io::{self, Read};
use std::time::Duration;

const HOUR_NS: u64 = 3_600_000_000_000;
const SIGNIFICANT_DIGITS: u8 = 3;
/// Head of an encoded histogram: its cookie, then the length of what follows.
const HEAD_BYTES: usize = 8;
/// Counters of the largest histogram that can be read, nine bytes each at worst; no program writes as much.
const PAYLOAD_BYTES_MAX: u32 = 64 << 20;

/// Nanoseconds, up to an hour, to three digits.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, HOUR_NS, SIGNIFICANT_DIGITS).expect("constant bounds in range")
}

/// The same with room for what it has seen only: emptied and encoded in microseconds, which matters while a run goes on.
pub(super) fn growing() -> Histogram<u64> {
    Histogram::new(SIGNIFICANT_DIGITS).expect("constant bounds in range")
}

/// Records in one that grows, an hour at most.
pub(super) fn put(growing: &mut Histogram<u64>, nanos: u64) {
    growing
        .record(nanos.min(HOUR_NS))
        .expect("it grows as far as that");
}

/// Whole nanoseconds; more than fit in 64 bits is more than any histogram holds.
pub(super) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Adds histograms that are both of this kind.
pub(crate) fn add(to: &mut Histogram<u64>, more: &Histogram<u64>) {
    to.add(more)
        .expect("histograms of this crate have the same bounds");
}

/// Raw V2: a few kilobytes where the counters take a quarter megabyte.
pub(super) fn encode(histogram: &Histogram<u64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    V2Serializer::new()
        .serialize(histogram, &mut bytes)
        .expect("a vector takes every byte");
    bytes
}

/// A histogram of any program of the HdrHistogram family, as one of this kind.
pub(crate) fn decode(bytes: &[u8]) -> Result<Histogram<u64>, String> {
    let mut own = histogram();
    own.add(&foreign(bytes)?)
        .map_err(|_| "it holds values above one hour of nanoseconds".to_owned())?;
    Ok(own)
}

/// The same from base64, of values that count units of so many nanoseconds. A value above one hour counts as one hour.
pub(crate) fn decode_text_in(text: &str, unit_ns: u64) -> Result<Histogram<u64>, String> {
    let mut own = histogram();
    for step in foreign(&bytes_of(text)?)?.iter_recorded() {
        let value = step.value_iterated_to().saturating_mul(unit_ns);
        own.saturating_record_n(value, step.count_at_value());
    }
    Ok(own)
}

fn foreign(mut bytes: &[u8]) -> Result<Histogram<u64>, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("it is no HdrHistogram in V2 encoding ({error})");
    if payload_length(bytes).map_err(|error| wrong(&error))? > PAYLOAD_BYTES_MAX {
        return Err(wrong(&"it claims to be longer than any is"));
    }
    Deserializer::new()
        .deserialize(&mut bytes)
        .map_err(|error| wrong(&error))
}

/// What an encoded histogram says of its own length, which a reader makes room for before it has read as much.
fn payload_length(bytes: &[u8]) -> io::Result<u32> {
    let mut head = [0; HEAD_BYTES];
    let deflated = &bytes[HEAD_BYTES.min(bytes.len())..];
    match bytes {
        // the last byte of the cookie tells V2 deflated from V2
        [0x1c, 0x84, 0x93, 0x14, ..] => ZlibDecoder::new(deflated).read_exact(&mut head)?,
        mut plain => plain.read_exact(&mut head)?,
    }
    let [.., a, b, c, d] = head;
    Ok(u32::from_be_bytes([a, b, c, d]))
}

/// The same from base64.
pub(crate) fn decode_text(text: &str) -> Result<Histogram<u64>, String> {
    decode(&bytes_of(text)?)
}

pub(super) fn bytes_of(text: &str) -> Result<Vec<u8>, String> {
    STANDARD
        .decode(text)
        .map_err(|error| format!("it is not base64 ({error})"))
}

pub(super) fn text_of(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// `#[serde(with = …)]` for a histogram.
pub(super) mod one {
    use super::{Histogram, decode_text, encode, text_of};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(in crate::record) fn serialize<S: Serializer>(
        histogram: &Histogram<u64>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&text_of(&encode(histogram)))
    }

    pub(in crate::record) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Histogram<u64>, D::Error> {
        decode_text(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// `#[serde(with = …)]` for a histogram that is kept encoded; empty where there is none.
pub(super) mod encoded {
    use super::{bytes_of, decode, text_of};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(in crate::record) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&text_of(bytes))
    }

    pub(in crate::record) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let bytes = bytes_of(&String::deserialize(from)?).map_err(D::Error::custom)?;
        if bytes.is_empty() {
            return Ok(bytes);
        }
        // known to decode from here on, which is what adding relies on
        decode(&bytes).map(|_| bytes).map_err(D::Error::custom)
    }
}
