//! A stream in memory that is always ready, and futures that therefore need no runtime.

use hyper::rt::{Read, ReadBufCursor, Write};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

pub(crate) struct Memory {
    input: Vec<u8>,
    read: usize,
    /// Nothing can be read before something was written: an answer comes after its request.
    written: bool,
}

impl Memory {
    pub(crate) fn of_client(input: &[u8]) -> Self {
        Self {
            input: input.to_vec(),
            read: 0,
            written: true,
        }
    }

    pub(crate) fn of_server(input: &[u8]) -> Self {
        Self {
            written: false,
            ..Self::of_client(input)
        }
    }
}

impl Read for Memory {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut room: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.written {
            return Poll::Pending;
        }
        let len = room.remaining().min(self.input.len() - self.read);
        room.put_slice(&self.input[self.read..self.read + len]);
        self.read += len;
        Poll::Ready(Ok(()))
    }
}

impl Write for Memory {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.written = true;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// More than any case takes: who waits for longer waits for ever.
const POLLS_MAX: usize = 1_000;

/// Polls all until the first is ready.
pub(crate) fn drive<T>(
    mut first: Pin<&mut dyn Future<Output = T>>,
    mut other: Pin<&mut dyn Future<Output = ()>>,
) -> Option<T> {
    let mut cx = Context::from_waker(Waker::noop());
    let mut other_is_done = false;
    for _ in 0..POLLS_MAX {
        if let Poll::Ready(output) = first.as_mut().poll(&mut cx) {
            return Some(output);
        }
        other_is_done = other_is_done || other.as_mut().poll(&mut cx).is_ready();
    }
    None
}
