//! An upstream that writes down every byte it gets, and reads requests by rules of its own.
//!
//! The reading is simple on purpose and shares no code with the gateway: what it cannot read plainly is a panic, and
//! what is not complete is never answered. How many requests it finds is how many the gateway authorised.

use crate::harness::{Gateway, body, field};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A request as it arrived: its head with the blank line, and the bytes of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) content: String,
}

impl Seen {
    /// Method and target.
    pub(crate) fn line(&self) -> &str {
        self.head.split(" HTTP/1.1\r\n").next().expect("a request line")
    }
}

#[derive(Default)]
struct Tapes {
    /// The bytes of each connection.
    bytes: RefCell<Vec<Vec<u8>>>,
    /// Connections that the gateway has closed.
    closed: RefCell<Vec<usize>>,
    /// Lets one held answer go.
    release: Notify,
}

/// Answers each complete request with `{method} {target} {bytes of content}`; those to `/hold…` once released.
pub(crate) struct Recorder {
    pub(crate) addr: SocketAddr,
    tapes: Rc<Tapes>,
}

impl Recorder {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("bound");
        let tapes = Rc::<Tapes>::default();
        let recording = Rc::clone(&tapes);
        tokio::task::spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = recording.bytes.borrow().len();
                recording.bytes.borrow_mut().push(Vec::new());
                tokio::task::spawn_local(record(stream, Rc::clone(&recording), number));
            }
        });
        Self { addr, tapes }
    }

    /// With a gateway in front that has this much more of YAML for the route and at the top.
    pub(crate) async fn behind(extra: &str, top: &str) -> (Self, Gateway) {
        let recorder = Self::start().await;
        let gateway = Gateway::start(&[recorder.addr], extra, top).await;
        (recorder, gateway)
    }

    /// All complete requests, by connection and then in order.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        let tapes = self.tapes.bytes.borrow();
        tapes.iter().flat_map(|tape| read(tape).0).collect()
    }

    /// Method and target of each.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(|seen| seen.line().to_owned()).collect()
    }

    /// Everything that came, as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.tapes.bytes.borrow().concat()).into_owned()
    }

    pub(crate) fn connections(&self) -> usize {
        self.tapes.bytes.borrow().len()
    }

    pub(crate) async fn wait_seen(&self, count: usize) {
        while self.seen().len() < count {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until the gateway has closed so many connections.
    pub(crate) async fn wait_closed(&self, count: usize) {
        while self.tapes.closed.borrow().len() < count {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn release(&self) {
        self.tapes.release.notify_one();
    }
}

async fn record(mut stream: TcpStream, tapes: Rc<Tapes>, number: usize) {
    let mut answered = 0;
    let mut piece = [0; 16 * 1024];
    while let Ok(len @ 1..) = stream.read(&mut piece).await {
        tapes.bytes.borrow_mut()[number].extend_from_slice(&piece[..len]);
        let seen = read(&tapes.bytes.borrow()[number]).0;
        for seen in &seen[answered..] {
            if seen.line().contains(" /hold") {
                tapes.release.notified().await;
            }
            let text = format!("{} {}", seen.line(), seen.content.len());
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", text.len());
            if stream.write_all((head + &text).as_bytes()).await.is_err() {
                break;
            }
        }
        answered = seen.len();
    }
    tapes.closed.borrow_mut().push(number);
}

/// The complete requests on a tape, and what is left behind them.
pub(crate) fn read(mut tape: &[u8]) -> (Vec<Seen>, &[u8]) {
    let mut seen = Vec::new();
    while let Some((request, rest)) = read_one(tape) {
        seen.push(request);
        tape = rest;
    }
    (seen, tape)
}

fn read_one(tape: &[u8]) -> Option<(Seen, &[u8])> {
    let end = tape.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&tape[..end])
        .expect("heads are text")
        .to_owned();
    for line in head.split_terminator("\r\n") {
        assert!(!line.contains(|letter: char| letter.is_control()), "{head:?}");
        assert!(!line.starts_with(' '), "{head:?}");
    }
    let fields = |name: &str| {
        let names = head.lines().skip(1).filter_map(|line| line.split(':').next());
        names
            .filter(|found| found.trim().eq_ignore_ascii_case(name))
            .count()
    };
    let (lengths, codings) = (fields("content-length"), fields("transfer-encoding"));
    assert!(lengths + codings <= 1 && fields("host") == 1, "{head}");
    let rest = &tape[end..];
    let (content, used) = if codings == 1 {
        assert_eq!(field(&head, "transfer-encoding").as_deref(), Some("chunked"));
        chunks(rest)?
    } else {
        let length = field(&head, "content-length").map_or(0, |length| length.parse().expect("a number"));
        (rest.get(..length)?.to_vec(), length)
    };
    let content = String::from_utf8_lossy(&content).into_owned();
    Some((Seen { head, content }, &rest[used..]))
}

/// Content and length of a complete chunked body without extensions and trailers.
pub(crate) fn chunks(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut content, mut at) = (Vec::new(), 0);
    loop {
        let line = bytes[at..].windows(2).position(|bytes| bytes == b"\r\n")?;
        let size = std::str::from_utf8(&bytes[at..at + line]).expect("text");
        let size = usize::from_str_radix(size, 16).expect("a chunk size and nothing else");
        at += line + 2;
        content.extend_from_slice(bytes.get(at..at + size)?);
        at += size;
        assert_eq!(bytes.get(at..at + 2)?, b"\r\n");
        at += 2;
        if size == 0 {
            return Some((content, at));
        }
    }
}

/// The answers to be found in what a client got, none of them to HEAD: each status with its content.
pub(crate) fn answers(mut text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    while !text.is_empty() {
        let length = field(text, "content-length").map_or(0, |length| length.parse().expect("a number"));
        let (content, rest) = body(text).split_at(length);
        found.push((text[9..12].to_owned(), content.to_owned()));
        text = rest;
    }
    found
}

#[test]
fn what_it_reads() {
    let tape = b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n\
                 PUT /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nyouGET /c HTTP/1.1\r\nHo";
    let (seen, rest) = read(tape);
    let seen: Vec<_> = seen
        .iter()
        .map(|seen| (seen.line(), seen.content.as_str()))
        .collect();
    assert_eq!(seen, [("POST /a", "hi"), ("PUT /b", "you")]);
    assert_eq!(rest, b"GET /c HTTP/1.1\r\nHo");
}
