//! HTTP/2 connections of a shard, each carrying many requests at once.
//!
//! A request goes to the connection with the fewest on it. As long as there may be more connections and none is idle, it
//! makes one of its own, so that `connections` means the same as with HTTP/1.1; beyond that they are shared, and a
//! request for which the server allows no stream yet waits on its connection.

use super::dial::{Dialled, Fault, Line, dial_http2};
use super::state::State;
use crate::event::Event;
use crate::transport::http2::Http2;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use tokio::sync::Notify;
use world::{Probe, World};

/// The connections that may take requests.
#[derive(Default)]
pub(super) struct Shared {
    usable: RefCell<Vec<Rc<Many>>>,
    dialling: Cell<usize>,
    /// A dial has ended, well or not.
    dialled: Notify,
}

/// One connection.
pub(super) struct Many {
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

impl Shared {
    /// A place on a connection, and what making it took if it was made for this.
    pub(super) async fn place<W: World, P: Probe<Event>>(
        &self,
        state: &State<W, P>,
    ) -> Result<(Place, Option<Dialled>), Fault> {
        let spec = state.job.spec();
        loop {
            self.usable
                .borrow_mut()
                .retain(|many| many.line.connection.is_usable());
            let least = self
                .usable
                .borrow()
                .iter()
                .min_by_key(|many| many.busy.get())
                .cloned();
            let open = self.usable.borrow().len() + self.dialling.get();
            match least {
                Some(least) if least.busy.get() == 0 || open >= state.connections_max => {
                    return Ok((self.take(least, spec.requests_per_connection), None));
                }
                _ if open < state.connections_max => {}
                _ => {
                    self.dialled.notified().await;
                    continue;
                }
            }
            let (many, dialled) = self.dial(state).await?;
            return Ok((self.take(many, spec.requests_per_connection), Some(dialled)));
        }
    }

    /// Makes a connection ahead of the requests.
    pub(super) async fn open<W: World, P: Probe<Event>>(&self, state: &State<W, P>) -> Result<(), Fault> {
        self.dial(state).await.map(|_| ())
    }

    async fn dial<W: World, P: Probe<Event>>(
        &self,
        state: &State<W, P>,
    ) -> Result<(Rc<Many>, Dialled), Fault> {
        let dialling = Dialling::begin(self);
        let made = dial_http2(state).await;
        drop(dialling);
        let (line, dialled) = made?;
        let many = Rc::new(Many {
            line,
            carried: Cell::new(0),
            busy: Cell::new(0),
        });
        self.usable.borrow_mut().push(Rc::clone(&many));
        Ok((many, dialled))
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
struct Dialling<'a>(&'a Shared);

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
