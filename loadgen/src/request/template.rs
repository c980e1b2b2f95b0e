//! Text with placeholders: parsed once, then written per request without a look at its grammar.
//!
//! | placeholder | what is sent |
//! |---|---|
//! | `{{seq}}`, `{{id}}` | the arrival's number: unique over all shards, not without gaps in time |
//! | `{{uuid}}` | a random UUID (version 4), another one each time it is written |
//! | `{{rand 1 100}}` | a whole number of that range, both ends included |
//! | `{{zipf 1000 1.1}}` | a rank of 1 to 1000 by Zipf's law with exponent 1.1 |
//! | `{{token}}` | the arrival's token of the tokens file, in turn |
//! | `{{NAME}}` | what an earlier step of the flow kept under that name |
//!
//! `{{{{` is a literal `{{`; of three braces the last two open, so that a placeholder can stand right behind one of JSON's.
//! What is written is a function of (seed, id, what the flow kept): `draw` and `session` of [`Template::render`].

mod parse;

#[cfg(test)]
mod tests;

pub(super) use parse::{Names, is_reserved};

use super::draw::Draw;
use super::session::Session;
use super::tokens::Tokens;
use super::zipf::Zipf;
use bytes::BufMut;
use std::sync::Arc;

/// A checked template.
#[derive(Debug, Clone)]
pub(super) struct Template {
    /// No two literals stand side by side, and none is empty.
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Literal(Box<str>),
    Id,
    Uuid,
    Rand {
        low: i64,
        high: i64,
    },
    Zipf(Box<Zipf>),
    Token(Arc<Tokens>),
    /// A variable of the flow, by its number.
    Kept(usize),
}

impl Template {
    /// Every error at once, each with the place of its placeholder.
    pub(super) fn parse(text: &str, names: &Names<'_>) -> Result<Self, Vec<String>> {
        parse::parse(text, names).map(|parts| Self { parts })
    }

    /// The whole text, if it is always the same.
    pub(super) fn fixed(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Appends the text of one request. It is UTF-8 whenever `out` was.
    pub(super) fn render(&self, draw: &mut Draw, session: &Session, out: &mut impl BufMut) {
        let mut digits = itoa::Buffer::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.put_slice(text.as_bytes()),
                Part::Id => out.put_slice(digits.format(draw.id()).as_bytes()),
                Part::Uuid => out.put_slice(&draw.uuid()),
                Part::Rand { low, high } => {
                    out.put_slice(digits.format(draw.between(*low, *high)).as_bytes());
                }
                Part::Zipf(zipf) => out.put_slice(digits.format(zipf.sample(draw.rng())).as_bytes()),
                Part::Token(tokens) => out.put_slice(tokens.get(draw.id())),
                Part::Kept(index) => out.put_slice(session.kept(*index).as_bytes()),
            }
        }
    }
}
