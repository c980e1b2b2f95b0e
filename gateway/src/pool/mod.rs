//! Upstream connections, the only upstream I/O: dial, keep, lend, send.
//!
//! Each worker keeps its own idle connections, last in first out, so that the common path takes no lock and a
//! quiet upstream sheds the connections it no longer needs. The number of connections is bounded globally: a request that
//! finds none idle dials in a free slot, or in that of an idle connection to another replica, which is closed; else it
//! waits. Whoever is done with a connection passes it, or its slot, on to those who wait (`state::Slots`), and keeps it
//! idle only if nobody does. Nothing of this runs while there is an idle connection at hand.
//!
//! A pooled connection found dead before the first byte was written is dialled anew for any method: the
//! upstream has seen nothing. After any byte the request is never sent again from here; that is the retry
//! policy's business.

mod idle;
mod lease;
mod picker;
mod place;
mod shelf;
#[cfg(test)]
mod tests;
mod upstream;
mod waiting;

pub(crate) use lease::{Lease, Switched};
pub(crate) use picker::{Affinity, Chance};
pub(crate) use upstream::{Failure, Upstream};

use crate::message::Upload;
use http1::io::Incoming;
use http1::write::FramedRequest;
use std::cell::Cell;

/// What a request's client sends, on its way up.
pub(crate) type Content<S> = Box<Upload<Incoming<S>>>;

/// A request on its way to a replica. It stays with its caller while it is sent, so that it can be sent again.
pub(crate) struct Outgoing<S> {
    pub(crate) request: FramedRequest,
    /// Taken by the answer, which may come before all of it has gone. Boxed: most requests have none, and pay for its size each time
    /// that they go from hand to hand.
    pub(crate) upload: Option<Content<S>>,
    /// A byte of it was written in the attempt under way, or in the last one.
    pub(crate) begun: Cell<bool>,
    /// It waits for others to be done with a connection.
    pub(crate) pending: Cell<bool>,
    /// It did: the time that it has taken is not its replica's.
    pub(crate) waited: Cell<bool>,
    /// A connection for it is being made, which its replica has to answer.
    pub(crate) dialling: Cell<bool>,
}

impl<S> Outgoing<S> {
    pub(crate) fn new(request: FramedRequest, upload: Option<Content<S>>) -> Self {
        Self {
            request,
            upload,
            begun: Cell::new(false),
            pending: Cell::new(false),
            waited: Cell::new(false),
            dialling: Cell::new(false),
        }
    }
}
