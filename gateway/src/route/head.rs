//! What routing looks at in a request, and how it reads header fields, cookies and queries: on the spot, copying nothing.
//!
//! - A header that comes several times is one list, its values joined by `, ` (RFC 9110 §5.3).
//! - Of several cookies of one name the first counts, as in most servers; quotes are part of a value.
//! - A query is a form's (`a=1&b=2`): names and values are decoded, `+` is a space, of several of one name the first
//!   counts, and an escape that is none stands for itself.
//!
//! All three are what the client sent: nothing has been stripped of it.

use super::path::unescaped;
use http1::head::{Fields, Method, Name};

/// A request, as far as it decides on its route.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The `Host` header or the target's authority, in any case, with or without port.
    pub host: &'a str,
    /// In the form that [`normal_path`](super::normal_path) gives, without the query.
    pub path: &'a str,
    pub query: Option<&'a str>,
    pub method: Method,
    pub method_text: &'a str,
    pub fields: Fields<'a>,
}

impl<'a> Head<'a> {
    /// A GET without query and fields.
    pub fn get(host: &'a str, path: &'a str) -> Self {
        Self {
            host,
            path,
            query: None,
            method: Method::Get,
            method_text: "GET",
            fields: Fields::EMPTY,
        }
    }
}

/// The value of a header, `None` if there is none.
pub(super) fn header<'a>(fields: Fields<'a>, name: &'a str) -> Option<impl Iterator<Item = u8> + Clone + 'a> {
    let mut values = fields
        .iter()
        .filter(move |field| field.name.is(name))
        .map(|field| field.value.bytes());
    let first = values.next()?;
    let more = values.flat_map(|value| b", ".iter().chain(value));
    Some(first.iter().chain(more).copied())
}

/// The value of a cookie (RFC 6265 §5.4), `None` if there is none.
pub(super) fn cookie<'a>(fields: Fields<'a>, name: &str) -> Option<&'a [u8]> {
    fields
        .all(Name::Cookie)
        .flat_map(|value| value.bytes().split(|byte| *byte == b';'))
        .find_map(|pair| {
            let pair = pair.trim_ascii();
            pair.strip_prefix(name.as_bytes())?.strip_prefix(b"=")
        })
}

/// The value of a query's parameter, `None` if there is none.
pub(super) fn parameter<'a>(query: &'a str, name: &str) -> Option<impl Iterator<Item = u8> + Clone + 'a> {
    query
        .as_bytes()
        .split(|byte| *byte == b'&')
        .map(|pair| match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &pair[pair.len()..]),
        })
        .find(|(own, _)| decoded(own).eq(name.bytes()))
        .map(|(_, value)| decoded(value))
}

fn decoded(bytes: &[u8]) -> Decoded<'_> {
    Decoded { bytes }
}

#[derive(Clone)]
struct Decoded<'a> {
    bytes: &'a [u8],
}

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.bytes.split_first()?;
        let escaped = (first == b'%').then(|| unescaped(self.bytes, 0)).flatten();
        self.bytes = if escaped.is_some() { &rest[2..] } else { rest };
        Some(escaped.unwrap_or(if first == b'+' { b' ' } else { first }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_the_first_counts() {
        for (query, name, expected) in [
            ("a=1&b=2", "b", Some("2")),
            ("a=1&a=2", "a", Some("1")),
            ("a", "a", Some("")),
            ("a=", "a", Some("")),
            ("=1", "", Some("1")),
            ("aa=1", "a", None),
            ("", "a", None),
            ("&&a=1", "a", Some("1")),
            ("%61=%31+x", "a", Some("1 x")),
            ("a=1%3D2&b", "a", Some("1=2")),
            ("a=b=c", "a", Some("b=c")),
            ("a=%", "a", Some("%")),
            ("a=%zz%4", "a", Some("%zz%4")),
            ("A=1", "a", None),
            ("a=%C3%A9", "a", Some("é")),
        ] {
            let value = parameter(query, name).map(|value| value.collect::<Vec<u8>>());
            assert_eq!(value.as_deref(), expected.map(str::as_bytes), "{query} {name}");
        }
    }
}
