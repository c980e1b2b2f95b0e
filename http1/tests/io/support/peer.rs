//! The other end of a connection, moved by hand: nothing happens there that a test did not ask for.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

pub(crate) struct Peer {
    stream: Option<DuplexStream>,
    /// All that came and has not been taken out.
    pub(crate) got: Vec<u8>,
    /// The engine has closed its sending side.
    pub(crate) ended: bool,
}

impl Peer {
    pub(crate) fn new(stream: DuplexStream) -> Self {
        Self {
            stream: Some(stream),
            got: Vec::new(),
            ended: false,
        }
    }

    /// Sends as much as fits.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> usize {
        let Some(stream) = &mut self.stream else { return 0 };
        let mut cx = Context::from_waker(Waker::noop());
        if bytes.is_empty() {
            return 0;
        }
        match Pin::new(stream).poll_write(&mut cx, bytes) {
            Poll::Ready(Ok(taken)) => taken,
            _ => 0,
        }
    }

    /// Takes up to `most` of what is there.
    pub(crate) fn pull(&mut self, most: usize) -> usize {
        let Some(stream) = &mut self.stream else { return 0 };
        let mut cx = Context::from_waker(Waker::noop());
        let mut bytes = vec![0; most];
        let mut room = ReadBuf::new(&mut bytes);
        match Pin::new(stream).poll_read(&mut cx, &mut room) {
            Poll::Ready(Ok(())) => {
                let len = room.filled().len();
                self.ended |= len == 0 && most > 0;
                self.got.extend_from_slice(&bytes[..len]);
                len
            }
            _ => 0,
        }
    }

    /// What came so far, as text, and forgets it.
    pub(crate) fn take(&mut self) -> String {
        String::from_utf8(std::mem::take(&mut self.got)).unwrap()
    }

    /// Closes the sending side only.
    pub(crate) fn shut(&mut self) {
        if let Some(stream) = &mut self.stream {
            let _ = Pin::new(stream).poll_shutdown(&mut Context::from_waker(Waker::noop()));
        }
    }

    /// Goes away.
    pub(crate) fn leave(&mut self) {
        self.stream = None;
    }
}
