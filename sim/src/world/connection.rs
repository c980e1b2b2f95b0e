//! What both ends of a simulated connection share.
//!
//! turmoil counts segments of any size, so it knows no back-pressure by bytes, and it cannot reset a
//! stream from outside. Both ends therefore meet here: how many bytes one wrote that the other has not read,
//! whether an end was reset, and the wakers to tell it. A window update travels in no time, as turmoil's own
//! credits do.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::task::{Context, Waker};

/// Which end: the one that connected.
pub(super) const CLIENT: usize = 0;
/// Which end: the one that accepted.
pub(super) const SERVER: usize = 1;

pub(super) struct Connection {
    pub(super) id: u64,
    /// Client's and server's socket.
    pub(super) sockets: (SocketAddr, SocketAddr),
    /// Host numbers, client first.
    pub(super) hosts: [u64; 2],
    pub(super) ends: [End; 2],
    /// Bytes or a FIN were lost: no later segment can be read. Reset at the heal.
    pub(super) lost: Cell<bool>,
}

#[derive(Default)]
pub(super) struct End {
    /// Bytes this end wrote and the other end has not read.
    pub(super) unread: Cell<usize>,
    /// The world reset this end.
    pub(super) reset: Cell<bool>,
    /// A reset is on its way to this end.
    pub(super) reset_due: Cell<bool>,
    /// A program came to hold this end. Until then nobody tells the other one when the program is killed.
    pub(super) owned: Cell<bool>,
    /// This end is gone.
    pub(super) closed: Cell<bool>,
    reading: RefCell<Option<Waker>>,
    writing: RefCell<Option<Waker>>,
}

impl Connection {
    pub(super) fn new(id: u64, sockets: (SocketAddr, SocketAddr), hosts: [u64; 2]) -> Self {
        Self {
            id,
            sockets,
            hosts,
            ends: Default::default(),
            lost: Cell::new(false),
        }
    }

    pub(super) fn is_between(&self, a: u64, b: u64) -> bool {
        self.hosts == [a, b] || self.hosts == [b, a]
    }
}

impl End {
    pub(super) fn park_reader(&self, cx: &Context<'_>) {
        park(&self.reading, cx);
    }

    pub(super) fn park_writer(&self, cx: &Context<'_>) {
        park(&self.writing, cx);
    }

    pub(super) fn wake_writer(&self) {
        wake(&self.writing);
    }

    /// Everything that waits on this end looks again.
    pub(super) fn wake_all(&self) {
        wake(&self.reading);
        wake(&self.writing);
    }
}

fn park(slot: &RefCell<Option<Waker>>, cx: &Context<'_>) {
    let mut slot = slot.borrow_mut();
    match &mut *slot {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *slot = Some(cx.waker().clone()),
    }
}

fn wake(slot: &RefCell<Option<Waker>>) {
    // taken out first: waking may run code that parks again
    let waker = slot.borrow_mut().take();
    if let Some(waker) = waker {
        waker.wake();
    }
}
