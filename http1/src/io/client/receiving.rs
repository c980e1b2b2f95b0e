//! An answer whose head has come, and its body.

use super::connection::{Connection, Inner};
use crate::connection::Close;
use crate::head::{Response, StatusLine, Trailers};
use crate::io::body::{Body, BodyError, Chunk, Empty};
use crate::io::buffers::Buffers;
use crate::io::outbound::Outbound;
use std::cell::RefCell;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};

/// Dropping it closes the connection, which tells the peer that nobody waits any more.
pub struct Receiving<S, U> {
    connection: Connection<S>,
    line: StatusLine,
    /// The head still lies in front of the body.
    head: bool,
    /// Most requests have left whole by now. Boxed, because what most answers do not have should not make them larger.
    upload: Option<Box<Upload<U>>>,
}

/// What is left of a request on its way while the answer is.
pub(super) struct Upload<U> {
    pub(super) body: Option<U>,
    pub(super) out: Outbound,
    /// Nothing more of it can be sent.
    pub(super) failed: bool,
}

impl<U: Body> Upload<U> {
    /// Whether the peer has all of the request.
    pub(super) fn is_whole(&self) -> bool {
        !self.failed && self.out.is_done()
    }

    /// Sends on. Its failures show only afterwards: the answer is what counts.
    fn poll<S: AsyncWrite + Unpin>(&mut self, stream: &RefCell<S>, buffers: &Buffers, cx: &mut Context<'_>) {
        if self.failed || self.out.is_done() {
            return;
        }
        let sent = match &mut self.body {
            Some(body) => self.out.poll(stream, body, cx),
            None => self.out.poll(stream, &mut Empty, cx),
        };
        match sent {
            Poll::Pending => {}
            Poll::Ready(Ok(())) => self.out.release(buffers),
            Poll::Ready(Err(_)) => {
                self.failed = true;
                // its maker need not wait for more of it
                self.body = None;
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin, U: Body> Receiving<S, U> {
    pub(super) fn new(connection: Connection<S>, line: StatusLine, upload: Option<Box<Upload<U>>>) -> Self {
        Self {
            connection,
            line,
            head: true,
            upload,
        }
    }

    pub fn status(&self) -> u16 {
        self.line.status
    }

    /// The head of the answer. `None` once its body has been asked for: then its bytes may be gone.
    pub fn head(&self) -> Option<Response<'_>> {
        let inbound = &self.connection.0.inbound;
        self.head
            .then(|| self.line.head(inbound.unread(), inbound.slots()))
    }

    /// The connection, for the next request; or why it cannot have one. To be asked when the body has ended.
    pub fn finish(mut self) -> Result<Connection<S>, Close> {
        self.skip_head();
        if !self.has_left() {
            // an answer may overtake the rest of its request, which nobody sends any more
            return Err(Close::BodyUnread);
        }
        let inner = &mut *self.connection.0;
        if let Some(reason) = inner.core.close() {
            return Err(reason);
        }
        if !inner.core.is_done() {
            return Err(Close::Failed);
        }
        if !inner.inbound.unread().is_empty() {
            return Err(Close::Unsolicited);
        }
        inner.inbound.release(&inner.buffers);
        Ok(self.connection)
    }

    /// The stream, and what was received on it behind the head, if the answer is a 101 (which is only received if it
    /// was asked for).
    pub fn into_upgraded(mut self) -> Option<(S, Vec<u8>)> {
        if self.connection.0.core.close() != Some(Close::Upgraded) || !self.has_left() {
            return None;
        }
        self.skip_head();
        let inner = *self.connection.0;
        Some((
            inner.stream.into_inner(),
            inner.inbound.into_unread(&inner.buffers),
        ))
    }

    /// Whether the peer has all of the request.
    fn has_left(&self) -> bool {
        self.upload.as_ref().is_none_or(|upload| upload.is_whole())
    }

    fn skip_head(&mut self) {
        if std::mem::take(&mut self.head) {
            self.connection.0.inbound.skip(self.line.len);
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin, U: Body> Body for Receiving<S, U> {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        self.skip_head();
        let Inner {
            stream,
            inbound,
            core,
            buffers,
        } = &mut *self.connection.0;
        if let Some(upload) = &mut self.upload {
            upload.poll(stream, buffers, cx);
        }
        inbound.poll_content(core.body(), stream.get_mut(), buffers, cx)
    }

    fn bytes(&self) -> Chunk<'_> {
        Chunk::Slice(self.connection.0.inbound.content())
    }

    fn consume(&mut self, len: usize) {
        let Inner { inbound, core, .. } = &mut *self.connection.0;
        inbound.consume(core.body(), len);
    }

    fn length(&self) -> Option<u64> {
        self.connection.0.core.left()
    }

    fn received_trailers(&mut self) -> Option<Trailers> {
        self.connection.0.inbound.take_trailers()
    }
}
