//! Bodies of 8 MiB through a connection of 1 KiB, both ways at once.

use crate::support::{Any, Pattern, Task, Wire, answer, is_pattern};
use http1::connection::Close;
use http1::head::{Limits, Refusal, Request};
use http1::io::{Answer, Body, Buffers, Connection, Cut, End, Full, Incoming, Options, Watch, serve};
use std::future::poll_fn;
use std::rc::Rc;
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
fn check(capacity: usize, known: bool, back: Back, vectored: bool) {
    let (near, far) = duplex(capacity);
    let (mut client, mut server) = (Wire::new(near), Wire::new(far));
    (client.vectored, server.vectored) = (vectored, vectored);
    let mut serving = Task::<End<Wire>>::new(async move {
        let handle = |_: Request<'_>, body| handle(body, back);
        let refuse = |refusal: Refusal| answer(refusal.status(), Any::of(Full::new("")));
        serve(
            server,
            Options::default(),
            Buffers::default(),
            Rc::new(Watch::default()),
            handle,
            refuse,
        )
        .await
    });
    let mut calling = Task::new(async move {
        let mut connection = Connection::new(client, Limits::default(), Buffers::default());
        for _ in 0..2 {
            let mut upload = Some(Pattern::new(LEN, 70_000, known));
            let length = known.then_some(LEN);
            let request = crate::support::request("POST", length);
            let mut receiving = connection
                .send(&request, &mut upload, || ())
                .await
                .map_err(|_| "failed")
                .unwrap();
            assert_eq!(receiving.status(), 200);
            check_content(&mut receiving).await;
            connection = receiving.finish().unwrap();
        }
    });
    while serving.run() | calling.run() {}
    assert!(calling.is_done(), "they stand still");
    assert_eq!(serving.output.map(|end| end.reason), Some(Close::Ended));
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
