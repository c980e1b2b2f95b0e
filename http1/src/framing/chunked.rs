//! The chunked coding (RFC 9112 §7.1), decoded without copying, byte for byte as the grammar has it.
//!
//! ```text
//! chunk   = 1*HEXDIG *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] ) CRLF data CRLF
//! last    = 1*"0" extensions CRLF trailers CRLF
//! ```
//!
//! Extensions are read past and never passed on; trailers are checked and offered whole, so that whoever wants them
//! parses them and everyone else skips them (RFC 9110 §6.5.1 lets any recipient do that). Stricter than the grammar:
//! no whitespace before an extension's semicolon (a known smuggling vector), so a size is digits that end in `;` or
//! CRLF.

use super::extension::Extension;
use super::piece::Piece;
use crate::head::{self, Refusal};

/// Hexadecimal digits of a size: 2⁶⁰ bytes are more than any body, and zeros in front are no reason for more.
const SIZE_DIGITS_MAX: u8 = 15;

/// Bytes of the extensions of all chunks of a body. No known client sends any; a peer that feeds us framing
/// instead of content is stopped (CVE-2023-39326).
const EXTENSION_BYTES_MAX: u32 = 4 * 1024;

/// Bytes of a trailer section, blank line included. It has to be held whole, so it is kept to what trailers are for:
/// a digest, a status, a few timings.
const TRAILER_BYTES_MAX: u32 = 8 * 1024;

/// Where in the grammar the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunked {
    at: At,
    /// Content left in this chunk.
    left: u64,
    extension_bytes: u32,
    /// Bytes of the trailer section that were looked at. They are not used up before all of them are there.
    trailer_bytes: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Size { digits: u8 },
    Extension(Extension),
    SizeLf,
    Data,
    DataCr,
    DataLf,
    Trailers(Trailer),
    Done,
}

/// Where in a trailer section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trailer {
    LineStart,
    Name,
    Value,
    LineLf,
    BlankLf,
}

impl Default for Chunked {
    fn default() -> Self {
        Self {
            at: At::Size { digits: 0 },
            left: 0,
            extension_bytes: 0,
            trailer_bytes: 0,
        }
    }
}

impl Chunked {
    pub(super) fn next(&mut self, received: &[u8]) -> Result<Piece, Refusal> {
        let mut skip = 0;
        loop {
            match self.at {
                At::Done => return Ok(Piece::End { skip }),
                At::Trailers(at) => return self.trailers(at, &received[skip..], skip),
                At::Data => {
                    let left = usize::try_from(self.left).unwrap_or(usize::MAX);
                    let len = left.min(received.len() - skip);
                    return Ok(if len == 0 {
                        Piece::More { skip }
                    } else {
                        Piece::Data { skip, len }
                    });
                }
                _ => {}
            }
            let Some(byte) = received.get(skip) else {
                return Ok(Piece::More { skip });
            };
            self.at = self.step(*byte)?;
            skip += 1;
        }
    }

    pub(super) fn consume(&mut self, len: u64) {
        self.left = self.left.saturating_sub(len);
        if self.left == 0 && self.at == At::Data {
            self.at = At::DataCr;
        }
    }

    pub(super) fn is_done(self) -> bool {
        self.at == At::Done
    }

    /// One byte of framing.
    fn step(&mut self, byte: u8) -> Result<At, Refusal> {
        match (self.at, byte) {
            (At::Size { digits }, _) => self.size(digits, byte),
            (At::Extension(at), _) => self.extension(at, byte),
            (At::SizeLf, b'\n') if self.left == 0 => Ok(At::Trailers(Trailer::LineStart)),
            (At::SizeLf, b'\n') => Ok(At::Data),
            (At::SizeLf, _) => Err(Refusal::ChunkSize),
            (At::DataCr, b'\r') => Ok(At::DataLf),
            (At::DataLf, b'\n') => Ok(At::Size { digits: 0 }),
            (At::DataCr | At::DataLf, _) => Err(Refusal::ChunkEnding),
            (At::Data | At::Trailers(_) | At::Done, _) => Ok(self.at),
        }
    }

    fn size(&mut self, digits: u8, byte: u8) -> Result<At, Refusal> {
        match (byte, digits) {
            (b'\r', 1..) => Ok(At::SizeLf),
            (b';', 1..) => Ok(At::Extension(Extension::NameStart)),
            (_, SIZE_DIGITS_MAX..) => Err(Refusal::ChunkSize),
            _ => {
                let digit = char::from(byte).to_digit(16).ok_or(Refusal::ChunkSize)?;
                // the count of digits is what keeps this from overflowing
                self.left = self.left * 16 + u64::from(digit);
                Ok(At::Size { digits: digits + 1 })
            }
        }
    }

    fn extension(&mut self, at: Extension, byte: u8) -> Result<At, Refusal> {
        self.extension_bytes += 1;
        if self.extension_bytes > EXTENSION_BYTES_MAX {
            return Err(Refusal::ChunkExtension);
        }
        if byte == b'\r' && at.may_end() {
            return Ok(At::SizeLf);
        }
        at.step(byte).map(At::Extension)
    }

    /// Only new bytes are looked at, however many pieces the section comes in.
    fn trailers(&mut self, at: Trailer, section: &[u8], skip: usize) -> Result<Piece, Refusal> {
        let mut at = at;
        for byte in section.get(self.trailer_bytes as usize..).unwrap_or_default() {
            self.trailer_bytes += 1;
            if self.trailer_bytes > TRAILER_BYTES_MAX {
                return Err(Refusal::Trailers);
            }
            if at == Trailer::BlankLf && *byte == b'\n' {
                let len = self.trailer_bytes as usize;
                if len == b"\r\n".len() {
                    self.at = At::Done;
                    return Ok(Piece::End { skip: skip + len });
                }
                // a body whose trailers are refused has not ended
                head::check_trailers(&section[..len])?;
                self.at = At::Done;
                return Ok(Piece::Trailers { skip, len });
            }
            at = at.step(*byte)?;
        }
        self.at = At::Trailers(at);
        Ok(Piece::More { skip })
    }
}

impl Trailer {
    /// Any byte but the last.
    fn step(self, byte: u8) -> Result<Self, Refusal> {
        match (self, byte) {
            (Self::LineStart, b'\r') => Ok(Self::BlankLf),
            (Self::Name, b':') => Ok(Self::Value),
            (Self::LineStart | Self::Name, _) if head::is_token(byte) => Ok(Self::Name),
            (Self::Value, b'\r') => Ok(Self::LineLf),
            (Self::Value, b'\t' | b' '..=b'~' | 0x80..) => Ok(Self::Value),
            (Self::LineLf, b'\n') => Ok(Self::LineStart),
            _ => Err(Refusal::Trailers),
        }
    }
}
