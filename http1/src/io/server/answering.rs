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
use std::task::{Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite};

/// Bytes that are read past behind a last answer, so that the client gets to see it: closing with bytes unread makes
/// the kernel send a reset, which may overtake the answer (RFC 9112 §9.6).
const LINGER_BYTES_MAX: usize = 1024 * 1024;

/// Sends an answer whole. The error is why the connection cannot go on.
pub(super) async fn send<S, B>(shared: &Rc<Shared<S>>, answer: &mut Answer<B>) -> Result<(), Close>
where
    S: AsyncRead + AsyncWrite + Unpin,
    B: Body,
{
    let Answer { head, body } = answer;
    shared.interim.shut();
    // asked before the reader is borrowed: the body may be what is read
    let length = body.length();
    let plan = {
        let mut reader = shared.reader.borrow_mut();
        let core = &mut reader.core;
        let held = Rc::strong_count(shared) > 1;
        if held && core.take_continue() {
            // whoever holds the request's body asks for it when the answer has begun, and it is too late to invite it
            shared.interim.invite();
        }
        // nobody holds it any more: what is left of it stays unread
        let unread = !held && core.left().is_none_or(|left| left > shared.options.drain_max);
        if unread {
            core.set_close(Close::BodyUnread);
        }
        let close = head.close || shared.watch.ends_after_answer();
        core.answer(head.status(), length, head.announced, close)
    };
    let mut out = Outbound::new(
        head.take().finish(plan.delimit, plan.persistence),
        plan.delimit,
        plan.body,
    );
    let sent = poll_fn(|cx| {
        match shared.interim.poll(&mut *shared.stream.borrow_mut(), cx) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(_)) => return Poll::Ready(Err(Close::Failed)),
            Poll::Pending => {
                shared.watch.waits_for(Waiting::Write);
                return Poll::Pending;
            }
        }
        match out.poll(&shared.stream, body, cx) {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(())),
            Poll::Ready(Err(Unfinished::Stream(_))) => Poll::Ready(Err(Close::Aborted)),
            Poll::Ready(Err(Unfinished::Body(_))) => Poll::Ready(Err(Close::Failed)),
            Poll::Pending if out.blocked == Blocked::Body => {
                if shared.poll_gone(cx) {
                    return Poll::Ready(Err(Close::Aborted));
                }
                shared.waits();
                Poll::Pending
            }
            Poll::Pending => {
                shared.watch.waits_for(Waiting::Write);
                if out.take_moved() {
                    shared.watch.progressed();
                }
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
                Poll::Ready(Err(_)) => {
                    return Poll::Ready(Err(shared.close_reason().unwrap_or(Close::Failed)));
                }
                Poll::Pending => {
                    shared.watch.waits_for(Waiting::Body);
                    return Poll::Pending;
                }
                Poll::Ready(Ok(true)) => {
                    let mut reader = shared.reader.borrow_mut();
                    let reader = &mut *reader;
                    let len = reader.inbound.consume(reader.core.body(), usize::MAX);
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

/// Closes the sending side, and reads past what the client has sent or still sends; if nothing is known of, no longer
/// than a look takes.
pub(super) async fn linger<S>(shared: &Shared<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    shared.watch.waits_for(Waiting::Linger);
    let mut nothing_unread = {
        let reader = shared.reader.borrow();
        reader.core.left() == Some(0) && reader.inbound.unread().is_empty()
    };
    let (mut shut, mut left) = (false, LINGER_BYTES_MAX);
    poll_fn(|cx| {
        let mut reader = shared.reader.borrow_mut();
        let mut stream = shared.stream.borrow_mut();
        if !shut {
            // that it failed shows when it is read
            let _ = ready!(Pin::new(&mut *stream).poll_shutdown(cx));
            shut = true;
        }
        loop {
            let unread = reader.inbound.unread().len();
            reader.inbound.skip(unread);
            match reader.inbound.poll_read(&mut *stream, &shared.buffers, cx) {
                Poll::Pending if !nothing_unread => return Poll::Pending,
                Poll::Ready(Ok(len @ 1..)) if len < left => (left, nothing_unread) = (left - len, false),
                _ => return Poll::Ready(()),
            }
        }
    })
    .await;
}
