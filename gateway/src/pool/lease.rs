//! A connection that is lent for one exchange.

use super::shelf::Shelf;
use crate::message::Progress;
use crate::state::Held;
use crate::wire::client::Connection;
use std::rc::Rc;
use tokio::time::Instant;

/// Held by the answer while its body is read. [`Lease::give_back`] when the body has ended; dropping it
/// instead closes the connection, which tells the upstream that nobody waits any more.
pub(crate) struct Lease {
    pub(super) connection: Connection,
    pub(super) shelf: Rc<Shelf>,
    pub(super) replica: usize,
    pub(super) upload: Option<Rc<Progress>>,
    pub(super) _in_flight: Held,
}

impl Lease {
    /// Keeps the connection for the next request. An upstream that answered before it had read all of the
    /// request leaves the rest of the body on the way, so such a connection is closed instead.
    pub(crate) fn give_back(self, now: Instant) {
        if self.upload.is_none_or(|upload| upload.ended.get()) {
            self.shelf.keep(self.replica, self.connection, now);
        }
    }
}
