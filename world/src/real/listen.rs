//! TCP listeners of the real world.

use crate::{ListenAddr, Listener};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::Poll;
use tokio::net::{TcpListener, TcpStream};

/// Connections the kernel may hold before we accept them. A burst of 4 096 connects at once is survived;
/// the kernel caps it at `net.core.somaxconn` anyway.
const BACKLOG: i32 = 4_096;

/// What one worker accepts from: a socket of its own, and those that nobody else has.
#[derive(Debug)]
pub struct RealListener {
    /// Never empty.
    sockets: Vec<TcpListener>,
    /// Who is asked first: the one behind that which had a connection last.
    next: Cell<usize>,
}

impl RealListener {
    /// Must be made inside a runtime.
    pub(super) fn new(sockets: Vec<std::net::TcpListener>) -> io::Result<Self> {
        let sockets: Vec<_> = sockets
            .into_iter()
            .map(TcpListener::from_std)
            .collect::<io::Result<_>>()?;
        if sockets.is_empty() {
            return Err(io::Error::other("no socket to listen on"));
        }
        Ok(Self {
            sockets,
            next: Cell::new(0),
        })
    }
}

/// A socket that listens.
pub(super) fn socket(at: &ListenAddr) -> io::Result<std::net::TcpListener> {
    let socket = bound(at.addr, at.shared)?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// A bound socket that does not listen yet.
pub(super) fn bound(addr: SocketAddr, shared: bool) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(addr),
        Type::STREAM.cloexec(),
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    socket.bind(&addr.into())?;
    Ok(socket)
}

impl Listener for RealListener {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, peer) = match &self.sockets[..] {
            [socket] => socket.accept().await?,
            sockets => {
                poll_fn(|cx| {
                    for turn in 0..sockets.len() {
                        let place = (self.next.get() + turn) % sockets.len();
                        if let Poll::Ready(accepted) = sockets[place].poll_accept(cx) {
                            self.next.set(place + 1);
                            return Poll::Ready(accepted);
                        }
                    }
                    Poll::Pending
                })
                .await?
            }
        };
        stream.set_nodelay(true)?;
        Ok((stream, peer))
    }

    /// The kernel is asked itself: tokio knows only what it was told when it last slept.
    fn accept_waiting(&self) -> Option<(TcpStream, SocketAddr)> {
        let accept = |listener: &TcpListener| -> io::Result<(TcpStream, SocketAddr)> {
            let (socket, peer) = SockRef::from(listener).accept()?;
            socket.set_nonblocking(true)?;
            socket.set_tcp_nodelay(true)?;
            let peer = peer.as_socket().ok_or(io::ErrorKind::Unsupported)?;
            Ok((TcpStream::from_std(socket.into())?, peer))
        };
        self.sockets.iter().find_map(|listener| accept(listener).ok())
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.sockets[0].local_addr()
    }
}
