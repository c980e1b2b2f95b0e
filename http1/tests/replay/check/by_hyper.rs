//! Requests as hyper's server understands them.
//!
//! Everything has been received and is there at once, so that the connection never waits, and no runtime is needed.

use super::message::Message;
use hyper::body::{Body, Incoming};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response};
use std::cell::RefCell;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// More than any head here has.
const FIELDS_MAX: usize = 256;

/// Turns of the connection's future, which wakes itself now and then.
const TURNS_MAX: usize = 100_000;

/// Every request in `bytes`, up to what hyper refuses. Names are in lower case.
pub(crate) fn requests(bytes: &[u8]) -> Vec<Message> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let service = service_fn(|request| note(Rc::clone(&seen), request));
    let stream = Bytes(bytes.to_vec(), 0);
    let mut builder = Builder::new();
    builder
        .half_close(true)
        .max_headers(FIELDS_MAX)
        .auto_date_header(false);
    let mut connection = pin!(builder.serve_connection(stream, service));
    let mut context = Context::from_waker(Waker::noop());
    let ended = (0..TURNS_MAX).any(|_| connection.as_mut().poll(&mut context).is_ready());
    assert!(ended, "hyper waits, but everything is there");
    seen.take()
}

async fn note(
    seen: Rc<RefCell<Vec<Message>>>,
    request: Request<Incoming>,
) -> Result<Response<String>, Infallible> {
    let (head, mut body) = request.into_parts();
    let field = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
        (name.as_str().as_bytes().to_vec(), value.as_bytes().to_vec())
    };
    let target = head.uri.to_string();
    let at = seen.borrow().len();
    seen.borrow_mut().push(Message {
        start: vec![head.method.as_str().into(), target.into_bytes()],
        minor: u8::from(head.version == hyper::Version::HTTP_11),
        fields: head.headers.iter().map(field).collect(),
        ..Message::default()
    });
    loop {
        let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
        let message = &mut seen.borrow_mut()[at];
        match frame {
            Some(Ok(frame)) => message
                .body
                .extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
            Some(Err(_)) => break,
            None => {
                message.complete = true;
                break;
            }
        }
    }
    Ok(Response::new(String::new()))
}

/// Bytes to be read, and how many were.
struct Bytes(Vec<u8>, usize);

impl Read for Bytes {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut room: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let len = room.remaining().min(self.0.len() - self.1);
        room.put_slice(&self.0[self.1..self.1 + len]);
        self.1 += len;
        Poll::Ready(Ok(()))
    }
}

impl Write for Bytes {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
