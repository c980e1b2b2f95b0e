//! Heads parsed over httparse, and then held to what httparse lets pass.
//!
//! httparse checks tokens, the bytes of values, spaces before the colon and folded lines. It accepts a bare LF as
//! the end of a line, skips empty lines before the start line, and takes almost any byte in a target: those are
//! checked here. Positions are 32 bits wide, which [`Limits::BYTES_MAX`] guarantees to be enough.

use super::fields::{Fields, Slot};
use super::method::Method;
use super::name::Name;
use super::refusal::Refusal;
use super::target::is_target;
use super::{Request, Response, Version};
use httparse::{Error, Header, Status};
use std::mem::MaybeUninit;

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
}

/// Where the parts of an answer's head lie. With the buffer and the slots it makes a [`Response`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusLine {
    pub status: u16,
    pub version: Version,
    /// Of the whole head.
    pub len: usize,
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
        Fields::new(&bytes[..self.len], slots)
    }
}

impl StatusLine {
    /// `bytes` begins with the head that was parsed.
    pub fn head<'a>(&self, bytes: &'a [u8], slots: &'a [Slot]) -> Response<'a> {
        Response {
            status: self.status,
            version: self.version,
            fields: Fields::new(&bytes[..self.len], slots),
        }
    }
}

/// Fields for which there is room without an allocation, 4 KiB of stack that nobody has to clear. The limit that is
/// set decides, not the head at hand, so this is above the default limit.
const FIELDS_INLINE: usize = 128;

/// Parses the head of a request at the start of `bytes`; `None` while its end is missing.
pub fn request(bytes: &[u8], limits: &Limits, slots: &mut Vec<Slot>) -> Result<Option<RequestLine>, Refusal> {
    starts_with(bytes, |byte| byte.is_ascii_graphic())?;
    with_room(limits.fields_max, |room| {
        let mut head = httparse::Request::new(&mut []);
        match head.parse_with_uninit_headers(bytes, room) {
            Ok(Status::Complete(len)) => finish_request(bytes, len, &head, limits, slots).map(Some),
            Ok(Status::Partial) => {
                let target = head.path.map_or_else(|| target_so_far(bytes), str::len);
                partial(bytes.len(), target, limits)
            }
            Err(error) => {
                let target = head.path.map_or_else(|| target_so_far(bytes), str::len);
                let version_at = head
                    .path
                    .map(|target| bytes.len().min(target_at(bytes) + target.len() + 1));
                let is_too_long = head.method.is_some() && target > limits.target_max;
                Err(if is_too_long {
                    Refusal::TargetTooLong
                } else {
                    refusal(error, bytes, version_at, limits)
                })
            }
        }
    })
}

/// Parses the head of an answer at the start of `bytes`; `None` while its end is missing.
pub fn response(bytes: &[u8], limits: &Limits, slots: &mut Vec<Slot>) -> Result<Option<StatusLine>, Refusal> {
    starts_with(bytes, |byte| byte == b'H')?;
    with_room(limits.fields_max, |room| {
        let mut head = httparse::Response::new(&mut []);
        let parsed =
            httparse::ParserConfig::default().parse_response_with_uninit_headers(&mut head, bytes, room);
        match parsed {
            Ok(Status::Complete(len)) => finish_response(bytes, len, &head, limits, slots).map(Some),
            Ok(Status::Partial) => partial(bytes.len(), 0, limits),
            // the status was read, so it is the reason phrase that is malformed
            Err(Error::Status) if head.code.is_some() => Err(refusal(Error::Token, bytes, None, limits)),
            Err(error) => Err(refusal(error, bytes, Some(0), limits)),
        }
    })
}

/// Empty lines before a start line are the connection's business, not the head's.
fn starts_with(bytes: &[u8], valid: impl Fn(u8) -> bool) -> Result<(), Refusal> {
    match bytes.first() {
        Some(byte) if !valid(*byte) => Err(Refusal::StartLine),
        _ => Ok(()),
    }
}

fn with_room<'b, T>(fields_max: usize, parse: impl FnOnce(&mut [MaybeUninit<Header<'b>>]) -> T) -> T {
    if fields_max <= FIELDS_INLINE {
        parse(&mut [const { MaybeUninit::uninit() }; FIELDS_INLINE][..fields_max])
    } else {
        parse(&mut vec![MaybeUninit::uninit(); fields_max])
    }
}

fn partial<T>(len: usize, target: usize, limits: &Limits) -> Result<Option<T>, Refusal> {
    if target > limits.target_max {
        return Err(Refusal::TargetTooLong);
    }
    within(len, limits).map(|()| None)
}

fn within(len: usize, limits: &Limits) -> Result<(), Refusal> {
    if len > limits.bytes_max.min(Limits::BYTES_MAX) {
        return Err(Refusal::HeadTooLarge);
    }
    Ok(())
}

/// Where the target begins, if it does.
fn target_at(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|byte| *byte == b' ')
        .map_or(bytes.len(), |space| space + 1)
}

/// The length of a target that is malformed or whose end is missing.
fn target_so_far(bytes: &[u8]) -> usize {
    bytes[target_at(bytes)..]
        .iter()
        .take_while(|byte| !byte.is_ascii_whitespace())
        .count()
}

/// Sizes first: 431 says more than what else is wrong with a head that is too large anyway.
fn refusal(error: Error, bytes: &[u8], version_at: Option<usize>, limits: &Limits) -> Refusal {
    let bytes_max = limits.bytes_max.min(Limits::BYTES_MAX);
    if bytes.len() > bytes_max && !holds_blank_line(&bytes[..bytes_max]) {
        return Refusal::HeadTooLarge;
    }
    match error {
        Error::TooManyHeaders => Refusal::FieldsTooMany,
        Error::HeaderName => Refusal::FieldName,
        Error::HeaderValue => Refusal::FieldValue,
        Error::NewLine => Refusal::LineEnding,
        Error::Status => Refusal::Status,
        Error::Token => Refusal::StartLine,
        // what does not look like a version is one word too many, or another protocol
        Error::Version => match version_at.and_then(|at| bytes.get(at..)) {
            Some([b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', ..]) => Refusal::Version,
            _ => Refusal::StartLine,
        },
    }
}

/// Whether a head may end in `bytes`, also one that ends malformed.
pub(crate) fn holds_blank_line(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| pair == b"\n\n") || bytes.windows(3).any(|three| three == b"\n\r\n")
}

fn version(minor: Option<u8>) -> Result<Version, Refusal> {
    match minor {
        Some(1) => Ok(Version::Http11),
        Some(0) => Ok(Version::Http10),
        _ => Err(Refusal::Version),
    }
}

fn finish_request(
    bytes: &[u8],
    len: usize,
    head: &httparse::Request<'_, '_>,
    limits: &Limits,
    slots: &mut Vec<Slot>,
) -> Result<RequestLine, Refusal> {
    let (Some(method), Some(target)) = (head.method, head.path) else {
        return Err(Refusal::StartLine);
    };
    if target.len() > limits.target_max {
        return Err(Refusal::TargetTooLong);
    }
    within(len, limits)?;
    let known = Method::of(method.as_bytes());
    if !is_target(known, target.as_bytes()) {
        return Err(Refusal::Target);
    }
    let line_end = method.len() + 1 + target.len() + " HTTP/1.1".len();
    take_fields(&bytes[..len], line_ends(bytes, line_end)?, head.headers, slots)?;
    Ok(RequestLine {
        method: known,
        version: version(head.version)?,
        len,
        method_len: method.len() as u32,
        target_len: target.len() as u32,
    })
}

fn finish_response(
    bytes: &[u8],
    len: usize,
    head: &httparse::Response<'_, '_>,
    limits: &Limits,
    slots: &mut Vec<Slot>,
) -> Result<StatusLine, Refusal> {
    within(len, limits)?;
    let status = head
        .code
        .filter(|status| (100..600).contains(status))
        .ok_or(Refusal::Status)?;
    let mut line_end = "HTTP/1.1 200".len();
    line_end += bytes[line_end..]
        .iter()
        .take_while(|byte| !matches!(byte, b'\r' | b'\n'))
        .count();
    take_fields(&bytes[..len], line_ends(bytes, line_end)?, head.headers, slots)?;
    Ok(StatusLine {
        status,
        version: version(head.version)?,
        len,
    })
}

/// Where the line behind a start line begins.
fn line_ends(bytes: &[u8], line_end: usize) -> Result<usize, Refusal> {
    match bytes.get(line_end..line_end + 2) {
        Some(b"\r\n") => Ok(line_end + 2),
        _ => Err(Refusal::LineEnding),
    }
}

/// Turns slices into positions, and sees to it that every line ends in CRLF. `from` is where the fields begin.
pub(super) fn take_fields(
    head: &[u8],
    from: usize,
    headers: &[Header<'_>],
    slots: &mut Vec<Slot>,
) -> Result<(), Refusal> {
    // of every line only its LF is known to be there; the line before this position has to end in CRLF
    let ends_well = |next_line: usize| next_line == from || head[..next_line].ends_with(b"\r\n");
    slots.clear();
    slots.reserve(headers.len());
    let start = head.as_ptr() as usize;
    for header in headers {
        let name_at = header.name.as_ptr() as usize - start;
        if !ends_well(name_at) {
            return Err(Refusal::LineEnding);
        }
        let name_len = u16::try_from(header.name.len()).map_err(|_| Refusal::FieldName)?;
        // an empty value is not always a slice of the head
        let value_at = match header.value {
            [] => 0,
            value => value.as_ptr() as usize - start,
        };
        slots.push(Slot {
            name_at: name_at as u32,
            value_at: value_at as u32,
            value_len: header.value.len() as u32,
            name_len,
            id: Name::of(header.name.as_bytes()),
        });
    }
    if !head.ends_with(b"\r\n") || !ends_well(head.len() - 2) {
        return Err(Refusal::LineEnding);
    }
    Ok(())
}
