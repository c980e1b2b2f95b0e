//! A request that waits for a connection.
//!
//! It may go away at any time, its client gone or its deadline over: what was granted to it by then is passed on.

use super::idle::Pooled;
use super::shelf::Shelf;
use crate::state::{Granted, Slot, Ticket};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::time::Instant;

pub(super) struct Waiting<'a, S> {
    shelf: &'a Shelf<S>,
    ticket: Ticket,
}

/// What the wait has brought.
pub(super) enum Obtained<S> {
    /// A connection that was somebody else's until now.
    Connection(Pooled<S>),
    /// The right to dial one.
    Slot(Slot),
}

impl<'a, S> Waiting<'a, S> {
    /// `None` if `most` wait already.
    pub(super) fn new(shelf: &'a Shelf<S>, replica: usize, most: usize) -> Option<Self> {
        let state = &shelf.state;
        let (ticket, is_first) = state.slots.wait(shelf.home(replica), Instant::now(), most)?;
        if is_first {
            // the first asks for all: others give up what they have for as long as anybody waits
            state.asked.ask_others(shelf.worker);
        }
        Some(Self { shelf, ticket })
    }
}

impl<S> Future for Waiting<'_, S> {
    type Output = Obtained<S>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Obtained<S>> {
        let granted = ready!(self.ticket.poll(cx.waker()));
        Poll::Ready(match granted {
            Granted::Slot(slot) => Obtained::Slot(slot),
            Granted::Connection => {
                let handed = self.shelf.fetch(self.ticket.number());
                let handed =
                    handed.expect("whoever grants a connection puts it on the shelf in the same turn");
                Obtained::Connection(handed.pooled)
            }
        })
    }
}

impl<S> Drop for Waiting<'_, S> {
    fn drop(&mut self) {
        if let Some(Granted::Connection) = self.ticket.end()
            && let Some(handed) = self.shelf.fetch(self.ticket.number())
        {
            self.shelf.pass_on(handed);
        }
    }
}
