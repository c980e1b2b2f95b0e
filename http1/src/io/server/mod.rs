//! The server loop: heads in, answers out, one request at a time and in order.
//!
//! The head of a request lies in the receive buffer while the handler is *called*, and no longer: what the handler
//! wants to keep it takes before it returns its future. The body stays on the connection and is read through
//! [`Incoming`], while the handler runs or while its answer streams.

mod answering;
mod incoming;
mod interim;
mod shared;

pub use incoming::Incoming;
pub use interim::Interims;

use super::body::Body;
use super::buffers::Buffers;
use super::watch::{Waiting, Watch};
use crate::connection::Close;
use crate::head::{Limits, Refusal, Request, Version};
use crate::write::ResponseHead;
use answering::{drain, linger, send};
use shared::{Heard, Shared};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use tokio::io::{AsyncRead, AsyncWrite};

/// What a handler makes of a request.
pub struct Answer<B> {
    /// Written into a buffer of [`Buffers::send`].
    pub head: ResponseHead,
    /// Sent where the request and the status allow a body; dropped otherwise, and dropped early when the client goes.
    /// That of a 101 is given back: see [`Upgraded`].
    pub body: B,
}

/// The handler wants the connection dropped, with whatever was not sent yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut;

/// How a connection is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    pub limits: Limits,
    /// Whether a client that has closed its sending side still gets its answer. Most that do are gone.
    pub half_close: bool,
    /// Bytes of a request's body that are read past after an answer that came without it; beyond, the connection is
    /// closed.
    pub drain_max: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            half_close: false,
            // one receive buffer: what is on its way already when the answer leaves
            drain_max: 64 * 1024,
        }
    }
}

/// How a connection ended.
#[derive(Debug)]
pub struct End<S, B> {
    pub reason: Close,
    /// If the last answer was a 101.
    pub upgraded: Option<Upgraded<S, B>>,
}

/// A connection that speaks another protocol now (RFC 9110 §7.8).
#[derive(Debug)]
pub struct Upgraded<S, B> {
    pub stream: S,
    /// What was received behind the request: none of it was looked at.
    pub received: Vec<u8>,
    /// Of the 101, of which nothing was sent: what the handler has for whoever goes on.
    pub body: B,
}

impl<S, B> From<Close> for End<S, B> {
    fn from(reason: Close) -> Self {
        Self {
            reason,
            upgraded: None,
        }
    }
}

/// Serves one connection to its end. `handle` is called with each head, its future is dropped when the client goes
/// away; `refuse` makes the answer to what is no request. Dropping the future closes the stream.
pub fn serve<S, F, H, R, B>(
    stream: S,
    options: Options,
    buffers: Buffers,
    watch: Rc<Watch>,
    handle: F,
    refuse: R,
) -> impl Future<Output = End<S, B>>
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: for<'a> Fn(Request<'a>, Incoming<S>) -> H,
    H: Future<Output = Result<Answer<B>, Cut>>,
    R: Fn(Refusal) -> Answer<B>,
    B: Body,
{
    serve_after(Vec::new(), stream, options, buffers, watch, handle, refuse)
}

/// As [`serve`], where something was received on the stream already: its owner had to look at what came first.
pub async fn serve_after<S, F, H, R, B>(
    received: Vec<u8>,
    stream: S,
    options: Options,
    buffers: Buffers,
    watch: Rc<Watch>,
    handle: F,
    refuse: R,
) -> End<S, B>
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: for<'a> Fn(Request<'a>, Incoming<S>) -> H,
    H: Future<Output = Result<Answer<B>, Cut>>,
    R: Fn(Refusal) -> Answer<B>,
    B: Body,
{
    let shared = Rc::new(Shared::new(stream, &received, options, buffers, watch));
    drop(received);
    poll_fn(|cx| shared.poll_begin(cx)).await;
    loop {
        let line = match poll_fn(|cx| shared.poll_head(cx)).await {
            Heard::Head(line) => line,
            Heard::Closed(reason) => return reason.into(),
            Heard::Refused(refusal) => return turn_away(&shared, refuse(refusal)).await.into(),
        };
        shared.watch.waits_for(Waiting::Answer);
        shared.interim.open(line.version == Version::Http11);
        // filled from below: an answer is not small, and each hand that it goes through copies it
        let mut slot = None;
        let ended = {
            let handling =
                pin!(shared.with_head(&line, |head| handle(head, Incoming::new(Rc::clone(&shared)))));
            // not before the future is in its place: what is kept back while something else happens is copied once more
            shared.forget_head(&line);
            answered(&shared, handling, &mut slot).await
            // dropped here: what it holds of the request's body, it does not read any more
        };
        let Some(answer) = &mut slot else {
            return ended.into();
        };
        let status = answer.head.status();
        let upgrades = status == 101 && shared.can_upgrade();
        if status < 200 && !upgrades {
            // no answer, and a switch that nobody asked for: the client would take the next answer for this one
            return Close::Failed.into();
        }
        let sent = send(&shared, answer).await;
        if let Err(reason) = sent {
            return reason.into();
        }
        if upgrades {
            return shared.into_upgraded(slot.map(|answer| answer.body));
        }
        // it may hold the request's body, which nobody is to hold from now on
        drop(slot);
        let reason = match shared.close_reason() {
            // what they would read next must not be of another request
            None if shared.revoke() => Some(Close::BodyUnread),
            None if shared.is_read() => None,
            None => drain(&shared).await.err(),
            some => some,
        };
        if let Some(reason) = reason {
            linger(&shared).await;
            return reason.into();
        }
        shared.restart();
    }
}

/// Answers what is no request, and nothing after it.
async fn turn_away<S, B>(shared: &Rc<Shared<S>>, mut answer: Answer<B>) -> Close
where
    S: AsyncRead + AsyncWrite + Unpin,
    B: Body,
{
    shared.set_close(Close::Refused);
    if send(shared, &mut answer).await.is_ok() {
        linger(shared).await;
    }
    Close::Refused
}

/// Waits for the handler, as long as the client does. Where there is no answer then, tells why.
async fn answered<S, H, B>(
    shared: &Shared<S>,
    mut handling: Pin<&mut H>,
    answer: &mut Option<Answer<B>>,
) -> Close
where
    S: AsyncRead + AsyncWrite + Unpin,
    H: Future<Output = Result<Answer<B>, Cut>>,
{
    poll_fn(|cx| {
        match handling.as_mut().poll(cx) {
            Poll::Ready(Ok(handled)) => *answer = Some(handled),
            Poll::Ready(Err(Cut)) => {}
            Poll::Pending if shared.poll_gone(cx) => return Poll::Ready(Close::Aborted),
            Poll::Pending => {
                let interim = shared.interim.poll(&mut *shared.stream.borrow_mut(), cx);
                if let Poll::Ready(Err(_)) = interim {
                    return Poll::Ready(Close::Aborted);
                }
                shared.waits();
                return Poll::Pending;
            }
        }
        Poll::Ready(Close::Failed)
    })
    .await
}
