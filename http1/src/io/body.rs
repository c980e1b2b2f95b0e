//! A body on its way: asked for its next piece, which stays where it is until it has been used up.
//!
//! The same idea as `tokio::io::AsyncBufRead`: what was received is offered as a slice of the buffer that it was
//! received in, the taker says how much of it went, and nothing is copied in between.

use crate::head::{Refusal, Trailers};
use std::cell::Ref;
use std::fmt;
use std::io;
use std::ops::Deref;
use std::task::{Context, Poll};

pub trait Body {
    /// Ready with true when [`Body::bytes`] is not empty, with false at the end.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>>;

    /// What is there now. Only to be asked after [`Body::poll_ready`] said true.
    fn bytes(&self) -> Chunk<'_>;

    /// `len` of these bytes were used up.
    fn consume(&mut self, len: usize);

    /// Bytes still to come, where that is known.
    fn length(&self) -> Option<u64>;

    /// What came behind the content of a body that is received, once that has ended.
    fn received_trailers(&mut self) -> Option<Trailers> {
        None
    }

    /// What is to go behind the content of a message in chunks. Asked for once, when the content has ended. What is received
    /// is not passed on by itself: what may pass is for whoever knows the fields.
    fn trailers(&mut self) -> Option<Trailers> {
        None
    }

    /// Whether nothing is left, known without polling.
    fn is_done(&self) -> bool {
        self.length() == Some(0)
    }
}

/// One whose place stays the same where it goes from hand to hand.
impl<B: Body> Body for Box<B> {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        (**self).poll_ready(cx)
    }

    fn bytes(&self) -> Chunk<'_> {
        (**self).bytes()
    }

    fn consume(&mut self, len: usize) {
        (**self).consume(len);
    }

    fn length(&self) -> Option<u64> {
        (**self).length()
    }

    fn received_trailers(&mut self) -> Option<Trailers> {
        (**self).received_trailers()
    }

    fn trailers(&mut self) -> Option<Trailers> {
        (**self).trailers()
    }

    fn is_done(&self) -> bool {
        (**self).is_done()
    }
}

/// A piece of a body.
pub enum Chunk<'a> {
    Slice(&'a [u8]),
    /// Of a buffer that others may look at too.
    Shared(Ref<'a, [u8]>),
}

impl Deref for Chunk<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Slice(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

/// Why a body did not come to its end.
#[derive(Debug)]
pub enum BodyError {
    /// Its framing is broken, or the peer closed before its end.
    Refused(Refusal),
    Io(io::Error),
    /// Whoever makes it gave up.
    Other(&'static str),
}

impl From<Refusal> for BodyError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<io::Error> for BodyError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Io(error) => error.fmt(f),
            Self::Other(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for BodyError {}

/// No body.
#[derive(Debug, Clone, Copy, Default)]
pub struct Empty;

impl Body for Empty {
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        Poll::Ready(Ok(false))
    }

    fn bytes(&self) -> Chunk<'_> {
        Chunk::Slice(&[])
    }

    fn consume(&mut self, _: usize) {}

    fn length(&self) -> Option<u64> {
        Some(0)
    }
}

/// A body that is there already.
#[derive(Debug, Clone, Default)]
pub struct Full<T> {
    bytes: T,
    sent: usize,
}

impl<T: AsRef<[u8]>> Full<T> {
    pub fn new(bytes: T) -> Self {
        Self { bytes, sent: 0 }
    }

    fn rest(&self) -> &[u8] {
        self.bytes.as_ref().get(self.sent..).unwrap_or_default()
    }
}

impl<T: AsRef<[u8]>> Body for Full<T> {
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        Poll::Ready(Ok(!self.rest().is_empty()))
    }

    fn bytes(&self) -> Chunk<'_> {
        Chunk::Slice(self.rest())
    }

    fn consume(&mut self, len: usize) {
        self.sent += len;
    }

    fn length(&self) -> Option<u64> {
        Some(self.rest().len() as u64)
    }
}
