//! The two bodies that go through the proxy: the request's, noted as it goes, and the answer's.

use super::Authorised;
use super::streams::{Downstream, Upstream};
use http1::io::{Body, BodyError, Chunk, Connection, Full, Incoming, Receiving};
use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll};

/// A request's body. What is taken from it is what was authorised.
pub(crate) struct Noted {
    pub(crate) body: Incoming<Downstream>,
    pub(crate) entry: Rc<Authorised>,
}

impl Body for Noted {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        let ready = self.body.poll_ready(cx);
        if let Poll::Ready(Ok(false)) = ready {
            self.entry.complete.set(true);
        }
        ready
    }

    fn bytes(&self) -> Chunk<'_> {
        self.body.bytes()
    }

    fn consume(&mut self, len: usize) {
        self.entry
            .body
            .borrow_mut()
            .extend_from_slice(&self.body.bytes()[..len]);
        self.body.consume(len);
        if self.body.is_done() {
            self.entry.complete.set(true);
        }
    }

    fn length(&self) -> Option<u64> {
        self.body.length()
    }
}

/// An idle connection to the upstream and its number.
pub(crate) type Idle = Rc<RefCell<Option<(usize, Connection<Upstream>)>>>;

/// An answer's body: the upstream's, or none. The connection is idle again as soon as it has ended.
pub(crate) enum Relayed {
    Upstream {
        receiving: Receiving<Upstream, Noted>,
        number: usize,
        idle: Idle,
    },
    Ended(Full<&'static [u8]>),
}

impl Relayed {
    pub(crate) fn nothing() -> Self {
        Self::Ended(Full::new(&[]))
    }

    /// Where the answer is the proxy's own: not to be sent where there are no bodies.
    pub(crate) fn own() -> Self {
        Self::Ended(Full::new(b"no"))
    }

    pub(crate) fn end(&mut self) {
        if let Self::Upstream {
            receiving,
            number,
            idle,
        } = std::mem::replace(self, Self::nothing())
            && let Ok(connection) = receiving.finish()
        {
            *idle.borrow_mut() = Some((number, connection));
        }
    }
}

impl Body for Relayed {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        let ready = match self {
            Self::Upstream { receiving, .. } => receiving.poll_ready(cx),
            Self::Ended(body) => body.poll_ready(cx),
        };
        if let Poll::Ready(Ok(false)) = ready {
            self.end();
        }
        ready
    }

    fn bytes(&self) -> Chunk<'_> {
        match self {
            Self::Upstream { receiving, .. } => receiving.bytes(),
            Self::Ended(body) => body.bytes(),
        }
    }

    fn consume(&mut self, len: usize) {
        match self {
            Self::Upstream { receiving, .. } => receiving.consume(len),
            Self::Ended(body) => body.consume(len),
        }
        if self.is_done() {
            self.end();
        }
    }

    fn length(&self) -> Option<u64> {
        match self {
            Self::Upstream { receiving, .. } => receiving.length(),
            Self::Ended(body) => body.length(),
        }
    }
}
