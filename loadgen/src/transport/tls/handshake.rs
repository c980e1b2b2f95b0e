//! A connection becomes a secured one.

use super::config::{TlsSpec, build};
use super::explain::explain;
use super::stream::Transport;
use rustls::pki_types::ServerName;
use rustls::{HandshakeKind, ProtocolVersion};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

/// TLS as one run speaks it. Clones are cheap and share their sessions, over threads too.
#[derive(Clone)]
pub struct Tls {
    connector: TlsConnector,
    name: Arc<ServerName<'static>>,
    /// The one protocol that is offered.
    alpn: &'static str,
}

/// A secured connection, and what was agreed on.
pub(crate) struct Secured<S> {
    pub stream: Transport<S>,
    /// A session was resumed: no certificate was shown or checked.
    pub resumed: bool,
    #[cfg_attr(not(test), expect(dead_code, reason = "tests look at it"))]
    pub version: &'static str,
    /// Nothing from servers that do not know the extension; they are taken to speak HTTP/1.1.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests look at it"))]
    pub alpn: Option<&'static str>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("name", &self.name)
            .field("alpn", &self.alpn)
            .finish_non_exhaustive()
    }
}

impl Tls {
    /// Checks everything; every error at once. `unix_now` is the wall clock as it stands, see [`world::World::unix_now`].
    pub fn new(spec: &TlsSpec, unix_now: Duration) -> Result<Self, Vec<String>> {
        let (name, config) = build(spec, unix_now)?;
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            name: Arc::new(name),
            alpn: spec.alpn(),
        })
    }

    /// The handshake, whole. In TLS 1.3 a server may still refuse a client's certificate behind it: that is the error of
    /// the first read. An error says what to do about it.
    pub(crate) async fn handshake<S>(&self, stream: S) -> io::Result<Secured<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let stream = self
            .connector
            .connect(ServerName::clone(&self.name), stream)
            .await;
        let stream = Box::new(stream.map_err(|error| refused(error, self.alpn))?);
        let (_, session) = stream.get_ref();
        let resumed = session.handshake_kind() == Some(HandshakeKind::Resumed);
        let version = match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
            Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
            // rustls has no other
            _ => "TLS",
        };
        // one was offered, and rustls refuses a server that picks another
        let alpn = session.alpn_protocol().map(|_| self.alpn);
        if alpn.is_none() && self.alpn == "h2" {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "the server agrees to no protocol, so it speaks no h2: drop --http2",
            ));
        }
        let stream = Transport::Tls(stream);
        Ok(Secured {
            stream,
            resumed,
            version,
            alpn,
        })
    }
}

fn refused(error: io::Error, alpn: &str) -> io::Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        let text = "the server ended the connection in the middle of the TLS handshake";
        return io::Error::new(error.kind(), text);
    }
    explain(error, alpn)
}
