//! What a flow keeps of an answer for its later steps: `json:/pointer`, `header:Name`, `cookie:Name`, or the first
//! group of an expression in `header:Name~REGEX` or `body~REGEX`.
//!
//! A capture that finds nothing is an error of that arrival: to go on with an empty token would measure something that
//! nobody asked for. What is found is sent again, so it is text, and it is bounded.

use super::cookies::Cookies;
use super::pattern::Pattern;
use super::wording::{meant, shown, shown_bytes};
use serde_json::Value;
use std::fmt;

/// Larger than any token; two of them still fit the heads that servers take.
const VALUE_BYTES_MAX: usize = 16 * 1024;
const FORMS: [&str; 4] = ["json:/pointer", "header:Name", "cookie:Name", "body~REGEX"];

/// A capture and the variable it is kept in.
#[derive(Debug, Clone)]
pub(super) struct Keep {
    pub(super) name: String,
    /// Of the variable, among those of its scenario.
    pub(super) index: usize,
    pub(super) capture: Capture,
}

/// Where to look.
#[derive(Debug, Clone)]
pub(super) enum Capture {
    /// An RFC 6901 pointer to a string, a number or a boolean.
    Json(String),
    /// The first header of that name, or the first group of the first that matches.
    Header(String, Option<Pattern>),
    Cookie(String),
    /// The first group of a match.
    Body(Pattern),
}

/// The body of an answer, read as JSON at most once.
pub(super) struct Content<'a> {
    body: &'a [u8],
    json: Option<Result<Value, String>>,
}

impl<'a> Content<'a> {
    pub(super) fn new(body: &'a [u8]) -> Self {
        Self { body, json: None }
    }

    fn json(&mut self) -> Result<&Value, String> {
        let body = self.body;
        let read =
            || serde_json::from_slice(body).map_err(|error| format!("the answer is not JSON ({error})"));
        self.json.get_or_insert_with(read).as_ref().map_err(Clone::clone)
    }
}

impl Capture {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(pattern) = text.strip_prefix("body~") {
            return grouped(pattern).map(Self::Body);
        }
        let form = || format!("{} is no capture: {}", shown(text), meant(text, &FORMS));
        let (kind, what) = text.split_once(':').ok_or_else(form)?;
        let what = what.trim();
        match kind.trim() {
            "json" if what.is_empty() || what.starts_with('/') => Ok(Self::Json(what.to_owned())),
            "json" => Err(format!("{} is no JSON pointer: write json:/{what}", shown(what))),
            "header" | "cookie" if what.is_empty() => Err(format!("{} names nothing", shown(text))),
            "header" => match what.split_once('~') {
                Some((name, pattern)) => Ok(Self::Header(name.trim().to_owned(), Some(grouped(pattern)?))),
                None => Ok(Self::Header(what.to_owned(), None)),
            },
            "cookie" => Ok(Self::Cookie(what.to_owned())),
            _ => Err(form()),
        }
    }

    /// Whether it can only be found in the content of an answer.
    pub(super) fn wants_body(&self) -> bool {
        matches!(self, Self::Json(_) | Self::Body(_))
    }

    /// The value in an answer whose cookies were taken already.
    pub(super) fn find<'a>(
        &self,
        mut headers: impl Iterator<Item = (&'a [u8], &'a [u8])>,
        content: &mut Content<'_>,
        cookies: &Cookies,
    ) -> Result<String, String> {
        let missing = || format!("no {self} in the answer");
        let found = match self {
            Self::Json(pointer) => match content.json()?.pointer(pointer).ok_or_else(missing)? {
                Value::String(text) => text.clone(),
                value @ (Value::Number(_) | Value::Bool(_)) => value.to_string(),
                _ => return Err(format!("{self} is neither text nor a number")),
            },
            Self::Header(name, pattern) => {
                let found = headers.find_map(|(n, value)| {
                    let named = n.eq_ignore_ascii_case(name.as_bytes()).then_some(value)?;
                    pattern
                        .as_ref()
                        .map_or(Some(named), |pattern| pattern.group(named))
                });
                utf8(found.ok_or_else(missing)?)?
            }
            Self::Cookie(name) => cookies.get(name).ok_or_else(missing)?.to_owned(),
            Self::Body(pattern) => utf8(pattern.group(content.body).ok_or_else(missing)?)?,
        };
        if found.len() > VALUE_BYTES_MAX {
            return Err(format!(
                "{self} has {} bytes, more than {VALUE_BYTES_MAX}",
                found.len()
            ));
        }
        Ok(found)
    }
}

impl fmt::Display for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(pointer) if pointer.is_empty() => f.write_str("JSON text or number"),
            Self::Json(pointer) => f.write_str(pointer),
            Self::Header(name, None) => write!(f, "header {name}"),
            Self::Header(name, Some(pattern)) => write!(f, "header {name} with a match of {pattern}"),
            Self::Cookie(name) => write!(f, "cookie {name}"),
            Self::Body(pattern) => write!(f, "match of {pattern}"),
        }
    }
}

/// An expression with a group.
fn grouped(text: &str) -> Result<Pattern, String> {
    let pattern = Pattern::parse(text)?;
    if pattern.groups() == 0 {
        return Err(format!(
            "{pattern} keeps nothing: put what to keep in parentheses, as in body~id=([0-9]+)"
        ));
    }
    Ok(pattern)
}

fn utf8(bytes: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8", shown_bytes(bytes)))?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn find(capture: &str, body: &[u8]) -> Result<String, String> {
        let headers: [(&[u8], &[u8]); 3] = [(b"a", b"1"), (b"X-Id", b"7"), (b"x-id", b"8")];
        let mut cookies = Cookies::default();
        cookies.take(b"sid=abc")?;
        Capture::parse(capture)?.find(headers.into_iter(), &mut Content::new(body), &cookies)
    }

    #[test]
    fn values_are_found() {
        let json = br#"{"access_token": "t", "list": [{"n": 3.50, "b": true}], "a/b": 1, "deep": {}}"#;
        let check =
            |capture, wanted: &str| assert_eq!(find(capture, json), Ok(wanted.to_owned()), "{capture}");
        check("json:/access_token", "t");
        check(" json: /list/0/n ", "3.5");
        check("json:/list/0/b", "true");
        check("json:/a~1b", "1");
        check("header:x-ID", "7");
        check("header:x-id~([8-9])", "8");
        check("cookie:sid", "abc");
        check(r#"body~"n": ([0-9.]+), "(.)""#, "3.50");
        check("body~(?:access)_(token)", "token");
        assert_eq!(find("json:", b"\"x\""), Ok("x".to_owned()));
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        let check = |capture, body: &[u8], hint: &str| {
            let error = find(capture, body).expect_err(capture);
            assert!(error.contains(hint), "{capture}: {error}");
        };
        check("json:/access_token", b"{}", "no /access_token in the answer");
        check("json:/a", b"<html>", "the answer is not JSON");
        check("json:/a", b"", "the answer is not JSON");
        check("json:/a", br#"{"a": null}"#, "/a is neither text nor a number");
        check("json:/a", br#"{"a": {}}"#, "/a is neither text nor a number");
        check("header:none", b"", "no header none in the answer");
        check(
            "header:x-id~(a)",
            b"",
            "no header x-id with a match of \"(a)\" in the answer",
        );
        check("cookie:SID", b"", "no cookie SID in the answer");
        check("body~a(b)", b"a", "no match of \"a(b)\" in the answer");
        check("body~a(b)?", b"a", "no match of");
        check("body~(.)", b"\xff", "is not UTF-8");
        let large = format!("\"{}\"", "x".repeat(VALUE_BYTES_MAX + 1));
        check("json:", large.as_bytes(), "more than 16384");
        let deep = "[".repeat(100_000);
        check("json:/a", deep.as_bytes(), "the answer is not JSON");
    }

    #[test]
    fn nonsense_is_refused_with_a_hint() {
        for (text, hint) in [
            ("", "known are json:/pointer"),
            ("jsn:/a", "is no capture"),
            ("json:a", "write json:/a"),
            ("header:", "names nothing"),
            ("cookie: ", "names nothing"),
            ("body~a", "in parentheses"),
            ("header:a~b", "in parentheses"),
            ("body~(a", "is no regular expression"),
            ("token", "is no capture"),
        ] {
            let error = Capture::parse(text).expect_err(text);
            assert!(error.contains(hint), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_typed_or_answered_panics(text in "(json:|header:|cookie:|body~)?.*", body: Vec<u8>) {
            let _ = find(&text, &body);
        }
    }
}
