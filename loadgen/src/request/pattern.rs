//! A regular expression over bytes, of bounded size, with an error that says where it is wrong.
//!
//! Bytes, because an answer may be anything; `\w`, `\d` and case are ASCII's, which is what protocols are made of and needs no
//! tables. Matching takes time linear in the answer, whatever the expression (Thompson's automata): no answer can hang it.

use super::wording::shown;
use regex::bytes::{Regex, RegexBuilder};
use std::fmt;

/// Of the compiled program and of its cache: `\w{1000}` is refused, everything a person writes is far below.
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// A checked expression.
#[derive(Debug, Clone)]
pub(super) struct Pattern(Regex);

impl Pattern {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("the regular expression is empty".into());
        }
        let regex = RegexBuilder::new(text)
            .unicode(false)
            .size_limit(COMPILED_BYTES_MAX)
            .dfa_size_limit(COMPILED_BYTES_MAX)
            .build();
        regex.map(Self).map_err(|error| {
            // the last line of its picture says what is wrong
            let error = error.to_string();
            let what = error.lines().last().unwrap_or_default();
            let what = what.trim_start_matches("error: ");
            format!("{} is no regular expression: {what}", shown(text))
        })
    }

    pub(super) fn is_match(&self, bytes: &[u8]) -> bool {
        self.0.is_match(bytes)
    }

    /// The number of groups.
    pub(super) fn groups(&self) -> usize {
        self.0.captures_len() - 1
    }

    /// The first group of the first match.
    pub(super) fn group<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        Some(self.0.captures(bytes)?.get(1)?.as_bytes())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(self.0.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_match_bytes() {
        let check = |text, bytes: &[u8], wanted| {
            let pattern = Pattern::parse(text).expect(text);
            assert_eq!(pattern.is_match(bytes), wanted, "{text}");
        };
        check("^a.c$", b"a\xffc", true);
        check("ä", "xä".as_bytes(), true);
        check(r"(?i)OK \d+", b"ok 12", true);
        check(r"^\w+$", "ä".as_bytes(), false);
    }

    #[test]
    fn errors_say_what_is_wrong() {
        for (text, hint) in [
            ("", "empty"),
            ("a(b", "unclosed group"),
            (r"\p{Greek}", "is no regular expression"),
            (r"(\w{1000}){1000}", "size limit"),
        ] {
            let error = Pattern::parse(text).expect_err(text);
            assert!(error.contains(hint), "{text}: {error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
