//! What carries requests beyond HTTP/1.1 over a TCP connection: TLS, HTTP/2, Unix sockets, and where to dial instead.
//!
//! The parts are blind to each other and go on top of each other: a [`net::Net`] gives a stream, [`tls::Tls`] may wrap it into
//! a [`tls::Transport`], and [`http2::Http2`] or the HTTP/1.1 engine runs over any of these. No part has a deadline of its
//! own: the caller brings one, and dropping what it waits for ends it.

pub(crate) mod connect_to;
pub(crate) mod http2;
pub(crate) mod net;
pub(crate) mod tls;

#[cfg(test)]
mod tests;
