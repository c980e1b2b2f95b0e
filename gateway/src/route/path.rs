//! Paths in normal form, so that the gateway and whatever stands behind it read the same path.
//!
//! Two parties that disagree on what a path means are how a rule is walked around: `/public/..%2fadmin`
//! is below `/public` for one and is `/admin` for the other. So there is one form, which every later stage
//! sees, and a path that could be read in two ways is refused rather than guessed at:
//! - dot segments, empty segments (`//`), backslashes and path parameters (`;x`), written out or escaped
//!   where decoding them would change the segments (`%2e`, `%2f`, `%5c`);
//! - a dot segment with an escape behind it of what some strip or take for the end of the path: `..%20`, `..%3b`;
//! - escapes of control characters, of what UTF-8 never has (`%c0%ae` and `%e0%80%ae` are overlong dots), and of
//!   a percent sign that makes another escape (`%252e` is `%2e` to whoever decodes twice);
//! - bytes that a URI cannot hold: controls, space, non-ASCII, `#`, `?`.
//!
//! What has one reading only is rewritten (RFC 3986 §6.2.2): escaped letters, digits, `-`, `_`, `~` are
//! decoded, and the hex digits of the escapes that stay are upper-case. Reserved characters keep the
//! spelling they came in (`,` and `%2C` differ by RFC 3986 §2.2), in rules as in requests.

use std::borrow::Cow;
use std::fmt;

/// The path in normal form; borrowed when it came in it. `path` is without query and fragment.
pub fn normal_path(path: &str) -> Result<Cow<'_, str>, PathFault> {
    let bytes = path.as_bytes();
    if bytes.first() != Some(&b'/') {
        return Err(PathFault::NotAbsolute);
    }
    let mut out: Option<String> = None;
    let mut segment_start = 1;
    let mut at = 1;
    loop {
        let run = bytes[at..].iter().take_while(|byte| PLAIN[usize::from(**byte)]);
        let end = at + run.count();
        if let Some(out) = &mut out {
            out.push_str(&path[at..end]);
        }
        at = end;
        let Some(&byte) = bytes.get(at) else { break };
        let mut width = 1;
        match byte {
            b'/' => {
                check_segment(&bytes[segment_start..at], false)?;
                segment_start = at + 1;
            }
            b'%' => {
                width = 3;
                match escape(bytes, at)? {
                    Escape::Kept => {}
                    Escape::Becomes(text) => {
                        out.get_or_insert_with(|| path[..at].to_owned()).push_str(&text);
                        at += width;
                        continue;
                    }
                }
            }
            b'\\' => return Err(PathFault::Backslash),
            b';' => return Err(PathFault::Parameter),
            _ => return Err(PathFault::Forbidden(byte)),
        }
        if let Some(out) = &mut out {
            out.push_str(&path[at..at + width]);
        }
        at += width;
    }
    check_segment(&bytes[segment_start..], true)?;
    Ok(out.map_or(Cow::Borrowed(path), Cow::Owned))
}

/// The bytes that mean themselves wherever they stand.
const PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0x21;
    while byte < 0x7f {
        table[byte] = !matches!(byte as u8, b'/' | b'%' | b'\\' | b';' | b'?' | b'#');
        byte += 1;
    }
    table
};

/// Whether the path is in normal form already.
pub fn path_is_plain(path: &str) -> bool {
    matches!(normal_path(path), Ok(Cow::Borrowed(_)))
}

/// Why a path has no normal form. The answer to a request that has one is 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathFault {
    NotAbsolute,
    EmptySegment,
    DotSegment,
    Backslash,
    Parameter,
    /// A `%` that two hex digits do not follow.
    BadEscape,
    /// An escape that decoders disagree on.
    AmbiguousEscape(u8),
    /// A byte that no URI path holds.
    Forbidden(u8),
}

impl fmt::Display for PathFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PathFault::NotAbsolute => f.write_str("does not begin with `/`"),
            PathFault::EmptySegment => f.write_str("has an empty segment (`//`)"),
            PathFault::DotSegment => f.write_str("has a `.` or `..` segment"),
            PathFault::Backslash => f.write_str("has a backslash"),
            PathFault::Parameter => f.write_str("has a `;` parameter"),
            PathFault::BadEscape => f.write_str("has a `%` without two hex digits"),
            PathFault::AmbiguousEscape(byte) => write!(f, "has the ambiguous escape `%{byte:02X}`"),
            PathFault::Forbidden(byte) => write!(f, "has the byte 0x{byte:02X}, which no path holds"),
        }
    }
}

impl std::error::Error for PathFault {}

enum Escape {
    Kept,
    Becomes(Cow<'static, str>),
}

/// Judges the escape at `bytes[at]`.
fn escape(bytes: &[u8], at: usize) -> Result<Escape, PathFault> {
    let byte = unescaped(bytes, at).ok_or(PathFault::BadEscape)?;
    match byte {
        b'.' | b'/' | b'\\' | 0x00..=0x1f | 0x7f | 0xc0 | 0xc1 | 0xf5..=0xff => {
            Err(PathFault::AmbiguousEscape(byte))
        }
        b'%' if makes_another(bytes, at + 3) => Err(PathFault::AmbiguousEscape(byte)),
        0xe0 | 0xf0 if is_overlong(bytes, at, byte) => Err(PathFault::AmbiguousEscape(byte)),
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | b'~' => {
            Ok(Escape::Becomes(char::from(byte).to_string().into()))
        }
        _ if bytes[at + 1..at + 3].iter().any(u8::is_ascii_lowercase) => {
            Ok(Escape::Becomes(format!("%{byte:02X}").into()))
        }
        _ => Ok(Escape::Kept),
    }
}

/// The byte that the escape at `bytes[at]` stands for; `None` if it is none.
pub(super) fn unescaped(bytes: &[u8], at: usize) -> Option<u8> {
    let high = char::from(*bytes.get(at + 1)?).to_digit(16)?;
    let low = char::from(*bytes.get(at + 2)?).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

/// Whether what follows an escaped `%` completes it to an escape, once decoded: two hex digits, each of
/// which may be escaped itself.
fn makes_another(bytes: &[u8], at: usize) -> bool {
    let hex_digit = |at: usize| {
        match bytes.get(at) {
            Some(b'%') => unescaped(bytes, at).map(|byte| (byte, at + 3)),
            Some(&byte) => Some((byte, at + 1)),
            None => None,
        }
        .filter(|(byte, _)| byte.is_ascii_hexdigit())
    };
    hex_digit(at).is_some_and(|(_, next)| hex_digit(next).is_some())
}

/// Whether the escaped byte at `at` begins a longer form of a character than UTF-8 has for it.
fn is_overlong(bytes: &[u8], at: usize, byte: u8) -> bool {
    let least = if byte == 0xe0 { 0xa0 } else { 0x90 };
    let next = (bytes.get(at + 3) == Some(&b'%')).then(|| unescaped(bytes, at + 3));
    next.flatten().is_some_and(|next| (0x80..least).contains(&next))
}

fn check_segment(segment: &[u8], last: bool) -> Result<(), PathFault> {
    match segment {
        b"" if !last => Err(PathFault::EmptySegment),
        b"." | b".." => Err(PathFault::DotSegment),
        [b'.', b'%', ..] => check_behind_dots(segment, 1),
        [b'.', b'.', b'%', ..] => check_behind_dots(segment, 2),
        _ => Ok(()),
    }
}

/// Of dots and the escape at `at`.
fn check_behind_dots(segment: &[u8], at: usize) -> Result<(), PathFault> {
    match unescaped(segment, at) {
        Some(b' ' | b'#' | b';' | b'?') => Err(PathFault::DotSegment),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod tests;
