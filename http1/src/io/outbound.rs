//! Sending: a head and the body behind it, in as few writes as there can be.
//!
//! Content of a known length is written from where it lies, together with what is left of the head (`writev`). Chunks are
//! gathered in the send buffer, because their framing has to go between them.

use super::body::{Body, BodyError};
use super::buffers::{Buffers, RECEIVE_BYTES_LARGE};
use crate::write::{Delimit, chunk, last_chunk, last_chunk_with};
use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;

/// Chunks are gathered up to about this much before they are written.
const GATHERED_BYTES: usize = 16 * 1024;

/// Content of one chunk: what one receive buffer brings at most. A larger piece goes out as several, so that what is
/// gathered stays bounded whatever the body offers.
const CHUNK_BYTES_MAX: usize = RECEIVE_BYTES_LARGE;

/// Content up to this is copied behind the head where the stream cannot take two slices at once.
const JOINED_BYTES_MAX: usize = 4 * 1024;

/// Why a message was not sent whole.
#[derive(Debug)]
pub(super) enum Unfinished {
    /// Its body broke off.
    Body(BodyError),
    /// The stream did not take it.
    Stream(io::Error),
}

/// What sending waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blocked {
    Body,
    Stream,
}

#[derive(Debug)]
pub(super) struct Outbound {
    /// The head, and chunks.
    out: Vec<u8>,
    written: usize,
    delimit: Delimit,
    /// Bytes of content still to be sent, where that is known.
    left: Option<u64>,
    /// Nothing more comes into `out`.
    ended: bool,
    /// The stream was given bytes that it may still keep to itself.
    unflushed: bool,
    /// Nothing is used up of the body before a byte was taken, so that the message can be sent elsewhere.
    retriable: bool,
    pub(super) blocked: Blocked,
    /// A byte was taken by the stream.
    pub(super) begun: bool,
    /// One was since [`Outbound::take_moved`].
    moved: bool,
}

impl Outbound {
    /// Of a message with this head; without `body` nothing follows.
    pub(super) fn new(head: Vec<u8>, delimit: Delimit, body: bool) -> Self {
        let left = match delimit {
            Delimit::Length(length) if body => Some(length),
            Delimit::Chunked | Delimit::Close if body => None,
            _ => Some(0),
        };
        Self {
            out: head,
            written: 0,
            delimit,
            left,
            ended: left == Some(0),
            unflushed: false,
            retriable: false,
            blocked: Blocked::Stream,
            begun: false,
            moved: false,
        }
    }

    /// Leaves the body as it is until something was taken.
    pub(super) fn retriable(mut self) -> Self {
        self.retriable = true;
        self
    }

    /// The rest of a message whose beginning the stream has, and may still keep to itself.
    pub(super) fn after(mut self, unflushed: bool) -> Self {
        (self.begun, self.unflushed) = (true, unflushed);
        self
    }

    /// Whether all has been sent.
    pub(super) fn is_done(&self) -> bool {
        self.ended && self.unsent() == 0 && !self.unflushed
    }

    /// Whether the stream took anything since the last time.
    pub(super) fn take_moved(&mut self) -> bool {
        std::mem::take(&mut self.moved)
    }

    /// Bytes in the send buffer.
    fn unsent(&self) -> usize {
        self.out.len() - self.written
    }

    /// Gives the buffer back.
    pub(super) fn release(&mut self, buffers: &Buffers) {
        buffers.keep_send(std::mem::take(&mut self.out));
        self.written = 0;
    }

    /// Sends as much as there is and the stream takes; ready when all of the message has left.
    pub(super) fn poll<S: AsyncWrite + Unpin, B: Body>(
        &mut self,
        stream: &RefCell<S>,
        body: &mut B,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Unfinished>> {
        while !self.ended {
            if self.unsent() >= GATHERED_BYTES && self.poll_out(stream, cx)?.is_pending() {
                // nothing is taken, and still it is asked: its maker may have other things to go on with, such as
                // the rest of a request
                return match body.poll_ready(cx) {
                    Poll::Ready(Err(error)) => Poll::Ready(Err(Unfinished::Body(error))),
                    _ => Poll::Pending,
                };
            }
            match body.poll_ready(cx) {
                Poll::Ready(Ok(true)) if self.delimit != Delimit::Chunked => {
                    ready!(self.poll_piece(stream, body, cx))?;
                }
                Poll::Ready(Ok(true)) if self.retriable && !self.begun => {
                    ready!(self.poll_first_chunk(stream, body, cx))?;
                }
                Poll::Ready(Ok(true)) => self.gather(body),
                Poll::Ready(Ok(false)) => self.end(body)?,
                Poll::Ready(Err(error)) => {
                    // what came before the break is the peer's
                    let _ = self.poll_out(stream, cx);
                    let _ = self.poll_flush(stream, cx);
                    return Poll::Ready(Err(Unfinished::Body(error)));
                }
                Poll::Pending => {
                    ready!(self.poll_out(stream, cx))?;
                    ready!(self.poll_flush(stream, cx))?;
                    self.blocked = Blocked::Body;
                    return Poll::Pending;
                }
            }
        }
        ready!(self.poll_out(stream, cx))?;
        self.poll_flush(stream, cx)
    }

    /// Appends what there is as a chunk, and the last one behind it if it is known to be all.
    fn gather<B: Body>(&mut self, body: &mut B) {
        if self.written >= GATHERED_BYTES {
            // a stream that takes a little at a time never lets the buffer run empty
            self.out.drain(..self.written);
            self.written = 0;
        }
        let (len, _) = self.append(body);
        body.consume(len);
        if body.is_done() {
            self.last_chunk(body);
            self.ended = true;
        }
    }

    /// Appends the end of a body in chunks.
    fn last_chunk<B: Body>(&mut self, body: &mut B) {
        match body.trailers() {
            None => last_chunk(&mut self.out),
            Some(trailers) => trailers.with_fields(|fields| last_chunk_with(&mut self.out, fields.iter())),
        }
    }

    /// Appends a chunk; how much content it has, and whether that is known to be all.
    fn append<B: Body>(&mut self, body: &B) -> (usize, bool) {
        let content = body.bytes();
        let len = content.len().min(CHUNK_BYTES_MAX);
        chunk(&mut self.out, &content[..len]);
        (len, body.length() == Some(len as u64))
    }

    /// Writes the head and a first chunk, which is used up only if anything of them was taken.
    fn poll_first_chunk<S: AsyncWrite + Unpin, B: Body>(
        &mut self,
        stream: &RefCell<S>,
        body: &mut B,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Unfinished>> {
        let head_end = self.out.len();
        let (len, is_all) = self.append(body);
        if is_all {
            last_chunk(&mut self.out);
        }
        let taken = Pin::new(&mut *stream.borrow_mut()).poll_write(cx, &self.out[self.written..]);
        let taken = self.taken(taken);
        if !self.begun {
            self.out.truncate(head_end);
        }
        self.written += ready!(taken)?;
        body.consume(len);
        self.ended = is_all;
        Poll::Ready(Ok(()))
    }

    /// Writes content from where it lies.
    fn poll_piece<S: AsyncWrite + Unpin, B: Body>(
        &mut self,
        stream: &RefCell<S>,
        body: &mut B,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Unfinished>> {
        let taken = {
            let content = body.bytes();
            let most = self
                .left
                .map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
            let content = &content[..content.len().min(most)];
            ready!(self.poll_write(stream, content, cx))?
        };
        body.consume(taken);
        if let Some(left) = &mut self.left {
            *left -= taken as u64;
            self.ended = *left == 0;
        }
        Poll::Ready(Ok(()))
    }

    /// The body has ended.
    fn end<B: Body>(&mut self, body: &mut B) -> Result<(), Unfinished> {
        match (self.delimit, self.left) {
            (Delimit::Chunked, _) => self.last_chunk(body),
            (_, Some(1..)) => {
                return Err(Unfinished::Body(BodyError::Other(
                    "the body is shorter than was announced",
                )));
            }
            _ => {}
        }
        self.ended = true;
        Ok(())
    }

    /// Writes what is in the send buffer and then `content`; how much of `content` was taken.
    fn poll_write<S: AsyncWrite + Unpin>(
        &mut self,
        stream: &RefCell<S>,
        content: &[u8],
        cx: &mut Context<'_>,
    ) -> Poll<Result<usize, Unfinished>> {
        let mut stream = stream.borrow_mut();
        let stream = &mut *stream;
        let unsent = self.unsent();
        let taken = if unsent == 0 {
            Pin::new(stream).poll_write(cx, content)
        } else if stream.is_write_vectored() {
            let slices = [IoSlice::new(&self.out[self.written..]), IoSlice::new(content)];
            Pin::new(stream).poll_write_vectored(cx, &slices)
        } else {
            // one write all the same: the copy lasts only as long as the write
            let end = self.out.len();
            self.out
                .extend_from_slice(&content[..content.len().min(JOINED_BYTES_MAX)]);
            let taken = Pin::new(stream).poll_write(cx, &self.out[self.written..]);
            self.out.truncate(end);
            taken
        };
        let taken = ready!(self.taken(taken))?;
        let of_out = taken.min(unsent);
        self.written += of_out;
        Poll::Ready(Ok(taken - of_out))
    }

    /// Writes what is in the send buffer.
    fn poll_out<S: AsyncWrite + Unpin>(
        &mut self,
        stream: &RefCell<S>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Unfinished>> {
        while self.written < self.out.len() {
            let taken = Pin::new(&mut *stream.borrow_mut()).poll_write(cx, &self.out[self.written..]);
            self.written += ready!(self.taken(taken))?;
        }
        self.out.clear();
        self.written = 0;
        Poll::Ready(Ok(()))
    }

    fn poll_flush<S: AsyncWrite + Unpin>(
        &mut self,
        stream: &RefCell<S>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Unfinished>> {
        if self.unflushed {
            self.blocked = Blocked::Stream;
            ready!(Pin::new(&mut *stream.borrow_mut()).poll_flush(cx)).map_err(Unfinished::Stream)?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Accounts for a write.
    fn taken(&mut self, taken: Poll<io::Result<usize>>) -> Poll<Result<usize, Unfinished>> {
        match taken {
            Poll::Ready(Ok(0)) => Poll::Ready(Err(Unfinished::Stream(io::ErrorKind::WriteZero.into()))),
            Poll::Ready(Ok(taken)) => {
                (self.begun, self.moved, self.unflushed) = (true, true, true);
                Poll::Ready(Ok(taken))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(Unfinished::Stream(error))),
            Poll::Pending => {
                self.blocked = Blocked::Stream;
                Poll::Pending
            }
        }
    }
}
