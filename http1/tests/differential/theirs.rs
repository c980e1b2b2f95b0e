//! Hyper's reading of some bytes.

use super::compare::{Message, Pairs, Reading, sorted};
use super::memory::{Memory, drive};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use std::cell::RefCell;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

struct Nothing;

impl Body for Nothing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }
}

fn pairs(map: &HeaderMap) -> Pairs {
    sorted(
        map.iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())),
    )
}

/// Reads a body into the last message.
async fn read(mut body: Incoming, messages: &RefCell<Vec<Message>>) {
    let last = |change: &mut dyn FnMut(&mut Message)| {
        if let Some(message) = messages.borrow_mut().last_mut() {
            change(message);
        }
    };
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(frame) = frame else { return };
        if let Some(data) = frame.data_ref() {
            last(&mut |message| message.body.extend_from_slice(data));
        } else if let Some(trailers) = frame.trailers_ref() {
            last(&mut |message| message.trailers = pairs(trailers));
        }
    }
    last(&mut |message| message.complete = true);
}

pub(crate) fn server(bytes: &[u8]) -> Reading {
    let messages = Rc::new(RefCell::new(Vec::new()));
    let service = service_fn(|request: Request<Incoming>| {
        let messages = Rc::clone(&messages);
        async move {
            let (head, body) = request.into_parts();
            messages.borrow_mut().push(Message {
                start: format!("{} {} {:?}", head.method, head.uri, head.version),
                fields: pairs(&head.headers),
                ..Message::default()
            });
            read(body, &messages).await;
            // no success, so that CONNECT is none either
            Ok::<_, Infallible>(Response::builder().status(400).body(Nothing).expect("valid"))
        }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.half_close(true).auto_date_header(false).max_headers(100);
    let mut connection = pin!(builder.serve_connection(Memory::of_client(bytes), service));
    drive(
        pin!(poll_fn(|cx| connection.as_mut().poll(cx))),
        pin!(std::future::pending()),
    );
    Reading {
        messages: messages.take(),
        ..Reading::default()
    }
}

pub(crate) fn client(method: &str, bytes: &[u8]) -> Reading {
    let messages = RefCell::new(Vec::new());
    let request = Request::builder()
        .method(method)
        .uri(if method == "CONNECT" { "a:1" } else { "/" });
    let request = request.body(Nothing).expect("valid");
    let mut builder = hyper::client::conn::http1::Builder::new();
    builder.max_headers(100);
    let handshake = builder.handshake(Memory::of_server(bytes));
    let Some(Ok((mut sender, connection))) = drive(pin!(handshake), pin!(std::future::pending())) else {
        return Reading::default();
    };
    let exchange = async {
        let Ok(response) = sender.send_request(request).await else {
            return;
        };
        let (head, body) = response.into_parts();
        messages.borrow_mut().push(Message {
            start: format!("{} {:?}", head.status.as_u16(), head.version),
            fields: pairs(&head.headers),
            ..Message::default()
        });
        read(body, &messages).await;
    };
    let connection = async {
        let _ = connection.await;
    };
    drive(pin!(exchange), pin!(connection));
    Reading {
        messages: messages.take(),
        ..Reading::default()
    }
}
