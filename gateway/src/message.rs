//! A client's body on its way to an upstream, as the pipeline watches it.
//!
//! Heads and bodies are those of `http1`; this only adds what a route wants to know of an upload.

use crate::planted::{Bug, planted};
use http1::io::{Body, BodyError, Chunk};
use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

pub(crate) struct Upload<B> {
    body: B,
    /// How many more bytes the route takes; `None` is without a bound.
    left: Option<u64>,
    progress: Rc<Progress>,
}

/// What is known of an upload from outside, after its body was handed to a connection.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) too_large: Cell<bool>,
    /// The client's side of it broke.
    pub(crate) failed: Cell<bool>,
}

impl<B: Body> Upload<B> {
    /// `None` if there is no body, so that the request may be sent again.
    pub(crate) fn new(body: B, bytes_max: Option<u64>) -> Option<(Self, Rc<Progress>)> {
        if body.is_done() {
            return None;
        }
        let progress = Rc::new(Progress::default());
        let upload = Self {
            body,
            left: bytes_max,
            progress: Rc::clone(&progress),
        };
        Some((upload, progress))
    }
}

impl<B: Body> Body for Upload<B> {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        let ready = ready!(self.body.poll_ready(cx));
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
        self.body.bytes()
    }

    fn consume(&mut self, len: usize) {
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(len as u64);
        }
        let twice = usize::from(planted(Bug::UploadByteTwice) && len > 1);
        self.body.consume(len - twice);
    }

    fn length(&self) -> Option<u64> {
        self.body.length()
    }
}
