//! Bytes one way, from one stream to another: half of what follows a 101.
//!
//! One receive buffer and no queue: nothing is read while anything is left to write, so a reader that stops stops the
//! writer. The buffer is of the pool, and held only while something is in it: a tunnel in which nothing moves holds none.
//! The end of the one stream is passed on as the end of the other's sending side, behind everything that came before
//! it; the way back is another flow's, and may go on for as long as it likes.

use super::buffers::Buffers;
use super::inbound::Inbound;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite};

/// Pieces that are moved in one turn: the other way has its turn too, however fast both ends of this one are.
const PIECES_MAX: usize = 16;

#[derive(Debug)]
pub struct Flow {
    inbound: Inbound,
    /// Nothing more comes.
    ended: bool,
    /// Which was passed on.
    shut: bool,
    /// The stream was given bytes that it may still keep to itself.
    unflushed: bool,
    moved: u64,
}

/// Which of the two streams failed.
#[derive(Debug)]
pub enum FlowError {
    From(io::Error),
    To(io::Error),
}

impl Flow {
    /// `received` has come already, and goes first.
    pub fn new(received: &[u8], buffers: &Buffers) -> Self {
        Self {
            inbound: Inbound::holding(received, buffers),
            ended: false,
            shut: false,
            unflushed: false,
            moved: 0,
        }
    }

    /// Bytes that were taken by the other side.
    pub fn moved(&self) -> u64 {
        self.moved
    }

    /// Moves what there is; ready when the end has been passed on.
    pub fn poll<A, B>(
        &mut self,
        from: &mut A,
        to: &mut B,
        buffers: &Buffers,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), FlowError>>
    where
        A: AsyncRead + Unpin,
        B: AsyncWrite + Unpin,
    {
        for _ in 0..PIECES_MAX {
            ready!(self.poll_write(to, cx)).map_err(FlowError::To)?;
            if self.ended {
                return self.poll_shut(to, cx).map_err(FlowError::To);
            }
            self.inbound.enlarge(buffers);
            match self.inbound.poll_read(from, buffers, cx) {
                Poll::Ready(Ok(len)) => self.ended = len == 0,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(FlowError::From(error))),
                Poll::Pending => {
                    ready!(self.poll_flush(to, cx)).map_err(FlowError::To)?;
                    return Poll::Pending;
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Ready when nothing is left of what was received.
    fn poll_write<B: AsyncWrite + Unpin>(
        &mut self,
        to: &mut B,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while !self.inbound.unread().is_empty() {
            let taken = ready!(Pin::new(&mut *to).poll_write(cx, self.inbound.unread()))?;
            if taken == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.inbound.skip(taken);
            self.moved += taken as u64;
            self.unflushed = true;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_flush<B: AsyncWrite + Unpin>(
        &mut self,
        to: &mut B,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if self.unflushed {
            ready!(Pin::new(to).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shut<B: AsyncWrite + Unpin>(&mut self, to: &mut B, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_flush(to, cx))?;
        if !self.shut {
            ready!(Pin::new(to).poll_shutdown(cx))?;
            self.shut = true;
        }
        Poll::Ready(Ok(()))
    }
}
