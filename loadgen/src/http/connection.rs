//! One keep-alive connection and one exchange at a time on it.
//!
//! The engine has no task of its own: whoever waits for the answer drives the connection, so no wake-ups cross tasks,
//! and dropping a [`Connection`] or an exchange closes the socket at once.
//!
//! Bounds: heads by [`LIMITS`]; bodies are counted where they were received and dropped there.

use super::heard::Heard;
use super::kept::{Keep, Kept};
use crate::event::{Event, Failure};
use bytes::Bytes;
use http1::head::{Limits, Refusal, Response};
use http1::io::{self as engine, Body, BodyError, Buffers, Full, SendError};
use http1::write::FramedRequest;
use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use world::Probe;

/// What the head of an answer may take up: sixteen times what a proxy's buffer usually holds (nginx's
/// `proxy_buffer_size` is 4 KiB). It is not for a load generator to judge a server's habits, but a head without end
/// has to be a failure and not a full memory.
const LIMITS: Limits = Limits {
    bytes_max: 64 * 1024,
    fields_max: 100,
    // of requests alone, which are not received here
    target_max: 0,
};

/// An answer that arrived in full.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// When its head was there.
    pub(crate) first_byte: Instant,
    pub(crate) body_bytes: u64,
    /// Of the body; 0 where nobody listens.
    pub(crate) body_crc32: u32,
    /// Of its `Location` or `Allow`. Nothing where it has none, or nobody listens.
    pub(crate) points_crc32: Option<u32>,
    /// Of its `X-Served-By`, likewise.
    pub(crate) served_crc32: Option<u32>,
    /// What was asked for.
    pub(crate) kept: Option<Box<Kept>>,
}

/// An exchange without an answer.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The connection was dead before a byte was written: another connection may carry the request. What it means where
    /// none does.
    Unsent(Failure, String),
    /// It ended without a byte of an answer. Where it was a kept one, the request may have crossed that on its way.
    Unanswered(Failure, String),
    Failed(Failure, String),
}

/// A live connection, between requests.
pub(crate) struct Connection<S> {
    engine: engine::Connection<Heard<S>>,
    heard: Rc<Cell<bool>>,
    buffers: Buffers,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub(crate) fn new(stream: S, buffers: &Buffers) -> Self {
        let (stream, heard) = Heard::new(stream);
        Self {
            engine: engine::Connection::new(stream, LIMITS, buffers.clone()),
            heard,
            buffers: buffers.clone(),
        }
    }

    /// Ready when the peer has ended the connection while nothing was asked of it.
    pub(crate) fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.engine.poll_ended(cx)
    }

    /// Whether it has ended, as far as is known without waiting.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.engine.has_ended()
    }

    /// Sends the request and takes the whole answer; the connection comes back if another request may follow on it.
    /// `sent` is called when the first bytes have been written, and not at all when it turns out
    /// [`Broken::Unsent`]. `P` is who wants to know the sum of the answer.
    pub(crate) async fn exchange<P: Probe<Event>>(
        self,
        head: &FramedRequest,
        body: &Bytes,
        keep: Keep,
        sent: impl FnOnce(),
    ) -> Result<(Answer, Option<Self>), Broken> {
        let Self {
            engine,
            heard,
            buffers,
        } = self;
        heard.set(false);
        let mut upload = (!body.is_empty()).then(|| Full::new(Bytes::clone(body)));
        let answer = engine.send(head, &mut upload, sent).await;
        let mut answer = answer.map_err(|error| match error {
            SendError::Unsent(error) => unsent(&error),
            SendError::Broken(error) => match broken(&error) {
                Broken::Failed(Failure::Reset, detail) if !heard.get() => {
                    Broken::Unanswered(Failure::Reset, detail)
                }
                broken => broken,
            },
            SendError::Upload(error) => Broken::Failed(Failure::Local, error.to_string()),
        })?;
        let first_byte = Instant::now();
        let status = answer.status();
        let (points_crc32, served_crc32) = match answer.head().filter(|_| P::WANTED) {
            Some(head) => (points(head), sum_of(head, "x-served-by")),
            None => (None, None),
        };
        let mut kept = match keep {
            Keep::Nothing => None,
            Keep::UpTo(_) => answer.head().map(|head| {
                let fields = head.fields.iter();
                Box::new(Kept::new(
                    fields.map(|field| (field.name.text(), field.value.bytes())),
                ))
            }),
        };
        let sink = kept.as_deref_mut().map(|kept| &mut kept.body);
        let (body_bytes, body_crc32) = read_past::<P>(&mut answer, keep, sink)
            .await
            .map_err(|error| broken(&error))?;
        // an answer that came before its request had left whole costs the connection
        let engine = answer.finish().ok();
        let connection = engine.map(|engine| Self {
            engine,
            heard,
            buffers,
        });
        let answer = Answer {
            status,
            first_byte,
            body_bytes,
            body_crc32,
            points_crc32,
            served_crc32,
            kept,
        };
        Ok((answer, connection))
    }
}

/// The sum of where an answer leads.
fn points(head: Response<'_>) -> Option<u32> {
    sum_of(head, "location").or_else(|| sum_of(head, "allow"))
}

fn sum_of(head: Response<'_>, field: &str) -> Option<u32> {
    let value = head.fields.find(field)?;
    Some(crc32fast::hash(value.bytes()))
}

/// Counts the bytes of a body to its end, sums them up if somebody listens, and keeps the first of them if somebody wants
/// to look at them.
async fn read_past<P: Probe<Event>>(
    body: &mut impl Body,
    keep: Keep,
    mut sink: Option<&mut Vec<u8>>,
) -> Result<(u64, u32), BodyError> {
    let (mut bytes, mut sum) = (0_u64, 0_u32);
    poll_fn(|cx| {
        while !body.is_done() {
            match body.poll_ready(cx) {
                Poll::Ready(Ok(true)) => {
                    let piece = body.bytes();
                    let len = piece.len();
                    if let (Some(sink), Keep::UpTo(max)) = (&mut sink, keep) {
                        let room = max.saturating_sub(sink.len());
                        sink.extend_from_slice(&piece[..len.min(room)]);
                    }
                    if P::WANTED {
                        sum = summed(sum, &piece);
                    }
                    drop(piece);
                    bytes += len as u64;
                    body.consume(len);
                }
                Poll::Ready(Ok(false)) => break,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok((bytes, sum)))
    })
    .await
}

/// The sum of what was there before and of `piece` behind it.
fn summed(before: u32, piece: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new_with_initial(before);
    sum.update(piece);
    sum.finalize()
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

/// What a connection died of before anything was asked. The engine says without a source that the peer spoke.
fn unsent(error: &io::Error) -> Broken {
    if is_tls(error) {
        return Broken::Unsent(Failure::Tls, error.to_string());
    }
    match error.kind() {
        io::ErrorKind::InvalidData => {
            Broken::Unsent(Failure::Protocol, "the server spoke before it was asked".into())
        }
        _ => Broken::Unsent(Failure::Reset, "closed before the request was written".into()),
    }
}

/// In TLS 1.3 the server's last word on the handshake comes with the first read; no socket has an error of that kind.
fn is_tls(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData && error.get_ref().is_some()
}

/// An answer that ends early is the connection's failure, one that cannot be read is the server's.
fn broken(error: &BodyError) -> Broken {
    let kind = match error {
        BodyError::Io(error) if is_tls(error) => Failure::Tls,
        BodyError::Refused(Refusal::Truncated) | BodyError::Io(_) => Failure::Reset,
        BodyError::Refused(_) => Failure::Protocol,
        BodyError::Other(_) => Failure::Local,
    };
    Broken::Failed(kind, error.to_string())
}
