//! What a stream that is not read costs in memory, measured on the running binary: down, up, and in a tunnel.

#[path = "support/running.rs"]
#[expect(dead_code, reason = "others ask the admin port, and open more")]
mod running;

use running::Running;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// At once.
const STREAMS: usize = 8;

/// Of each. Ten megabytes may rest in sockets; what is beyond them rests with the gateway, or the sender.
const BYTES: usize = 32 << 20;

/// KB of the gateway's memory at its peak, for each stream: receive and send buffers of two connections are a quarter of it, and
/// the allocator keeps some of what has been.
const KB_MAX: f64 = 768.0;

static PIECE: [u8; 64 * 1024] = [b'x'; 64 * 1024];

fn fill(stream: &mut TcpStream) {
    (0..BYTES / PIECE.len()).for_each(|_| stream.write_all(&PIECE).expect("taken"));
}

/// Reads a head, and what of the stream came with it.
fn head(stream: &TcpStream) -> (String, BufReader<TcpStream>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).expect("a head"), 0, "{head}");
    }
    (head, reader)
}

fn drain(reader: &mut impl Read) {
    let mut piece = vec![0; PIECE.len()];
    let mut left = BYTES;
    while left > 0 {
        let most = left.min(piece.len());
        let len = reader.read(&mut piece[..most]).expect("more of it");
        assert!(len > 0, "{left} bytes are missing");
        assert!(piece[..len].iter().all(|byte| *byte == b'x'));
        left -= len;
    }
}

/// Sends or takes [`BYTES`], as its path says; its threads end with the test's process. Uploads are taken one after the other.
fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        let turn: &std::sync::Mutex<()> = Box::leak(Box::default());
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let (head, mut reader) = head(&stream);
                if head.starts_with("POST") {
                    let _turn = turn.lock();
                    drain(&mut reader);
                    stream
                        .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
                        .expect("written");
                    return;
                }
                let answer = if head.contains("/tunnel") {
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n".to_owned()
                } else {
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {BYTES}\r\n\r\n")
                };
                stream.write_all(answer.as_bytes()).expect("written");
                fill(&mut stream);
            });
        }
    });
    addr
}

fn gateway() -> Running {
    Running::start(&format!(
        "upstreams: {{ u: {{ replicas: [\"{}\"] }} }}\n\
         routes: [ {{ name: all, match: {{ path: / }}, upstream: u, upgrade: true, timeout: 1h }} ]\n",
        upstream()
    ))
}

#[track_caller]
fn check_peak(what: &str, gateway: &Running, before: f64) {
    let each = (gateway.memory("VmHWM:") - before) / STREAMS as f64;
    let shown = format!("{each:.0} KB for each of {STREAMS} {what} of {} MB", BYTES >> 20);
    println!("{shown}");
    assert!(each <= KB_MAX, "{shown}");
}

/// All begin, and are read one after the other: each waits for its reader while those before it are read.
#[track_caller]
fn check_down(what: &str, request: &str) {
    let gateway = gateway();
    let before = gateway.resident();
    let open = || {
        let mut stream = TcpStream::connect(gateway.http).expect("the gateway accepts");
        stream.write_all(request.as_bytes()).expect("written");
        head(&stream).1
    };
    let streams: Vec<_> = (0..STREAMS).map(|_| open()).collect();
    streams.into_iter().for_each(|mut reader| drain(&mut reader));
    check_peak(what, &gateway, before);
}

#[test]
fn answers_wait_for_their_readers() {
    check_down("answers", "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
}

#[test]
fn tunnels_wait_for_their_readers() {
    let asks = "GET /tunnel HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    check_down("tunnels", asks);
}

#[test]
fn uploads_wait_for_their_upstream() {
    let gateway = gateway();
    let before = gateway.resident();
    let senders = (0..STREAMS).map(|_| {
        let mut stream = TcpStream::connect(gateway.http).expect("the gateway accepts");
        std::thread::spawn(move || {
            let asks = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {BYTES}\r\n\r\n");
            stream.write_all(asks.as_bytes()).expect("written");
            fill(&mut stream);
            assert!(head(&stream).0.starts_with("HTTP/1.1 204 "));
        })
    });
    let senders: Vec<_> = senders.collect();
    senders
        .into_iter()
        .for_each(|sender| sender.join().expect("answered"));
    check_peak("uploads", &gateway, before);
}
