//! Chunk extensions (RFC 9112 §7.1.1): nobody's are understood, so they are held to the grammar and read past.
//!
//! ```text
//! chunk-ext = *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )
//! ```

use crate::head::{Refusal, is_token};

/// Where in the grammar the next byte stands, behind a first `;`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extension {
    /// Behind a `;`.
    NameStart,
    Name,
    /// Whitespace behind a name.
    NameEnd,
    /// Behind a `=`.
    ValueStart,
    Value,
    Quoted,
    Escaped,
    QuoteEnd,
    /// Whitespace behind a value.
    ValueEnd,
}

impl Extension {
    /// Whether a CR ends the line here.
    pub(super) fn may_end(self) -> bool {
        matches!(self, Self::Name | Self::Value | Self::QuoteEnd)
    }

    /// Any byte but the CR that ends the line.
    pub(super) fn step(self, byte: u8) -> Result<Self, Refusal> {
        match (self, byte) {
            (Self::NameStart | Self::NameEnd | Self::ValueStart | Self::ValueEnd, b' ' | b'\t') => Ok(self),
            (Self::Name, b' ' | b'\t') => Ok(Self::NameEnd),
            (Self::Value | Self::QuoteEnd, b' ' | b'\t') => Ok(Self::ValueEnd),
            (Self::Name | Self::NameEnd | Self::Value | Self::QuoteEnd | Self::ValueEnd, b';') => {
                Ok(Self::NameStart)
            }
            (Self::Name | Self::NameEnd, b'=') => Ok(Self::ValueStart),
            (Self::NameStart | Self::Name, _) if is_token(byte) => Ok(Self::Name),
            (Self::ValueStart | Self::Value, _) if is_token(byte) => Ok(Self::Value),
            (Self::ValueStart, b'"') => Ok(Self::Quoted),
            (Self::Quoted, b'"') => Ok(Self::QuoteEnd),
            (Self::Quoted, b'\\') => Ok(Self::Escaped),
            (Self::Quoted | Self::Escaped, b'\t' | b' '..=b'~' | 0x80..) => Ok(Self::Quoted),
            _ => Err(Refusal::ChunkExtension),
        }
    }
}
