//! Sending an answer, and what has to be done behind it.
//!
//! Nobody but the loop holds the connection once the handler has let go of the request's body: that is how an
//! unread body is told from one that still streams.

use super::Answer;
use super::shared::Shared;
use crate::connection::Close;
use crate::io::body::Body;
use crate::io::outbound::{Blocked, Outbound, Unfinished};
use crate::io::watch::Waiting;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use tokio::io::{AsyncRead, AsyncWrite};

/// Bytes that are read past behind a last answer, so that the client gets to see it: closing with bytes unread makes
/// the kernel send a reset, which may overtake the answer (RFC 9112 §9.6).
const LINGER_BYTES_MAX: usize = 1024 * 1024;

/// Sends an answer whole. The error is why the connection cannot go on.
pub(super) async fn send<S, B>(shared: &Rc<Shared<S>>, answer: Answer<B>) -> Result<(), Close>
where
    S: AsyncRead + AsyncWrite + Unpin,
    B: Body,
{
    let Answer { head, mut body } = answer;
    // asked before the reader is borrowed: the body may be what is read
    let length = body.length();
    let plan = {
        let mut reader = shared.reader.borrow_mut();
        // nobody holds the request's body any more: what is left of it stays unread
        let unread = Rc::strong_count(shared) == 1
            && reader
                .core
                .left()
                .is_none_or(|left| left > shared.options.drain_max);
        if unread && !reader.core.body().is_done() {
            reader.core.set_close(Close::BodyUnread);
        }
        reader
            .core
            .answer(head.status(), length, head.announced, head.close)
    };
    let mut out = Outbound::new(
        head.finish(plan.delimit, plan.persistence),
        plan.delimit,
        plan.body,
    );
    let sent = poll_fn(|cx| {
        if shared.poll_interim(&mut shared.stream.borrow_mut(), cx).is_err() {
            return Poll::Ready(Err(Close::Failed));
        }
        if !shared.interim.get().is_empty() {
            return Poll::Pending;
        }
        match out.poll(&shared.stream, &mut body, cx) {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(())),
            Poll::Ready(Err(Unfinished::Stream(_))) => Poll::Ready(Err(Close::Aborted)),
            Poll::Ready(Err(Unfinished::Body(_))) => Poll::Ready(Err(Close::Failed)),
            Poll::Pending if out.blocked == Blocked::Body => {
                shared.watch.waits_for(Waiting::Answer);
                if shared.poll_gone(cx) {
                    return Poll::Ready(Err(Close::Aborted));
                }
                Poll::Pending
            }
            Poll::Pending => {
                shared.watch.waits_for(Waiting::Write);
                shared.watch.progressed();
                Poll::Pending
            }
        }
    })
    .await;
    out.release(&shared.buffers);
    sent
}

/// Reads past what is left of a request's body; an error when that is too much.
pub(super) async fn drain<S>(shared: &Shared<S>) -> Result<(), Close>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut left = shared.options.drain_max;
    poll_fn(|cx| {
        loop {
            match shared.poll_content(cx) {
                Poll::Ready(Ok(false)) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(_)) => return Poll::Ready(Err(Close::Refused)),
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(true)) => {
                    let mut reader = shared.reader.borrow_mut();
                    let reader = &mut *reader;
                    let len = reader.inbound.content().len();
                    reader.inbound.consume(reader.core.body(), len);
                    shared.watch.received_body(len);
                    left = left.saturating_sub(len as u64);
                    if left == 0 && !reader.core.body().is_done() {
                        return Poll::Ready(Err(Close::BodyUnread));
                    }
                }
            }
        }
    })
    .await
}

/// Closes the sending side, and reads past what the client has sent or still sends.
pub(super) async fn linger<S>(shared: &Shared<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let reader = &shared.reader;
    let nothing_unread = {
        let reader = reader.borrow();
        reader.core.left() == Some(0) && reader.inbound.unread().is_empty()
    };
    if nothing_unread {
        return;
    }
    shared.watch.waits_for(Waiting::Linger);
    let mut left = LINGER_BYTES_MAX;
    poll_fn(|cx| {
        let mut reader = reader.borrow_mut();
        let mut stream = shared.stream.borrow_mut();
        if Pin::new(&mut *stream).poll_shutdown(cx).is_pending() {
            return Poll::Pending;
        }
        loop {
            let unread = reader.inbound.unread().len();
            reader.inbound.skip(unread);
            match reader.inbound.poll_read(&mut *stream, &shared.buffers, cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(len @ 1..)) if len < left => left -= len,
                Poll::Ready(_) => return Poll::Ready(()),
            }
        }
    })
    .await;
}
