//! Heads and chunks, serialised straight into the buffer they leave from.
//!
//! A head is opened with its start line, takes [`Field`]s, and is closed by the engine, which
//! alone writes what frames the message and what says whether the connection stays.

mod chunk;
mod convert;
mod date;
mod request;
mod response;

pub use chunk::{chunk, last_chunk, last_chunk_with};
pub use convert::{from_http_request, from_http_response};
pub use date::Date;
pub use request::{FramedRequest, RequestHead};
pub use response::{Delimit, Persistence, ResponseHead};

use crate::head::{Field, FieldName, FieldValue, Fields, Name};
use std::ops::Range;

/// Digits of the largest `u64`.
const DIGITS_MAX: usize = 20;

/// Fields that only the engine writes.
fn is_framing(name: Name) -> bool {
    matches!(
        name,
        Name::Connection | Name::ContentLength | Name::KeepAlive | Name::TransferEncoding | Name::Upgrade
    )
}

/// Appends a field; one that frames a message is left out.
fn put(out: &mut Vec<u8>, field: Field<'_>) {
    if is_framing(field.name.id()) {
        return;
    }
    match field.line() {
        Some(line) => out.extend_from_slice(line),
        None => line(out, field.name.text(), field.value.bytes()),
    }
}

/// Appends the fields at some of the places, as [`put`] does: those that nothing was left out between at once.
fn put_all(out: &mut Vec<u8>, fields: Fields<'_>, places: Range<usize>) {
    if places.is_empty() {
        return;
    }
    match fields.lines(places.clone(), |name| !is_framing(name)) {
        Some(lines) => out.extend_from_slice(lines),
        None => fields.at(places).for_each(|field| put(out, field)),
    }
}

fn add(out: &mut Vec<u8>, name: FieldName<'_>, value: FieldValue<'_>) {
    if !is_framing(name.id()) {
        line(out, name.text(), value.bytes());
    }
}

fn line(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Appends a field whose value is a number. What is behind the name is put together first: a piece that is appended
/// costs more than its bytes do.
fn number(out: &mut Vec<u8>, name: &[u8], value: u64) {
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(value).as_bytes();
    let mut text = [0; b": ".len() + DIGITS_MAX + b"\r\n".len()];
    text[..2].copy_from_slice(b": ");
    text[2..2 + digits.len()].copy_from_slice(digits);
    text[2 + digits.len()..4 + digits.len()].copy_from_slice(b"\r\n");
    out.extend_from_slice(name);
    out.extend_from_slice(&text[..4 + digits.len()]);
}
