//! A connection that is lent for one exchange.

use super::idle::Pooled;
use super::place::Place;
use super::shelf::Shelf;
use crate::message::Upload;
use crate::state::Held;
use http1::io::{BodyError, Incoming, Receiving};
use std::rc::Rc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

/// Held by the answer while its body is read. [`Lease::give_back`] when the body has ended; dropping it
/// instead closes the connection, which tells the upstream that nobody waits any more.
///
/// Its fields are dropped in this order: no slot is free whose connection is still open.
pub(crate) struct Lease<S> {
    pub(crate) receiving: Receiving<S, Upload<Incoming<S>>>,
    pub(super) shelf: Rc<Shelf<S>>,
    pub(super) replica: usize,
    pub(super) place: Place,
    /// At the upstream, and at the replica.
    pub(super) _in_flight: (Held, Held),
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

    /// Whose answer it is.
    pub(crate) fn replica(&self) -> usize {
        self.replica
    }

    /// Closes the connection, because its answer broke off.
    pub(crate) fn broke(self, error: &BodyError) {
        self.shelf.count_broken(error);
    }
}
