//! One end of a simulated connection: turmoil's stream, with what a real socket has and turmoil's lacks.
//!
//! - **A window in bytes**: a writer is at most so many bytes ahead of the reader.
//! - **Coalescing**: a read takes all that is there, over segment bounds, as a kernel's does. Under the fault
//!   `fragment` reads and writes are cut at random places by the connection's own child seed.
//! - **Resets from outside**, by the world: after a partition ate a segment, or when the other end is gone.
//! - **The wire in the trace**: lengths and ends, never contents, so that a `Date` of constant length is harmless.

use super::connection::{CLIENT, Connection, End};
use super::links::LinkState;
use super::net::Net;
use crate::trace::Kind;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// One end of a connection. Dropping it closes it, on the wire too.
pub(super) struct Socket {
    inner: turmoil::net::TcpStream,
    net: Rc<Net>,
    connection: Rc<Connection>,
    side: usize,
    /// Chance of `fragment`, made when first needed.
    chance: Option<ChaCha8Rng>,
    fin_out: bool,
    fin_in: bool,
    knows_reset: bool,
}

impl Socket {
    pub(super) fn new(
        inner: turmoil::net::TcpStream,
        net: Rc<Net>,
        connection: Rc<Connection>,
        side: usize,
    ) -> Self {
        connection.ends[side].owned.set(true);
        Self {
            inner,
            net,
            connection,
            side,
            chance: None,
            fin_out: false,
            fin_in: false,
            knows_reset: false,
        }
    }

    pub(super) fn net(&self) -> &Rc<Net> {
        &self.net
    }

    /// The number of the connection in the trace.
    pub(super) fn connection(&self) -> u64 {
        self.connection.id
    }

    pub(super) fn end(&self) -> &End {
        &self.connection.ends[self.side]
    }

    pub(super) fn host(&self) -> u64 {
        self.connection.hosts[self.side]
    }

    fn peer_host(&self) -> u64 {
        self.connection.hosts[1 - self.side]
    }

    fn emit(&self, kind: Kind) {
        self.net.emit(self.host(), kind, &[self.connection.id]);
    }

    fn check_reset(&mut self) -> io::Result<()> {
        if self.connection.ends[self.side].reset.get() {
            return Err(self.reset_seen(io::ErrorKind::ConnectionReset.into()));
        }
        Ok(())
    }

    fn reset_seen(&mut self, error: io::Error) -> io::Error {
        if !std::mem::replace(&mut self.knows_reset, true) {
            self.emit(Kind::RstIn);
        }
        error
    }

    /// Whatever was just sent went into a cut link, or to an end that is gone.
    fn note_fate_of_sent(&self) {
        let cut = self.net.links.borrow().state(self.host(), self.peer_host()) == LinkState::Cut;
        if cut {
            self.connection.lost.set(true);
        } else if self.connection.ends[1 - self.side].closed.get() {
            let now_us = self.net.now_us(self.host());
            self.net
                .schedule_reset(&self.connection, self.side, now_us, ROUND_TRIP);
        }
    }

    /// Reads all that is there and fits.
    fn poll_fill(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<usize>> {
        // all that can be there; to ask turmoil for more would cost as much as the read
        let most = self.connection.ends[1 - self.side].unread.get();
        let (start, mut filled) = (buf.filled().len(), 0);
        while filled == 0 || (filled < most && buf.remaining() > 0) {
            match Pin::new(&mut self.inner).poll_read(cx, buf) {
                Poll::Ready(Ok(())) if buf.filled().len() == start + filled => {
                    // an end behind some bytes is told of by the next read
                    if filled == 0 && !std::mem::replace(&mut self.fin_in, true) {
                        self.emit(Kind::FinIn);
                    }
                    break;
                }
                Poll::Ready(Ok(())) => filled = buf.filled().len() - start,
                Poll::Ready(Err(_)) if filled > 0 => break,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(self.reset_seen(error))),
                Poll::Pending if filled > 0 => break,
                Poll::Pending => {
                    self.connection.ends[self.side].park_reader(cx);
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(filled))
    }

    /// `length`, or under `fragment` every other time a part of it.
    #[inline]
    fn fragment(&mut self, length: usize) -> usize {
        if !self.net.fragment.get() || length < 2 {
            return length;
        }
        let (net, connection, side) = (&self.net, &self.connection, self.side);
        let chance = self.chance.get_or_insert_with(|| {
            net.seed
                .child("fragment")
                .nth(connection.id)
                .nth(side as u64)
                .rng()
        });
        if chance.random() {
            chance.random_range(1..=length)
        } else {
            length
        }
    }
}

/// Latencies until a writer learns that nobody is there.
const ROUND_TRIP: u32 = 2;

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.check_reset()?;
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let filled = if this.net.fragment.get() {
            // a part of what may be there, or the cut would lie behind it in most cases
            let there = this.connection.ends[1 - this.side].unread.get().max(1);
            let limit = this.fragment(buf.remaining().min(there));
            let mut part = ReadBuf::new(buf.initialize_unfilled_to(limit));
            let filled = ready!(this.poll_fill(cx, &mut part))?;
            buf.advance(filled);
            filled
        } else {
            ready!(this.poll_fill(cx, buf))?
        };
        if filled > 0 {
            this.net
                .emit(this.host(), Kind::In, &[this.connection.id, filled as u64]);
            let writer = &this.connection.ends[1 - this.side];
            writer.unread.set(writer.unread.get().saturating_sub(filled));
            writer.wake_writer();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.check_reset()?;
        let end = &this.connection.ends[this.side];
        let room = this.net.window_bytes.saturating_sub(end.unread.get());
        if room == 0 && !bytes.is_empty() {
            end.park_writer(cx);
            return Poll::Pending;
        }
        let length = this.fragment(bytes.len().min(room));
        match Pin::new(&mut this.inner).poll_write(cx, &bytes[..length]) {
            Poll::Ready(Ok(written)) => {
                let end = &this.connection.ends[this.side];
                end.unread.set(end.unread.get() + written);
                this.net
                    .emit(this.host(), Kind::Out, &[this.connection.id, written as u64]);
                this.note_fate_of_sent();
                Poll::Ready(Ok(written))
            }
            Poll::Ready(Err(error)) if this.fin_out => Poll::Ready(Err(error)),
            Poll::Ready(Err(error)) => Poll::Ready(Err(this.reset_seen(error))),
            Poll::Pending => {
                this.connection.ends[this.side].park_writer(cx);
                Poll::Pending
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // turmoil refuses the second one; a kernel does not mind
        if this.fin_out {
            return Poll::Ready(Ok(()));
        }
        this.check_reset()?;
        let done = Pin::new(&mut this.inner).poll_shutdown(cx);
        if let Poll::Ready(Ok(())) = done {
            this.fin_out = true;
            this.emit(Kind::FinOut);
            this.note_fate_of_sent();
        }
        done
    }
}

impl Drop for Socket {
    /// Runs outside any runtime when its host is killed, so it traces by way of [`Net::emit`] only, which
    /// is silent then. The FIN, or the RST if bytes were left unread, is turmoil's.
    fn drop(&mut self) {
        let (end, peer) = (
            &self.connection.ends[self.side],
            &self.connection.ends[1 - self.side],
        );
        end.closed.set(true);
        if !self.fin_out && !self.knows_reset {
            self.emit(Kind::FinOut);
        }
        if self.side == CLIENT {
            self.net.host(self.host(), |host| {
                host.ports_used = host.ports_used.saturating_sub(1)
            });
        }
        if peer.closed.get() {
            self.net.forget(&self.connection);
        } else if self.net.links.borrow().state(self.host(), self.peer_host()) == LinkState::Cut {
            self.connection.lost.set(true);
        } else if peer.unread.get() > 0 {
            // a writer that waits for this window would wait for ever: turmoil's RST does not wake it
            let now_us = self.net.now_us(self.host());
            self.net
                .schedule_reset(&self.connection, 1 - self.side, now_us, 1);
        }
    }
}
