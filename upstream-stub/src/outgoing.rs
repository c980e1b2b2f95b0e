//! The body of an answer on its way out, with the request's ticket, and cut short where a fault says so.
//!
//! A truncated body announces its full length (or is chunked and lacks the last chunk), sends half of it, lets
//! that be flushed, and then cuts the connection.

use crate::event::{Event, Fault};
use crate::frames::Frames;
use crate::message::{Cut, Flow};
use crate::pattern;
use crate::session::Ticket;
use bytes::Bytes;
use std::task::{Context, Poll, ready};
use world::{Probe, World};

/// Where the bytes come from.
pub(crate) enum Source {
    Empty,
    /// One piece.
    Piece(Bytes),
    /// The pattern.
    Pattern {
        sent: u64,
        left: u64,
    },
    Frames(Box<Frames>),
    /// The request's own body.
    Echo(Box<dyn Flow>),
}

/// What may still be sent before the cut.
enum Allowance {
    Bytes(u64),
    Pieces(u64),
}

pub(crate) struct Outgoing<W: World, P: Probe<Event>> {
    source: Source,
    /// Gone once the answer has ended one way or the other.
    ticket: Option<Ticket<W, P>>,
    allowance: Option<Allowance>,
    /// Once the cut is near: the flushes that do not count.
    flushing_since: Option<u64>,
}

impl<W: World, P: Probe<Event>> Outgoing<W, P> {
    /// A body that goes out as it should. Without a ticket nobody is told of its end.
    pub(crate) fn new(source: Source, ticket: Option<Ticket<W, P>>) -> Self {
        let mut body = Self {
            source,
            ticket,
            allowance: None,
            flushing_since: None,
        };
        if body.source.is_done() {
            body.complete();
        }
        body
    }

    /// A body of which half goes out. A body of one byte or none announces two.
    pub(crate) fn truncated(source: Source, ticket: Ticket<W, P>) -> Self {
        let (source, allowance) = match source {
            Source::Frames(frames) => match frames.left() {
                Some(bytes) if bytes > 1 => (Source::Frames(frames), Allowance::Bytes(bytes / 2)),
                Some(_) => (Source::Pattern { sent: 0, left: 2 }, Allowance::Bytes(1)),
                None => {
                    let pieces = Allowance::Pieces(frames.count() / 2);
                    (Source::Frames(frames), pieces)
                }
            },
            Source::Echo(flow) => {
                let allowance = flow
                    .left()
                    .map_or(Allowance::Pieces(1), |bytes| Allowance::Bytes(bytes / 2));
                (Source::Echo(flow), allowance)
            }
            other => match other.left() {
                Some(bytes) if bytes > 1 => (other, Allowance::Bytes(bytes / 2)),
                _ => (Source::Pattern { sent: 0, left: 2 }, Allowance::Bytes(1)),
            },
        };
        Self {
            source,
            ticket: Some(ticket),
            allowance: Some(allowance),
            flushing_since: None,
        }
    }

    fn complete(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            ticket.completed();
        }
    }

    /// Lets everything leave that was handed out, and then cuts the connection.
    fn cut(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cut>>> {
        if let Some(ticket) = &self.ticket {
            ready!(ticket.poll_flushed(&mut self.flushing_since, cx));
        }
        if let Some(ticket) = self.ticket.take() {
            ticket.injected(Fault::Truncate);
        }
        Poll::Ready(Some(Err(Cut)))
    }
}

impl<W: World, P: Probe<Event>> Flow for Outgoing<W, P> {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cut>>> {
        if self.allowance.as_ref().is_some_and(Allowance::is_used_up) {
            return self.cut(cx);
        }
        let piece = match ready!(self.source.poll_next(cx)) {
            Some(Ok(piece)) => piece,
            Some(Err(Cut)) => return Poll::Ready(Some(Err(Cut))),
            None => {
                self.complete();
                return Poll::Ready(None);
            }
        };
        let Some(allowance) = &mut self.allowance else {
            if self.source.is_done() {
                self.complete();
            }
            return Poll::Ready(Some(Ok(piece)));
        };
        Poll::Ready(Some(Ok(allowance.take(piece))))
    }

    fn left(&self) -> Option<u64> {
        self.source.left()
    }

    fn is_done(&self) -> bool {
        self.allowance.is_none() && self.source.is_done()
    }
}

impl Allowance {
    fn is_used_up(&self) -> bool {
        matches!(self, Self::Bytes(0) | Self::Pieces(0))
    }

    fn take(&mut self, mut piece: Bytes) -> Bytes {
        match self {
            Self::Bytes(left) => {
                piece.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= piece.len() as u64;
            }
            Self::Pieces(left) => *left -= 1,
        }
        piece
    }
}

impl Flow for Source {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cut>>> {
        match self {
            Self::Empty => Poll::Ready(None),
            Self::Piece(_) => match std::mem::replace(self, Self::Empty) {
                Self::Piece(piece) => Poll::Ready(Some(Ok(piece))),
                _ => Poll::Ready(None),
            },
            Self::Pattern { left: 0, .. } => Poll::Ready(None),
            Self::Pattern { sent, left } => {
                let piece = pattern::slice(*sent, *left);
                *sent += piece.len() as u64;
                *left -= piece.len() as u64;
                Poll::Ready(Some(Ok(piece)))
            }
            Self::Frames(frames) => frames.poll_next(cx),
            Self::Echo(flow) => flow.poll_next(cx),
        }
    }

    fn left(&self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Piece(piece) => Some(piece.len() as u64),
            Self::Pattern { left, .. } => Some(*left),
            Self::Frames(frames) => frames.left(),
            Self::Echo(flow) => flow.left(),
        }
    }

    fn is_done(&self) -> bool {
        match self {
            Self::Frames(frames) => frames.is_done(),
            Self::Echo(flow) => flow.is_done(),
            other => other.left() == Some(0),
        }
    }
}
