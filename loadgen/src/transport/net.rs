//! The real world of the command line: TCP connections, or those of one Unix socket.
//!
//! Everything else is [`RealWorld`]'s. With a Unix socket the address that is dialled does not matter: a run has one
//! target, and `Host` and SNI come from the URL as ever.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::Instant;
use world::real::RealListener;
use world::{ListenAddr, Listener, RealWorld, Resolved, Seed, World};

/// Real sockets and clocks, for one worker thread.
#[derive(Clone)]
pub struct Net {
    real: RealWorld,
    unix: Option<Rc<Path>>,
}

impl Net {
    /// `unix` is the socket that takes the place of every address.
    pub fn new(real: RealWorld, unix: Option<PathBuf>) -> Self {
        let unix = unix.map(Rc::from);
        Self { real, unix }
    }
}

impl World for Net {
    type Stream = NetStream;
    type Listener = NetListener;

    async fn listen(&self, at: &ListenAddr) -> io::Result<NetListener> {
        self.real.listen(at).await.map(NetListener)
    }

    async fn connect(&self, to: SocketAddr) -> io::Result<NetStream> {
        match &self.unix {
            None => self.real.connect(to).await.map(NetStream::Tcp),
            Some(path) => {
                let stream = UnixStream::connect(path).await;
                stream.map(NetStream::Unix).map_err(|error| named(path, error))
            }
        }
    }

    async fn resolve(&self, name: &str) -> io::Result<Resolved> {
        self.real.resolve(name).await
    }

    async fn sleep_until(&self, at: Instant) {
        self.real.sleep_until(at).await;
    }

    fn unix_now(&self) -> Duration {
        self.real.unix_now()
    }

    fn seed(&self) -> Seed {
        self.real.seed()
    }

    fn secret(&self) -> [u8; world::SECRET_BYTES] {
        self.real.secret()
    }
}

/// Says which socket, where the error is about that. The others keep their number, by which it is told whose fault
/// they are.
fn named(path: &Path, error: io::Error) -> io::Error {
    let path = path.display();
    match error.kind() {
        // where TCP would let a dial wait, a Unix socket turns it away
        io::ErrorKind::WouldBlock => {
            io::Error::new(error.kind(), format!("{path}: the server's backlog is full"))
        }
        io::ErrorKind::NotFound
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::ConnectionRefused
        | io::ErrorKind::InvalidInput => io::Error::new(error.kind(), format!("{path}: {error}")),
        _ => error,
    }
}

/// A connection of either kind.
pub enum NetStream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

macro_rules! either {
    ($this:expr, $stream:ident => $call:expr) => {
        match $this.get_mut() {
            NetStream::Tcp($stream) => $call,
            NetStream::Unix($stream) => $call,
        }
    };
}

impl AsyncRead for NetStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl AsyncWrite for NetStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, stream => Pin::new(stream).poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, stream => Pin::new(stream).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        // both kinds have writev
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }
}

/// Listens on TCP: a generator that listens does so for itself.
pub struct NetListener(RealListener);

impl Listener for NetListener {
    type Stream = NetStream;

    async fn accept(&self) -> io::Result<(NetStream, SocketAddr)> {
        let (stream, from) = Listener::accept(&self.0).await?;
        Ok((NetStream::Tcp(stream), from))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Listener::local_addr(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixListener;
    use tokio::runtime::{Builder, LocalOptions};

    const NOWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

    fn run(test: impl Future<Output = ()>) {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build_local(LocalOptions::default());
        runtime.expect("a runtime").block_on(test);
    }

    fn net(unix: Option<&Path>) -> Net {
        let real = RealWorld::new(Seed(1), Duration::ZERO).expect("a world");
        Net::new(real, unix.map(Path::to_owned))
    }

    /// Sends one message in two slices, there and back.
    async fn round_trip(mut near: NetStream, mut far: impl AsyncRead + AsyncWrite + Unpin) {
        assert!(near.is_write_vectored());
        let slices = [IoSlice::new(b"pi"), IoSlice::new(b"ng")];
        assert_eq!(near.write_vectored(&slices).await.expect("written"), 4);
        let mut bytes = [0; 4];
        far.read_exact(&mut bytes).await.expect("read");
        assert_eq!(&bytes, b"ping");
        far.write_all(b"pong").await.expect("written");
        near.read_exact(&mut bytes).await.expect("read");
        assert_eq!(&bytes, b"pong");
        near.shutdown().await.expect("shut down");
        assert_eq!(far.read(&mut bytes).await.expect("the end"), 0);
    }

    #[test]
    fn both_kinds_carry_bytes() {
        run(async {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("socket");
            let listener = UnixListener::bind(&path).expect("a socket");
            let near = net(Some(&path)).connect(NOWHERE).await.expect("a connection");
            let (far, _) = listener.accept().await.expect("the other end");
            round_trip(near, far).await;

            let world = net(None);
            let listener = world.listen(&ListenAddr::alone(NOWHERE)).await.expect("a port");
            let at = listener.local_addr().expect("an address");
            let near = world.connect(at).await.expect("a connection");
            let (far, _) = listener.accept().await.expect("the other end");
            round_trip(near, far).await;
        });
    }

    #[test]
    fn errors_name_the_socket() {
        run(async {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("none");
            let check = async |path: &Path, kind| {
                let error = net(Some(path))
                    .connect(NOWHERE)
                    .await
                    .err()
                    .expect("no connection");
                assert_eq!(error.kind(), kind);
                let text = error.to_string();
                assert!(text.starts_with(&path.display().to_string()), "{text}");
            };
            check(&path, io::ErrorKind::NotFound).await;
            check(&folder.path().join("x".repeat(200)), io::ErrorKind::InvalidInput).await;
            drop(UnixListener::bind(&path).expect("a socket"));
            check(&path, io::ErrorKind::ConnectionRefused).await;
        });
    }
}
