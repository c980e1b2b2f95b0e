//! Requests, answers and bodies as the rest of this crate knows them: the seam to the HTTP engine.
//!
//! One module below the server knows the engine; all others speak these types. A body is polled, never
//! buffered: memory stays flat whatever its size. `http` types (header names and values) are plain data and
//! belong to no engine.

use bytes::Bytes;
use http::{HeaderMap, Method, request};
use std::task::{Context, Poll};

/// The connection is to be dropped now, with whatever was not sent yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut;

/// Bytes on their way, in either direction.
pub(crate) trait Flow: Unpin {
    /// The next piece; `None` at the end; `Err` when it cannot be completed.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cut>>>;

    /// Bytes still to come, if that is known.
    fn left(&self) -> Option<u64>;

    /// Whether nothing is left, known without polling.
    fn is_done(&self) -> bool {
        self.left() == Some(0)
    }
}

/// A request's head.
pub(crate) struct Head(pub(crate) request::Parts);

impl Head {
    pub(crate) fn method(&self) -> &Method {
        &self.0.method
    }

    pub(crate) fn path(&self) -> &str {
        self.0.uri.path()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }
}

/// An answer. Its length is announced if the body knows it, chunked otherwise.
pub(crate) struct Answer<B> {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: B,
}

/// Answers the requests of one connection, one after the other. Cloned per request: make that cheap.
pub(crate) trait Handler: Clone + 'static {
    type Body: Flow + 'static;

    /// `upload` is the request's body, `None` if it has none. `Err` drops the connection. The future is
    /// dropped when the client hangs up.
    async fn handle<U: Flow + 'static>(
        &self,
        head: Head,
        upload: Option<U>,
    ) -> Result<Answer<Self::Body>, Cut>;
}
