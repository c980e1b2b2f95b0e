//! Answers that arrive, and how much of them is counted and kept.

use super::peer::*;
use super::*;
use h2::RecvStream;
use h2::server::{Builder, SendResponse};
use http::{HeaderMap, Response, StatusCode};
use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// Bytes whose place can be told.
fn pattern(len: usize) -> Bytes {
    (0..len).map(|i| (i % 251) as u8).collect::<Vec<_>>().into()
}

async fn received(mut body: RecvStream) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(part) = body.data().await {
        let part = part.expect("a part of the body");
        body.flow_control()
            .release_capacity(part.len())
            .expect("it was received");
        out.extend(part);
    }
    out
}

/// Answers 200 with a body, in whatever parts the client's windows allow.
async fn send(mut respond: SendResponse<Bytes>, mut body: Bytes) {
    let mut stream = respond
        .send_response(Response::new(()), body.is_empty())
        .expect("an answer");
    while !body.is_empty() {
        stream.reserve_capacity(body.len());
        let granted = poll_fn(|cx| stream.poll_capacity(cx))
            .await
            .expect("a stream")
            .expect("room");
        let part = body.split_to(granted.min(body.len()));
        stream.send_data(part, body.is_empty()).expect("sent");
    }
}

fn ask(http2: &Rc<Http2>, body: Bytes) -> JoinHandle<Result<Http2Answer, Broken2>> {
    let http2 = Rc::clone(http2);
    tokio::task::spawn_local(async move {
        let request = request("POST", "/echo");
        http2
            .exchange(&request, body, Keep::UpTo(usize::MAX), || {})
            .await
    })
}

#[test]
fn many_streams_share_a_connection() {
    run(async {
        let http2 = connected(&Builder::new(), async |request, respond| {
            let body = received(request.into_body()).await;
            send(respond, body.into()).await;
        })
        .await;
        let exchanges: Vec<_> = (0..200).map(|i| (i, ask(&http2, pattern(i)))).collect();
        for (len, exchange) in exchanges {
            let answer = exchange.await.expect("no panic").expect("an answer");
            assert_eq!((answer.status, answer.body_bytes), (200, len as u64));
            assert_eq!(answer.kept.expect("asked for").body, pattern(len));
        }
        assert_eq!((http2.in_flight(), http2.streams_opened()), (0, 200));
        assert!(http2.is_usable() && http2.ended().is_none());
    });
}

#[test]
fn no_more_streams_are_open_than_the_server_allows() {
    run(async {
        let open = Rc::new(Cell::new(0));
        let most = Rc::new(Cell::new(0));
        let counted = (Rc::clone(&open), Rc::clone(&most));
        let mut builder = Builder::new();
        let http2 = connected(builder.max_concurrent_streams(3), move |_, respond| {
            let (open, most) = counted.clone();
            async move {
                open.set(open.get() + 1);
                most.set(most.get().max(open.get()));
                sleep(Duration::from_secs(1)).await;
                open.set(open.get() - 1);
                send(respond, Bytes::new()).await;
            }
        })
        .await;
        assert_eq!(http2.streams_max(), 3);
        let start = Instant::now();
        let exchanges: Vec<_> = (0..30).map(|_| ask(&http2, Bytes::new())).collect();
        sleep(Duration::from_millis(500)).await;
        assert_eq!(http2.in_flight(), 3);
        for exchange in exchanges {
            assert_eq!(exchange.await.expect("no panic").expect("an answer").status, 200);
        }
        // three at a time, never fewer and never more
        assert_eq!((most.get(), start.elapsed().as_secs()), (3, 10));
    });
}

#[test]
fn large_bodies_pass_small_windows_both_ways() {
    run(async {
        let mut builder = Builder::new();
        builder.initial_window_size(1_000).max_send_buffer_size(10_000);
        let http2 = connected(&builder, async |request, respond| {
            let body = received(request.into_body()).await;
            // more than any window of the client's
            send(respond, [body.clone(), body].concat().into()).await;
        })
        .await;
        let body = pattern(300_000);
        let exchanges = [ask(&http2, body.clone()), ask(&http2, body.clone())];
        for exchange in exchanges {
            let answer = exchange.await.expect("no panic").expect("an answer");
            assert_eq!(answer.body_bytes, 600_000);
            let kept = answer.kept.expect("asked for").body;
            assert!(kept[..300_000] == body && kept[300_000..] == body);
        }
    });
}

/// What nobody keeps is given back to the windows all the same.
#[test]
fn answers_are_kept_as_far_as_asked() {
    run(async {
        let http2 = connected(&Builder::new(), async |_, respond| {
            send(respond, pattern(9_000_000)).await;
        })
        .await;
        for (keep, wanted) in [
            (Keep::Nothing, None),
            (Keep::UpTo(0), Some(0)),
            (Keep::UpTo(70_000), Some(70_000)),
        ] {
            let answer = http2
                .exchange(&request("GET", "/"), Bytes::new(), keep, || {})
                .await;
            let answer = answer.expect("an answer");
            assert_eq!(answer.body_bytes, 9_000_000);
            let kept = answer.kept.map(|Kept { body, .. }| body);
            assert_eq!(kept, wanted.map(|len| pattern(len).to_vec()));
        }
    });
}

#[test]
fn interim_answers_are_read_past_and_trailers_too() {
    run(async {
        let http2 = scripted(&[], async |mut frames| {
            frames.preface().await;
            let stream = frames.next(HEADERS).await.expect("a request").stream;
            for code in [103, 100, 103] {
                frames.write(HEADERS, END_HEADERS, stream, &status(code)).await;
                sleep(Duration::from_secs(1)).await;
            }
            let head = [OK, &field("a", "1"), &field("a", "2")].concat();
            frames.write(HEADERS, END_HEADERS, stream, &head).await;
            sleep(Duration::from_secs(2)).await;
            frames.write(DATA, 0, stream, b"abc").await;
            frames.write(DATA, 0, stream, b"").await;
            frames.write(DATA, 0, stream, b"de").await;
            sleep(Duration::from_secs(1)).await;
            let trailers = field("grpc-status", "0");
            frames
                .write(HEADERS, END_HEADERS | END_STREAM, stream, &trailers)
                .await;
            frames.drain().await;
        })
        .await;
        let start = Instant::now();
        let sent = Cell::new(None);
        let answer = http2
            .exchange(&request("GET", "/"), Bytes::new(), Keep::UpTo(4), || {
                sent.set(Some(start.elapsed()));
            })
            .await;
        let answer = answer.expect("an answer");
        assert_eq!(sent.get(), Some(Duration::ZERO));
        assert_eq!((answer.status, answer.body_bytes), (200, 5));
        assert_eq!((answer.first_byte - start).as_secs(), 3);
        assert_eq!(start.elapsed().as_secs(), 6);
        let kept = answer.kept.expect("asked for");
        let mut headers = HeaderMap::new();
        headers.append("a", "1".parse().expect("a value"));
        headers.append("a", "2".parse().expect("a value"));
        assert_eq!((kept.headers, kept.body.as_slice()), (headers, &b"abcd"[..]));
    });
}

#[test]
fn answers_without_a_body_are_whole() {
    run(async {
        let http2 = connected(&Builder::new(), async |request, mut respond| {
            let code: u16 = request.uri().path()[1..].parse().expect("a status");
            let answer = Response::builder()
                .status(StatusCode::from_u16(code).expect("a status"))
                .header("content-length", "7");
            respond
                .send_response(answer.body(()).expect("an answer"), true)
                .expect("sent");
        })
        .await;
        for (method, path) in [("HEAD", "/200"), ("GET", "/304"), ("GET", "/204")] {
            let answer = http2
                .exchange(&request(method, path), Bytes::new(), Keep::Nothing, || {})
                .await;
            let answer = answer.unwrap_or_else(|broken| panic!("{method} {path}: {broken:?}"));
            assert_eq!(
                (format!("/{}", answer.status).as_str(), answer.body_bytes),
                (path, 0)
            );
        }
    });
}

/// A server need not read what it answers (RFC 9113 §8.1).
#[test]
fn an_answer_may_come_before_the_end_of_the_upload() {
    run(async {
        let http2 = scripted(&[], async |mut frames| {
            frames.preface().await;
            while let Some(request) = frames.next(HEADERS).await {
                // the window is full, and stays so
                while frames.next(DATA).await.expect("a part of the body").payload.len() == 16_384 {}
                let early = END_HEADERS | END_STREAM;
                frames.write(HEADERS, early, request.stream, &status(413)).await;
                frames.write(RST_STREAM, 0, request.stream, &[0; 4]).await;
                // what was not read is given back to the connection
                frames.write(WINDOW_UPDATE, 0, 0, &65_535_u32.to_be_bytes()).await;
            }
        });
        let http2 = Rc::new(http2.await);
        for _ in 0..3 {
            let answer = ask(&http2, pattern(1_000_000)).await;
            let answer = answer.expect("no panic").expect("an answer");
            assert_eq!(answer.status, 413);
        }
        assert!(http2.is_usable());
    });
}

#[test]
fn the_servers_limit_may_move() {
    const MAX_STREAMS: [u8; 2] = [0, 3];
    let limit = |streams: u8| [&MAX_STREAMS[..], &[0, 0, 0, streams]].concat();
    run(async {
        let http2 = scripted(&limit(1), async move |mut frames| {
            frames.preface().await;
            let first = frames.next(HEADERS).await.expect("a request").stream;
            sleep(Duration::from_secs(1)).await;
            frames.write(SETTINGS, 0, 0, &limit(2)).await;
            let second = frames.next(HEADERS).await.expect("another beside it").stream;
            frames.write(SETTINGS, 0, 0, &limit(1)).await;
            for stream in [first, second] {
                frames.write(HEADERS, END_HEADERS | END_STREAM, stream, OK).await;
            }
            let third = frames.next(HEADERS).await.expect("the last").stream;
            frames.write(HEADERS, END_HEADERS | END_STREAM, third, OK).await;
            frames.drain().await;
        })
        .await;
        let http2 = Rc::new(http2);
        assert_eq!(http2.streams_max(), 1);
        let exchanges = [(); 3].map(|()| ask(&http2, Bytes::new()));
        tokio::task::yield_now().await;
        assert_eq!(http2.in_flight(), 1);
        sleep(Duration::from_millis(1_500)).await;
        for exchange in exchanges {
            exchange.await.expect("no panic").expect("an answer");
        }
        assert_eq!(http2.streams_max(), 1);
    });
}
