//! One connection, and the ticket that each of its requests holds while it is in flight.
//!
//! A ticket ends in exactly one way, and the ledger is told however it ends, even by a `Drop`. The probe is told
//! by running code alone: a request that was aborted is told of by its connection's task once that has ended
//! ([`Session::close`]), because a simulated crash drops everything and must tell nothing.

use crate::event::{Event, Fault, Later, Marks, Who};
use crate::line::Tap;
use crate::marks;
use crate::opening::Opening;
use crate::replica::Replica;
use http1::head::Request;
use http1::io::Buffers;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::time::Instant;
use world::{Probe, World};

pub(crate) struct Session<W: World, P: Probe<Event>> {
    pub(crate) world: W,
    pub(crate) replica: Arc<Replica>,
    /// Zero of the script and of `X-Arrived-At`.
    pub(crate) start: Instant,
    pub(crate) connection: u64,
    /// The thread's.
    pub(crate) buffers: Buffers,
    pub(crate) opening: Opening,
    probe: P,
    tap: Tap,
    /// The request in flight; HTTP/1 has at most one per connection.
    in_flight: Cell<Option<u64>>,
    /// What of its answer was handed out. Only kept where somebody listens; here, because an answer is moved a few times.
    handed: Cell<Handed>,
    /// Whom to blame for what is unfinished.
    blame: Cell<Who>,
}

/// Content so far: its length and sum.
#[derive(Clone, Copy, Default)]
struct Handed {
    bytes: u64,
    crc32: u32,
}

impl<W: World, P: Probe<Event>> Session<W, P> {
    pub(crate) fn open(
        world: W,
        probe: P,
        replica: Arc<Replica>,
        start: Instant,
        buffers: Buffers,
        tap: Tap,
    ) -> Rc<Self> {
        replica.ledger().accepted();
        let connection = replica.next_connection();
        let (in_flight, blame) = (Cell::new(None), Cell::new(Who::Client));
        let session = Self {
            world,
            replica,
            start,
            connection,
            buffers,
            opening: Opening::default(),
            probe,
            tap,
            in_flight,
            handed: Cell::default(),
            blame,
        };
        session.emit(Event::Accepted {
            replica: session.replica.index(),
            connection,
        });
        Rc::new(session)
    }

    pub(crate) fn emit(&self, event: Event) {
        self.probe.emit(event);
    }

    /// The connection is to break off, because the script says so.
    pub(crate) fn take_down(&self) {
        self.tap.break_off();
        self.blame.set(Who::Script);
    }

    /// The connection has ended.
    pub(crate) fn close(&self) {
        let (replica, connection) = (self.replica.index(), self.connection);
        if let Some(number) = self.in_flight.take() {
            self.emit(Event::Aborted {
                replica,
                number,
                by: self.blame.get(),
            });
        }
        self.emit(Event::Closed { replica, connection });
    }
}

impl<W: World, P: Probe<Event>> Drop for Session<W, P> {
    fn drop(&mut self) {
        self.replica.ledger().closed();
    }
}

/// A request in flight.
pub(crate) struct Ticket<W: World, P: Probe<Event>> {
    session: Rc<Session<W, P>>,
    number: u64,
    ended: bool,
}

impl<W: World, P: Probe<Event>> Ticket<W, P> {
    pub(crate) fn open(
        session: &Rc<Session<W, P>>,
        head: &Request<'_>,
        load_id: Option<u64>,
        key: Option<u64>,
    ) -> Self {
        let number = session.replica.next_request();
        session.replica.ledger().request();
        session.in_flight.set(Some(number));
        session.handed.set(Handed::default());
        let (replica, connection) = (session.replica.index(), session.connection);
        if P::WANTED
            && let Some(marks) = Marks::of(head.fields)
        {
            session.emit(Event::Marked { replica, marks });
        }
        if P::WANTED {
            for (ms, in_grpc) in marks::waits_ms(head.fields) {
                session.emit(Event::Waits { replica, ms, in_grpc });
            }
        }
        session.probe.emit_with(|| Event::Request {
            replica,
            connection,
            number,
            method: head.method.number(),
            target_crc32: crc32fast::hash(head.target.as_bytes()),
            load_id,
            key,
        });
        Self {
            session: Rc::clone(session),
            number,
            ended: false,
        }
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn session(&self) -> &Session<W, P> {
        &self.session
    }

    /// Ready when everything written so far has left; `since` is the caller's to keep.
    pub(crate) fn poll_flushed(&self, since: &mut Option<u64>, cx: &mut Context<'_>) -> Poll<()> {
        self.session.tap.poll_flushed(since, cx)
    }

    /// It will say when it wants the request again.
    pub(crate) fn says_later(&self, at: Later) {
        let replica = self.session.replica.index();
        self.session.emit(Event::Later {
            replica,
            number: self.number,
            at,
        });
    }

    /// The answer's head is made.
    pub(crate) fn answered(&self, status: u16) {
        self.session.replica.ledger().answer(status);
        let replica = self.session.replica.index();
        self.session.emit(Event::Answer {
            replica,
            number: self.number,
            status,
        });
    }

    /// A piece of its content was handed to the connection.
    pub(crate) fn handed(&self, piece: &[u8]) {
        let Handed { bytes, crc32 } = self.session.handed.get();
        let mut sum = crc32fast::Hasher::new_with_initial(crc32);
        sum.update(piece);
        self.session.handed.set(Handed {
            bytes: bytes + piece.len() as u64,
            crc32: sum.finalize(),
        });
    }

    /// The whole answer was handed to the connection.
    pub(crate) fn completed(self) {
        self.session.replica.ledger().completed();
        let (replica, number) = (self.session.replica.index(), self.number);
        let Handed { bytes, crc32 } = self.session.handed.get();
        self.end(Event::Finished {
            replica,
            number,
            bytes,
            crc32,
        });
    }

    /// The answer was spoilt on purpose.
    pub(crate) fn injected(self, fault: Fault) {
        if fault == Fault::Reset {
            self.session.tap.break_off();
        }
        self.session.replica.ledger().injected(fault);
        let (replica, number) = (self.session.replica.index(), self.number);
        self.end(Event::Injected {
            replica,
            number,
            fault,
        });
    }

    fn end(mut self, event: Event) {
        self.ended = true;
        self.session.in_flight.set(None);
        self.session.emit(event);
    }
}

impl<W: World, P: Probe<Event>> Drop for Ticket<W, P> {
    fn drop(&mut self) {
        if !self.ended {
            self.session.replica.ledger().aborted(self.session.blame.get());
        }
    }
}
