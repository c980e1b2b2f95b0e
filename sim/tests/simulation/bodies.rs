//! Pipelined requests with bodies of every kind through gateway and stub, while every read and write is cut at random
//! places: answers come in order, each belongs to its request, and not a byte of a body is lost, doubled or moved.
//!
//! The client is a few lines of its own, so that the engine is not judged by itself.

use crate::common::{Slot, bytes, driver, gateway_before, ms, run_on};
use rand::{Rng, RngExt};
use scenarios::{GATEWAY_PORT, REPLICA_PORT, Replica};
use sim::stage::add_replica;
use sim::trace::{Kind, Reader, first_difference};
use sim::world::{Settings, SimStream, SimWorld};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf};
use world::{Seed, World};

/// On one connection, all of them sent without waiting for an answer.
const PIPELINED: usize = 12;
/// A few windows.
const BODY_BYTES_MAX: usize = 20_000;
/// Well below one body, so that both directions stall again and again.
const WINDOW_BYTES: usize = 3_000;
/// Of simulated time: ten times what the slowest takes.
const GIVE_UP: Duration = Duration::from_secs(30);

/// A request's bytes, and the answer it must get.
struct Asked {
    request: Vec<u8>,
    head_only: bool,
    field: Option<String>,
    body: Vec<u8>,
}

/// What the requests pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Through {
    Gateway,
    StubAlone,
}

fn asked(rng: &mut impl Rng) -> Asked {
    let len = rng.random_range(0..BODY_BYTES_MAX);
    let upload: Vec<u8> = (0..len).map(|_| rng.random()).collect();
    let pattern = upstream_stub::pattern::slice(0, len as u64).to_vec();
    let get = |method: &str, wish: String| {
        format!("{method} /a HTTP/1.1\r\nhost: a.test\r\nx-stub: {wish}\r\n\r\n").into_bytes()
    };
    let post = |wish: &str, framing: &str, body: Vec<u8>| {
        let head = format!("POST /b HTTP/1.1\r\nhost: a.test\r\nx-stub: {wish}\r\n{framing}\r\n\r\n");
        [head.into_bytes(), body].concat()
    };
    let (length, chunked) = (format!("content-length: {len}"), "transfer-encoding: chunked");
    let sum = Some(format!("x-body-crc32: {:08x}", crc32(&upload)));
    let (request, field, body) = match rng.random_range(0..7) {
        0 => (get("GET", format!("body={len}B")), None, pattern),
        1 => (get("GET", format!("body={len}B stream=7x3ms")), None, pattern),
        2 => (get("HEAD", format!("body={len}B")), None, Vec::new()),
        3 => (post("echo", &length, upload.clone()), None, upload),
        4 => (post("echo", chunked, chunks(rng, &upload)), None, upload),
        5 => (
            post("status=201", &length, upload),
            sum.filter(|_| len > 0),
            Vec::new(),
        ),
        _ => (post("status=201", chunked, chunks(rng, &upload)), sum, Vec::new()),
    };
    Asked {
        head_only: request.starts_with(b"HEAD"),
        request,
        field,
        body,
    }
}

/// In chunks of any size, now and then with an extension or trailers.
fn chunks(rng: &mut impl Rng, mut content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while !content.is_empty() {
        let (chunk, rest) = content.split_at(rng.random_range(1..=content.len()));
        let extension = if rng.random() { "" } else { ";a=\"b;\\\"\"" };
        out.extend(format!("{:x}{extension}\r\n", chunk.len()).bytes());
        out.extend(chunk);
        out.extend(b"\r\n");
        content = rest;
    }
    let trailers = if rng.random() { "" } else { "x-sum: 1\r\n" };
    out.extend(format!("0\r\n{trailers}\r\n").bytes());
    out
}

/// Of IEEE 802.3, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let sum = bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    });
    !sum
}

/// Reads answers, one after the other.
struct Answers {
    stream: ReadHalf<SimStream>,
    received: Vec<u8>,
}

impl Answers {
    async fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.received.windows(2).position(|pair| pair == b"\r\n") {
                let line: Vec<u8> = self.received.drain(..end + 2).collect();
                return String::from_utf8(line[..end].to_vec()).expect("text");
            }
            self.more().await;
        }
    }

    async fn content(&mut self, len: usize) -> Vec<u8> {
        while self.received.len() < len {
            self.more().await;
        }
        self.received.drain(..len).collect()
    }

    async fn more(&mut self) {
        let mut buffer = [0; 4_096];
        let n = self.stream.read(&mut buffer).await.expect("reads");
        assert!(
            n > 0,
            "closed within an answer, behind {:?}",
            String::from_utf8_lossy(&self.received)
        );
        self.received.extend(&buffer[..n]);
    }

    /// Head, in lower case, and body.
    async fn next(&mut self, head_only: bool) -> (Vec<String>, Vec<u8>) {
        let mut head = Vec::new();
        loop {
            match self.line().await {
                line if line.is_empty() => break,
                line => head.push(line.to_lowercase()),
            }
        }
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = Vec::new();
        if let Some(length) = length.filter(|_| !head_only) {
            body = self.content(length.parse().expect("a number")).await;
        } else if !head_only && head.iter().any(|line| line == "transfer-encoding: chunked") {
            loop {
                let size = usize::from_str_radix(&self.line().await, 16).expect("a size");
                body.extend(self.content(size).await);
                assert_eq!(self.line().await, "");
                if size == 0 {
                    break;
                }
            }
        }
        (head, body)
    }
}

/// Plays one connection's worth of requests; the trace.
fn play(seed: u64, through: Through) -> Vec<u8> {
    let mut driver = driver(Settings {
        seed: Seed(seed),
        latency: (ms(1), ms(4)),
        window_bytes: WINDOW_BYTES,
        fragment: true,
        ..Settings::default()
    });
    let replica = Replica {
        name: "r0".into(),
        behaviour: "latency=uniform:1ms..9ms".into(),
        script: String::new(),
    };
    let replica = add_replica(&mut driver, &replica, String::new(), 0, Seed(seed)).expect("a good replica");
    let gateway = gateway_before(&mut driver, replica);
    let target = match through {
        Through::Gateway => SocketAddr::new(gateway, GATEWAY_PORT),
        Through::StubAlone => SocketAddr::new(replica, REPLICA_PORT),
    };
    let answered = Slot::<usize>::default();
    let slot = answered.clone();
    run_on(&mut driver, "client", move |world: SimWorld| {
        let slot = slot.clone();
        async move {
            let mut rng = Seed(seed).child("bodies").rng();
            let all: Vec<Asked> = (0..PIPELINED).map(|_| asked(&mut rng)).collect();
            tokio::time::sleep(ms(100)).await;
            let (stream, mut writing) = tokio::io::split(world.connect(target).await.expect("connects"));
            let requests: Vec<u8> = all.iter().flat_map(|asked| asked.request.clone()).collect();
            tokio::task::spawn_local(async move { writing.write_all(&requests).await });
            let mut answers = Answers {
                stream,
                received: Vec::new(),
            };
            for (at, asked) in all.iter().enumerate() {
                let (head, body) = answers.next(asked.head_only).await;
                let what = format!("seed {seed}, {through:?}, request {at}: {head:?}");
                assert!(head[0].starts_with("http/1.1 20"), "{what}");
                if let Some(field) = &asked.field {
                    assert!(head.contains(field), "{what} lacks {field:?}");
                }
                assert!(
                    body == asked.body,
                    "{what}: {} bytes of {}",
                    body.len(),
                    asked.body.len()
                );
                *slot.borrow_mut() += 1;
            }
            assert!(
                answers.received.is_empty(),
                "seed {seed}: bytes that nobody asked for"
            );
        }
    });
    while *answered.borrow() < PIPELINED && driver.elapsed() < GIVE_UP {
        driver.step().expect("steps");
    }
    driver.run_until(driver.elapsed() + ms(50)).expect("steps");
    assert_eq!(*answered.borrow(), PIPELINED, "seed {seed}, {through:?}: answers");
    bytes(driver)
}

#[test]
fn pipelined_bodies_arrive_whole_through_cut_streams() {
    for seed in 1..=10 {
        play(seed, Through::Gateway);
        play(seed, Through::StubAlone);
    }
}

#[test]
fn cut_bodies_give_one_trace_per_seed() {
    let traces = [
        play(7, Through::Gateway),
        play(7, Through::Gateway),
        play(8, Through::Gateway),
    ];
    assert_eq!(first_difference(&*traces[0], &*traces[1]), Ok(None));
    assert_ne!(traces[0], traces[2]);
    // the wire was cut: far more pieces than windows
    let pieces = Reader::new(&*traces[0])
        .expect("a trace")
        .filter(|record| record.as_ref().is_ok_and(|record| record.kind == Kind::In));
    assert!(pieces.count() > 200);
}
