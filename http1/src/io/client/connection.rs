//! A connection, between requests and while an answer is waited for.

use crate::connection::{Answered, Client};
use crate::head::{Limits, Refusal, Response, StatusLine};
use crate::io::body::BodyError;
use crate::io::buffers::Buffers;
use crate::io::inbound::Inbound;
use std::cell::RefCell;
use std::io;
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite};

/// One connection, idle. Cheap to move.
pub struct Connection<S>(pub(super) Box<Inner<S>>);

pub(super) struct Inner<S> {
    pub(super) stream: RefCell<S>,
    pub(super) inbound: Inbound,
    pub(super) core: Client,
    pub(super) buffers: Buffers,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub fn new(stream: S, limits: Limits, buffers: Buffers) -> Self {
        Self(Box::new(Inner {
            stream: RefCell::new(stream),
            inbound: Inbound::default(),
            core: Client::new(limits),
            buffers,
        }))
    }

    /// Ready when the peer has ended the idle connection, or sent on it what nobody asked for.
    pub fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll_ended(cx).map(|_| ())
    }

    /// Whether it has ended, as far as is known without waiting.
    pub fn has_ended(&mut self) -> bool {
        self.poll_ended(&mut Context::from_waker(Waker::noop()))
            .is_ready()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Inner<S> {
    /// Ready when the connection cannot carry a request, with the reason.
    pub(super) fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let Self {
            stream,
            inbound,
            buffers,
            ..
        } = self;
        if !inbound.unread().is_empty() {
            return Poll::Ready(io::ErrorKind::InvalidData.into());
        }
        match ready!(inbound.poll_read(stream.get_mut(), buffers, cx)) {
            Ok(0) => Poll::Ready(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => Poll::Ready(io::ErrorKind::InvalidData.into()),
            Err(error) => Poll::Ready(error),
        }
    }

    /// Waits for a final head, which then lies in front of what is unread.
    pub(super) fn poll_head(
        &mut self,
        hear: &mut dyn FnMut(Response<'_>),
        cx: &mut Context<'_>,
    ) -> Poll<Result<StatusLine, BodyError>> {
        let Self {
            stream,
            inbound,
            core,
            buffers,
        } = self;
        loop {
            if let Some((received, slots)) = inbound.parts()
                && !received.is_empty()
            {
                match core.receive(received, slots)? {
                    Some(Answered::Final(line)) => return Poll::Ready(Ok(line)),
                    Some(Answered::Interim(line)) => {
                        hear(line.head(received, slots));
                        inbound.skip(line.len);
                        continue;
                    }
                    None => {}
                }
            }
            if ready!(inbound.poll_read(stream.get_mut(), buffers, cx))? == 0 {
                return Poll::Ready(Err(Refusal::Truncated.into()));
            }
        }
    }
}
