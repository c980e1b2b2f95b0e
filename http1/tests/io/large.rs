//! Bodies of 8 MiB through a connection of 1 KiB, both ways at once.

use crate::support::{Any, Pattern, Task, Wire, answer, is_pattern};
use http1::connection::Close;
use http1::head::{Limits, Refusal, Request};
use http1::io::{Answer, Body, Buffers, Connection, Cut, End, Full, Incoming, Options, Watch, serve};
use std::future::poll_fn;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::duplex;

const LEN: u64 = 8 << 20;

/// What comes back is made of what arrived, or of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Back {
    Echo,
    Own { known: bool },
}

async fn handle(body: Incoming<Wire>, back: Back) -> Result<Answer<Any>, Cut> {
    let Back::Own { known } = back else {
        return Ok(answer(200, Any::of(body)));
    };
    let mut body = body;
    check_content(&mut body).await;
    Ok(answer(200, Any::of(Pattern::new(LEN, 50_000, known))))
}

/// Takes all of it, in amounts that fit nothing.
async fn check_content(body: &mut impl Body) {
    let mut at = 0;
    while poll_fn(|cx| body.poll_ready(cx)).await.unwrap() {
        let len = {
            let piece = body.bytes();
            let len = piece.len().min(40_009);
            assert!(is_pattern(at, &piece[..len]), "not what was sent, behind {at}");
            len
        };
        body.consume(len);
        at += len as u64;
    }
    assert_eq!(at, LEN);
}

/// A client and a server of ours on one connection.
fn pair(
    capacity: usize,
    known: bool,
    back: Back,
    vectored: bool,
) -> (impl Future<Output = End<Wire, Any>>, impl Future<Output = ()>) {
    let (near, far) = duplex(capacity);
    let (mut client, mut server) = (Wire::new(near), Wire::new(far));
    (client.vectored, server.vectored) = (vectored, vectored);
    let serving = async move {
        let handle = |_: Request<'_>, body| handle(body, back);
        let refuse = |refusal: Refusal| answer(refusal.status(), Any::of(Full::new("")));
        let (options, watch) = (Options::default(), Rc::new(Watch::default()));
        serve(server, options, Buffers::default(), watch, handle, refuse).await
    };
    let calling = async move {
        let mut connection = Connection::new(client, Limits::default(), Buffers::default());
        for _ in 0..2 {
            let mut upload = Some(Pattern::new(LEN, 70_000, known));
            let request = crate::support::request("POST", known.then_some(LEN));
            let sent = connection.send(&request, &mut upload, || ()).await;
            let mut receiving = sent.ok().unwrap();
            assert_eq!(receiving.status(), 200);
            check_content(&mut receiving).await;
            connection = receiving.finish().unwrap();
        }
    };
    (serving, calling)
}

#[track_caller]
fn check(capacity: usize, known: bool, back: Back, vectored: bool) {
    let (serving, calling) = pair(capacity, known, back, vectored);
    let (mut serving, mut calling) = (Task::new(serving), Task::new(calling));
    while serving.run() | calling.run() {}
    assert!(calling.is_done(), "they stand still");
    assert_eq!(serving.output.map(|end| end.reason), Some(Close::Ended));
}

/// Under tokio, where a task that has done much is made to rest in between. The clock stands still until nothing moves
/// any more, and then it is an hour later.
#[tokio::test(start_paused = true)]
async fn tokio_drives_them_as_well() {
    for known in [true, false] {
        let (serving, calling) = pair(1024, known, Back::Echo, true);
        let both = async { tokio::join!(serving, calling).0.reason };
        let reason = tokio::time::timeout(Duration::from_secs(3600), both).await;
        assert_eq!(reason.expect("they stand still"), Close::Ended);
    }
}

#[test]
fn echoed_bodies_of_known_length_arrive_intact() {
    check(1024, true, Back::Echo, true);
    check(1024, true, Back::Echo, false);
}

#[test]
fn echoed_chunks_arrive_intact() {
    check(1024, false, Back::Echo, true);
    check(1024, false, Back::Echo, false);
}

#[test]
fn a_body_each_way_arrives_intact() {
    check(1024, true, Back::Own { known: true }, true);
    check(1024, false, Back::Own { known: false }, true);
    check(1 << 20, true, Back::Own { known: false }, true);
    check(1 << 20, false, Back::Own { known: true }, false);
}
