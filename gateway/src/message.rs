//! A client's body on its way to an upstream, as the pipeline watches it.
//!
//! Heads and bodies are those of `http1`; this only adds what a route wants to know of an upload.

use crate::planted::{Bug, planted};
use http1::head::Trailers;
use http1::io::{Body, BodyError, Chunk, Full};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use tokio::sync::oneshot;
use tokio::time::Instant;

pub(crate) struct Upload<B> {
    body: Source<B>,
    /// How many more bytes the route takes; `None` is without a bound.
    left: Option<u64>,
    progress: Rc<Progress>,
    /// Who wants a copy, on few routes.
    tap: Option<Box<Tap>>,
    /// What may go behind the content of what came behind it.
    trailers: Option<fn(&Trailers) -> Option<Trailers>>,
    /// What has gone, where the route sends bodies again.
    kept: Option<Box<Kept>>,
}

/// The part of a body that has been taken so far, for another attempt.
struct Kept {
    bytes: Vec<u8>,
    /// How much of it has been taken again.
    again: usize,
    most: usize,
}

impl Kept {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.again..).unwrap_or_default()
    }

    /// Whether there was room.
    fn take(&mut self, bytes: &[u8]) -> bool {
        let room = self.most - self.bytes.len();
        let fits = bytes.len() <= room;
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.again = self.bytes.len();
        fits || planted(Bug::ReplayPartialBody)
    }
}

enum Source<B> {
    Client(B),
    /// What a tap has taken from one.
    Copy(Full<Vec<u8>>),
}

/// Takes a copy of a body while it goes by, up to a bound.
pub(crate) struct Tap {
    taken: Vec<u8>,
    most: u64,
    /// Gone when it has been told.
    tell: Option<oneshot::Sender<Copied>>,
}

/// What has become of a copy. Of a body that does not come to its end nothing is said.
pub(crate) enum Copied {
    Whole(Vec<u8>),
    TooLong,
}

impl Tap {
    pub(crate) fn new(most: u64) -> (Box<Self>, oneshot::Receiver<Copied>) {
        let (tell, told) = oneshot::channel();
        let tap = Self {
            taken: Vec::new(),
            most,
            tell: Some(tell),
        };
        (Box::new(tap), told)
    }

    fn take(&mut self, bytes: &[u8]) {
        if self.tell.is_none() {
            return;
        }
        if (self.taken.len() + bytes.len()) as u64 > self.most {
            self.taken = Vec::new();
            self.tell(Copied::TooLong);
        } else {
            self.taken.extend_from_slice(bytes);
        }
    }

    fn finish(&mut self) {
        if self.tell.is_some() {
            let taken = std::mem::take(&mut self.taken);
            self.tell(Copied::Whole(taken));
        }
    }

    fn tell(&mut self, copied: Copied) {
        if let Some(tell) = self.tell.take() {
            // nobody waits any more when the worker stops
            let _ = tell.send(copied);
        }
    }
}

/// What is known of an upload from outside, after its body was handed to a connection.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) too_large: Cell<bool>,
    /// The client's side of it broke.
    pub(crate) failed: Cell<bool>,
    /// It has gone to its end.
    pub(crate) done: Cell<bool>,
    /// Somebody wants to know when.
    pub(crate) is_timed: Cell<bool>,
    pub(crate) done_at: Cell<Option<Instant>>,
    /// All of it, where it was kept.
    pub(crate) kept: RefCell<Option<Vec<u8>>>,
}

impl<B: Body> Upload<B> {
    /// `None` if there is no body, so that the request may be sent again.
    pub(crate) fn new(
        body: B,
        bytes_max: Option<u64>,
        tap: Option<Box<Tap>>,
        kept_max: u64,
    ) -> Option<(Box<Self>, Rc<Progress>)> {
        if body.is_done() {
            return None;
        }
        let progress = Rc::new(Progress::default());
        let upload = Self {
            body: Source::Client(body),
            left: bytes_max,
            progress: Rc::clone(&progress),
            tap,
            trailers: None,
            kept: (kept_max > 0).then(|| {
                Box::new(Kept {
                    bytes: Vec::new(),
                    again: 0,
                    most: usize::try_from(kept_max).unwrap_or(usize::MAX),
                })
            }),
        };
        Some((Box::new(upload), progress))
    }

    /// Passes on what comes behind the content, as far as `may` lets it.
    pub(crate) fn pass_trailers(&mut self, may: fn(&Trailers) -> Option<Trailers>) {
        self.trailers = Some(may);
    }

    pub(crate) fn progress(&self) -> Rc<Progress> {
        Rc::clone(&self.progress)
    }

    /// Whether another attempt can have all of it.
    pub(crate) fn is_kept(&self) -> bool {
        let Progress {
            too_large,
            failed,
            kept,
            ..
        } = &*self.progress;
        // what its client did not send to the end, nobody can
        !failed.get() && !too_large.get() && (self.kept.is_some() || kept.borrow().is_some())
    }

    /// From its beginning, if that is still there.
    pub(crate) fn rewind(&mut self) {
        if let Some(whole) = self.progress.kept.borrow().clone() {
            self.body = Source::Copy(Full::new(whole));
        } else if let Some(kept) = &mut self.kept {
            kept.again = 0;
        }
    }

    /// Again, of one that has gone to its end.
    pub(crate) fn kept(progress: &Rc<Progress>) -> Option<Box<Self>> {
        let whole = progress.kept.borrow().clone()?;
        Some(Box::new(Self {
            body: Source::Copy(Full::new(whole)),
            left: None,
            progress: Rc::clone(progress),
            tap: None,
            trailers: None,
            kept: None,
        }))
    }

    /// It has gone to its end.
    fn finish(&mut self) {
        self.progress.done.set(true);
        if self.progress.is_timed.get() {
            self.progress.done_at.set(Some(Instant::now()));
        }
        if let Some(tap) = &mut self.tap {
            tap.finish();
        }
        if let Some(kept) = self.kept.take() {
            self.progress.kept.replace(Some(kept.bytes));
        }
    }

    /// What is taken again.
    fn again(&self) -> &[u8] {
        self.kept.as_deref().map_or(&[], Kept::rest)
    }

    /// Of a body that a tap has taken. `None` if it is empty.
    pub(crate) fn copied(bytes: Vec<u8>) -> Option<Box<Self>> {
        (!bytes.is_empty()).then(|| {
            Box::new(Self {
                body: Source::Copy(Full::new(bytes)),
                left: None,
                progress: Rc::default(),
                tap: None,
                trailers: None,
                kept: None,
            })
        })
    }
}

impl<B: Body> Body for Source<B> {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        match self {
            Self::Client(body) => body.poll_ready(cx),
            Self::Copy(body) => body.poll_ready(cx),
        }
    }

    fn bytes(&self) -> Chunk<'_> {
        match self {
            Self::Client(body) => body.bytes(),
            Self::Copy(body) => body.bytes(),
        }
    }

    fn consume(&mut self, len: usize) {
        match self {
            Self::Client(body) => body.consume(len),
            Self::Copy(body) => body.consume(len),
        }
    }

    fn length(&self) -> Option<u64> {
        match self {
            Self::Client(body) => body.length(),
            Self::Copy(body) => body.length(),
        }
    }
}

impl<B: Body> Body for Upload<B> {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        if !self.again().is_empty() {
            return Poll::Ready(Ok(true));
        }
        let ready = ready!(self.body.poll_ready(cx));
        if let Ok(false) = &ready {
            self.finish();
        }
        if ready.is_err() {
            self.progress.failed.set(true);
        } else if let (Ok(true), Some(left)) = (&ready, self.left)
            && self.body.bytes().len() as u64 > left
        {
            self.progress.too_large.set(true);
            return Poll::Ready(Err(BodyError::Other("the body is larger than the route takes")));
        }
        Poll::Ready(ready)
    }

    fn bytes(&self) -> Chunk<'_> {
        match self.again() {
            [] => self.body.bytes(),
            again => Chunk::Slice(again),
        }
    }

    fn consume(&mut self, len: usize) {
        if let Some(kept) = self.kept.as_mut().filter(|kept| !kept.rest().is_empty()) {
            kept.again += len;
            return;
        }
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(len as u64);
        }
        let twice = usize::from(planted(Bug::UploadByteTwice) && len > 1);
        if let Some(tap) = &mut self.tap {
            tap.take(self.body.bytes().get(..len - twice).unwrap_or_default());
        }
        if let Some(kept) = &mut self.kept
            && !kept.take(self.body.bytes().get(..len - twice).unwrap_or_default())
        {
            // one that is too long is sent once
            self.kept = None;
        }
        self.body.consume(len - twice);
        if self.body.is_done() {
            self.finish();
        }
    }

    fn length(&self) -> Option<u64> {
        Some(self.body.length()? + self.again().len() as u64)
    }

    fn trailers(&mut self) -> Option<Trailers> {
        let Source::Client(body) = &mut self.body else {
            return None;
        };
        let trailers = body.received_trailers()?;
        self.trailers.and_then(|may| may(&trailers))
    }
}
