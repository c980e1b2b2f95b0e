//! A connection that is lent for one exchange.

use super::Content;
use super::idle::Pooled;
use super::place::Place;
use super::shelf::Shelf;
use crate::state::Held;
use http1::connection::Close;
use http1::io::{BodyError, Receiving};
use std::rc::Rc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

/// Held by the answer while its body is read. [`Lease::give_back`] when the body has ended; dropping it
/// instead closes the connection, which tells the upstream that nobody waits any more.
///
/// Its fields are dropped in this order: no slot is free whose connection is still open.
pub(crate) struct Lease<S> {
    pub(crate) receiving: Receiving<S, Content<S>>,
    pub(super) shelf: Rc<Shelf<S>>,
    pub(super) replica: usize,
    pub(super) place: Place,
    /// At the upstream, and at the replica.
    pub(super) _in_flight: (Held, Held),
}

/// A connection that speaks another protocol now. Its fields are dropped in this order, too.
pub(crate) struct Switched<S> {
    pub(crate) stream: S,
    /// What came behind the head of the 101.
    pub(crate) received: Vec<u8>,
    pub(crate) taken: Taken,
}

/// What a connection takes of its upstream's bounds.
pub(crate) struct Taken {
    _place: Place,
    _in_flight: (Held, Held),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Lease<S> {
    /// Keeps the connection for the next request, if it can carry one, or hands it over to one that waits.
    pub(crate) fn give_back(self, now: Instant) {
        match self.receiving.finish() {
            Ok(connection) => {
                let mut place = self.place;
                place.used();
                self.shelf
                    .give_back(self.replica, Pooled { connection, place }, now);
            }
            Err(reason) => self.shelf.count(reason),
        }
    }

    /// The stream of a 101, with what its connection takes of the upstream's bounds. `None` if the upstream has switched before it
    /// had all of the request.
    pub(crate) fn switch(self) -> Option<Box<Switched<S>>> {
        let Self {
            receiving,
            shelf,
            place,
            _in_flight,
            ..
        } = self;
        let (stream, received) = receiving.into_upgraded()?;
        shelf.count(Close::Upgraded);
        Some(Box::new(Switched {
            stream,
            received,
            taken: Taken {
                _place: place,
                _in_flight,
            },
        }))
    }

    /// Whose answer it is.
    pub(crate) fn replica(&self) -> usize {
        self.replica
    }

    /// Closes the connection, because its answer broke off.
    pub(crate) fn broke(self, error: &BodyError) {
        self.shelf.count_broken(error);
    }
}
