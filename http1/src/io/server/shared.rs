//! What the loop and the handler's [`Incoming`](super::Incoming) have in common: one connection.
//!
//! Reader and stream are cells of their own, because an answer may stream the request's body back: then the reader is
//! looked at while the stream is written.

use super::{End, Options};
use crate::connection::{Close, Server, ServerEvent};
use crate::head::{Refusal, Request, RequestLine};
use crate::io::body::BodyError;
use crate::io::buffers::Buffers;
use crate::io::inbound::Inbound;
use crate::io::watch::{Waiting, Watch};
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite};

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

pub(super) struct Shared<S> {
    pub(super) stream: RefCell<S>,
    pub(super) reader: RefCell<Reader>,
    pub(super) buffers: Buffers,
    pub(super) watch: Rc<Watch>,
    pub(super) options: Options,
    /// What has to be written before anything else.
    pub(super) interim: Cell<&'static [u8]>,
}

pub(super) struct Reader {
    pub(super) inbound: Inbound,
    pub(super) core: Server,
    /// The client has closed its sending side.
    pub(super) ended: bool,
}

pub(super) enum Heard {
    Head(RequestLine),
    Closed(Close),
    Refused(Refusal),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Shared<S> {
    pub(super) fn new(stream: S, options: Options, buffers: Buffers, watch: Rc<Watch>) -> Self {
        Self {
            stream: RefCell::new(stream),
            reader: RefCell::new(Reader {
                inbound: Inbound::default(),
                core: Server::new(options.limits),
                ended: false,
            }),
            buffers,
            watch,
            options,
            interim: Cell::new(&[]),
        }
    }

    /// Waits for the next head.
    pub(super) fn poll_head(&self, cx: &mut Context<'_>) -> Poll<Heard> {
        let mut reader = self.reader.borrow_mut();
        let Reader { inbound, core, ended } = &mut *reader;
        loop {
            if let Some((received, slots)) = inbound.parts()
                && !received.is_empty()
            {
                match core.receive(received, slots) {
                    Err(refusal) => return Poll::Ready(Heard::Refused(refusal)),
                    Ok(ServerEvent::Head { skip, line }) => {
                        inbound.skip(skip);
                        return Poll::Ready(Heard::Head(line));
                    }
                    Ok(ServerEvent::More { skip }) => inbound.skip(skip),
                    // between messages there is neither content nor its end
                    Ok(_) => return Poll::Ready(Heard::Refused(Refusal::StartLine)),
                }
            }
            if !inbound.unread().is_empty() {
                self.watch.waits_for(Waiting::Head);
            }
            if *ended {
                return Poll::Ready(Heard::Closed(Close::Ended));
            }
            match ready!(inbound.poll_read(&mut *self.stream.borrow_mut(), &self.buffers, cx)) {
                Ok(0) if core.is_inside(inbound.unread()) => {
                    return Poll::Ready(Heard::Closed(Close::Aborted));
                }
                Ok(0) => return Poll::Ready(Heard::Closed(Close::Ended)),
                Ok(_) => {}
                Err(_) => return Poll::Ready(Heard::Closed(Close::Failed)),
            }
        }
    }

    /// Shows the head that was heard, and then forgets it.
    pub(super) fn with_head<T>(&self, line: &RequestLine, show: impl FnOnce(Request<'_>) -> T) -> T {
        let shown = {
            let reader = self.reader.borrow();
            show(line.head(reader.inbound.unread(), reader.inbound.slots()))
        };
        let mut reader = self.reader.borrow_mut();
        reader.inbound.skip(line.len);
        reader.inbound.release(&self.buffers);
        shown
    }

    /// Whether the client has gone while it waits for its answer. What it sends meanwhile is kept, as far as there is
    /// room.
    pub(super) fn poll_gone(&self, cx: &mut Context<'_>) -> bool {
        let mut reader = self.reader.borrow_mut();
        while !reader.ended && reader.inbound.has_room() {
            match reader
                .inbound
                .poll_read(&mut *self.stream.borrow_mut(), &self.buffers, cx)
            {
                Poll::Ready(Ok(0)) => reader.ended = true,
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(_)) => return true,
                Poll::Pending => return false,
            }
        }
        reader.ended && !self.options.half_close
    }

    /// Ready with true when there is content, with false at the body's end.
    pub(super) fn poll_content(&self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        let mut reader = self.reader.borrow_mut();
        let Reader { inbound, core, .. } = &mut *reader;
        if core.take_continue() {
            self.interim.set(CONTINUE);
        }
        let mut stream = self.stream.borrow_mut();
        if self.poll_interim(&mut stream, cx).is_err() {
            core.set_close(Close::Failed);
        }
        let content = inbound.poll_content(core.body(), &mut *stream, &self.buffers, cx);
        match &content {
            Poll::Pending => self.watch.waits_for(Waiting::Body),
            Poll::Ready(Err(BodyError::Refused(_))) => core.set_close(Close::Refused),
            Poll::Ready(Err(_)) => core.set_close(Close::Failed),
            Poll::Ready(Ok(_)) => self.watch.waits_for(Waiting::Answer),
        }
        content
    }

    /// Writes what is left of an interim answer. It is shorter than any send buffer of a kernel, so that nobody has
    /// to be woken for the rest of it: whoever polls next goes on.
    pub(super) fn poll_interim(&self, stream: &mut S, cx: &mut Context<'_>) -> Result<(), std::io::Error> {
        while !self.interim.get().is_empty() {
            let interim = self.interim.get();
            match Pin::new(&mut *stream).poll_write(cx, interim) {
                Poll::Ready(Ok(0)) => return Err(std::io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(taken)) => self.interim.set(&interim[taken..]),
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => return Ok(()),
            }
        }
        Ok(())
    }

    pub(super) fn set_close(&self, reason: Close) {
        self.reader.borrow_mut().core.set_close(reason);
    }

    pub(super) fn close_reason(&self) -> Option<Close> {
        self.reader.borrow().core.close()
    }

    pub(super) fn asks_upgrade(&self) -> bool {
        self.reader.borrow().core.asks_upgrade()
    }

    /// The request is complete and answered.
    pub(super) fn restart(&self) {
        self.reader.borrow_mut().core.restart();
        self.watch.waits_for(Waiting::Idle);
    }

    /// The stream, for whatever it speaks now. It must not be in anybody else's hands.
    pub(super) fn into_upgraded(self: Rc<Self>) -> End<S> {
        let upgraded = Rc::into_inner(self).map(|shared| {
            let reader = shared.reader.into_inner();
            (shared.stream.into_inner(), reader.inbound.unread().to_vec())
        });
        let reason = if upgraded.is_some() {
            Close::Upgraded
        } else {
            Close::Failed
        };
        End { reason, upgraded }
    }
}
