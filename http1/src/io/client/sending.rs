//! Sending a request, and waiting for the head of its answer.

use super::connection::{Connection, Inner};
use super::receiving::{Receiving, Upload};
use crate::io::body::{Body, BodyError, Empty};
use crate::io::outbound::{Outbound, Unfinished};
use crate::write::{Delimit, FramedRequest};
use std::future::poll_fn;
use std::io;
use std::task::Poll;
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
    pub async fn send<U: Body>(
        mut self,
        request: &FramedRequest,
        upload: &mut Option<U>,
        sent: impl FnOnce(),
    ) -> Result<Receiving<S, U>, SendError> {
        let inner = &mut *self.0;
        inner.core.begin(request.method, request.upgrade);
        let mut out = inner.outbound(request);
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
                let sent_now = match upload {
                    Some(body) => out.poll(&inner.stream, body, cx),
                    None => out.poll(&inner.stream, &mut Empty, cx),
                };
                match sent_now {
                    Poll::Ready(Err(Unfinished::Body(error))) => {
                        return Poll::Ready(Err(SendError::Upload(error)));
                    }
                    Poll::Ready(Err(Unfinished::Stream(error))) if !out.begun => {
                        return Poll::Ready(Err(SendError::Unsent(error)));
                    }
                    // an upstream that has seen enough may close its side and answer all the same (RFC 9112 §9.5)
                    Poll::Ready(Err(Unfinished::Stream(error))) => sending = Err(error),
                    Poll::Ready(Ok(())) | Poll::Pending => {}
                }
                if out.begun
                    && let Some(sent) = sent.take()
                {
                    sent();
                }
            }
            if is_first && sending.is_ok() {
                // nothing had come when it was looked for, a moment ago, and whatever comes after that wakes the task
                return Poll::Pending;
            }
            inner.poll_head(cx).map_err(SendError::Broken)
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
            Box::new(Upload { body, out, failed })
        });
        Ok(Receiving::new(self, line, rest))
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
