//! A simulated byte stream as a part holds it: a socket that stands still while its host is stopped.
//!
//! A stopped host (fault `slow`) is a process under SIGSTOP as far as the network can see: nothing that it reads, writes,
//! shuts down or drops has an effect before it goes on; then everything that waited looks again, and what was dropped
//! is closed. Two things differ from a real one. Its timers run on, so that it may find at once that it is
//! late, and what its parts tell of themselves is traced meanwhile. And nobody accepts in its name: a kernel's backlog would,
//! here a peer's connect waits.

use super::net::Net;
use super::socket::Socket;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// One end of a connection.
pub struct SimStream(Option<Socket>);

impl SimStream {
    pub(super) fn new(socket: Socket) -> Self {
        Self(Some(socket))
    }

    /// The number of the connection in the trace.
    pub fn connection(&self) -> u64 {
        self.socket().connection()
    }

    fn socket(&self) -> &Socket {
        self.0.as_ref().expect(HELD)
    }

    fn poll_going(&mut self, reads: bool, cx: &Context<'_>) -> Poll<Pin<&mut Socket>> {
        let socket = self.0.as_mut().expect(HELD);
        socket.net().count_action();
        if socket.net().is_stopped(socket.host()) {
            match reads {
                true => socket.end().park_reader(cx),
                false => socket.end().park_writer(cx),
            }
            return Poll::Pending;
        }
        Poll::Ready(Pin::new(socket))
    }
}

const HELD: &str = "only the drop takes the socket";

impl AsyncRead for SimStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_going(true, cx)).poll_read(cx, buf)
    }
}

impl AsyncWrite for SimStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_going(false, cx)).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_going(false, cx)).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_going(false, cx)).poll_shutdown(cx)
    }
}

impl Drop for SimStream {
    fn drop(&mut self) {
        if let Some(socket) = self.0.take() {
            let (net, host) = (Rc::clone(socket.net()), socket.host());
            // a kill closes everything, stopped or not
            if net.live.get() && net.is_stopped(host) {
                net.host(host, |host| host.let_go.push(Box::new(socket)));
            }
        }
    }
}

/// Closes what a stopped host's program let go of, when it goes on or is killed: turmoil hears of an end only on the
/// host itself. A task of each host.
pub(super) struct Closer {
    net: Rc<Net>,
    host: u64,
}

impl Closer {
    pub(super) fn new(net: Rc<Net>, host: u64) -> Self {
        Self { net, host }
    }

    pub(super) async fn run(self) {
        poll_fn(|cx| {
            if !self.net.is_stopped(self.host) {
                self.close();
            }
            self.net.wake_when_it_goes_on(self.host, cx);
            Poll::<()>::Pending
        })
        .await;
    }

    fn close(&self) {
        let let_go = self.net.host(self.host, |host| std::mem::take(&mut host.let_go));
        drop(let_go);
    }
}

impl Drop for Closer {
    fn drop(&mut self) {
        self.close();
    }
}
