//! `100 Continue`: what has to be written before anything else.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

#[derive(Default)]
pub(super) struct Interim {
    left: Cell<&'static [u8]>,
    /// Written, and perhaps still kept by the stream.
    unflushed: Cell<bool>,
}

impl Interim {
    pub(super) fn invite(&self) {
        self.left.set(CONTINUE);
    }

    /// Writes what is left of it. Whoever polls next goes on.
    pub(super) fn poll<S: AsyncWrite + Unpin>(
        &self,
        stream: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while !self.left.get().is_empty() {
            let left = self.left.get();
            match Pin::new(&mut *stream).poll_write(cx, left)? {
                Poll::Ready(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(taken) => {
                    self.left.set(&left[taken..]);
                    self.unflushed.set(true);
                }
                Poll::Pending => return Poll::Pending,
            }
        }
        if self.unflushed.get() {
            let flushed = Pin::new(stream).poll_flush(cx)?;
            self.unflushed.set(flushed.is_pending());
            return flushed.map(Ok);
        }
        Poll::Ready(Ok(()))
    }
}
