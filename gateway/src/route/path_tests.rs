//! What is plain, what is rewritten, what is refused; and that the normal form is one.

use std::borrow::Cow;

use proptest::prelude::*;

use super::{PathFault, normal_path, path_is_plain};

#[test]
fn plain_paths_come_back_as_they_are() {
    for path in [
        "/",
        "/a",
        "/a/",
        "/a/b.js",
        "/.well-known/x",
        "/a..b",
        "/...",
        "/a.",
        "/~u",
        "/a:b@c",
        "/a,b=c&d+e!$'()*",
        "/caf%C3%A9",
        "/a%20b",
        "/100%25",
        "/100%25x",
        "/a%3Bb",
        "/..a%3B",
        "/.%C3%A9",
        "/%E0%A4%85",
        "/%F0%9F%98%80",
        "/%E0",
        "/a|b{c}",
    ] {
        assert_eq!(normal_path(path), Ok(Cow::Borrowed(path)));
        assert!(path_is_plain(path), "{path}");
    }
}

#[test]
fn unambiguous_spellings_are_rewritten() {
    for (path, normal) in [
        ("/%61dmin", "/admin"),
        ("/%41%5a%30%2d%5F%7e", "/AZ0-_~"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("/a%20b%2cc/%64", "/a%20b%2Cc/d"),
        ("/a%3bb", "/a%3Bb"),
    ] {
        assert_eq!(normal_path(path).as_deref(), Ok(normal), "{path}");
        assert!(!path_is_plain(path), "{path}");
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    use PathFault::*;
    for (path, fault) in [
        ("", NotAbsolute),
        ("*", NotAbsolute),
        ("a/b", NotAbsolute),
        ("//", EmptySegment),
        ("//a", EmptySegment),
        ("/a//b", EmptySegment),
        ("/a//", EmptySegment),
        ("/.", DotSegment),
        ("/..", DotSegment),
        ("/a/../b", DotSegment),
        ("/a/./b", DotSegment),
        ("/a/..", DotSegment),
        ("/a\\b", Backslash),
        ("/a;b", Parameter),
        ("/..;/a", Parameter),
        ("/%2e%2e/a", AmbiguousEscape(b'.')),
        ("/a%2Ejs", AmbiguousEscape(b'.')),
        ("/a%2fb", AmbiguousEscape(b'/')),
        ("/a%5Cb", AmbiguousEscape(b'\\')),
        ("/a%00", AmbiguousEscape(0)),
        ("/a%0d%0aX: y", AmbiguousEscape(b'\r')),
        ("/%7f", AmbiguousEscape(0x7f)),
        ("/..%20/a", DotSegment),
        ("/a/..%3b", DotSegment),
        ("/.%3Fx", DotSegment),
        ("/..%23", DotSegment),
        ("/%c0%ae", AmbiguousEscape(0xc0)),
        ("/%e0%80%ae", AmbiguousEscape(0xe0)),
        ("/%F0%8f%80%ae", AmbiguousEscape(0xf0)),
        ("/%ff", AmbiguousEscape(0xff)),
        ("/%252e%252e/a", AmbiguousEscape(b'%')),
        ("/%25%32%65", AmbiguousEscape(b'%')),
        ("/%252%65", AmbiguousEscape(b'%')),
        ("/%", BadEscape),
        ("/%2", BadEscape),
        ("/%zz", BadEscape),
        ("/%+1", BadEscape),
        ("/%é", BadEscape),
        ("/a b", Forbidden(b' ')),
        ("/a?b", Forbidden(b'?')),
        ("/a#b", Forbidden(b'#')),
        ("/a\0", Forbidden(0)),
        ("/é", Forbidden(0xc3)),
    ] {
        assert_eq!(normal_path(path), Err(fault), "{path}");
        assert!(!path_is_plain(path), "{path}");
    }
}

proptest! {
    /// Normal form is a fixed point, is plain, and its segments are those of the input: nothing that was
    /// decoded is a separator or a dot segment.
    #[test]
    fn normal_form_is_a_fixed_point(path in "/[a-c./%0-9A-Fa-f;\\\\~ ]{0,16}") {
        if let Ok(normal) = normal_path(&path) {
            prop_assert_eq!(normal_path(&normal), Ok(Cow::Borrowed(&*normal)));
            prop_assert_eq!(normal.matches('/').count(), path.matches('/').count());
            prop_assert!(normal.split('/').all(|segment| segment != "." && segment != ".."));
        }
    }

    /// Any bytes at all: never a panic, and only ASCII comes through.
    #[test]
    fn any_text_is_judged(path in "\\PC{0,24}") {
        if let Ok(normal) = normal_path(&path) {
            prop_assert!(normal.is_ascii());
        }
    }

    /// However the letters of a path are escaped, the normal form is the same.
    #[test]
    fn every_spelling_has_one_form(segments in prop::collection::vec("[a-z0-9_~-]{1,6}", 1..4), spell in any::<u64>()) {
        let plain = format!("/{}", segments.join("/"));
        let spelt: String = plain.bytes().enumerate().map(|(index, byte)| {
            match (byte, spell >> (index % 32 * 2) & 3) {
                (b'/', _) | (_, 0 | 1) => char::from(byte).to_string(),
                (_, 2) => format!("%{byte:02x}"),
                _ => format!("%{byte:02X}"),
            }
        }).collect();
        let normal = normal_path(&spelt);
        prop_assert_eq!(normal.as_deref(), Ok(&*plain));
    }
}
