//! A stream whose end can be made abrupt.
//!
//! A dropped TCP socket says goodbye properly: the kernel sends what is in its buffer and then FIN. For an
//! injected reset, and when a replica goes down, the connection has to break instead. [`Line`] looks at its
//! switch when it is dropped: on a real TCP socket it then sets `SO_LINGER` to zero, which makes the kernel
//! send RST; any other stream (the simulator's) is just dropped, with its answer incomplete.

use std::any::Any;
use std::cell::Cell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Shared between a line and those who may break it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Break(Rc<Cell<bool>>);

impl Break {
    /// The line will break off when it is dropped.
    pub(crate) fn set(&self) {
        self.0.set(true);
    }
}

pub(crate) struct Line<S: 'static> {
    stream: S,
    abrupt: Break,
}

impl<S> Line<S> {
    pub(crate) fn new(stream: S, abrupt: Break) -> Self {
        Self { stream, abrupt }
    }
}

impl<S> Drop for Line<S> {
    fn drop(&mut self) {
        if !self.abrupt.0.get() {
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
        Pin::new(&mut self.stream).poll_flush(cx)
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
