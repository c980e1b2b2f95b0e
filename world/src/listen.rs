//! Where to listen.

use std::net::SocketAddr;

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddr {
    pub addr: SocketAddr,
    /// Several workers listen on this address at once and the kernel spreads connections over them
    /// (`SO_REUSEPORT`). In the simulator workers take turns.
    pub shared: bool,
}

impl ListenAddr {
    /// One listener, alone on its address.
    pub fn alone(addr: SocketAddr) -> Self {
        Self { addr, shared: false }
    }

    /// One of several listeners on the same address.
    pub fn shared(addr: SocketAddr) -> Self {
        Self { addr, shared: true }
    }
}
