//! The server side: answers the requests of one client connection, in order.

use super::Incoming;
use crate::message::{Answer, BodyError, Request};
use bytes::Bytes;
use http_body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use tokio::io::{AsyncRead, AsyncWrite};

/// What a client may send before it is refused (431).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) headers_max: usize,
    pub(crate) header_bytes_max: usize,
}

/// hyper refuses smaller buffers than this.
const BUFFER_BYTES_MIN: usize = 8 * 1024;

/// Serves until the client or an answer closes the connection. When the client goes away in the middle of an
/// exchange, the future of `handle` or the body it returned is dropped there and then.
pub(crate) async fn serve<S, F, H, B>(stream: S, limits: Limits, handle: F) -> Result<(), BodyError>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
    F: Fn(Request<Incoming>) -> H,
    H: Future<Output = Answer<B>>,
    B: Body<Data = Bytes> + 'static,
    B::Error: Into<BodyError>,
{
    let service = service_fn(|incoming: http::Request<Incoming>| {
        let (head, body) = incoming.into_parts();
        let request = Request {
            method: head.method,
            uri: head.uri,
            version: head.version,
            headers: head.headers,
            body,
        };
        let answer = handle(request);
        async { Ok::<_, Infallible>(outgoing(answer.await)) }
    });
    http1::Builder::new()
        .auto_date_header(false)
        .max_headers(limits.headers_max)
        .max_buf_size(limits.header_bytes_max.max(BUFFER_BYTES_MIN))
        .serve_connection(TokioIo::new(stream), service)
        .await
        .map_err(Into::into)
}

fn outgoing<B>(answer: Answer<B>) -> http::Response<B> {
    let mut response = http::Response::new(answer.body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}
