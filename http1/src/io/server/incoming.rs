//! The body of a request, in the handler's hands.

use super::interim::Interims;
use super::shared::Shared;
use crate::head::Trailers;
use crate::io::body::{Body, BodyError, Chunk};
use std::cell::Ref;
use std::rc::Rc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};

/// Reads from the connection that the request came on. Dropping it leaves the rest unread: the loop then reads past a
/// little of it and closes the connection for more. It goes with its request: whoever keeps it beyond the answer reads
/// nothing more, and the connection is closed.
pub struct Incoming<S> {
    shared: Rc<Shared<S>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Incoming<S> {
    pub(super) fn new(shared: Rc<Shared<S>>) -> Self {
        Self { shared }
    }

    /// The way of interim answers to the client.
    pub fn interims(&self) -> Interims {
        Interims::new(&self.shared.interim)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Body for Incoming<S> {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        self.shared.poll_content(cx)
    }

    fn bytes(&self) -> Chunk<'_> {
        Chunk::Shared(Ref::map(self.shared.reader.borrow(), |reader| {
            reader.inbound.content()
        }))
    }

    fn consume(&mut self, len: usize) {
        // nothing was offered yet while the handler is being called
        if let Ok(mut reader) = self.shared.reader.try_borrow_mut() {
            let reader = &mut *reader;
            let len = reader.inbound.consume(reader.core.body(), len);
            self.shared.watch.received_body(len);
        }
    }

    fn length(&self) -> Option<u64> {
        self.shared.reader.borrow().core.left()
    }

    fn received_trailers(&mut self) -> Option<Trailers> {
        let reader = self.shared.reader.try_borrow_mut();
        reader.ok()?.inbound.take_trailers()
    }
}

impl<S> Drop for Incoming<S> {
    fn drop(&mut self) {
        self.shared.let_go();
    }
}
