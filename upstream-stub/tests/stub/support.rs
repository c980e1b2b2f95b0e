//! What the tests of the stub share: a world of in-memory streams on tokio's paused clock, a raw client that
//! sees every byte, and a probe that writes events down.
//!
//! Time in this world moves only when everything waits, so a test of a minute's script takes milliseconds and
//! judges exact times. Nothing here knows the stub's HTTP engine: answers are read as bytes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::{Mutex, mpsc};
use tokio::time::Instant;
use upstream_stub::{Event, Replica, Server};
use world::{ListenAddr, Listener, Probe, Resolved, Seed, World};

/// Bytes a stream holds before its writer waits.
const WINDOW: usize = 256 * 1_024;

type Backlog = mpsc::UnboundedSender<DuplexStream>;

/// A network of one process, without delay.
#[derive(Clone, Default)]
pub(crate) struct TestWorld(Rc<RefCell<BTreeMap<SocketAddr, Backlog>>>);

pub(crate) struct TestListener {
    addr: SocketAddr,
    queue: Mutex<mpsc::UnboundedReceiver<DuplexStream>>,
}

impl World for TestWorld {
    type Stream = DuplexStream;
    type Listener = TestListener;

    async fn listen(&self, at: &ListenAddr) -> io::Result<TestListener> {
        let mut ports = self.0.borrow_mut();
        let mut addr = at.addr;
        if addr.port() == 0 {
            addr.set_port(1 + ports.len() as u16);
        }
        if ports.get(&addr).is_some_and(|taken| !taken.is_closed()) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let (backlog, queue) = mpsc::unbounded_channel();
        ports.insert(addr, backlog);
        Ok(TestListener {
            addr,
            queue: Mutex::new(queue),
        })
    }

    async fn connect(&self, to: SocketAddr) -> io::Result<DuplexStream> {
        let (near, far) = duplex(WINDOW);
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        self.0
            .borrow()
            .get(&to)
            .ok_or_else(refused)?
            .send(far)
            .map_err(|_| refused())?;
        Ok(near)
    }

    async fn resolve(&self, name: &str) -> io::Result<Resolved> {
        Err(io::Error::other(format!("no names here, not even {name}")))
    }

    async fn sleep_until(&self, at: Instant) {
        tokio::time::sleep_until(at).await;
    }

    fn unix_now(&self) -> Duration {
        Duration::ZERO
    }

    fn seed(&self) -> Seed {
        Seed(0)
    }

    fn secret(&self) -> [u8; world::SECRET_BYTES] {
        [0; world::SECRET_BYTES]
    }
}

impl Listener for TestListener {
    type Stream = DuplexStream;

    async fn accept(&self) -> io::Result<(DuplexStream, SocketAddr)> {
        let stream = self
            .queue
            .lock()
            .await
            .recv()
            .await
            .ok_or(io::ErrorKind::ConnectionAborted)?;
        Ok((stream, self.addr))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.addr)
    }
}

#[derive(Clone, Default)]
pub(crate) struct Diary(pub(crate) Rc<RefCell<Vec<Event>>>);

impl Probe<Event> for Diary {
    fn emit(&self, event: Event) {
        self.0.borrow_mut().push(event);
    }
}

/// A running replica.
pub(crate) struct Stand {
    pub(crate) world: TestWorld,
    pub(crate) replica: Arc<Replica>,
    pub(crate) addr: SocketAddr,
    pub(crate) start: Instant,
    pub(crate) diary: Diary,
}

/// Runs `test` against a replica with this behaviour and script, on a paused clock.
pub(crate) fn with_replica<F: Future<Output = ()>>(
    behaviour: &str,
    script: &str,
    seed: u64,
    test: impl FnOnce(Stand) -> F,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime.expect("runtime"), async {
        let behaviour = behaviour.parse().expect("behaviour");
        let script = script.parse().expect("script");
        let replica = Arc::new(Replica::new("r7", 7, &behaviour, &script, Seed(seed)));
        let (world, diary, start) = (TestWorld::default(), Diary::default(), Instant::now());
        let any = ListenAddr::alone(SocketAddr::from(([127, 0, 0, 1], 0)));
        let server = Server::bind(world.clone(), any, Arc::clone(&replica), start)
            .await
            .expect("listens");
        let addr = server.addr();
        let serving = tokio::task::spawn_local(server.run(diary.clone()));
        test(Stand {
            world,
            replica,
            addr,
            start,
            diary,
        })
        .await;
        assert!(!serving.is_finished(), "the server gave up");
    });
}

/// An answer as it came: `complete` is false if the connection ended before its announced end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    /// Bodies without a length: the chunks as they were framed.
    pub(crate) chunks: Vec<Vec<u8>>,
    pub(crate) body: Vec<u8>,
    pub(crate) complete: bool,
}

/// A client that keeps its connection.
pub(crate) struct Client<S = DuplexStream>(S, Vec<u8>);

impl Stand {
    pub(crate) async fn client(&self) -> Client {
        Client::on(self.world.connect(self.addr).await.expect("connects"))
    }

    /// One request on a connection of its own; `None` if it ended without an answer.
    pub(crate) async fn get(&self, path: &str) -> Option<Raw> {
        self.client().await.request("GET", path, &[], b"").await
    }

    /// Microseconds since the start.
    pub(crate) fn now_us(&self) -> u128 {
        self.start.elapsed().as_micros()
    }
}

impl<S: AsyncReadExt + AsyncWriteExt + Unpin> Client<S> {
    pub(crate) fn on(stream: S) -> Self {
        Self(stream, Vec::new())
    }

    pub(crate) async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: stub\r\n");
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            text += &format!("content-length: {}\r\n", body.len());
        }
        text += "\r\n";
        // a stub that went away is seen when reading
        let _ = self.0.write_all(text.as_bytes()).await;
        let _ = self.0.write_all(body).await;
    }

    /// Sends these bytes, whatever they are.
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("sent");
    }

    /// Whether the stub closed the connection, with nothing more on it.
    pub(crate) async fn ended(&mut self) -> bool {
        self.1.is_empty() && !self.more().await
    }

    pub(crate) async fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Raw> {
        self.send(method, path, headers, body).await;
        self.answer(method != "HEAD").await
    }

    pub(crate) async fn answer(&mut self, has_body: bool) -> Option<Raw> {
        let head = self.until(b"\r\n\r\n").await?;
        let head = String::from_utf8(head).expect("text");
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().expect("a status");
        let headers: BTreeMap<_, _> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut raw = Raw {
            status,
            headers,
            chunks: Vec::new(),
            body: Vec::new(),
            complete: true,
        };
        if has_body && status != 204 {
            match raw.headers.get("content-length") {
                Some(length) => {
                    let length = length.parse().expect("a length");
                    raw.body = self.exactly(length).await;
                    raw.complete = raw.body.len() == length;
                }
                None => raw.complete = self.chunks(&mut raw.chunks).await.is_some(),
            }
        }
        raw.body.extend(raw.chunks.concat());
        Some(raw)
    }

    async fn chunks(&mut self, chunks: &mut Vec<Vec<u8>>) -> Option<()> {
        loop {
            let line = String::from_utf8(self.until(b"\r\n").await?).expect("text");
            let length = usize::from_str_radix(line.trim(), 16).expect("a chunk size");
            let chunk = self.exactly(length + 2).await;
            if chunk.len() < length + 2 {
                return None;
            }
            if length == 0 {
                return Some(());
            }
            chunks.push(chunk[..length].to_vec());
        }
    }

    async fn more(&mut self) -> bool {
        self.0.read_buf(&mut self.1).await.is_ok_and(|n| n > 0)
    }

    async fn until(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = self.1.windows(end.len()).position(|w| w == end) {
                return Some(self.1.drain(..at + end.len()).collect());
            }
            if !self.more().await {
                return None;
            }
        }
    }

    async fn exactly(&mut self, length: usize) -> Vec<u8> {
        while self.1.len() < length && self.more().await {}
        let there = length.min(self.1.len());
        self.1.drain(..there).collect()
    }
}
