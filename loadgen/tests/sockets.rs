//! The same shard on real sockets: what only the kernel does. Judged by counts, never by times.

use loadgen::{Failure, Job, JobSpec, Recording, run_shard};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, Repeat};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, LocalOptions};
use tokio::time::Instant;
use world::{ListenAddr, Listener, NoProbe, RealWorld, Resolved, Seed, World};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn on_local_runtime<F: Future>(body: F) -> F::Output {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default());
    runtime.expect("runtime").block_on(body)
}

/// Generous times: a slow machine may be late, but no request may be lost to that.
fn job(target: SocketAddr) -> JobSpec {
    let mut spec = JobSpec::new(target, "test");
    (spec.rate, spec.requests) = (2_000.0, Some(500));
    (spec.timeout, spec.drain) = (Duration::from_secs(60), Duration::from_secs(60));
    spec.duration = Duration::from_secs(60);
    spec
}

async fn run(spec: JobSpec) -> Recording {
    let world = RealWorld::new(Seed(3), Duration::from_micros(50)).expect("timerfd");
    let job: Job = spec.build().expect("valid");
    run_shard(world, NoProbe, &job, 0, 1, Instant::now()).await
}

/// Serves until dropped; counts the connections.
async fn listen<F: Future<Output = ()> + 'static>(
    serve: impl Fn(TcpStream) -> F + 'static,
) -> (SocketAddr, Rc<Cell<u64>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("free port");
    let addr = listener.local_addr().expect("bound");
    let accepted = Rc::new(Cell::new(0));
    let count = Rc::clone(&accepted);
    tokio::task::spawn_local(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.set(count.get() + 1);
            tokio::task::spawn_local(serve(stream));
        }
    });
    (addr, accepted)
}

async fn head(stream: &mut TcpStream) -> bool {
    let mut last = [0_u8; 4];
    while last != *b"\r\n\r\n" {
        last.rotate_left(1);
        match stream.read_u8().await {
            Ok(byte) => last[3] = byte,
            Err(_) => return false,
        }
    }
    true
}

#[test]
fn connections_are_kept_and_every_request_answered() {
    on_local_runtime(async {
        let (addr, accepted) = listen(|mut stream| async move {
            while head(&mut stream).await && stream.write_all(ANSWER).await.is_ok() {}
        })
        .await;
        let recording = run(job(addr)).await;
        assert_eq!(recording.counts.done, 500, "{:?}", recording.counts);
        assert_eq!(recording.counts.connections, accepted.get());
        assert!(accepted.get() <= 64);
    });
}

#[test]
fn refused_is_connect() {
    on_local_runtime(async {
        let gone = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("free port")
            .local_addr()
            .expect("bound");
        let recording = run(job(gone)).await;
        assert_eq!(recording.counts.failed, BTreeMap::from([(Failure::Connect, 500)]));
        assert!(recording.examples[&Failure::Connect].contains("refused"));
    });
}

#[test]
fn connection_reset_in_the_answer_is_reset() {
    on_local_runtime(async {
        let (addr, _) = listen(|mut stream| async move {
            head(&mut stream).await;
            // the client sees the head, or the reset alone: either way no complete answer
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nab")
                .await;
            stream.set_zero_linger().expect("linger");
        })
        .await;
        let recording = run(job(addr)).await;
        assert_eq!(recording.counts.failed, BTreeMap::from([(Failure::Reset, 500)]));
        assert_eq!(recording.counts.sent, 500);
    });
}

/// A peer that always has more: it never lets the reader wait.
struct Flood {
    asked: bool,
    head: &'static [u8],
    rest: Repeat,
}

impl AsyncRead for Flood {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.asked {
            return Poll::Pending;
        }
        if self.head.is_empty() {
            return Pin::new(&mut self.rest).poll_read(cx, to);
        }
        let (now, later) = self.head.split_at(self.head.len().min(to.remaining()));
        to.put_slice(now);
        self.head = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Flood {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        self.asked = true;
        Poll::Ready(Ok(from.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Whoever is dialled there floods.
#[derive(Clone)]
struct Flooded(RealWorld);

struct Deaf;

impl Listener for Deaf {
    type Stream = Flood;

    async fn accept(&self) -> io::Result<(Flood, SocketAddr)> {
        std::future::pending().await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl World for Flooded {
    type Stream = Flood;
    type Listener = Deaf;

    async fn listen(&self, _: &ListenAddr) -> io::Result<Deaf> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn connect(&self, _: SocketAddr) -> io::Result<Flood> {
        Ok(Flood {
            asked: false,
            head: b"HTTP/1.1 200 OK\r\n\r\n",
            rest: tokio::io::repeat(b'x'),
        })
    }

    async fn resolve(&self, name: &str) -> io::Result<Resolved> {
        self.0.resolve(name).await
    }

    async fn sleep_until(&self, at: Instant) {
        self.0.sleep_until(at).await;
    }

    fn unix_now(&self) -> Duration {
        self.0.unix_now()
    }

    fn seed(&self) -> Seed {
        self.0.seed()
    }

    fn secret(&self) -> [u8; world::SECRET_BYTES] {
        self.0.secret()
    }
}

/// What never has to be waited for uses up what tokio lets a task do in one go, its timer's turn too.
#[test]
fn an_answer_without_end_or_pause_times_out() {
    on_local_runtime(async {
        let world = RealWorld::new(Seed(3), Duration::from_micros(50)).expect("timerfd");
        let mut spec = job(SocketAddr::from(([127, 0, 0, 1], 1)));
        (spec.requests, spec.timeout) = (Some(3), Duration::from_millis(50));
        spec.drain = Duration::from_secs(3);
        let job = spec.build().expect("valid");
        let recording = run_shard(Flooded(world), NoProbe, &job, 0, 1, Instant::now()).await;
        assert_eq!(recording.counts.failed, BTreeMap::from([(Failure::Timeout, 3)]));
    });
}
