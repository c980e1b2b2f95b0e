//! The head of an answer (RFC 9112 §4).

use super::{Date, add, number, put, put_all};
use crate::head::{Field, FieldName, FieldValue, Fields};
use std::ops::Range;

/// How the end of an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delimit {
    /// By its status or by the request's method; no field says anything.
    Nothing,
    Length(u64),
    Chunked,
    /// By the end of the connection.
    Close,
}

/// What `Connection` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// Nothing: HTTP/1.1 stays open by itself.
    Implied,
    /// To a client of HTTP/1.0 that asked for it.
    KeepAlive,
    Close,
    Upgrade,
}

/// An answer's head that still takes fields.
#[derive(Debug)]
pub struct ResponseHead {
    bytes: Vec<u8>,
    status: u16,
    pub(crate) close: bool,
    pub(crate) announced: Option<u64>,
}

impl ResponseHead {
    /// Opens a head in `bytes`, which is emptied first. A status outside of 100 to 599 becomes 500: it is a bug of
    /// the caller's, and must not reach the wire.
    pub fn new(mut bytes: Vec<u8>, status: u16) -> Self {
        let status = if (100..600).contains(&status) { status } else { 500 };
        bytes.clear();
        status_line(&mut bytes, status);
        Self {
            bytes,
            status,
            close: false,
            announced: None,
        }
    }

    /// A head that begins as this one does, in `bytes`, which is emptied first: for what many answers have in common.
    pub fn like(&self, mut bytes: Vec<u8>) -> Self {
        bytes.clear();
        bytes.extend_from_slice(&self.bytes);
        Self { bytes, ..*self }
    }

    /// The head, and in its place one of which nothing was written.
    pub(crate) fn take(&mut self) -> Self {
        let bytes = std::mem::take(&mut self.bytes);
        Self { bytes, ..*self }
    }

    /// What was written so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    /// Passes a field on; one that frames a message is left out.
    pub fn put(&mut self, field: Field<'_>) {
        put(&mut self.bytes, field);
    }

    /// Passes on the fields at some of the places, which are below `fields.len()`; those that frame a message are left out.
    pub fn put_all(&mut self, fields: Fields<'_>, places: Range<usize>) {
        put_all(&mut self.bytes, fields, places);
    }

    pub fn add(&mut self, name: FieldName<'_>, value: FieldValue<'_>) {
        add(&mut self.bytes, name, value);
    }

    pub fn add_number(&mut self, name: FieldName<'_>, value: u64) {
        number(&mut self.bytes, name.text(), value);
    }

    pub fn add_date(&mut self, date: &Date) {
        super::line(&mut self.bytes, b"date", date.text());
    }

    /// The connection is to be closed after this answer.
    pub fn close(&mut self) {
        self.close = true;
    }

    /// The length of the body that a GET would have brought, for an answer to HEAD or a 304 (RFC 9110 §8.6).
    pub fn announce(&mut self, length: u64) {
        self.announced = Some(length);
    }

    /// The protocol that a 101 switches to (RFC 9110 §7.8).
    pub fn upgrade(&mut self, protocol: FieldValue<'_>) {
        super::line(&mut self.bytes, b"upgrade", protocol.bytes());
    }

    /// Closes the head, as a [`Plan`](crate::connection::Plan) has it.
    pub fn finish(mut self, delimit: Delimit, persistence: Persistence) -> Vec<u8> {
        match delimit {
            Delimit::Nothing | Delimit::Close => {}
            Delimit::Length(length) => number(&mut self.bytes, b"content-length", length),
            Delimit::Chunked => self.bytes.extend_from_slice(b"transfer-encoding: chunked\r\n"),
        }
        self.bytes.extend_from_slice(match persistence {
            Persistence::Implied => b"\r\n",
            Persistence::KeepAlive => b"connection: keep-alive\r\n\r\n",
            Persistence::Close => b"connection: close\r\n\r\n",
            Persistence::Upgrade => b"connection: upgrade\r\n\r\n",
        });
        self.bytes
    }
}

/// The reason phrase is the registered one: an upstream's own is not passed on (RFC 9112 §4 lets it be dropped).
fn status_line(out: &mut Vec<u8>, status: u16) {
    match status {
        200 => out.extend_from_slice(b"HTTP/1.1 200 OK\r\n"),
        204 => out.extend_from_slice(b"HTTP/1.1 204 No Content\r\n"),
        304 => out.extend_from_slice(b"HTTP/1.1 304 Not Modified\r\n"),
        404 => out.extend_from_slice(b"HTTP/1.1 404 Not Found\r\n"),
        _ => {
            out.extend_from_slice(b"HTTP/1.1 ");
            out.extend_from_slice(itoa::Buffer::new().format(status).as_bytes());
            out.push(b' ');
            let known = http::StatusCode::from_u16(status).ok();
            let reason = known.and_then(|status| status.canonical_reason());
            out.extend_from_slice(reason.unwrap_or("").as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
}
