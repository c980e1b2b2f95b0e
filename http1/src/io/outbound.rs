//! Sending: a head and the body behind it, in as few writes as there can be.
//!
//! Content of a known length is written from where it lies, together with what is left of the head (`writev`). Chunks are
//! gathered in the send buffer, because their framing has to go between them.

use super::body::{Body, BodyError};
use super::buffers::Buffers;
use crate::write::{Delimit, chunk, last_chunk};
use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;

/// Chunks are gathered up to about this much before they are written.
const GATHERED_BYTES: usize = 16 * 1024;

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
    pub(super) blocked: Blocked,
    /// A byte was taken by the stream.
    pub(super) begun: bool,
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
            blocked: Blocked::Stream,
            begun: false,
        }
    }

    /// Whether all has been sent.
    pub(super) fn is_done(&self) -> bool {
        self.ended && self.written == self.out.len()
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
            match body.poll_ready(cx) {
                Poll::Ready(Ok(true)) if self.delimit == Delimit::Chunked => self.gather(stream, body, cx)?,
                Poll::Ready(Ok(true)) => ready!(self.poll_piece(stream, body, cx))?,
                Poll::Ready(Ok(false)) => self.end()?,
                Poll::Ready(Err(error)) => {
                    // what came before the break is the peer's
                    let _ = self.poll_out(stream, cx);
                    return Poll::Ready(Err(Unfinished::Body(error)));
                }
                Poll::Pending => {
                    ready!(self.poll_out(stream, cx))?;
                    ready!(self.poll_flush(stream, cx))?;
                    self.blocked = Blocked::Body;
                    return Poll::Pending;
                }
            }
            if self.out.len() - self.written >= GATHERED_BYTES {
                ready!(self.poll_out(stream, cx))?;
            }
        }
        ready!(self.poll_out(stream, cx))?;
        self.poll_flush(stream, cx)
    }

    /// Appends what there is as a chunk.
    fn gather<S: AsyncWrite + Unpin, B: Body>(
        &mut self,
        stream: &RefCell<S>,
        body: &mut B,
        cx: &mut Context<'_>,
    ) -> Result<(), Unfinished> {
        let len = {
            let content = body.bytes();
            chunk(&mut self.out, &content);
            content.len()
        };
        body.consume(len);
        if body.is_done() {
            self.end()?;
        } else if self.out.len() - self.written >= 2 * GATHERED_BYTES
            && let Poll::Ready(Err(error)) = self.poll_out(stream, cx)
        {
            return Err(error);
        }
        Ok(())
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
    fn end(&mut self) -> Result<(), Unfinished> {
        match (self.delimit, self.left) {
            (Delimit::Chunked, _) => last_chunk(&mut self.out),
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
        let unsent = self.out.len() - self.written;
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
        let flushed = Pin::new(&mut *stream.borrow_mut()).poll_flush(cx);
        if flushed.is_pending() {
            self.blocked = Blocked::Stream;
        }
        flushed.map_err(Unfinished::Stream)
    }

    /// Accounts for a write.
    fn taken(&mut self, taken: Poll<io::Result<usize>>) -> Poll<Result<usize, Unfinished>> {
        match taken {
            Poll::Ready(Ok(0)) => Poll::Ready(Err(Unfinished::Stream(io::ErrorKind::WriteZero.into()))),
            Poll::Ready(Ok(taken)) => {
                self.begun = true;
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
