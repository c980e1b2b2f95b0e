//! The chunked coding read from its grammar (RFC 9112 §7.1), in one go and without any care for speed.

use super::message::Field;
use super::tiny::{field, is_token, is_value, line};

/// What was read of a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dechunked {
    pub(crate) content: Vec<u8>,
    pub(crate) trailers: Vec<Field>,
    /// Bytes of the whole body, if its end was found; else it is incomplete or malformed behind `content`.
    pub(crate) used: Option<usize>,
    /// Whether there is nothing in it that the grammar allows and the engine may refuse all the same: blanks before an
    /// extension, sizes of more than fifteen digits, trailers.
    pub(crate) plain: bool,
}

pub(crate) fn dechunk(bytes: &[u8]) -> Dechunked {
    let mut out = Dechunked {
        content: Vec::new(),
        trailers: Vec::new(),
        used: None,
        plain: true,
    };
    let mut at = 0;
    loop {
        let Some((size, len)) = size_line(&bytes[at..]) else {
            return out;
        };
        let digits = bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        out.plain &= digits <= 15
            && !bytes[at + digits..].starts_with(b" ")
            && !bytes[at + digits..].starts_with(b"\t");
        at += len;
        if size == 0 {
            break;
        }
        let there = &bytes[at..];
        let there = &there[..there.len().min(usize::try_from(size).unwrap_or(usize::MAX))];
        out.content.extend_from_slice(there);
        at += there.len();
        if there.len() as u64 != size || !bytes[at..].starts_with(b"\r\n") {
            return out;
        }
        at += 2;
    }
    while let Some(line) = line(&bytes[at..]) {
        at += line.len() + 2;
        if line.is_empty() {
            out.used = Some(at);
            break;
        }
        let Some(field) = field(line) else { break };
        out.trailers.push(field);
        out.plain = false;
    }
    out
}

/// A chunk's size, and how long its line is.
fn size_line(bytes: &[u8]) -> Option<(u64, usize)> {
    let line = line(bytes)?;
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (digits, extensions) = line.split_at(digits);
    let size = u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    is_extensions(extensions).then_some((size, line.len() + 2))
}

/// `*( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )`.
fn is_extensions(mut text: &[u8]) -> bool {
    while !text.is_empty() {
        let Some(name) = blank(text).strip_prefix(b";") else {
            return false;
        };
        let name = blank(name);
        let (name, behind) = name.split_at(token_len(name));
        if name.is_empty() {
            return false;
        }
        text = behind;
        if let Some(value) = blank(behind).strip_prefix(b"=") {
            let value = blank(value);
            let len = match value.first() {
                Some(b'"') => quoted_len(value),
                _ => token_len(value),
            };
            if len == 0 {
                return false;
            }
            text = &value[len..];
        }
    }
    true
}

/// Without the whitespace in front.
fn blank(text: &[u8]) -> &[u8] {
    let from = text.iter().position(|byte| !matches!(byte, b' ' | b'\t'));
    &text[from.unwrap_or(text.len())..]
}

fn token_len(text: &[u8]) -> usize {
    text.iter().take_while(|byte| is_token(&[**byte])).count()
}

/// Of a quoted string with its quotes; 0 if it is none.
fn quoted_len(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        at += match byte {
            b'"' => return at + 1,
            b'\\' if text.get(at + 1).is_some_and(|byte| is_value(&[*byte])) => 2,
            b'\\' => return 0,
            byte if is_value(&[*byte]) => 1,
            _ => return 0,
        };
    }
    0
}
