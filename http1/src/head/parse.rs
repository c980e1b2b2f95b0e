//! Start lines, and the limits that a head is held to. One pass over its bytes, and positions instead of copies.
//!
//! Positions are 32 bits wide, which [`Limits::BYTES_MAX`] guarantees to be enough.

use super::fields::{Fields, Slot};
use super::method::Method;
use super::refusal::Refusal;
use super::scan::{self, Section, Stop};
use super::target::is_target;
use super::{Request, Response, Version};

/// What a head may take up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of the whole head, blank line included.
    pub bytes_max: usize,
    pub fields_max: usize,
    pub target_max: usize,
}

impl Limits {
    /// No head may be larger, whatever the limits say: positions are kept in 32 bits and a name's length in 16.
    pub const BYTES_MAX: usize = 16 << 20;
}

impl Default for Limits {
    /// nginx's `large_client_header_buffers` are 4 × 8 KiB; browsers stay below 8 KiB for a target.
    fn default() -> Self {
        Self {
            bytes_max: 32 * 1024,
            fields_max: 100,
            target_max: 8 * 1024,
        }
    }
}

/// Where the parts of a request's head lie. With the buffer and the slots it makes a [`Request`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLine {
    pub method: Method,
    pub version: Version,
    /// Of the whole head.
    pub len: usize,
    method_len: u32,
    target_len: u32,
    names: u64,
}

/// Where the parts of an answer's head lie. With the buffer and the slots it makes a [`Response`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusLine {
    pub status: u16,
    pub version: Version,
    /// Of the whole head.
    pub len: usize,
    names: u64,
}

impl RequestLine {
    /// `bytes` begins with the head that was parsed.
    pub fn head<'a>(&self, bytes: &'a [u8], slots: &'a [Slot]) -> Request<'a> {
        let target_at = self.method_len as usize + 1;
        let text = |from: usize, to: usize| std::str::from_utf8(&bytes[from..to]).unwrap_or("");
        Request {
            method: self.method,
            method_text: self
                .method
                .text()
                .unwrap_or_else(|| text(0, self.method_len as usize)),
            target: text(target_at, target_at + self.target_len as usize),
            version: self.version,
            fields: self.fields(bytes, slots),
        }
    }

    pub(crate) fn fields<'a>(&self, bytes: &'a [u8], slots: &'a [Slot]) -> Fields<'a> {
        Fields::parsed(&bytes[..self.len], slots, self.names)
    }
}

impl StatusLine {
    /// `bytes` begins with the head that was parsed.
    pub fn head<'a>(&self, bytes: &'a [u8], slots: &'a [Slot]) -> Response<'a> {
        Response {
            status: self.status,
            version: self.version,
            fields: Fields::parsed(&bytes[..self.len], slots, self.names),
        }
    }
}

/// Parses the head of a request at the start of `bytes`; `None` while its end is missing.
pub fn request(bytes: &[u8], limits: &Limits, slots: &mut Vec<Slot>) -> Result<Option<RequestLine>, Refusal> {
    match request_line(bytes, limits, slots) {
        Ok(line) => {
            within(line.len, limits)?;
            Ok(Some(line))
        }
        Err(stop) => stopped(stop, bytes, limits),
    }
}

/// Parses the head of an answer at the start of `bytes`; `None` while its end is missing.
#[inline]
pub fn response(bytes: &[u8], limits: &Limits, slots: &mut Vec<Slot>) -> Result<Option<StatusLine>, Refusal> {
    match status_line(bytes, limits, slots) {
        Ok(line) => {
            within(line.len, limits)?;
            Ok(Some(line))
        }
        Err(stop) => stopped(stop, bytes, limits),
    }
}

fn within(len: usize, limits: &Limits) -> Result<(), Refusal> {
    if len > limits.bytes_max.min(Limits::BYTES_MAX) {
        return Err(Refusal::HeadTooLarge);
    }
    Ok(())
}

/// Sizes first: 431 says more than what else is wrong with a head that is too large anyway.
fn stopped<T>(stop: Stop, bytes: &[u8], limits: &Limits) -> Result<Option<T>, Refusal> {
    let bytes_max = limits.bytes_max.min(Limits::BYTES_MAX);
    match stop {
        Stop::Refused(Refusal::TargetTooLong) => Err(Refusal::TargetTooLong),
        _ if bytes.len() > bytes_max && !holds_blank_line(&bytes[..bytes_max]) => Err(Refusal::HeadTooLarge),
        Stop::More => within(bytes.len(), limits).map(|()| None),
        Stop::Refused(refusal) => Err(refusal),
    }
}

/// Whether a head may end in `bytes`, also one that ends malformed.
pub(crate) fn holds_blank_line(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| pair == b"\n\n") || bytes.windows(3).any(|three| three == b"\n\r\n")
}

/// `method SP request-target SP HTTP-version CRLF` (RFC 9112 §3), and the fields behind it.
fn request_line(bytes: &[u8], limits: &Limits, slots: &mut Vec<Slot>) -> Result<RequestLine, Stop> {
    let method_end = scan::token(bytes, 0)?;
    if method_end == 0 || bytes[method_end] != b' ' {
        return Err(Refusal::StartLine.into());
    }
    let target_at = method_end + 1;
    let target_end = scan::visible(bytes, target_at, b'!');
    if target_end - target_at > limits.target_max {
        return Err(Refusal::TargetTooLong.into());
    }
    match bytes.get(target_end) {
        None => return Err(Stop::More),
        Some(b' ') if target_end > target_at => {}
        Some(_) => return Err(Refusal::StartLine.into()),
    }
    let (version, version_end) = version(bytes, target_end + 1)?;
    let fields_at = scan::crlf(bytes, version_end)?;
    let method = Method::of(&bytes[..method_end]);
    if !is_target(method, &bytes[target_at..target_end]) {
        return Err(Refusal::Target.into());
    }
    let Section { end, names } = scan::fields(bytes, fields_at, limits.fields_max, slots)?;
    Ok(RequestLine {
        method,
        version,
        len: end,
        method_len: method_end as u32,
        target_len: (target_end - target_at) as u32,
        names,
    })
}

/// `HTTP-version SP status-code SP [ reason-phrase ] CRLF` (RFC 9112 §4), and the fields behind it. The second space
/// may be missing with the phrase, as many servers have it.
#[inline]
fn status_line(bytes: &[u8], limits: &Limits, slots: &mut Vec<Slot>) -> Result<StatusLine, Stop> {
    let (version, version_end) = version(bytes, 0)?;
    let (status, status_end) = match bytes.get(version_end..).unwrap_or_default() {
        [b' ', a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', ..] => {
            let digit = |byte: &u8| u16::from(byte - b'0');
            (100 * digit(a) + 10 * digit(b) + digit(c), version_end + 4)
        }
        [] | [b' '] | [b' ', b'0'..=b'9'] | [b' ', b'0'..=b'9', b'0'..=b'9'] => return Err(Stop::More),
        [b' ', ..] => return Err(Refusal::Status.into()),
        _ => return Err(Refusal::StartLine.into()),
    };
    if !(100..600).contains(&status) {
        return Err(Refusal::Status.into());
    }
    let line_end = match bytes.get(status_end) {
        None => return Err(Stop::More),
        Some(b'\r' | b'\n') => status_end,
        Some(b' ') => reason_end(bytes, status_end + 1),
        Some(_) => return Err(Refusal::Status.into()),
    };
    if !matches!(bytes.get(line_end), None | Some(b'\r' | b'\n')) {
        return Err(Refusal::StartLine.into());
    }
    let fields_at = scan::crlf(bytes, line_end)?;
    let Section { end, names } = scan::fields(bytes, fields_at, limits.fields_max, slots)?;
    Ok(StatusLine {
        status,
        version,
        len: end,
        names,
    })
}

fn reason_end(bytes: &[u8], at: usize) -> usize {
    let mut end = scan::visible(bytes, at, b' ');
    while bytes.get(end) == Some(&b'\t') {
        end = scan::visible(bytes, end + 1, b' ');
    }
    end
}

/// The version at `at`, and where it ends. What does not look like one is a word too many, or another protocol.
fn version(bytes: &[u8], at: usize) -> Result<(Version, usize), Stop> {
    const PREFIX: &[u8] = b"HTTP/";
    let rest = bytes.get(at..).unwrap_or_default();
    // as words: this is asked of every message
    const HTTP_11: u64 = u64::from_le_bytes(*b"HTTP/1.1");
    const HTTP_10: u64 = u64::from_le_bytes(*b"HTTP/1.0");
    match rest.first_chunk().map(|word| u64::from_le_bytes(*word)) {
        Some(HTTP_11) => return Ok((Version::Http11, at + 8)),
        Some(HTTP_10) => return Ok((Version::Http10, at + 8)),
        _ => {}
    }
    let same = rest
        .iter()
        .zip(PREFIX)
        .take_while(|(byte, of)| byte == of)
        .count();
    match rest.get(same) {
        None => Err(Stop::More),
        Some(_) if same < PREFIX.len() => Err(Refusal::StartLine.into()),
        Some(b'1') if b"HTTP/1.".starts_with(rest) => Err(Stop::More),
        Some(b'0'..=b'9') => Err(Refusal::Version.into()),
        Some(_) => Err(Refusal::StartLine.into()),
    }
}
