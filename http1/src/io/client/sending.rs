//! Sending a request, and waiting for the head of its answer.

use super::connection::{Connection, Inner};
use super::receiving::{Receiving, Upload};
use crate::head::Response;
use crate::io::body::{Body, BodyError, Empty};
use crate::io::buffers::Buffers;
use crate::io::outbound::{Outbound, Unfinished};
use crate::write::{Delimit, FramedRequest};
use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite};

/// Why a request brought no answer.
#[derive(Debug)]
pub enum SendError {
    /// Not a byte of it was written: the connection had died while it was idle, or spoken unasked. The body has not been
    /// touched.
    Unsent(io::Error),
    /// The connection broke, or what came was no answer, after something had been written.
    Broken(BodyError),
    /// The request's own body broke off.
    Upload(BodyError),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Sends a request and waits for the head of its answer. The body is taken out of its slot once the answer is
    /// there; until then it is used in place, and untouched after [`SendError::Unsent`]. `sent` is called when the
    /// first bytes have been written.
    pub fn send<U: Body>(
        self,
        request: &FramedRequest,
        upload: &mut Option<U>,
        sent: impl FnOnce(),
    ) -> impl Future<Output = Result<Receiving<S, U>, SendError>> {
        self.send_and_hear(request, upload, sent, |_| {})
    }

    /// As [`Connection::send`]; `hear` is shown the interim answers (RFC 9110 §15.2) before the answer, and what `100
    /// Continue` says is its business.
    pub async fn send_and_hear<U: Body>(
        mut self,
        request: &FramedRequest,
        upload: &mut Option<U>,
        sent: impl FnOnce(),
        mut hear: impl FnMut(Response<'_>),
    ) -> Result<Receiving<S, U>, SendError> {
        let inner = &mut *self.0;
        inner.core.begin(request.method, request.upgrade);
        inner.inbound.take_trailers();
        let mut out = if upload.is_none() && request.length == Some(0) {
            // nothing is gathered behind it: it is sent from where it lies
            Sending::Head(Head::new(request))
        } else {
            Sending::Message(inner.outbound(request))
        };
        let mut sent = Some(sent);
        let mut sending = Ok(());
        let mut looked = false;
        let line = poll_fn(|cx| {
            let is_first = !std::mem::replace(&mut looked, true);
            // what came before the request is no answer to it
            if is_first && let Poll::Ready(error) = inner.poll_ended(cx) {
                return Poll::Ready(Err(SendError::Unsent(error)));
            }
            if sending.is_ok() && !out.is_done() {
                match out.poll(&inner.stream, upload, cx) {
                    Poll::Ready(Err(Unfinished::Body(error))) => {
                        return Poll::Ready(Err(SendError::Upload(error)));
                    }
                    Poll::Ready(Err(Unfinished::Stream(error))) if !out.begun() => {
                        return Poll::Ready(Err(SendError::Unsent(error)));
                    }
                    // an upstream that has seen enough may close its side and answer all the same (RFC 9112 §9.5)
                    Poll::Ready(Err(Unfinished::Stream(error))) => sending = Err(error),
                    Poll::Ready(Ok(())) | Poll::Pending => {}
                }
                if out.begun()
                    && let Some(sent) = sent.take()
                {
                    sent();
                }
            }
            if is_first && sending.is_ok() {
                // nothing had come when it was looked for, a moment ago, and whatever comes after that wakes the task
                return Poll::Pending;
            }
            inner.poll_head(&mut hear, cx).map_err(SendError::Broken)
        })
        .await;
        let is_whole = sending.is_ok() && out.is_done();
        if is_whole {
            out.release(&inner.buffers);
        }
        let line = line?;
        let body = upload.take();
        let rest = (!is_whole).then(|| {
            let failed = sending.is_err();
            let out = out.into_outbound(&inner.buffers);
            Box::new(Upload { body, out, failed })
        });
        Ok(Receiving::new(self, line, rest))
    }
}

/// A request on its way.
enum Sending<'a> {
    /// Of one that has no body.
    Head(Head<'a>),
    Message(Outbound),
}

impl Sending<'_> {
    #[inline(always)]
    fn poll<S: AsyncWrite + Unpin, U: Body>(
        &mut self,
        stream: &RefCell<S>,
        upload: &mut Option<U>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Unfinished>> {
        match (self, upload) {
            (Self::Head(head), _) => head.poll(stream, cx).map_err(Unfinished::Stream),
            (Self::Message(out), Some(body)) => out.poll(stream, body, cx),
            (Self::Message(out), None) => out.poll(stream, &mut Empty, cx),
        }
    }

    fn is_done(&self) -> bool {
        match self {
            Self::Head(head) => head.is_done(),
            Self::Message(out) => out.is_done(),
        }
    }

    fn begun(&self) -> bool {
        match self {
            Self::Head(head) => head.written > 0,
            Self::Message(out) => out.begun,
        }
    }

    fn release(&mut self, buffers: &Buffers) {
        if let Self::Message(out) = self {
            out.release(buffers);
        }
    }

    /// What can outlive the request.
    fn into_outbound(self, buffers: &Buffers) -> Outbound {
        match self {
            Self::Head(head) => {
                let mut left = buffers.send();
                left.extend_from_slice(&head.bytes[head.written..]);
                Outbound::new(left, Delimit::Length(0), true).after(head.unflushed)
            }
            Self::Message(out) => out,
        }
    }
}

struct Head<'a> {
    bytes: &'a [u8],
    written: usize,
    unflushed: bool,
}

impl<'a> Head<'a> {
    fn new(request: &'a FramedRequest) -> Self {
        Self {
            bytes: request.bytes(),
            written: 0,
            unflushed: false,
        }
    }

    fn is_done(&self) -> bool {
        self.written == self.bytes.len() && !self.unflushed
    }

    fn poll<S: AsyncWrite + Unpin>(
        &mut self,
        stream: &RefCell<S>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let mut stream = stream.borrow_mut();
        while self.written < self.bytes.len() {
            let taken = ready!(Pin::new(&mut *stream).poll_write(cx, &self.bytes[self.written..]))?;
            if taken == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            (self.written, self.unflushed) = (self.written + taken, true);
        }
        ready!(Pin::new(&mut *stream).poll_flush(cx))?;
        self.unflushed = false;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Inner<S> {
    /// Sends a copy of the head, so that the request can be sent again.
    fn outbound(&self, request: &FramedRequest) -> Outbound {
        let mut head = self.buffers.send();
        head.extend_from_slice(request.bytes());
        let delimit = request.length.map_or(Delimit::Chunked, Delimit::Length);
        Outbound::new(head, delimit, true).retriable()
    }
}
