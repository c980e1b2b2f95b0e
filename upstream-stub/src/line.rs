//! A stream that can be broken off, and that tells when everything was written.
//!
//! A dropped TCP socket says goodbye properly: the kernel sends what is in its buffer and then FIN. For an
//! injected reset, and when a replica goes down, the connection has to break instead. [`Line`] looks at its
//! [`Tap`] when it is dropped: on a real TCP socket it then sets `SO_LINGER` to zero, which makes the kernel
//! send RST; any other stream (the simulator's) is just dropped, with its answer incomplete.
//!
//! A truncation needs the opposite: what comes before the cut must have left. An engine flushes the stream once
//! it has written all it has, so a flush that comes after is the sign ([`Tap::poll_flushed`]).

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A hold on a line for those who do not own it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tap(Rc<State>);

#[derive(Debug, Default)]
struct State {
    abrupt: Cell<bool>,
    flushes: Cell<u64>,
    waiting: RefCell<Option<Waker>>,
}

impl Tap {
    /// The line will break off when it is dropped.
    pub(crate) fn break_off(&self) {
        self.0.abrupt.set(true);
    }

    /// Ready when the line was flushed after `since` was noted; the first call notes it.
    pub(crate) fn poll_flushed(&self, since: &mut Option<u64>, cx: &mut Context<'_>) -> Poll<()> {
        let now = self.0.flushes.get();
        if since.is_some_and(|since| since != now) {
            return Poll::Ready(());
        }
        since.get_or_insert(now);
        *self.0.waiting.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }

    fn flushed(&self) {
        self.0.flushes.set(self.0.flushes.get().wrapping_add(1));
        if let Some(waiting) = self.0.waiting.borrow_mut().take() {
            waiting.wake();
        }
    }
}

pub(crate) struct Line<S: 'static> {
    stream: S,
    tap: Tap,
}

impl<S> Line<S> {
    pub(crate) fn new(stream: S, tap: Tap) -> Self {
        Self { stream, tap }
    }
}

impl<S> Drop for Line<S> {
    fn drop(&mut self) {
        if !self.tap.0.abrupt.get() {
            return;
        }
        if let Some(socket) = (&self.stream as &dyn Any).downcast_ref::<TcpStream>() {
            // at worst the connection ends with FIN: still an incomplete answer
            let _ = socket.set_zero_linger();
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Line<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, to)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Line<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.tap.flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, from)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
