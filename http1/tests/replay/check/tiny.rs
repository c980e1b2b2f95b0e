//! A reader of HTTP/1 written straight from the grammar of RFC 9112, to judge the engine by.
//!
//! It shares nothing with the engine, not even the idea of how to do it: everything has been received, lines are split
//! off, and each is looked at once. It knows no limits and no connections: it reads on where a server would stop.

use super::chunks::dechunk;
use super::message::{Field, Message};

/// The bytes up to the first CRLF, if there is one and no other CR or LF before it.
pub(crate) fn line(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    bytes[end..].starts_with(b"\r\n").then(|| &bytes[..end])
}

/// RFC 9110 §5.6.2: visible ASCII without delimiters.
pub(crate) fn is_token(text: &[u8]) -> bool {
    let delimiter = |byte: &u8| b"\"(),/:;<=>?@[\\]{}".contains(byte);
    !text.is_empty()
        && text
            .iter()
            .all(|byte| byte.is_ascii_graphic() && !delimiter(byte))
}

/// RFC 9110 §5.5, spaces around it included.
pub(crate) fn is_value(text: &[u8]) -> bool {
    text.iter().all(|byte| !byte.is_ascii_control() || *byte == b'\t')
}

/// Every request in `bytes`, up to the first that is malformed or has no end of its head.
pub(crate) fn requests(mut bytes: &[u8]) -> Vec<Message> {
    let mut out = Vec::new();
    loop {
        bytes = bytes.strip_prefix(b"\r\n").unwrap_or(bytes);
        let Some((first, mut message, len)) = head(bytes) else {
            return out;
        };
        let parts: Vec<&[u8]> = first.split(|byte| *byte == b' ').collect();
        let [method, target, version] = parts[..] else {
            return out;
        };
        let visible =
            !target.is_empty() && target.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'#');
        let (Some(minor), true, true) = (minor(version), is_token(method), visible) else {
            return out;
        };
        message.start = vec![method.to_vec(), target.to_vec()];
        message.minor = minor;
        let Some(length) = declared(&message) else {
            return out;
        };
        let Some(behind) = body(&mut message, &bytes[len..], length.unwrap_or(Declared::Bytes(0))) else {
            out.push(message);
            return out;
        };
        out.push(message);
        bytes = behind;
    }
}

/// Every answer in `bytes` to requests of these methods, up to the first that is malformed or incomplete, and what is
/// behind.
pub(crate) fn answers<'a, 'b>(
    bytes: &'b [u8],
    methods: impl IntoIterator<Item = &'a str>,
) -> (Vec<Message>, &'b [u8]) {
    let mut rest = bytes;
    let mut out = Vec::new();
    for method in methods {
        loop {
            let Some(message) = answer(&mut rest, method) else {
                return (out, rest);
            };
            let interim = message.start[0][0] == b'1';
            out.push(message);
            if !interim {
                break;
            }
        }
    }
    (out, rest)
}

/// The next answer, which is cut off from `bytes`. An incomplete one is the last: everything is cut off with it.
fn answer(bytes: &mut &[u8], method: &str) -> Option<Message> {
    let (first, mut message, len) = head(bytes)?;
    let mut parts = first.splitn(3, |byte| *byte == b' ');
    let (version, status) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let valid =
        status.len() == 3 && status.iter().all(u8::is_ascii_digit) && (b'1'..=b'5').contains(&status[0]);
    if !valid {
        return None;
    }
    message.start = vec![status.to_vec()];
    message.minor = minor(version)?;
    let connected = method == "CONNECT" && status[0] == b'2';
    let bodiless = method == "HEAD" || status[0] == b'1' || status == b"204" || status == b"304" || connected;
    let behind = &bytes[len..];
    let length = match declared(&message) {
        _ if bodiless => Declared::Bytes(0),
        length => length?.unwrap_or(Declared::Close),
    };
    *bytes = body(&mut message, behind, length).unwrap_or_default();
    Some(message)
}

/// The start line, the fields, and the length of a head.
pub(crate) fn head(bytes: &[u8]) -> Option<(&[u8], Message, usize)> {
    let first = line(bytes).filter(|first| is_value(first))?;
    let mut at = first.len() + 2;
    let mut message = Message::default();
    loop {
        let line = line(&bytes[at..])?;
        at += line.len() + 2;
        if line.is_empty() {
            return Some((first, message, at));
        }
        message.fields.push(field(line)?);
    }
}

pub(crate) fn field(line: &[u8]) -> Option<Field> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let from = value.iter().position(|byte| !blank(byte)).unwrap_or(value.len());
    let to = value
        .iter()
        .rposition(|byte| !blank(byte))
        .map_or(from, |last| last + 1);
    (is_token(name) && is_value(value)).then(|| (name.to_vec(), value[from..to].to_vec()))
}

fn minor(version: &[u8]) -> Option<u8> {
    match version {
        b"HTTP/1.0" => Some(0),
        b"HTTP/1.1" => Some(1),
        _ => None,
    }
}

enum Declared {
    Bytes(u64),
    Chunks,
    Close,
}

/// `None` if the framing fields leave any doubt.
fn declared(message: &Message) -> Option<Option<Declared>> {
    let codings: Vec<_> = message.values("transfer-encoding").collect();
    let lengths: Vec<_> = message.values("content-length").collect();
    match (&codings[..], &lengths[..]) {
        ([], []) => Some(None),
        ([coding], []) if coding.eq_ignore_ascii_case(b"chunked") && message.minor == 1 => {
            Some(Some(Declared::Chunks))
        }
        ([], [length]) if !length.is_empty() && length.iter().all(u8::is_ascii_digit) => {
            let length = std::str::from_utf8(length).ok()?.parse().ok()?;
            Some(Some(Declared::Bytes(length)))
        }
        _ => None,
    }
}

/// Fills in the body and returns what is behind it, if its end is there.
fn body<'a>(message: &mut Message, bytes: &'a [u8], length: Declared) -> Option<&'a [u8]> {
    let used = match length {
        Declared::Bytes(length) => {
            let used = usize::try_from(length)
                .ok()
                .filter(|length| *length <= bytes.len());
            message.body = bytes[..used.unwrap_or(bytes.len())].to_vec();
            used
        }
        Declared::Close => {
            message.body = bytes.to_vec();
            None
        }
        Declared::Chunks => {
            let body = dechunk(bytes);
            message.body = body.content;
            message.trailers = body.trailers;
            body.used
        }
    };
    message.complete = used.is_some();
    used.map(|used| &bytes[used..])
}
