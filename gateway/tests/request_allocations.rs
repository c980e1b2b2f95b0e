//! A request that is guarded by every time limit, retries with a budget and a breaker allocates what a bare one does, and so does one
//! that is traced and not recorded. For the instrumented build:
//! `cargo test -p gateway --features count-alloc --test request_allocations`.
#![cfg(feature = "count-alloc")]

use gateway::App;
use gateway::alloc::{Counting, counts};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::oneshot;
use world::{NoProbe, RealWorld, Seed};

#[global_allocator]
static ALLOCATOR: Counting<std::alloc::System> = Counting(std::alloc::System);

const REQUEST: &[u8] = b"GET /a HTTP/1.1\r\nHost: a.example\r\n\
                         traceparent: 00-12345678901234567890123456789012-1234567890123456-00\r\n\
                         tracestate: a=1,b=2\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Request-Id: 1\r\nDate: x\r\n\r\nok";
const ROUNDS: u64 = 500;

/// Answers whatever it reads; nothing that it does allocates.
async fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("bound");
    tokio::task::spawn_local(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::task::spawn_local(async move {
                let mut bytes = [0; 4096];
                while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {
                    stream.write_all(ANSWER).await.expect("written");
                }
            });
        }
    });
    addr
}

/// What is said besides what every config has.
#[derive(Default)]
struct More<'a> {
    top: &'a str,
    upstream: &'a str,
    route: &'a str,
}

/// Allocations of so many requests on one connection, after as many that are not counted.
async fn allocations(more: More<'_>, addr: SocketAddr) -> u64 {
    let More { top, upstream, route } = more;
    let yaml = format!(
        "listen: {{ http: \"127.0.0.1:0\" }}\n{top}\nupstreams: {{ u: {{ replicas: [\"{addr}\"]{upstream} }} }}\n\
         routes: [ {{ name: all, match: {{ path: / }}, upstream: u{route} }} ]\n"
    );
    let app = App::new(yaml.as_bytes(), 1).expect("valid");
    let (tell, told) = oneshot::channel();
    let serving = app.clone();
    tokio::task::spawn_local(async move {
        let world = RealWorld::new(Seed(1), Duration::ZERO).expect("a timer");
        let ready = |listen| drop(tell.send(listen));
        serving.serve(world, NoProbe, 0, serving.listen(), ready).await
    });
    let mut client = TcpStream::connect(told.await.expect("ready").http)
        .await
        .expect("accepted");
    let mut bytes = [0; 4096];
    let mut before = counts();
    for round in 0..2 * ROUNDS {
        if round == ROUNDS {
            before = counts();
        }
        client.write_all(REQUEST).await.expect("written");
        let read = client.read(&mut bytes).await.expect("an answer");
        assert!(bytes[..read].starts_with(b"HTTP/1.1 200 "));
    }
    counts().allocations - before.allocations
}

/// One after the other: they share their counter.
#[test]
fn what_is_asked_for_allocates_nothing_more() {
    let traced = More {
        top: "trace: { sample: parent, endpoint: \"http://127.0.0.1:1\" }",
        ..More::default()
    };
    let guarded = More {
        upstream: ", first_byte_timeout: 5s, breaker: { error_ratio: 0.5, slow_after: 1s, slow_ratio: 0.5 }",
        route: ", timeout: 60s, idle_timeout: 30s, \
                retries: { max: 2, try_timeout: 2s, budget: { ratio: 0.2, min_per_second: 3, ttl: 10s } }",
        ..More::default()
    };
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default());
    runtime.expect("a runtime").block_on(async {
        let upstream = upstream().await;
        let without = allocations(More::default(), upstream).await;
        for (name, more) in [("traced", traced), ("guarded", guarded)] {
            let with = allocations(more, upstream).await;
            // a tick of the housekeeping falls into the one or the other
            assert!(
                with.saturating_sub(without) < ROUNDS / 10,
                "{without} without, {with} {name}"
            );
        }
    });
}
