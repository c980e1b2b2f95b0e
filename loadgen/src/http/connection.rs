//! One keep-alive connection and one exchange at a time on it.
//!
//! The engine's connection is polled by the task that waits for the answer, never by a task of its own: no
//! wake-ups cross tasks, and dropping a [`Connection`] closes the socket at once. Because the connection is
//! always polled first, the answer's side can be polled with a waker that does nothing: only polling the
//! connection makes it progress.
//!
//! Bounds: the engine's own on the head (100 headers, about 400 KiB of buffer); bodies are counted and dropped
//! frame by frame.

use super::payload::Payload;
use super::request::Request;
use crate::event::Failure;
use http_body::Body;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite};

/// An answer that arrived in full.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body_bytes: u64,
}

/// An exchange without an answer.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The connection was dead before a byte was written: another connection may carry the request.
    Unsent,
    Failed(Failure, String),
}

/// A live connection. After an error, or when [`Connection::reusable`] says no, drop it.
pub(crate) struct Connection<S: AsyncRead + AsyncWrite + Unpin + 'static> {
    sender: http1::SendRequest<Payload>,
    engine: http1::Connection<TokioIo<S>, Payload>,
    ended: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> Connection<S> {
    pub(crate) async fn open(stream: S) -> Result<Self, Broken> {
        let (sender, engine) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        Ok(Self {
            sender,
            engine,
            ended: false,
        })
    }

    /// Ready when the peer has ended the connection while nothing was asked of it.
    pub(crate) fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.drive(cx) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// Sends the request and takes the whole answer. `sent` is called when the request has gone into the
    /// connection, and not at all when it turns out [`Broken::Unsent`].
    pub(crate) async fn exchange(
        &mut self,
        request: &Request,
        load_id: Option<u64>,
        sent: impl FnOnce(),
    ) -> Result<Answer, Broken> {
        let mut answer = pin!(self.sender.try_send_request(request.instance(load_id)));
        let mut sent = Some(sent);
        let engine = &mut self.engine;
        let ended = &mut self.ended;
        let answer = poll_fn(|cx| {
            *ended = *ended || Pin::new(&mut *engine).poll(cx).is_ready();
            let poll = answer.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            let unsent = matches!(&poll, Poll::Ready(Err(e)) if e.message().is_some());
            if !unsent && let Some(sent) = sent.take() {
                sent();
            }
            poll
        });
        let answer = answer.await.map_err(|mut e| match e.take_message() {
            Some(_) => Broken::Unsent,
            None => broken(e.into_error()),
        })?;
        let status = answer.status().as_u16();
        let body_bytes = self.take_body(answer.into_body()).await?;
        Ok(Answer { status, body_bytes })
    }

    /// Whether another request may follow. To be asked after a complete answer.
    pub(crate) async fn reusable(&mut self) -> bool {
        poll_fn(|cx| Poll::Ready(!self.drive(cx))).await && self.sender.is_ready()
    }

    async fn take_body(&mut self, mut body: Incoming) -> Result<u64, Broken> {
        let mut bytes = 0_u64;
        if body.is_end_stream() {
            return Ok(bytes);
        }
        poll_fn(|cx| {
            self.drive(cx);
            // one pass more after each frame: asking for a frame is what lets the engine read on
            loop {
                let frame = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
                match frame {
                    Poll::Ready(Some(Ok(frame))) => {
                        bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
                    }
                    Poll::Ready(Some(Err(e))) => return Poll::Ready(Err(broken(e))),
                    Poll::Ready(None) => return Poll::Ready(Ok(bytes)),
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }

    /// Lets the engine work; true once the connection has ended. How it ended is told to whoever waits for
    /// an answer or a body.
    fn drive(&mut self, cx: &mut Context<'_>) -> bool {
        self.ended = self.ended || Pin::new(&mut self.engine).poll(cx).is_ready();
        self.ended
    }
}

/// Names the failure of a connection that could not be made.
pub(crate) fn unconnected(error: &io::Error) -> Failure {
    const OUT_OF_DESCRIPTORS: [i32; 2] = [23, 24]; // ENFILE, EMFILE
    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::AddrNotAvailable | io::ErrorKind::OutOfMemory, _) => Failure::Local,
        (_, Some(code)) if OUT_OF_DESCRIPTORS.contains(&code) => Failure::Local,
        _ => Failure::Connect,
    }
}

fn broken(error: hyper::Error) -> Broken {
    let io = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<io::Error>());
    let protocol = match io.map(io::Error::kind) {
        // the engine's word for a body it cannot decode
        Some(kind) => matches!(kind, io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput),
        None => error.is_parse(),
    };
    let kind = if protocol {
        Failure::Protocol
    } else {
        Failure::Reset
    };
    Broken::Failed(
        kind,
        io.map_or_else(|| error.to_string(), |io| format!("{error}: {io}")),
    )
}
