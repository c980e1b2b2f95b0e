//! What an idle client connection costs in memory, measured on the running binary.

#[path = "support/running.rs"]
#[expect(dead_code, reason = "others ask the admin port")]
mod running;

use running::{Running, may_open};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

const CONNECTIONS: usize = 10_000;

/// KB of resident memory that an idle connection may take: 60 MB for ten thousand. Its task, its places in tables and
/// its socket's registration are about half of that, in debug builds too.
const KB_MAX: f64 = 6.0;

/// Answers everything with `ok`; its threads end with the test's process.
fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
                let mut request = [0; 4096];
                while stream.read(&mut request).is_ok_and(|read| read > 0) && stream.write_all(answer).is_ok()
                {
                }
            });
        }
    });
    addr
}

/// A connection that has had one answer.
fn idle(gateway: &Running) -> TcpStream {
    let mut stream = TcpStream::connect(gateway.http).expect("the gateway accepts");
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .expect("written");
    let mut answer = Vec::new();
    let mut piece = [0; 1024];
    while !answer.ends_with(b"\r\n\r\nok") {
        let len = stream.read(&mut piece).expect("an answer");
        assert_ne!(len, 0, "the gateway hung up");
        answer.extend_from_slice(&piece[..len]);
    }
    stream
}

#[test]
fn ten_thousand_idle_connections_stay_within_6_kb_each() {
    if !may_open(CONNECTIONS) {
        return;
    }
    let gateway = Running::start(&format!(
        "server: {{ connections_max: 20000, idle_timeout: 1h }}\n\
         upstreams: {{ u: {{ replicas: [\"{}\"] }} }}\n\
         routes: [ {{ name: all, match: {{ path: / }}, upstream: u }} ]\n",
        upstream()
    ));
    // code, pools and arenas that any traffic brings in are no connection's
    (0..100).for_each(|_| drop(idle(&gateway)));
    let before = gateway.resident();
    let held: Vec<_> = (0..CONNECTIONS).map(|_| idle(&gateway)).collect();
    let after = gateway.resident();
    let each = (after - before) / held.len() as f64;
    let shown =
        format!("{each:.2} KB per idle connection ({before} KB before {CONNECTIONS}, {after} KB after)");
    println!("{shown}");
    assert!(each <= KB_MAX, "{shown}");
}
