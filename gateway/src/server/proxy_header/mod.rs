//! The header by which a balancer of connections says whom it speaks for: the PROXY protocol, versions 1 and 2.
//!
//! Pure: bytes in, a verdict out. It is read again from its start whenever more has come, which is no more than 552 bytes and
//! happens once in a connection's life; nothing is guessed from the middle of it. There is no leniency here either:
//! whoever may say who a client is says it right, or is hung up on.
//!
//! Reference: "The PROXY protocol", haproxy/doc/proxy-protocol.txt, §2.

mod v1;
mod v2;

use std::net::SocketAddr;

/// Bytes of the longest header there is.
pub(super) const BYTES_MAX: usize = v2::BYTES_MAX;

/// A header that is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Its bytes; what follows is the client's.
    pub(super) len: usize,
    /// The client; `None`: the peer speaks for itself, or does not know.
    pub(super) source: Option<SocketAddr>,
}

/// It is no header, and never will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// Reads the header at the front of what has come so far; `None` as long as it may still become one.
pub(super) fn parse(received: &[u8]) -> Result<Option<Header>, Malformed> {
    match received.first() {
        None => Ok(None),
        Some(b'P') => v1::parse(received),
        Some(_) => v2::parse(received),
    }
}

/// Whether what has come so far is, or may become, one that begins with `signature`.
fn begins(received: &[u8], signature: &[u8]) -> bool {
    let len = received.len().min(signature.len());
    received[..len] == signature[..len]
}

#[cfg(test)]
mod tests;
