//! Requests, answers and bodies as the pipeline knows them, whoever parsed them.
//!
//! This is the seam to the HTTP engine: `wire` makes and takes these, everything else only sees these. Heads
//! are plain data; a body is pulled frame by frame, so that back-pressure reaches from one side to the other.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri, Version};
use http_body::{Body as HttpBody, Frame, SizeHint};
use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// A failure in the middle of a body. By then the head has gone, so it can only end the stream.
pub(crate) type BodyError = Box<dyn std::error::Error + Send + Sync>;

pub(crate) struct Request<B> {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) body: B,
}

pub(crate) struct Answer<B> {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: B,
}

/// A client's body on its way to an upstream.
pub(crate) enum Upload<B> {
    /// Nothing, so that the request may be sent again.
    Empty,
    Stream(UploadStream<B>),
}

pub(crate) struct UploadStream<B> {
    body: B,
    /// How many more bytes the route takes; `None` is without a bound.
    left: Option<u64>,
    progress: Rc<Progress>,
}

/// What is known of an upload from outside, after its body was handed to a connection.
#[derive(Default)]
pub(crate) struct Progress {
    /// A first frame was asked for: the body cannot be sent a second time.
    pub(crate) started: Cell<bool>,
    /// All of it was passed on: the connection that carried it may be used again.
    pub(crate) ended: Cell<bool>,
    pub(crate) too_large: Cell<bool>,
    /// The client's side of it broke.
    pub(crate) failed: Cell<bool>,
}

impl<B: HttpBody<Data = Bytes>> Upload<B> {
    pub(crate) fn new(body: B, bytes_max: Option<u64>) -> (Self, Option<Rc<Progress>>) {
        if body.is_end_stream() {
            return (Self::Empty, None);
        }
        let progress = Rc::new(Progress::default());
        let stream = UploadStream {
            body,
            left: bytes_max,
            progress: Rc::clone(&progress),
        };
        (Self::Stream(stream), Some(progress))
    }
}

impl<B> HttpBody for Upload<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BodyError>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.get_mut() {
            Self::Empty => Poll::Ready(None),
            Self::Stream(stream) => stream.poll(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Stream(stream) => stream.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Stream(stream) => stream.body.size_hint(),
        }
    }
}

impl<B> UploadStream<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BodyError>,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.progress.started.set(true);
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(cx));
        Poll::Ready(match frame {
            Some(Ok(frame)) => Some(self.count(frame)),
            Some(Err(error)) => {
                self.progress.failed.set(true);
                Some(Err(error.into()))
            }
            None => {
                self.progress.ended.set(true);
                None
            }
        })
    }

    fn count(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, BodyError> {
        let length = frame.data_ref().map_or(0, |data| data.len() as u64);
        if let Some(left) = &mut self.left {
            match left.checked_sub(length) {
                Some(rest) => *left = rest,
                None => {
                    self.progress.too_large.set(true);
                    return Err("the body is larger than the route takes".into());
                }
            }
        }
        if self.body.is_end_stream() {
            self.progress.ended.set(true);
        }
        Ok(frame)
    }
}
