//! Ten thousand clients at once, each with a request under way, on fifty upstream connections: all are answered in their
//! turn, and the bound on connections holds as the upstream sees it. `cargo test -p gateway --test crowd -- --nocapture`
//! shows what a client that waits takes in memory.

#[path = "support/running.rs"]
mod running;

use running::{Running, may_open};
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const CLIENTS: usize = 10_000;
const UPSTREAM_CONNECTIONS: usize = 50;
/// One after the other on one connection; the first ones of all clients at once.
const REQUESTS: usize = 3;

/// KB of resident memory that a client with a request in the queue may take. Its connection is some 3, its request's future,
/// buffer and place in the queue the rest.
const KB_MAX: f64 = 16.0;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// What the upstream has seen.
#[derive(Default)]
struct Seen {
    open: Cell<usize>,
    /// Requests at once. A connection carries one, and what the gateway has closed may be seen late: this is seen at once.
    busy: Cell<usize>,
    busy_most: Cell<usize>,
    requests: Cell<usize>,
}

/// Answers everything, from when `answers` says so.
async fn upstream(listener: TcpListener, seen: Rc<Seen>, answers: watch::Receiver<bool>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let (seen, mut answers) = (Rc::clone(&seen), answers.clone());
        tokio::task::spawn_local(async move {
            seen.open.set(seen.open.get() + 1);
            let mut request = [0; 4096];
            // a request without a body is one piece here, and the next one comes behind its answer
            while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                seen.requests.set(seen.requests.get() + 1);
                seen.busy.set(seen.busy.get() + 1);
                seen.busy_most.set(seen.busy_most.get().max(seen.busy.get()));
                answers
                    .wait_for(|answers| *answers)
                    .await
                    .expect("the test goes on");
                seen.busy.set(seen.busy.get() - 1);
                if stream.write_all(ANSWER).await.is_err() {
                    break;
                }
            }
            seen.open.set(seen.open.get() - 1);
        });
    }
}

async fn answered(stream: &mut TcpStream) {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\nok") {
        let len = stream.read_buf(&mut answer).await.expect("an answer");
        assert_ne!(
            len,
            0,
            "the gateway hung up: {}",
            String::from_utf8_lossy(&answer)
        );
    }
    assert!(
        answer.starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}

/// A gauge of the gateway's.
async fn gauge(admin: SocketAddr, name: &str) -> usize {
    let mut stream = TcpStream::connect(admin).await.expect("the admin port");
    let request = b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.expect("written");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("metrics");
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_whitespace().last()?.parse().ok());
    value.unwrap_or_else(|| panic!("no {name} in {text}"))
}

async fn crowd() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("bound");
    let (answer, answers) = watch::channel(false);
    let seen = Rc::new(Seen::default());
    tokio::task::spawn_local(upstream(listener, Rc::clone(&seen), answers));
    let gateway = Running::start(&format!(
        "server: {{ connections_max: 20000, idle_timeout: 1h }}\n\
         upstreams:\n  u:\n    replicas: [\"{addr}\"]\n    pool: {{ idle_max: {UPSTREAM_CONNECTIONS}, \
         connections_max: {UPSTREAM_CONNECTIONS}, pending_max: {CLIENTS}, in_flight_max: {}, pending_timeout: 1h }}\n\
         routes: [ {{ name: all, match: {{ path: / }}, upstream: u, timeout: 1h }} ]\n",
        CLIENTS + UPSTREAM_CONNECTIONS
    ));
    let before = gateway.resident();
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let mut stream = TcpStream::connect(gateway.http)
            .await
            .expect("the gateway accepts");
        stream.write_all(REQUEST).await.expect("written");
        clients.push(stream);
    }
    let waiting = CLIENTS - UPSTREAM_CONNECTIONS;
    while gauge(gateway.admin, "tollgate_upstream_pending{").await < waiting {}
    let each = (gateway.resident() - before) / CLIENTS as f64;
    println!("{each:.2} KB for a client whose request waits, {waiting} of them at once");
    assert_eq!(
        seen.open.get(),
        UPSTREAM_CONNECTIONS,
        "connections, while all wait"
    );
    answer.send_replace(true);
    let clients = clients.into_iter().map(|mut stream| {
        tokio::task::spawn_local(async move {
            answered(&mut stream).await;
            for _ in 1..REQUESTS {
                stream.write_all(REQUEST).await.expect("written");
                answered(&mut stream).await;
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.expect("answered");
    }
    println!(
        "{} requests answered, at most {} of them at once at the upstream",
        seen.requests.get(),
        seen.busy_most.get()
    );
    assert_eq!(seen.requests.get(), CLIENTS * REQUESTS);
    assert!(seen.busy_most.get() <= UPSTREAM_CONNECTIONS);
    assert!(each <= KB_MAX, "{each:.2} KB");
}

#[test]
fn ten_thousand_clients_share_fifty_connections() {
    if !may_open(CLIENTS) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    tokio::task::LocalSet::new().block_on(&runtime, crowd());
}
