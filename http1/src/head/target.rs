//! Request targets and hosts (RFC 9112 §3.2, RFC 3986 §3.2).

use super::method::Method;
use crate::word::{self, ONES, below, is};

/// Whether `target` is in one of the four forms, and in one that goes with the method.
pub(crate) fn is_target(method: Method, target: &[u8]) -> bool {
    is_clean(target)
        && match (target.first(), method) {
            (_, Method::Connect) => is_authority(target, true),
            (Some(b'/'), _) => true,
            (Some(b'*'), Method::Options) => target.len() == 1,
            _ => is_absolute(target),
        }
}

/// Whether the value of a `Host` is one: it may be empty, for a target that has no authority.
pub(crate) fn is_host(value: &[u8]) -> bool {
    value.is_empty() || is_authority(value, false)
}

/// The parser has seen to it that there are neither spaces nor control bytes. What is left is no ASCII, begins a
/// fragment, or is a quote or an angle bracket, which no URI holds and every browser encodes. Other bytes that RFC
/// 3986 leaves out (`|`, `{`, …) are sent by browsers as they are, and frame nothing.
fn is_clean(target: &[u8]) -> bool {
    word::none(target, |word| {
        word | is(word & !ONES, b'"') | is(word & !(2 * ONES), b'<')
    })
}

/// Whether all of it is visible ASCII, or no ASCII.
pub(crate) fn is_visible(text: &[u8]) -> bool {
    word::none(text, |word| (below(word, b'!') | is(word, 0x7f)) & !word)
}

/// `scheme "://" authority …`: no `urn:`, no empty authority, and no user in it (RFC 9110 §4.2.4).
fn is_absolute(target: &[u8]) -> bool {
    let scheme = target.iter().take_while(|byte| is_scheme(**byte)).count();
    let Some(rest) = target[scheme..].strip_prefix(b"://") else {
        return false;
    };
    let end = rest
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?'))
        .unwrap_or(rest.len());
    target[0].is_ascii_alphabetic() && is_authority(&rest[..end], false)
}

fn is_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// `uri-host [ ":" port ]`; a CONNECT has to say the port (RFC 9110 §9.3.6). Stricter than the grammar: nothing
/// percent-encoded and no comma, because whoever splits lists would read two hosts.
fn is_authority(text: &[u8], needs_port: bool) -> bool {
    let host = match text.first() {
        None => return false,
        Some(b'[') => match text.iter().position(|byte| *byte == b']') {
            Some(end) if end > 1 && text[1..end].iter().all(|byte| is_literal(*byte)) => end + 1,
            _ => return false,
        },
        Some(_) => text.iter().take_while(|byte| HOST[usize::from(**byte)]).count(),
    };
    match text[host..].split_first() {
        _ if host == 0 => false,
        None => !needs_port,
        Some((b':', [])) => !needs_port,
        Some((b':', port)) => is_port(port),
        Some(_) => false,
    }
}

fn is_port(text: &[u8]) -> bool {
    let number = text.iter().try_fold(0_u32, |number, byte| match byte {
        b'0'..=b'9' if number <= 0xffff => Some(number * 10 + u32::from(byte - b'0')),
        _ => None,
    });
    number.is_some_and(|number| (1..=0xffff).contains(&number))
}

/// Of an IPv6 address, or of one of the future's.
fn is_literal(byte: u8) -> bool {
    byte != b'[' && (byte == b':' || HOST[usize::from(byte)])
}

/// `unreserved` and `sub-delims` of RFC 3986 §2, without the comma.
const HOST: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(
            byte as u8,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9'
                | b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b';' | b'='
        );
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_looked_at_as_bytes_are() {
        for len in 0..26 {
            for place in 0..len {
                for byte in 0..=255_u8 {
                    let mut text = vec![b'a'; len];
                    text[place] = byte;
                    assert_eq!(is_visible(&text), byte > b' ' && byte != 0x7f, "{text:?}");
                    let clean = byte.is_ascii() && !matches!(byte, b'"' | b'#' | b'<' | b'>');
                    assert_eq!(is_clean(&text), clean, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn forms_go_with_methods() {
        use Method::{Connect, Get, Options};
        let cases: &[(Method, &str, bool)] = &[
            (Get, "/", true),
            (Get, "//x", true),
            (Get, "/a?b={c}|d", true),
            (Get, "http://a", true),
            (Get, "http://a:80/b?c", true),
            (Get, "http://[::1]:80/", true),
            (Get, "ws+x://a?b", true),
            (Options, "*", true),
            (Options, "/", true),
            (Connect, "a:443", true),
            (Connect, "[::1]:443", true),
            (Get, "*", false),
            (Get, "a:443", false),
            (Get, "a", false),
            (Get, "?a", false),
            (Get, "http:/a", false),
            (Get, "http:///a", false),
            (Get, "http://a@b/", false),
            (Get, "http://a:b/", false),
            (Get, "http://a\\b/", false),
            (Get, "1a://b/", false),
            (Get, "://b/", false),
            (Get, "urn:a:b", false),
            (Get, "/a#b", false),
            (Get, "/\u{e4}", false),
            (Get, "/<", false),
            (Get, "/>", false),
            (Get, "/\"", false),
            (Options, "**", false),
            (Connect, "/", false),
            (Connect, "a", false),
            (Connect, "a:", false),
            (Connect, "a:0", false),
            (Connect, "a:65536", false),
            (Connect, "a:4444444444444", false),
            (Connect, ":443", false),
            (Connect, "[::1:443", false),
            (Connect, "http://a/", false),
        ];
        for (method, target, expected) in cases {
            assert_eq!(
                is_target(*method, target.as_bytes()),
                *expected,
                "{method:?} {target}"
            );
        }
    }

    #[test]
    fn hosts() {
        for good in [
            "",
            "a",
            "a.b:80",
            "a:",
            "127.0.0.1",
            "[::1]",
            "[v1.x]:8",
            "a_b",
            "a.",
        ] {
            assert!(is_host(good.as_bytes()), "{good}");
        }
        for bad in [
            "a b", "a,b", "a/b", "a@b", "a:b", "a:80:80", "[", "[]", "[::1]x", "::1", "a%41", ":", ":80",
            "a?", "\u{e4}",
        ] {
            assert!(!is_host(bad.as_bytes()), "{bad}");
        }
    }
}
