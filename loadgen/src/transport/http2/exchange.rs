//! One request and its answer, on one stream of a connection.

use super::connection::Http2;
use super::fault::{Broken2, broken};
use bytes::Bytes;
use h2::client::ResponseFuture;
use h2::{Error, SendStream};
use http::{HeaderMap, Request, Version};
use std::future::{Future, poll_fn};
use std::pin::pin;
use tokio::time::Instant;

/// What of an answer is wanted back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Nothing,
    /// Its headers, and so many bytes of its body.
    UpTo(usize),
}

/// An answer that arrived in full.
#[derive(Debug)]
pub(crate) struct Http2Answer {
    pub(crate) status: u16,
    /// When its head was there; 1xx do not count.
    pub(crate) first_byte: Instant,
    pub(crate) body_bytes: u64,
    pub(crate) kept: Option<Kept>,
}

/// What was asked for by [`Keep::UpTo`].
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) headers: HeaderMap,
    /// The beginning of the body; all of it when it is `body_bytes` long.
    pub(crate) body: Vec<u8>,
}

impl Http2 {
    /// Waits for room, sends the request and takes the whole answer. The request's URI needs scheme and authority; fields
    /// of a connection (`Connection`, `Transfer-Encoding`, …) have no place in it.
    ///
    /// `sent` is called when the head was handed to the connection. The server can still turn it away after that: then
    /// it is [`Broken2::Unsent`] all the same. Dropped, it cancels its stream.
    pub(crate) async fn exchange(
        &self,
        request: &Request<()>,
        body: Bytes,
        keep: Keep,
        sent: impl FnOnce(),
    ) -> Result<Http2Answer, Broken2> {
        let (_slot, mut sender) = self.begin().await.ok_or(Broken2::Unsent)?;
        let mut request = request.clone();
        // said so, h2 lets no request through that lacks what HTTP/2 wants
        *request.version_mut() = Version::HTTP_2;
        let opened = sender.send_request(request, body.is_empty());
        let (response, stream) = opened.map_err(|error| {
            // nothing was sent, whatever it was that ended the connection
            if error.is_io() || error.is_go_away() {
                Broken2::Unsent
            } else {
                broken(&error)
            }
        })?;
        self.opened.set(self.opened.get() + 1);
        sent();
        let mut uploading = !body.is_empty();
        let mut upload = pin!(upload(stream, body));
        let mut answer = pin!(read(response, keep));
        let answer = poll_fn(|cx| {
            // what ends an upload early is told by the answer: it came before, or it is the same error
            if uploading && upload.as_mut().poll(cx).is_ready() {
                uploading = false;
            }
            answer.as_mut().poll(cx)
        });
        answer.await.map_err(|error| broken(&error))
    }
}

/// Sends the body as fast as the windows allow; ends early when nobody wants it.
async fn upload(mut stream: SendStream<Bytes>, mut body: Bytes) -> Result<(), Error> {
    while !body.is_empty() {
        stream.reserve_capacity(body.len());
        let Some(granted) = poll_fn(|cx| stream.poll_capacity(cx)).await else {
            break;
        };
        let part = body.split_to(granted?.min(body.len()));
        stream.send_data(part, body.is_empty())?;
    }
    Ok(())
}

/// Takes the answer to its end, trailers included.
async fn read(response: ResponseFuture, keep: Keep) -> Result<Http2Answer, Error> {
    let (head, mut body) = response.await?.into_parts();
    let first_byte = Instant::now();
    let mut body_bytes = 0_u64;
    let (mut kept, kept_max) = match keep {
        Keep::Nothing => (None, 0),
        Keep::UpTo(max) => {
            let headers = head.headers;
            let body = Vec::new();
            (Some(Kept { headers, body }), max)
        }
    };
    while let Some(part) = body.data().await {
        let part = part?;
        body_bytes += part.len() as u64;
        if let Some(kept) = &mut kept {
            let room = kept_max - kept.body.len();
            kept.body.extend_from_slice(&part[..part.len().min(room)]);
        }
        body.flow_control().release_capacity(part.len())?;
    }
    body.trailers().await?;
    Ok(Http2Answer {
        status: head.status.as_u16(),
        first_byte,
        body_bytes,
        kept,
    })
}
