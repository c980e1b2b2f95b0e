//! The seam between a part and everything outside it.
//!
//! No method here is `Send`: each worker owns its world, on one thread, in both worlds.
#![expect(
    async_fn_in_trait,
    reason = "futures stay on the worker that made them; no Send bound is wanted"
)]

use crate::{ListenAddr, Seed};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

/// What a name stands for, and for how long that may be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    pub addrs: Vec<SocketAddr>,
    /// Ask again after this long. Where the resolver gives no TTL, a fixed one.
    pub valid_for: Duration,
}

/// Bytes of [`World::secret`]: as many as HMAC-SHA-256 makes use of.
pub const SECRET_BYTES: usize = 32;

/// Sockets, names, time and chance, as one worker sees them.
pub trait World: Clone + 'static {
    type Stream: AsyncRead + AsyncWrite + Unpin + 'static;
    type Listener: Listener<Stream = Self::Stream>;

    /// Starts listening. Port 0 picks a free port; [`Listener::local_addr`] tells which.
    async fn listen(&self, at: &ListenAddr) -> io::Result<Self::Listener>;

    /// Opens a byte stream. There is no deadline here: the caller brings one.
    async fn connect(&self, to: SocketAddr) -> io::Result<Self::Stream>;

    /// Looks up `host:port`.
    async fn resolve(&self, name: &str) -> io::Result<Resolved>;

    /// Returns at `at` or as soon after it as this world can: microseconds on a real machine, one tick in
    /// the simulator. Never before `at`.
    async fn sleep_until(&self, at: Instant);

    /// Wall clock, since the Unix epoch. For dates, logs and token expiry only; never for measuring.
    fn unix_now(&self) -> Duration;

    /// This worker's root of all chance.
    fn seed(&self) -> Seed;

    /// What keys that keep an attacker out are made from: the same for all workers of a process, and known to nobody
    /// outside it. Real: the operating system's entropy, whatever the seed. Simulated: from the seed, since nobody is
    /// kept out there.
    fn secret(&self) -> [u8; SECRET_BYTES];
}

/// A listening socket.
pub trait Listener: 'static {
    type Stream;

    async fn accept(&self) -> io::Result<(Self::Stream, SocketAddr)>;

    /// A connection that waits to be accepted already; `None` if there is none. For who is about to stop listening.
    fn accept_waiting(&self) -> Option<(Self::Stream, SocketAddr)> {
        let accepting = pin!(self.accept());
        match accepting.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(accepted) => accepted.ok(),
            Poll::Pending => None,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr>;
}
