//! One connection: its handshake, the task that drives it, and what is known of it.

use super::fault::{unconnected, words};
use super::slots::{Slot, Slots};
use crate::event::Failure;
use bytes::Bytes;
use h2::client::{Builder, Connection, SendRequest};
use std::cell::{Cell, OnceCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What one answer may have in flight: 100 MB/s at a round trip of 10 ms, where the protocol's 64 KiB would make the
/// generator the bottleneck. What arrives is counted and dropped, so a window is memory only while this thread is behind.
const STREAM_WINDOW: u32 = 1024 * 1024;
/// The same for all answers of a connection, and so the most memory it takes up when it is behind.
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
/// What the head of an answer may take up, as with HTTP/1.1.
const HEAD_MAX: u32 = 64 * 1024;
/// What of one upload may wait in the connection for the socket.
const UPLOAD_BUFFERED_MAX: usize = 256 * 1024;
/// Streams at once, whatever the peer allows: eight times what servers usually do (nginx: 128).
const STREAMS_MAX: usize = 1024;

/// A live connection. Its task ends when it is dropped, and the socket with it.
pub(crate) struct Http2 {
    sender: SendRequest<Bytes>,
    shared: Rc<Shared>,
    pub(super) opened: Cell<u64>,
    driver: JoinHandle<()>,
}

/// What the driver tells.
struct Shared {
    slots: Slots,
    /// Why no further request may follow, once that is so.
    end: OnceCell<String>,
    ended: Notify,
}

impl Shared {
    /// The first reason stays.
    fn end(&self, why: String) {
        if self.end.set(why).is_ok() {
            self.slots.close();
            self.ended.notify_waiters();
        }
    }
}

impl Http2 {
    /// Agrees on HTTP/2 and starts the connection's task; must be called inside a `LocalRuntime` or `LocalSet`. Returns
    /// when the server's SETTINGS are known: before that nobody knows that it speaks HTTP/2, and how many streams it
    /// allows.
    pub(crate) async fn connect<S>(stream: S) -> Result<Self, (Failure, String)>
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let handshake = builder().handshake::<S, Bytes>(stream).await;
        let (sender, mut connection) = handshake.map_err(|error| unconnected(&error))?;
        let limit = poll_fn(|cx| poll_limit(&mut connection, cx)).await?;
        let shared = Rc::new(Shared {
            slots: Slots::new(limit),
            end: OnceCell::new(),
            ended: Notify::new(),
        });
        let driver = drive(connection, sender.clone(), Rc::clone(&shared));
        Ok(Self {
            sender,
            shared,
            opened: Cell::new(0),
            driver: tokio::task::spawn_local(driver),
        })
    }

    /// Whether another exchange may begin. Those that have begun may end well even where it is not so.
    pub(crate) fn is_usable(&self) -> bool {
        self.shared.end.get().is_none()
    }

    /// Room for a stream, and the means to open it; none when none may be opened any more.
    pub(super) async fn begin(&self) -> Option<(Slot<'_>, SendRequest<Bytes>)> {
        let slot = self.shared.slots.take().await?;
        // a sender of its own: one that has a stream waiting to be opened takes no other
        let mut sender = self.sender.clone();
        if let Poll::Ready(Err(error)) = sender.poll_ready(&mut Context::from_waker(Waker::noop())) {
            self.shared.end(words(&error));
            return None;
        }
        Some((slot, sender))
    }
}

/// What tests look at.
#[cfg(test)]
impl Http2 {
    /// The most streams at once: the peer's limit or ours.
    pub(crate) fn streams_max(&self) -> usize {
        self.shared.slots.limit()
    }

    /// Exchanges that have their stream.
    pub(crate) fn in_flight(&self) -> usize {
        self.shared.slots.taken()
    }

    /// Streams opened so far.
    pub(crate) fn streams_opened(&self) -> u64 {
        self.opened.get()
    }

    /// Why it is not usable any more.
    pub(crate) fn ended(&self) -> Option<&str> {
        self.shared.end.get().map(String::as_str)
    }

    /// Returns when it is not usable any more.
    pub(crate) async fn until_ended(&self) {
        while self.is_usable() {
            self.shared.ended.notified().await;
        }
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(HEAD_MAX)
        .max_send_buffer_size(UPLOAD_BUFFERED_MAX)
        .enable_push(false)
        // by which it is told that SETTINGS have come
        .initial_max_send_streams(0)
        // requests that time out are cancelled, all of a stalled server's at once, and its answers may still come: they
        // are neither a reason to reset a stream twice nor, after 1024 of them, to end the connection
        .max_concurrent_reset_streams(STREAMS_MAX)
        .max_local_error_reset_streams(None);
    builder
}

/// The number of streams that the peer allows, as soon as it has said so. One that allows none yet is waited for.
fn poll_limit<S>(
    connection: &mut Connection<S, Bytes>,
    cx: &mut Context<'_>,
) -> Poll<Result<usize, (Failure, String)>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match Pin::new(&mut *connection).poll(cx) {
        Poll::Ready(Ok(())) => Poll::Ready(Err((
            Failure::Reset,
            "no HTTP/2: the connection ended early".into(),
        ))),
        Poll::Ready(Err(error)) => Poll::Ready(Err(unconnected(&error))),
        Poll::Pending => match connection.max_concurrent_send_streams() {
            0 => Poll::Pending,
            limit => Poll::Ready(Ok(limit.min(STREAMS_MAX))),
        },
    }
}

/// Moves the frames of all streams, and tells what becomes of the connection.
async fn drive<S>(mut connection: Connection<S, Bytes>, mut sender: SendRequest<Bytes>, shared: Rc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    poll_fn(|cx| {
        let ended = Pin::new(&mut connection).poll(cx);
        let limit = connection.max_concurrent_send_streams().min(STREAMS_MAX);
        if limit != shared.slots.limit() {
            shared.slots.set_limit(limit);
        }
        match &ended {
            Poll::Ready(Ok(())) => shared.end("the server closed the connection".into()),
            Poll::Ready(Err(error)) => shared.end(words(error)),
            // after a GOAWAY the connection lives on for the streams it has
            Poll::Pending => {
                if let Poll::Ready(Err(error)) = sender.poll_ready(&mut Context::from_waker(Waker::noop())) {
                    shared.end(words(&error));
                }
            }
        }
        ended.map(drop)
    })
    .await;
}
