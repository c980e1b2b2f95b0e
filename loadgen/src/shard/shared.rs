//! HTTP/2 connections of a shard, each carrying many requests at once.
//!
//! A request goes to the connection with the fewest on it. As long as there may be more connections and none is idle, it
//! makes one of its own, so that `connections` means the same as with HTTP/1.1; beyond that they are shared, and a
//! request for which the server allows no stream yet waits on its connection.

use super::line::Line;
use crate::transport::http2::Http2;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use tokio::sync::Notify;

/// The connections that may take requests.
#[derive(Default)]
pub(super) struct Shared {
    usable: RefCell<Vec<Rc<Many>>>,
    dialling: Cell<usize>,
    /// A dial has ended, well or not.
    dialled: Notify,
}

/// One connection.
struct Many {
    line: Line<Http2>,
    carried: Cell<u64>,
    /// Requests that were given to it and have no outcome.
    busy: Cell<usize>,
}

/// A place on a connection, until it is dropped.
pub(super) struct Place(Rc<Many>);

impl Place {
    pub(super) fn http2(&self) -> &Http2 {
        &self.0.line.connection
    }

    pub(super) fn number(&self) -> u64 {
        self.0.line.number
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.busy.set(self.0.busy.get().saturating_sub(1));
    }
}

/// What a request that wants a place is to do.
pub(super) enum Offer<'a> {
    Take(Place),
    /// Make a connection, which is counted as long as this lives.
    Dial(Dialling<'a>),
    /// All are being made for others: [`Shared::dialled`], then ask again.
    Wait,
}

impl Shared {
    pub(super) fn offer(&self, connections_max: usize, carried_max: Option<u64>) -> Offer<'_> {
        let mut all = self.usable.borrow_mut();
        all.retain(|many| many.line.connection.is_usable());
        let least = all.iter().min_by_key(|many| many.busy.get()).cloned();
        let room = all.len() + self.dialling.get() < connections_max;
        drop(all);
        match least {
            Some(least) if least.busy.get() == 0 || !room => Offer::Take(self.take(least, carried_max)),
            _ if room => Offer::Dial(Dialling::begin(self)),
            _ => Offer::Wait,
        }
    }

    /// Counts the dial of a connection ahead of the requests.
    pub(super) fn dial(&self) -> Dialling<'_> {
        Dialling::begin(self)
    }

    /// A place on a connection that has just been made.
    pub(super) fn add(&self, line: Line<Http2>, carried_max: Option<u64>) -> Place {
        let many = self.insert(line);
        self.take(many, carried_max)
    }

    /// A connection that has just been made, with nobody on it.
    pub(super) fn put(&self, line: Line<Http2>) {
        self.insert(line);
    }

    fn insert(&self, line: Line<Http2>) -> Rc<Many> {
        let many = Rc::new(Many {
            line,
            carried: Cell::new(0),
            busy: Cell::new(0),
        });
        self.usable.borrow_mut().push(Rc::clone(&many));
        many
    }

    /// Returns when a dial has ended, well or not.
    pub(super) async fn dialled(&self) {
        self.dialled.notified().await;
    }

    fn take(&self, many: Rc<Many>, carried_max: Option<u64>) -> Place {
        many.busy.set(many.busy.get() + 1);
        many.carried.set(many.carried.get() + 1);
        if carried_max.is_some_and(|most| many.carried.get() >= most) {
            // whoever is on it keeps it alive to the end of its own exchange
            self.usable.borrow_mut().retain(|other| !Rc::ptr_eq(other, &many));
        }
        Place(many)
    }
}

/// A dial that is being made, until it is dropped: a cancelled one must not be counted for ever.
pub(super) struct Dialling<'a>(&'a Shared);

impl<'a> Dialling<'a> {
    fn begin(shared: &'a Shared) -> Self {
        shared.dialling.set(shared.dialling.get() + 1);
        Self(shared)
    }
}

impl Drop for Dialling<'_> {
    fn drop(&mut self) {
        self.0.dialling.set(self.0.dialling.get().saturating_sub(1));
        self.0.dialled.notify_waiters();
    }
}
