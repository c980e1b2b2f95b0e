//! The two ends of the proxy: a client that sends given bytes, and an upstream that records what it gets.
//!
//! Both are in memory and know no time: a stream with nothing to give waits for ever, and the test sees that nothing
//! moves any more.

use crate::check::lenient::{Prefers, requests};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How the streams behave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manners {
    /// Bytes that a write takes, at most.
    pub(crate) write_max: usize,
    /// Every other read or write has to be asked twice.
    pub(crate) hesitant: bool,
}

/// A client's bytes, and what it was answered.
pub(crate) struct Client {
    pieces: VecDeque<Vec<u8>>,
    /// Pieces that are not sent yet.
    held: usize,
    ended: bool,
    pub(crate) answers: Vec<u8>,
    manners: Manners,
    hesitates: bool,
    waker: Option<Waker>,
}

/// The proxy's end of the client's connection.
pub(crate) struct Downstream(pub(crate) Rc<RefCell<Client>>);

/// What the upstream got on one connection, and what it answers.
pub(crate) struct Wire {
    pub(crate) recorded: Vec<u8>,
    answer: Answer,
    manners: Manners,
    hesitates: bool,
    /// Requests that were answered.
    answered: usize,
    sending: VecDeque<u8>,
    waker: Option<Waker>,
}

/// What an upstream answers to every request.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) bytes: Rc<[u8]>,
    /// The connection is closed behind it.
    pub(crate) closes: bool,
    /// It comes as soon as there is a head, else as soon as the request is complete in the eyes of a lenient reader.
    pub(crate) early: bool,
}

/// The proxy's end of a connection to the upstream.
pub(crate) struct Upstream(pub(crate) Rc<RefCell<Wire>>);

impl Client {
    /// With `waits`, a piece is sent when nothing moves any more, else all at once.
    pub(crate) fn new(pieces: VecDeque<Vec<u8>>, manners: Manners, waits: bool) -> Self {
        Self {
            held: if waits { pieces.len() } else { 0 },
            pieces,
            ended: false,
            answers: Vec::new(),
            manners,
            hesitates: manners.hesitant,
            waker: None,
        }
    }

    /// Nothing moves any more: it sends the next piece, or closes its sending side. False if it had done that already.
    pub(crate) fn go_on(&mut self) -> bool {
        let ended = std::mem::replace(&mut self.ended, self.held == 0);
        self.held = self.held.saturating_sub(1);
        self.wake();
        !ended
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Wire {
    pub(crate) fn new(answer: Answer, manners: Manners) -> Self {
        Self {
            recorded: Vec::new(),
            answer,
            manners,
            hesitates: manners.hesitant,
            answered: 0,
            sending: VecDeque::new(),
            waker: None,
        }
    }

    fn due(&self) -> usize {
        let read = requests(&self.recorded, Prefers::Coding);
        let counts = |message: &&crate::check::message::Message| self.answer.early || message.complete;
        read.messages.iter().filter(counts).count()
    }
}

/// True every other time, and then asked again at once.
fn hesitate(manners: Manners, state: &mut bool, cx: &Context<'_>) -> bool {
    let now = *state;
    *state = manners.hesitant && !now;
    if now {
        cx.waker().wake_by_ref();
    }
    now
}

impl AsyncRead for Downstream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let client = &mut *self.0.borrow_mut();
        let there = client.pieces.len() > client.held;
        if there && hesitate(client.manners, &mut client.hesitates, cx) {
            return Poll::Pending;
        }
        if let Some(piece) = client.pieces.front_mut().filter(|_| there) {
            let len = piece.len().min(room.remaining());
            room.put_slice(&piece[..len]);
            piece.drain(..len);
            if piece.is_empty() {
                client.pieces.pop_front();
            }
            return Poll::Ready(Ok(()));
        }
        if client.ended {
            return Poll::Ready(Ok(()));
        }
        client.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl AsyncWrite for Downstream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let client = &mut *self.0.borrow_mut();
        let len = bytes.len().min(client.manners.write_max);
        client.answers.extend_from_slice(&bytes[..len]);
        Poll::Ready(Ok(len))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Upstream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let wire = &mut *self.0.borrow_mut();
        if wire.sending.is_empty() {
            if wire.answered > 0 && wire.answer.closes {
                return Poll::Ready(Ok(()));
            }
            if wire.due() == wire.answered {
                wire.waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            wire.answered += 1;
            wire.sending.extend(wire.answer.bytes.iter());
        }
        let len = wire
            .sending
            .len()
            .min(room.remaining())
            .min(wire.manners.write_max);
        for byte in wire.sending.drain(..len) {
            room.put_slice(&[byte]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Upstream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wire = &mut *self.0.borrow_mut();
        if hesitate(wire.manners, &mut wire.hesitates, cx) {
            return Poll::Pending;
        }
        let len = bytes.len().min(wire.manners.write_max);
        wire.recorded.extend_from_slice(&bytes[..len]);
        if let Some(waker) = wire.waker.take() {
            waker.wake();
        }
        Poll::Ready(Ok(len))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
