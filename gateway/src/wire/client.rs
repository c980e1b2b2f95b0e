//! The client side: one HTTP/1.1 connection to a replica.

use super::Incoming;
use crate::message::{Answer, BodyError, Request, Upload};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::io;
use tokio::io::{AsyncRead, AsyncWrite};

/// Header fields an upstream may send; more is a broken upstream (502).
const ANSWER_HEADERS_MAX: usize = 128;

/// Bytes of an answer's head, and of each read of its body. Bounds the memory of a connection.
const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// A request on its way to a replica. It lies in a slot of its caller until it is written, so that it is not
/// copied from call to call, and is still there when nothing of it could be sent.
pub(crate) type Outgoing = Option<Request<Upload<Incoming>>>;

/// One connection. A request at a time.
pub(crate) struct Connection {
    sender: http1::SendRequest<Upload<Incoming>>,
}

/// Why a request brought no answer.
pub(crate) enum SendError {
    /// Not a byte of it was written, it is in its slot again: the connection had died while it was idle.
    Unsent,
    /// The connection broke after the request, or a part of it, had been written.
    Broken(BodyError),
}

/// Makes a connection out of a stream. The second part drives it and has to be spawned; it ends when the
/// connection does.
pub(crate) async fn handshake<S>(stream: S) -> io::Result<(Connection, impl Future<Output = ()>)>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let (sender, connection) = http1::Builder::new()
        .max_headers(ANSWER_HEADERS_MAX)
        .max_buf_size(BUFFER_BYTES_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    // an error of the connection reaches the request that was on it; on an idle one it only closes it
    let driver = async {
        let _ = connection.await;
    };
    Ok((Connection { sender }, driver))
}

impl Connection {
    pub(crate) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Waits until the previous exchange has left the connection; false when it died instead.
    pub(crate) async fn ready(&mut self) -> bool {
        self.sender.is_ready() || self.sender.ready().await.is_ok()
    }

    /// Sends what is in the slot, which must not be empty, and waits for the head of the answer.
    pub(crate) async fn send(&mut self, slot: &mut Outgoing) -> Result<Answer<Incoming>, SendError> {
        let Some(outgoing) = slot.take().map(pack) else {
            return Err(SendError::Broken("the request was sent before".into()));
        };
        match self.sender.try_send_request(outgoing).await {
            Ok(answer) => {
                let (head, body) = answer.into_parts();
                Ok(Answer {
                    status: head.status,
                    headers: head.headers,
                    body,
                })
            }
            Err(mut failure) => Err(match failure.take_message() {
                Some(unsent) => {
                    *slot = Some(unpack(unsent));
                    SendError::Unsent
                }
                None => SendError::Broken(failure.into_error().into()),
            }),
        }
    }
}

/// HTTP/1.1, whatever the client spoke.
fn pack(request: Request<Upload<Incoming>>) -> http::Request<Upload<Incoming>> {
    let mut outgoing = http::Request::new(request.body);
    *outgoing.method_mut() = request.method;
    *outgoing.uri_mut() = request.uri;
    *outgoing.headers_mut() = request.headers;
    outgoing
}

fn unpack(request: http::Request<Upload<Incoming>>) -> Request<Upload<Incoming>> {
    let (head, body) = request.into_parts();
    Request {
        method: head.method,
        uri: head.uri,
        version: head.version,
        headers: head.headers,
        body,
    }
}
