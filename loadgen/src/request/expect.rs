//! What is expected of an answer, and whether it is met: `status=200,header:x-cache=HIT,body~"ok"`.
//!
//! | term | meaning |
//! |---|---|
//! | `status=200` `status=2xx` `status=200\|204` `status=200-299` | one of these statuses |
//! | `header:Name` | the header is there |
//! | `header:Name=value` `header:Name~REGEX` | one header of that name is, or matches, this; `"…"` around it keeps commas |
//! | `size=1024` `size<1MiB` `size>0` | bytes of the content as it was sent |
//! | `body=TEXT` `body~REGEX` | the content is, or matches, this; takes the rest of the text, so it comes last |
//!
//! All terms have to hold. An answer of 500 or above is unexpected unless a `status` says otherwise: a server that fails
//! must not look fast. Of a long content only [`CONTENT_BYTES_MAX`] are kept for `body`, and the message says so.

mod parse;

#[cfg(test)]
mod tests;

use super::pattern::Pattern;
use super::wording::shown_bytes;
use crate::event::Unexpected as Kind;
use std::cmp::Ordering;
use std::fmt;
use std::ops::RangeInclusive;

/// Content that expectations and captures look at; whoever receives an answer keeps no more of it. A megabyte of text is
/// more than one expression is about, and each answer on the way may hold as much.
pub(crate) const CONTENT_BYTES_MAX: usize = 1 << 20;
/// Statuses from here on are unexpected where none is named.
const FAILING: u16 = 500;

/// Expectations of one request. The default is a status below 500.
#[derive(Debug, Clone, Default)]
pub struct Expect {
    terms: Vec<Term>,
}

#[derive(Debug, Clone)]
enum Term {
    Status {
        ranges: Vec<RangeInclusive<u16>>,
        text: String,
    },
    Header {
        name: String,
        test: Option<Test>,
    },
    Size {
        order: Ordering,
        bytes: u64,
    },
    Body(Test),
}

#[derive(Debug, Clone)]
enum Test {
    Is(String),
    Like(Pattern),
}

/// An answer that is not what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexpected {
    /// For counting, where messages may be as many as answers.
    pub kind: Kind,
    /// What was expected and what came.
    pub message: String,
}

impl Expect {
    /// Every error at once.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        parse::parse(text).map(|terms| Self { terms })
    }

    /// Both expectations in one.
    pub fn and(mut self, other: Self) -> Self {
        self.terms.extend(other.terms);
        self
    }

    /// Whether content has to be kept to judge.
    pub fn wants_body(&self) -> bool {
        self.terms.iter().any(|term| matches!(term, Term::Body(_)))
    }

    /// Whether headers have to be kept to judge.
    pub fn wants_headers(&self) -> bool {
        self.terms.iter().any(|term| matches!(term, Term::Header { .. }))
    }

    /// `headers` are names and values; `body` is the beginning of the content, which had `size` bytes in all.
    pub fn judge<'a>(
        &self,
        status: u16,
        headers: impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone,
        body: &[u8],
        size: u64,
    ) -> Result<(), Unexpected> {
        let named = |term: &Term| matches!(term, Term::Status { .. });
        if status >= FAILING && !self.terms.iter().any(named) {
            return Err(Unexpected {
                kind: Kind::Status,
                message: format!("status {status}, expected one below {FAILING}"),
            });
        }
        for term in &self.terms {
            match term {
                Term::Status { ranges, text } => {
                    if !ranges.iter().any(|range| range.contains(&status)) {
                        return Err(Unexpected {
                            kind: Kind::Status,
                            message: format!("status {status}, expected {text}"),
                        });
                    }
                }
                Term::Header { name, test } => header(name, test.as_ref(), headers.clone())?,
                Term::Size { order, bytes } => {
                    if size.cmp(bytes) != *order {
                        let sign = sign(*order);
                        return Err(Unexpected {
                            kind: Kind::Size,
                            message: format!("{size} bytes, expected size{sign}{bytes}"),
                        });
                    }
                }
                Term::Body(test) => content(test, body, size)?,
            }
        }
        Ok(())
    }
}

fn header<'a>(
    name: &str,
    test: Option<&Test>,
    headers: impl Iterator<Item = (&'a [u8], &'a [u8])>,
) -> Result<(), Unexpected> {
    let mut first = None;
    for (_, value) in headers.filter(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes())) {
        if test.is_none_or(|test| test.holds(value)) {
            return Ok(());
        }
        first.get_or_insert(value);
    }
    let expected = test.map_or("one".to_owned(), Test::to_string);
    let message = match first {
        Some(value) => format!("header {name} is {}, expected {expected}", shown_bytes(value)),
        None => format!("no header {name}, expected {expected}"),
    };
    let kind = Kind::Header;
    Err(Unexpected { kind, message })
}

fn content(test: &Test, body: &[u8], size: u64) -> Result<(), Unexpected> {
    let whole = size <= body.len() as u64;
    if test.holds(body) && (whole || matches!(test, Test::Like(_))) {
        return Ok(());
    }
    let part = if whole {
        String::new()
    } else {
        format!(" in the first {} of {size} bytes", body.len())
    };
    Err(Unexpected {
        kind: Kind::Body,
        message: format!("body is {}, expected {test}{part}", shown_bytes(body)),
    })
}

impl Test {
    fn holds(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Is(text) => text.as_bytes() == bytes,
            Self::Like(pattern) => pattern.is_match(bytes),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(text) => f.write_str(&shown_bytes(text.as_bytes())),
            Self::Like(pattern) => write!(f, "a match of {pattern}"),
        }
    }
}

fn sign(order: Ordering) -> char {
    match order {
        Ordering::Less => '<',
        Ordering::Equal => '=',
        Ordering::Greater => '>',
    }
}
