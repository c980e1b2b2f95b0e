//! The body of an answer on its way out, with the request's ticket, and cut short where a fault says so.
//!
//! A truncated body announces its full length (or is chunked and lacks the last chunk), sends half of it, lets
//! that be flushed, and then cuts the connection.

use crate::event::{Event, Fault};
use crate::frames::Frames;
use crate::line::Line;
use crate::message::Page;
use crate::pattern;
use crate::session::Ticket;
use http1::io::{Body, BodyError, Chunk, Incoming};
use std::task::{Context, Poll, ready};
use world::{Probe, World};

/// The body of a request.
pub(crate) type Upload<W> = Incoming<Line<<W as World>::Stream>>;

/// Where the bytes come from.
pub(crate) enum Source<W: World> {
    Empty,
    Piece(Page),
    /// The pattern, from `at` on.
    Pattern {
        at: u64,
        left: u64,
    },
    Frames(Box<Frames>),
    /// The request's own body.
    Echo(Upload<W>),
}

/// What may still be sent before the cut.
enum Allowance {
    Bytes(u64),
    Pieces(u64),
}

pub(crate) struct Outgoing<W: World, P: Probe<Event>> {
    source: Source<W>,
    /// Gone once the answer has ended one way or the other.
    ticket: Option<Ticket<W, P>>,
    /// In a box, because it is rare and every answer is moved a few times.
    cut: Option<Box<Cut>>,
}

/// How an answer is cut short.
struct Cut {
    allowance: Allowance,
    /// Once the cut is near: the flushes that do not count.
    flushing_since: Option<u64>,
}

impl<W: World, P: Probe<Event>> Outgoing<W, P> {
    /// A body that goes out as it should. Without a ticket nobody is told of its end.
    pub(crate) fn new(source: Source<W>, ticket: Option<Ticket<W, P>>) -> Self {
        let mut body = Self {
            source,
            ticket,
            cut: None,
        };
        if body.source.is_done() {
            body.complete();
        }
        body
    }

    /// A body of which half goes out. A body of one byte or none announces two.
    pub(crate) fn truncated(source: Source<W>, ticket: Ticket<W, P>) -> Self {
        let (source, allowance) = match source {
            Source::Frames(frames) => match frames.length() {
                Some(bytes) if bytes > 1 => (Source::Frames(frames), Allowance::Bytes(bytes / 2)),
                Some(_) => (Source::Pattern { at: 0, left: 2 }, Allowance::Bytes(1)),
                None => {
                    let pieces = Allowance::Pieces(frames.count() / 2);
                    (Source::Frames(frames), pieces)
                }
            },
            Source::Echo(upload) => {
                let allowance = upload
                    .length()
                    .map_or(Allowance::Pieces(1), |bytes| Allowance::Bytes(bytes / 2));
                (Source::Echo(upload), allowance)
            }
            other => match other.length() {
                Some(bytes) if bytes > 1 => (other, Allowance::Bytes(bytes / 2)),
                _ => (Source::Pattern { at: 0, left: 2 }, Allowance::Bytes(1)),
            },
        };
        Self {
            source,
            ticket: Some(ticket),
            cut: Some(Box::new(Cut {
                allowance,
                flushing_since: None,
            })),
        }
    }

    fn complete(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            ticket.completed();
        }
    }

    /// Lets everything leave that was handed out, and then cuts the connection.
    fn poll_cut(&mut self, cx: &mut Context<'_>) -> Poll<BodyError> {
        if let (Some(ticket), Some(cut)) = (&self.ticket, &mut self.cut) {
            ready!(ticket.poll_flushed(&mut cut.flushing_since, cx));
        }
        if let Some(ticket) = self.ticket.take() {
            ticket.injected(Fault::Truncate);
        }
        Poll::Ready(BodyError::Other("truncated on purpose"))
    }
}

impl<W: World, P: Probe<Event>> Body for Outgoing<W, P> {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        if self.cut.as_ref().is_some_and(|cut| cut.allowance.is_used_up()) {
            return self.poll_cut(cx).map(Err);
        }
        let more = ready!(self.source.poll_ready(cx))?;
        if !more {
            self.complete();
        }
        Poll::Ready(Ok(more))
    }

    fn bytes(&self) -> Chunk<'_> {
        let piece = self.source.bytes();
        match self.cut.as_ref().map(|cut| &cut.allowance) {
            Some(Allowance::Bytes(left)) => cut_to(piece, *left),
            _ => piece,
        }
    }

    fn consume(&mut self, len: usize) {
        if let Some(cut) = &mut self.cut {
            cut.allowance.take(len, || self.source.bytes().len());
        }
        if P::WANTED
            && let Some(ticket) = &self.ticket
        {
            ticket.handed(&self.source.bytes()[..len]);
        }
        self.source.consume(len);
        if self.cut.is_none() && self.ticket.is_some() && self.source.is_done() {
            self.complete();
        }
    }

    fn length(&self) -> Option<u64> {
        self.source.length()
    }

    fn is_done(&self) -> bool {
        self.cut.is_none() && self.source.is_done()
    }
}

impl Allowance {
    fn is_used_up(&self) -> bool {
        matches!(self, Self::Bytes(0) | Self::Pieces(0))
    }

    /// `len` bytes of a piece were sent that has `whole` of them.
    fn take(&mut self, len: usize, whole: impl FnOnce() -> usize) {
        match self {
            Self::Bytes(left) => *left = left.saturating_sub(len as u64),
            Self::Pieces(left) if len == whole() => *left = left.saturating_sub(1),
            Self::Pieces(_) => {}
        }
    }
}

/// The first `len` bytes of a piece.
fn cut_to(piece: Chunk<'_>, len: u64) -> Chunk<'_> {
    let len = usize::try_from(len).unwrap_or(usize::MAX).min(piece.len());
    match piece {
        Chunk::Slice(bytes) => Chunk::Slice(&bytes[..len]),
        Chunk::Shared(bytes) => Chunk::Shared(std::cell::Ref::map(bytes, |bytes| &bytes[..len])),
    }
}

impl<W: World> Body for Source<W> {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        match self {
            Self::Empty => Poll::Ready(Ok(false)),
            Self::Piece(piece) => piece.poll_ready(cx),
            Self::Pattern { left, .. } => Poll::Ready(Ok(*left > 0)),
            Self::Frames(frames) => frames.poll_ready(cx),
            Self::Echo(upload) => upload.poll_ready(cx),
        }
    }

    fn bytes(&self) -> Chunk<'_> {
        match self {
            Self::Empty => Chunk::Slice(&[]),
            Self::Piece(piece) => piece.bytes(),
            Self::Pattern { at, left } => Chunk::Slice(pattern::slice(*at, *left)),
            Self::Frames(frames) => frames.bytes(),
            Self::Echo(upload) => upload.bytes(),
        }
    }

    fn consume(&mut self, len: usize) {
        match self {
            Self::Empty => {}
            Self::Piece(piece) => piece.consume(len),
            Self::Pattern { at, left } => {
                *at += len as u64;
                *left = left.saturating_sub(len as u64);
            }
            Self::Frames(frames) => frames.consume(len),
            Self::Echo(upload) => upload.consume(len),
        }
    }

    fn length(&self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Piece(piece) => piece.length(),
            Self::Pattern { left, .. } => Some(*left),
            Self::Frames(frames) => frames.length(),
            Self::Echo(upload) => upload.length(),
        }
    }

    fn is_done(&self) -> bool {
        match self {
            Self::Pattern { left, .. } => *left == 0,
            Self::Frames(frames) => frames.is_done(),
            other => other.length() == Some(0),
        }
    }
}
