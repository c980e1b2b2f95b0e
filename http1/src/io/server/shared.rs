//! What the loop and the handler's [`Incoming`](super::Incoming) have in common: one connection.
//!
//! Reader and stream are cells of their own, because an answer may stream the request's body back: then the reader is
//! looked at while the stream is written.

use super::interim::Interim;
use super::{End, Options, Upgraded};
use crate::connection::{Close, Server, ServerEvent};
use crate::head::{Refusal, Request, RequestLine};
use crate::io::body::BodyError;
use crate::io::buffers::Buffers;
use crate::io::inbound::Inbound;
use crate::io::watch::{Waiting, Watch};
use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite};

pub(super) struct Shared<S> {
    pub(super) stream: RefCell<S>,
    pub(super) reader: RefCell<Reader>,
    pub(super) buffers: Buffers,
    pub(super) watch: Rc<Watch>,
    pub(super) options: Options,
    pub(super) interim: Rc<Interim>,
    /// Who waits for more of the request's body. Not always the task itself: what it was polled with may be a part of
    /// the handler, which is polled only if it is woken.
    reading: RefCell<Option<Waker>>,
}

pub(super) struct Reader {
    pub(super) inbound: Inbound,
    pub(super) core: Server,
    /// The client has closed its sending side.
    pub(super) ended: bool,
    /// The request was answered, and its body is not to be read by anybody.
    over: bool,
}

pub(super) enum Heard {
    Head(RequestLine),
    Closed(Close),
    Refused(Refusal),
}

impl<S> Shared<S> {
    /// Nobody reads the request's body any more.
    pub(super) fn let_go(&self) {
        *self.reading.borrow_mut() = None;
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Shared<S> {
    pub(super) fn new(
        stream: S,
        received: &[u8],
        options: Options,
        buffers: Buffers,
        watch: Rc<Watch>,
    ) -> Self {
        Self {
            stream: RefCell::new(stream),
            reader: RefCell::new(Reader {
                inbound: Inbound::holding(received, &buffers),
                core: Server::new(options.limits),
                ended: false,
                over: false,
            }),
            buffers,
            watch,
            options,
            interim: Rc::default(),
            reading: RefCell::default(),
        }
    }

    /// The task stays the same, so whoever wants the connection to end can wake it.
    pub(super) fn poll_begin(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.watch.is_served_by(cx.waker());
        Poll::Ready(())
    }

    /// Waits for the next head.
    pub(super) fn poll_head(&self, cx: &mut Context<'_>) -> Poll<Heard> {
        let mut reader = self.reader.borrow_mut();
        let Reader {
            inbound, core, ended, ..
        } = &mut *reader;
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
                let inside = core.is_inside(inbound.unread());
                let reason = if inside { Close::Aborted } else { Close::Ended };
                return Poll::Ready(Heard::Closed(reason));
            }
            match inbound.poll_read(&mut *self.stream.borrow_mut(), &self.buffers, cx) {
                Poll::Ready(Ok(len)) => *ended = len == 0,
                Poll::Ready(Err(_)) => return Poll::Ready(Heard::Closed(Close::Failed)),
                Poll::Pending if self.watch.ends_when_idle() && !core.is_inside(inbound.unread()) => {
                    return Poll::Ready(Heard::Closed(Close::Retired));
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Shows the head that was heard.
    pub(super) fn with_head<T>(&self, line: &RequestLine, show: impl FnOnce(Request<'_>) -> T) -> T {
        let reader = self.reader.borrow();
        show(line.head(reader.inbound.unread(), reader.inbound.slots()))
    }

    /// Uses up the head that was shown.
    pub(super) fn forget_head(&self, line: &RequestLine) {
        let mut reader = self.reader.borrow_mut();
        reader.inbound.skip(line.len);
        reader.inbound.release(&self.buffers);
    }

    /// Whether the client has gone while it waits for its answer. What it sends meanwhile is kept, as far as there is
    /// room.
    pub(super) fn poll_gone(&self, cx: &mut Context<'_>) -> bool {
        // a handler that holds a piece of the body while it waits is not waiting for the client
        let Ok(mut reader) = self.reader.try_borrow_mut() else {
            return false;
        };
        let mut heard = false;
        while !reader.ended && reader.inbound.has_room() {
            match reader
                .inbound
                .poll_read(&mut *self.stream.borrow_mut(), &self.buffers, cx)
            {
                Poll::Ready(Ok(len)) => (reader.ended, heard) = (len == 0, true),
                Poll::Ready(Err(_)) => return true,
                Poll::Pending => break,
            }
        }
        // whoever waits for the body was polled already, and looked before this came
        if heard && let Some(reading) = &*self.reading.borrow() {
            reading.wake_by_ref();
        }
        reader.ended && !self.options.half_close
    }

    /// Ready with true when there is content, with false at the body's end.
    pub(super) fn poll_content(&self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        let Ok(mut reader) = self.reader.try_borrow_mut() else {
            // the handler is being called, and its head still lies in front
            cx.waker().wake_by_ref();
            return Poll::Pending;
        };
        let Reader {
            inbound, core, over, ..
        } = &mut *reader;
        if *over {
            return Poll::Ready(Err(BodyError::Other("its request has been answered")));
        }
        if core.take_continue() {
            self.interim.invite();
        }
        let mut stream = self.stream.borrow_mut();
        if let Poll::Ready(Err(_)) = self.interim.poll(&mut *stream, cx) {
            core.set_close(Close::Failed);
        }
        let content = inbound.poll_content(core.body(), &mut *stream, &self.buffers, cx);
        match &content {
            Poll::Pending => {}
            Poll::Ready(Err(BodyError::Refused(Refusal::Truncated))) => core.set_close(Close::Aborted),
            Poll::Ready(Err(BodyError::Refused(_))) => core.set_close(Close::Refused),
            Poll::Ready(Err(_)) => core.set_close(Close::Failed),
            Poll::Ready(Ok(_)) => {}
        }
        let mut reading = self.reading.borrow_mut();
        if content.is_ready() {
            *reading = None;
        } else {
            reading
                .get_or_insert_with(|| cx.waker().clone())
                .clone_from(cx.waker());
        }
        content
    }

    /// Whether somebody kept the request's body beyond the answer. They read nothing more.
    pub(super) fn revoke(self: &Rc<Self>) -> bool {
        let held = Rc::strong_count(self) > 1;
        self.reader.borrow_mut().over |= held;
        held
    }

    /// Notes that the handler, or the answer's body, was polled and waits: for the client, if one of them reads what
    /// the client sends.
    pub(super) fn waits(&self) {
        let reads = self.reading.borrow().is_some();
        self.watch
            .waits_for(if reads { Waiting::Body } else { Waiting::Answer });
    }

    pub(super) fn set_close(&self, reason: Close) {
        self.reader.borrow_mut().core.set_close(reason);
    }

    pub(super) fn close_reason(&self) -> Option<Close> {
        self.reader.borrow().core.close()
    }

    /// Whether all of the request's body was taken.
    pub(super) fn is_read(&self) -> bool {
        self.reader.borrow().core.left() == Some(0)
    }

    /// Whether a 101 can be sent: it was asked for, what comes next is no longer the request, and nobody holds the
    /// connection any more.
    pub(super) fn can_upgrade(self: &Rc<Self>) -> bool {
        let core = &self.reader.borrow().core;
        core.asks_upgrade() && core.left() == Some(0) && Rc::strong_count(self) == 1
    }

    /// The request is complete and answered.
    pub(super) fn restart(&self) {
        let mut reader = self.reader.borrow_mut();
        reader.core.restart();
        reader.inbound.take_trailers();
        drop(reader);
        self.watch.next_message();
    }

    /// The stream, for whatever it speaks now, with the body of the answer that switched it. It must not be in anybody
    /// else's hands.
    pub(super) fn into_upgraded<B>(self: Rc<Self>, body: Option<B>) -> End<S, B> {
        // from here on its owner knows what it waits for
        self.watch.waits_for(Waiting::Answer);
        let upgraded = Rc::into_inner(self).zip(body).map(|(shared, body)| {
            let reader = shared.reader.into_inner();
            Upgraded {
                stream: shared.stream.into_inner(),
                received: reader.inbound.into_unread(&shared.buffers),
                body,
            }
        });
        let reason = if upgraded.is_some() {
            Close::Upgraded
        } else {
            Close::Failed
        };
        End { reason, upgraded }
    }
}
