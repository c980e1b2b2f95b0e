//! The HTTP/1 engine: the only module that knows hyper.
//!
//! It turns one byte stream into calls of a [`Handler`] and back. No `Date` header (it would read a hidden clock),
//! no timers (a stub waits as long as its client likes; the server bounds how many may wait).

use crate::message::{Answer, Cut, Flow, Handler, Head};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite};

/// Serves one connection until either side ends it. An error says no more than that it did not end well.
pub(crate) async fn run<S, H>(stream: S, handler: H) -> Result<(), Cut>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
    H: Handler,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let handler = handler.clone();
        async move {
            let (parts, body) = request.into_parts();
            let upload = (!body.is_end_stream()).then_some(Upload(body));
            handler.handle(Head(parts), upload).await.map(response)
        }
    });
    http1::Builder::new()
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service)
        .await
        .map_err(|_| Cut)
}

fn response<B: Flow>(answer: Answer<B>) -> Response<Out<B>> {
    let mut response = Response::new(Out(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = answer.headers;
    response
}

struct Upload(Incoming);

impl Flow for Upload {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cut>>> {
        loop {
            return Poll::Ready(match ready!(Pin::new(&mut self.0).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => Some(Ok(data)),
                    // trailers say nothing to a stub
                    Err(_) => continue,
                },
                Some(Err(_)) => Some(Err(Cut)),
                None => None,
            });
        }
    }

    fn left(&self) -> Option<u64> {
        self.0.size_hint().exact()
    }

    fn is_done(&self) -> bool {
        self.0.is_end_stream()
    }
}

struct Out<B>(B);

impl<B: Flow> Body for Out<B> {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        self.0
            .poll_next(cx)
            .map(|next| next.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_done()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.left().map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was cut")
    }
}

impl std::error::Error for Cut {}
