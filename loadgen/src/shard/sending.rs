//! The course of one request to its hand-over: since when it waits for what, and what of that is recorded.

use super::dial::Dialled;
use super::state::{State, Ticket};
use crate::event::Event;
use crate::record::Handed;
use std::time::Duration;
use tokio::time::Instant;
use world::{Probe, World};

/// A request on a worker, and since when it has not been waiting for a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task {
    pub(super) ticket: Ticket,
    pub(super) granted: Instant,
}

/// The course of one request to its hand-over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sending {
    pub(super) task: Task,
    /// Whether this is the request whose hand-over is the arrival's.
    pub(super) first: bool,
    /// Whether it was handed over before.
    pub(super) again: bool,
    /// When it had its connection.
    pub(super) ready: Instant,
    /// When it was handed to it.
    pub(super) handed: Instant,
    /// How long it waited for a stream on a shared connection.
    pub(super) stream_wait: Duration,
}

impl Sending {
    pub(super) fn new(task: Task, now: Instant) -> Self {
        Self {
            task,
            first: true,
            again: false,
            ready: task.granted,
            handed: now,
            stream_wait: Duration::ZERO,
        }
    }

    /// A later step of a flow.
    pub(super) fn follow(task: Task, now: Instant) -> Self {
        Self {
            first: false,
            ..Self::new(task, now)
        }
    }

    /// Its connection has just been made for it.
    pub(super) fn dialled(&mut self) {
        self.ready = Instant::now();
        self.handed = self.ready;
    }

    /// It has been handed over; `asked` tells what it is. The recording knows of the first time alone, the probe of all.
    pub(super) fn sent<W: World, P: Probe<Event>>(
        &mut self,
        state: &State<W, P>,
        connection: u64,
        dialled: Option<Dialled>,
        asked: impl FnOnce(u64) -> Event,
    ) {
        let due = self.task.ticket.due;
        state.exchanged(due);
        if std::mem::replace(&mut self.again, true) {
            state.resent(due, connection);
            return;
        }
        state.sent(due, connection, asked);
        if self.first {
            let times = self.times(state.start.get() + due.at, dialled);
            state.handed_over(due, self.handed, times);
        }
    }

    /// What the recording wants to know of the hand-over. The wait for a connection, and making one, are neither the
    /// target's service nor the generator's lag.
    fn times(&self, due_at: Instant, dialled: Option<Dialled>) -> Handed {
        let Task { ticket, granted } = self.task;
        Handed {
            lag: ticket.released.saturating_duration_since(due_at)
                + self.handed.saturating_duration_since(self.ready),
            pool_wait: granted.saturating_duration_since(ticket.released) + self.stream_wait,
            connect: dialled.map(|dialled| dialled.connect),
            tls: dialled.and_then(|dialled| dialled.tls),
        }
    }
}
