//! What a decoder says of received bytes.

/// What comes next in the received bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// Framing of `skip` bytes, then `len` bytes of content, at least one. The content is used up piece by piece:
    /// tell [`Decoder::consume`](super::Decoder::consume) how much of it was.
    Data { skip: usize, len: usize },
    /// Framing of `skip` bytes, and the next byte of the body has not been received.
    More { skip: usize },
    /// Framing of `skip` bytes, and behind it a trailer section of `len` bytes, blank line included, for
    /// [`trailers`](crate::head::trailers) or to be skipped. The body has ended; pass what is behind the section
    /// the next time.
    Trailers { skip: usize, len: usize },
    /// Framing of `skip` bytes, and the body has ended; what follows belongs to the next message.
    End { skip: usize },
}
