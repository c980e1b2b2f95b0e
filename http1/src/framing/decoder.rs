//! One walk over a body's bytes, whatever ends it.

use super::chunked::Chunked;
use super::length::Length;
use super::piece::Piece;
use crate::head::Refusal;

/// The state of one body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoder {
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Known { left: u64 },
    Chunked(Chunked),
    UntilClose,
}

impl Decoder {
    pub fn new(length: Length) -> Self {
        let kind = match length {
            Length::Known(left) => Kind::Known { left },
            Length::Chunked => Kind::Chunked(Chunked::default()),
            Length::UntilClose => Kind::UntilClose,
        };
        Self { kind }
    }

    /// Looks at what was received and not yet used up. Framing that it skips is used up: pass what is behind it
    /// the next time.
    pub fn next(&mut self, received: &[u8]) -> Result<Piece, Refusal> {
        match &mut self.kind {
            Kind::Known { left: 0 } => Ok(Piece::End { skip: 0 }),
            Kind::Chunked(chunked) if chunked.is_done() => Ok(Piece::End { skip: 0 }),
            _ if received.is_empty() => Ok(Piece::More { skip: 0 }),
            Kind::Known { left } => {
                let left = usize::try_from(*left).unwrap_or(usize::MAX);
                let len = received.len().min(left);
                Ok(Piece::Data { skip: 0, len })
            }
            Kind::Chunked(chunked) => chunked.next(received),
            Kind::UntilClose => Ok(Piece::Data {
                skip: 0,
                len: received.len(),
            }),
        }
    }

    /// `len` bytes of content were used up, at most what the last [`Piece::Data`] had.
    pub fn consume(&mut self, len: usize) {
        match &mut self.kind {
            Kind::Known { left } => *left = left.saturating_sub(len as u64),
            Kind::Chunked(chunked) => chunked.consume(len as u64),
            Kind::UntilClose => {}
        }
    }

    /// The peer has closed: whether that ends the body, as it does only where nothing else could.
    pub fn close(&mut self) -> Result<(), Refusal> {
        match self.kind {
            Kind::UntilClose => {
                self.kind = Kind::Known { left: 0 };
                Ok(())
            }
            Kind::Known { left: 0 } => Ok(()),
            Kind::Known { .. } => Err(Refusal::Truncated),
            Kind::Chunked(chunked) if chunked.is_done() => Ok(()),
            Kind::Chunked(_) => Err(Refusal::Truncated),
        }
    }

    /// Bytes of content still to come, where that is known.
    pub fn left(&self) -> Option<u64> {
        match self.kind {
            Kind::Known { left } => Some(left),
            Kind::Chunked(chunked) => chunked.is_done().then_some(0),
            Kind::UntilClose => None,
        }
    }

    /// Whether all of it was used up.
    pub fn is_done(&self) -> bool {
        self.left() == Some(0)
    }
}
