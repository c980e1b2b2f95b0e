//! Who holds buffers, and when they come back.

use super::{Buffers, KEPT_MAX, RECEIVE_BYTES, RECEIVE_BYTES_LARGE, SEND_BYTES_KEPT_MAX};
use crate::head::{FieldName, FieldValue, Limits, Refusal, Request};
use crate::io::{Answer, Body, Connection, Cut, Full, Incoming, Options, Watch, serve};
use crate::write::{RequestHead, ResponseHead};
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};

/// Polls often enough for everything that can happen to have happened.
fn run<T>(mut future: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    for _ in 0..100 {
        let mut cx = Context::from_waker(Waker::noop());
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Some(output);
        }
    }
    None
}

fn push(peer: &mut DuplexStream, bytes: &[u8]) {
    let mut cx = Context::from_waker(Waker::noop());
    let pushed = Pin::new(peer).poll_write(&mut cx, bytes);
    assert!(matches!(pushed, Poll::Ready(Ok(len)) if len == bytes.len()));
}

fn pull(peer: &mut DuplexStream) -> usize {
    let mut bytes = [0; 4096];
    let mut room = ReadBuf::new(&mut bytes);
    let _ = Pin::new(peer).poll_read(&mut Context::from_waker(Waker::noop()), &mut room);
    room.filled().len()
}

fn answer(buffers: &Buffers) -> Answer<Full<&'static str>> {
    Answer {
        head: ResponseHead::new(buffers.send(), 200),
        body: Full::new("ok"),
    }
}

/// Small, large and send buffers in the pool.
type Kept = (usize, usize, usize);

/// A server of which the pool is looked at after each step, and when its client has left.
#[track_caller]
fn check_server(steps: &[(&[u8], Kept)], at_end: Kept) {
    let (near, mut far) = duplex(1 << 20);
    let buffers = Buffers::default();
    let ours = buffers.clone();
    let handle = move |head: Request<'_>, mut body: Incoming<DuplexStream>| {
        let (waits, buffers) = (head.target == "/wait", ours.clone());
        async move {
            if waits {
                pending::<()>().await;
            }
            while poll_fn(|cx| body.poll_ready(cx)).await.map_err(|_| Cut)? {
                body.consume(1000);
            }
            Ok(answer(&buffers))
        }
    };
    let theirs = buffers.clone();
    let refuse = move |_: Refusal| answer(&theirs);
    let watch = Rc::new(Watch::default());
    let mut serving = pin!(serve(
        near,
        Options::default(),
        buffers.clone(),
        watch,
        handle,
        refuse
    ));
    for (bytes, kept) in steps {
        push(&mut far, bytes);
        assert!(run(serving.as_mut()).is_none());
        pull(&mut far);
        assert_eq!(buffers.kept(), *kept, "{:?}", String::from_utf8_lossy(bytes));
    }
    drop(far);
    assert!(run(serving.as_mut()).is_some());
    assert_eq!(buffers.kept(), at_end, "at the end of the stream");
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";

#[test]
fn a_server_that_waits_with_nothing_holds_nothing() {
    check_server(
        &[
            (b"", (1, 0, 0)),
            (b"GET", (0, 0, 0)),
            (b" / HTTP/1.1\r\nhost: a\r\n\r\n", (1, 0, 1)),
            (GET, (1, 0, 1)),
            (
                b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n",
                (1, 0, 1),
            ),
            (b"ab", (1, 0, 1)),
            (b"cde", (1, 0, 1)),
            (b"GET /wait HTTP/1.1\r\nhost: a\r\n\r\n", (1, 0, 1)),
            // what is pipelined has to be kept
            (GET, (0, 0, 1)),
        ],
        (0, 0, 1),
    );
}

#[test]
fn a_large_body_takes_a_large_buffer_for_as_long_as_it_comes() {
    let body = vec![b'x'; 3 * RECEIVE_BYTES_LARGE];
    check_server(
        &[
            (
                b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 500000\r\n\r\n",
                (1, 0, 0),
            ),
            (&body, (1, 1, 0)),
            (&body[..500_000 - body.len()], (1, 1, 1)),
            (GET, (1, 1, 1)),
        ],
        (1, 1, 1),
    );
}

#[test]
fn a_client_that_waits_with_nothing_holds_nothing() {
    let (near, mut far) = duplex(1 << 20);
    let buffers = Buffers::default();
    let mut connection = Connection::new(near, Limits::default(), buffers.clone());
    let mut head = RequestHead::new(buffers.send(), "GET", "/").unwrap();
    head.add(FieldName::constant("host"), FieldValue::constant("a"));
    let request = head.finish(Some(0));
    for _ in 0..3 {
        let mut upload = None::<Full<&str>>;
        let mut sending = pin!(connection.send(&request, &mut upload, || ()));
        assert!(run(sending.as_mut()).is_none());
        assert_eq!(buffers.kept().0, 1, "while the answer is waited for");
        push(&mut far, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        let mut receiving = run(sending).unwrap().ok().unwrap();
        assert_eq!(buffers.kept(), (0, 0, 0), "head and body lie in it");
        {
            let mut body = pin!(poll_fn(|cx| receiving.poll_ready(cx)));
            assert!(matches!(run(body.as_mut()), Some(Ok(true))));
        }
        receiving.consume(2);
        connection = receiving.finish().ok().unwrap();
        assert_eq!(buffers.kept(), (1, 0, 0));
        assert!(!connection.has_ended());
        assert_eq!(buffers.kept(), (1, 0, 0));
    }
    drop(far);
    assert!(connection.has_ended());
    assert_eq!(buffers.kept(), (1, 0, 0), "at its end");
}

#[test]
fn no_more_is_kept_than_is_worth_it() {
    let buffers = Buffers::default();
    let many: Vec<_> = (0..2 * KEPT_MAX).map(|_| buffers.receive()).collect();
    many.into_iter().for_each(|one| buffers.keep_receive(one));
    let mut grown = buffers.receive_large();
    grown.bytes.resize(2 * RECEIVE_BYTES_LARGE, 0);
    buffers.keep_receive(grown);
    for _ in 0..2 * KEPT_MAX {
        buffers.keep_send(Vec::with_capacity(10));
    }
    assert_eq!(buffers.kept(), (KEPT_MAX, 0, KEPT_MAX));
    assert_eq!(buffers.receive().bytes.len(), RECEIVE_BYTES);
    let buffers = Buffers::default();
    buffers.keep_send(Vec::new());
    buffers.keep_send(Vec::with_capacity(SEND_BYTES_KEPT_MAX + 1));
    assert_eq!(buffers.kept(), (0, 0, 0));
}

/// Nothing of one connection is to be seen by the next.
#[test]
fn what_comes_back_is_empty() {
    let buffers = Buffers::default();
    let mut used = buffers.receive();
    (used.start, used.end) = (3, 9);
    buffers.keep_receive(used);
    assert!(buffers.receive().unread().is_empty());
    buffers.keep_send(b"secret".to_vec());
    assert!(buffers.send().is_empty());
}
