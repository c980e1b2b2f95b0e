//! Whether an address is free, and holding it while several sockets are bound to it.
//!
//! `SO_REUSEPORT` lets a second process listen beside the first without a word. A gateway that was started
//! twice by mistake would then share its port with itself, so the address is first bound without the option,
//! which fails if anyone listens there, and only then held with it. Between the two steps another process
//! could slip in; then it shares the port, as it could at any later time.

use super::listen::bound;
use std::io;
use std::net::SocketAddr;

/// An address that is ours. While it lives the port cannot be given to anybody who does not share; the socket
/// behind it never listens, so no connection is ever queued on it.
#[derive(Debug)]
pub struct Reservation {
    addr: SocketAddr,
    _socket: socket2::Socket,
}

impl Reservation {
    /// Fails with `AddrInUse` when the port is taken. Port 0 picks a free one.
    pub fn new(addr: SocketAddr) -> io::Result<Self> {
        let alone = bound(addr, false)?;
        // SO_REUSEADDR lets two sockets bind one port as long as neither listens: only listening tells
        alone.listen(1)?;
        let addr = alone
            .local_addr()?
            .as_socket()
            .ok_or_else(|| io::Error::other("not an IP address"))?;
        drop(alone);
        Ok(Self {
            addr,
            _socket: bound(addr, true)?,
        })
    }

    /// The address with the port that was picked.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken_port_is_refused_even_when_the_holder_shares() {
        let any: SocketAddr = "127.0.0.1:0".parse().expect("literal");
        let first = Reservation::new(any).expect("free port");
        let listening = bound(first.addr(), true).expect("shared");
        listening.listen(1).expect("listens");
        let second = Reservation::new(first.addr()).expect_err("taken");
        assert_eq!(second.kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn reserved_port_can_be_listened_on_by_several() {
        let held = Reservation::new("127.0.0.1:0".parse().expect("literal")).expect("free port");
        let listeners: Vec<_> = (0..3)
            .map(|_| {
                let s = bound(held.addr(), true).expect("shared");
                s.listen(1).expect("listens");
                s
            })
            .collect();
        assert_eq!(listeners.len(), 3);
    }
}
