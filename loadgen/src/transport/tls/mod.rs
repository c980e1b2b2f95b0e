//! TLS 1.2 and 1.3 as a client, by rustls over aws-lc.
//!
//! [`TlsSpec`] is what the user typed, [`Tls`] has been checked, is shared by all threads of a run and makes a
//! [`Secured`] of any stream. [`Transport`] is that stream or a plain one: who is above need not know which.
//!
//! - ALPN is exactly one protocol: a run measures HTTP/1.1 or HTTP/2, never what a server happens to prefer.
//! - Resumption is of the whole run: any dial may use the session of any earlier one. Switched off, every dial is a full
//!   handshake. No early data: an answer to it could not be told from one to a replay.
//! - The wall clock, for what has expired, is the one given at the start plus the time that has passed since.
//! - Keys and nonces are the operating system's chance, not the seed's: nothing that decides depends on them.

mod clock;
mod config;
mod explain;
mod handshake;
mod roots;
mod sessions;
mod stream;
mod unchecked;

#[cfg(test)]
mod tests;

pub use config::TlsSpec;
pub use handshake::Tls;
pub(crate) use stream::Transport;
