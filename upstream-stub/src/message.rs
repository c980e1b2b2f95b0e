//! What all handlers of requests need beyond the types of `http1`: the path of a target, and bodies that are there.

use http1::head::{FieldName, FieldValue};
use http1::io::{Buffers, Full};
use http1::write::ResponseHead;
use std::borrow::Cow;

pub(crate) const CONTENT_TYPE: FieldName<'static> = FieldName::constant("content-type");

/// Of texts for people.
pub(crate) const TEXT: FieldValue<'static> = FieldValue::constant("text/plain; charset=utf-8");

/// A body in one piece.
pub(crate) type Page = Full<Cow<'static, [u8]>>;

pub(crate) fn page(text: impl Into<Cow<'static, [u8]>>) -> Page {
    Full::new(text.into())
}

/// The answer to what is no request: its head, and the reason as a line of text.
pub(crate) fn refusal(buffers: &Buffers, refusal: http1::head::Refusal) -> (ResponseHead, Page) {
    let mut head = ResponseHead::new(buffers.send(), refusal.status());
    head.add(CONTENT_TYPE, TEXT);
    (head, page(format!("{refusal}\n").into_bytes()))
}

/// The path of a target in origin form or absolute form (RFC 9112 §3.2), without its query. `*` is its own path.
pub(crate) fn path(target: &str) -> &str {
    // a loop over bytes: most targets are shorter than what a searcher needs to be set up
    let end = target.bytes().position(|byte| byte == b'?');
    let target = end.map_or(target, |end| &target[..end]);
    if target.starts_with('/') {
        return target;
    }
    match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_lies_between_authority_and_query() {
        for (target, expected) in [
            ("/", "/"),
            ("/a/b?c=d", "/a/b"),
            ("/a?u=http://b/c", "/a"),
            ("http://stub/a?b", "/a"),
            ("http://stub", "/"),
            ("http://stub?a/b", "/"),
            ("*", "*"),
        ] {
            assert_eq!(path(target), expected, "{target}");
        }
    }
}
