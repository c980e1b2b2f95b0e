//! What has to be written before the answer: `100 Continue`, and the interim answers of whoever is asked next (RFC 9110
//! §15.2), both in their order.
//!
//! They are hints: what a client does not take soon is left out, because the answer they come before is what counts.

use crate::write::{Delimit, Persistence, ResponseHead};
use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Bytes that wait to be written: a few heads of hints.
const WAITING_BYTES_MAX: usize = 16 * 1024;

/// The way of interim answers to the client of one connection. Cheap to clone, and good for all of its requests.
#[derive(Clone)]
pub struct Interims(Rc<Interim>);

#[derive(Default)]
pub(super) struct Interim {
    waiting: RefCell<Vec<u8>>,
    written: Cell<usize>,
    /// Something waits, or is still kept by the stream.
    under_way: Cell<bool>,
    /// A request waits for its answer, and its client knows what an interim one is.
    takes: Cell<bool>,
}

impl Interims {
    pub(super) fn new(interim: &Rc<Interim>) -> Self {
        Self(Rc::clone(interim))
    }

    /// Whether an interim answer would be sent now: not to HTTP/1.0 (RFC 9110 §15.2), and not once the answer has begun.
    pub fn are_taken(&self) -> bool {
        self.0.takes.get()
    }

    /// Sends an interim answer before the one that is being made; whether it will be. The caller's task has to be the
    /// connection's own.
    pub fn send(&self, head: ResponseHead) -> bool {
        let is_interim = matches!(head.status(), 102..200);
        if !is_interim || !self.are_taken() {
            return false;
        }
        let head = head.finish(Delimit::Nothing, Persistence::Implied);
        let mut waiting = self.0.waiting.borrow_mut();
        let fits = waiting.len() - self.0.written.get() + head.len() <= WAITING_BYTES_MAX;
        if fits {
            waiting.extend_from_slice(&head);
            self.0.under_way.set(true);
        }
        fits
    }
}

impl Interim {
    pub(super) fn invite(&self) {
        self.waiting.borrow_mut().extend_from_slice(CONTINUE);
        self.under_way.set(true);
    }

    /// A request has come, of a client that knows interim answers or does not.
    pub(super) fn open(&self, knows: bool) {
        self.takes.set(knows);
    }

    /// Its answer begins.
    pub(super) fn shut(&self) {
        self.takes.set(false);
    }

    /// Writes what is left of it. Whoever polls next goes on.
    #[inline]
    pub(super) fn poll<S: AsyncWrite + Unpin>(
        &self,
        stream: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if self.under_way.get() {
            self.write(stream, cx)
        } else {
            Poll::Ready(Ok(()))
        }
    }

    #[cold]
    fn write<S: AsyncWrite + Unpin>(&self, stream: &mut S, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut waiting = self.waiting.borrow_mut();
        while !waiting.is_empty() {
            let written = self.written.get();
            match Pin::new(&mut *stream).poll_write(cx, &waiting[written..])? {
                Poll::Ready(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(taken) => self.written.set(written + taken),
                Poll::Pending => return Poll::Pending,
            }
            if self.written.get() == waiting.len() {
                // given back: few connections ever have another
                *waiting = Vec::new();
                self.written.set(0);
            }
        }
        ready!(Pin::new(stream).poll_flush(cx))?;
        self.under_way.set(false);
        Poll::Ready(Ok(()))
    }
}
