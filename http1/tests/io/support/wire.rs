//! The engine's end of a connection: `tokio::io::duplex` with a record of every write and a few ways to misbehave.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

/// What happened on a [`Wire`], and what is to happen.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    /// What each write call took.
    pub(crate) writes: RefCell<Vec<Vec<u8>>>,
    pub(crate) shut: Cell<bool>,
    /// So many reads find nothing yet, and what they looked for is there right behind them: nobody is woken for it.
    pub(crate) blind_reads: Cell<u32>,
    /// Writes fail once so many more bytes have been taken.
    pub(crate) writes_fail_after: Cell<Option<usize>>,
    pub(crate) reads_fail: Cell<bool>,
    /// Flushes that wait once, and wake.
    pub(crate) slow_flushes: Cell<u32>,
}

pub(crate) struct Wire {
    inner: DuplexStream,
    pub(crate) tape: Rc<Tape>,
    pub(crate) vectored: bool,
    /// Keeps what is written until it is flushed, as TLS may.
    pub(crate) buffered: bool,
    kept: Vec<u8>,
}

impl Wire {
    pub(crate) fn new(inner: DuplexStream) -> Self {
        Self {
            inner,
            tape: Rc::default(),
            vectored: true,
            buffered: false,
            kept: Vec::new(),
        }
    }

    fn put(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut bytes = bytes;
        if let Some(left) = self.tape.writes_fail_after.get() {
            if left == 0 {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            bytes = &bytes[..bytes.len().min(left)];
        }
        let taken = if self.buffered {
            self.kept.extend_from_slice(bytes);
            bytes.len()
        } else {
            ready!(Pin::new(&mut self.inner).poll_write(cx, bytes))?
        };
        if let Some(left) = self.tape.writes_fail_after.get() {
            self.tape.writes_fail_after.set(Some(left - taken));
        }
        self.tape.writes.borrow_mut().push(bytes[..taken].to_vec());
        Poll::Ready(Ok(taken))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        assert!(room.remaining() > 0, "a read without room looks like the end");
        if self.tape.reads_fail.get() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if let Some(left) = self.tape.blind_reads.get().checked_sub(1) {
            self.tape.blind_reads.set(left);
            return Poll::Pending;
        }
        Pin::new(&mut self.inner).poll_read(cx, room)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.put(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        assert!(self.vectored, "nobody said that this stream takes slices");
        let bytes = slices.iter().flat_map(|slice| slice.iter().copied());
        self.put(cx, &bytes.collect::<Vec<u8>>())
    }

    fn is_write_vectored(&self) -> bool {
        self.vectored
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(left) = self.tape.slow_flushes.get().checked_sub(1) {
            self.tape.slow_flushes.set(left);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        while !self.kept.is_empty() {
            let Self { inner, kept, .. } = &mut *self;
            let taken = ready!(Pin::new(inner).poll_write(cx, kept))?;
            kept.drain(..taken);
        }
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        self.tape.shut.set(true);
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
