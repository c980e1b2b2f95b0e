//! A client, a proxy and a server, all of them ours, over connections of any size: whatever waits for what, all of it
//! arrives.

use crate::support::{Any, Asked, Handled, Pattern, Setup, Task, Wire, answer, is_pattern, request};
use http1::connection::Close;
use http1::head::Limits;
use http1::io::{Body, Buffers, Connection, Empty, Incoming};
use std::cell::RefCell;
use std::future::poll_fn;
use tokio::io::duplex;

fn passes(upstream: Wire) -> impl Fn(Asked, Incoming<Wire>) -> Handled {
    let upstream = RefCell::new(Some(upstream));
    move |asked, body| {
        let wire = upstream.take();
        Box::pin(async move {
            let Some(wire) = wire else {
                return Ok(answer(503, Any::of(Empty)));
            };
            let connection = Connection::new(wire, Limits::default(), Buffers::default());
            let request = request(&asked.method, body.length());
            let mut upload = Some(body);
            match connection.send(&request, &mut upload, || ()).await {
                Ok(receiving) => Ok(answer(receiving.status(), Any::of(receiving))),
                Err(_) => Ok(answer(502, Any::of(Empty))),
            }
        })
    }
}

/// The last in the chain: sends back what comes, or something of its own, before or after it has come.
fn ends(len: u64, known: bool, way: usize) -> impl Fn(Asked, Incoming<Wire>) -> Handled {
    move |_, mut body| {
        Box::pin(async move {
            match way {
                0 => Ok(answer(200, Any::of(body))),
                1 => {
                    check_content(&mut body, len).await;
                    Ok(answer(200, Any::of(Pattern::new(len, 700, known))))
                }
                // it answers at once, and reads nothing
                _ => Ok(answer(200, Any::of(Pattern::new(len, 700, known)))),
            }
        })
    }
}

async fn check_content(body: &mut impl Body, len: u64) {
    let mut at = 0;
    while poll_fn(|cx| body.poll_ready(cx)).await.unwrap() {
        let len = {
            let piece = body.bytes();
            assert!(is_pattern(at, &piece), "not what was sent, behind {at}");
            piece.len()
        };
        body.consume(len);
        at += len as u64;
    }
    assert_eq!(at, len);
}

#[track_caller]
fn check(capacities: (usize, usize), len: u64, known: bool, way: usize) {
    let (to_proxy, to_end) = capacities;
    let (client, near) = duplex(to_proxy);
    let (upstream, far) = duplex(to_end);
    let end = RefCell::new(Setup::default().over(Wire::new(far), ends(len, !known, way)));
    let proxy = RefCell::new(Setup::default().over(Wire::new(near), passes(Wire::new(upstream))));
    let mut calling = Task::new(async move {
        let connection = Connection::new(Wire::new(client), Limits::default(), Buffers::default());
        let mut upload = Some(Pattern::new(len, 1000, known));
        let request = request("POST", known.then_some(len));
        let sent = connection.send(&request, &mut upload, || ()).await;
        let mut receiving = sent.ok().unwrap();
        assert_eq!(receiving.status(), 200);
        check_content(&mut receiving, len).await;
        drop(receiving.finish());
    });
    let run = || end.borrow_mut().run() | proxy.borrow_mut().run();
    while calling.run() | run() {}
    let what = format!("{capacities:?} {len} {known} {way}");
    assert!(calling.is_done(), "it stands still: {what}");
    // what is not reused is closed, and nobody is left behind
    let reason = proxy.borrow_mut().output.take().map(|end| end.reason);
    assert!(reason.is_some(), "{what}");
    assert!(end.borrow().is_done(), "{what}");
    if way < 2 {
        assert_eq!(reason, Some(Close::Ended), "{what}");
    }
}

#[test]
fn all_of_it_arrives() {
    for capacities in [
        (1, 1),
        (1, 64),
        (64, 1),
        (7, 4096),
        (4096, 7),
        (1024, 1024),
        (1 << 20, 64),
        (64, 1 << 20),
    ] {
        // a byte at a time, a little has to be enough
        let most = if capacities.0.min(capacities.1) < 64 {
            2_000
        } else {
            100_000
        };
        for len in [0, 1, 50, most] {
            for known in [true, false] {
                for way in 0..3 {
                    check(capacities, len, known, way);
                }
            }
        }
    }
}
