//! Where a message's body ends (RFC 9112 §6, §7): lengths and chunks.
//!
//! A [`Decoder`] walks over received bytes and says which of them are content; it never copies any. Framing fields
//! are read strictly: exactly `chunked` or nothing, one `Content-Length` or none, never both.

mod chunked;
mod decoder;
mod extension;
mod length;
mod piece;

pub use decoder::Decoder;
pub(crate) use length::declared;
pub use length::{Length, content_length, request_length, response_length};
pub use piece::Piece;
