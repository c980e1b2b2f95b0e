//! A world of in-memory connections and tokio's paused clock, so that tests judge exact times without waiting
//! and without noise. Servers are closures that are given the far end of each connection.

use loadgen::{Event, Job, JobSpec, Recording, run_shard};
use std::cell::{Cell, RefCell};
use std::future::{Future, pending};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::runtime::{Builder, LocalOptions};
use tokio::time::Instant;
use world::{ListenAddr, Listener, Probe, Resolved, Seed, World};

/// More than any message here, so that writes never wait.
const PIPE_BYTES: usize = 256 * 1024;

type Server = Rc<dyn Fn(u64, DuplexStream) -> io::Result<()>>;

#[derive(Clone)]
pub(crate) struct Virtual {
    server: Server,
    pub(crate) dialled: Rc<Cell<u64>>,
}

impl Virtual {
    /// Every connection is served by `serve`, which gets its number and its far end.
    pub(crate) fn new<F: Future<Output = ()> + 'static>(
        serve: impl Fn(u64, DuplexStream) -> F + 'static,
    ) -> Self {
        Self::maybe(move |number, stream| {
            tokio::task::spawn_local(serve(number, stream));
            Ok(())
        })
    }

    /// A server that may refuse.
    pub(crate) fn maybe(server: impl Fn(u64, DuplexStream) -> io::Result<()> + 'static) -> Self {
        Self {
            server: Rc::new(server),
            dialled: Rc::default(),
        }
    }
}

impl World for Virtual {
    type Stream = DuplexStream;
    type Listener = Deaf;

    async fn listen(&self, _: &ListenAddr) -> io::Result<Deaf> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn connect(&self, _: SocketAddr) -> io::Result<DuplexStream> {
        let number = self.dialled.get();
        self.dialled.set(number + 1);
        let (near, far) = duplex(PIPE_BYTES);
        (self.server)(number, far).map(|()| near)
    }

    async fn resolve(&self, _: &str) -> io::Result<Resolved> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn sleep_until(&self, at: Instant) {
        tokio::time::sleep_until(at).await;
    }

    fn unix_now(&self) -> Duration {
        Duration::ZERO
    }

    fn seed(&self) -> Seed {
        Seed(7)
    }
}

pub(crate) struct Deaf;

impl Listener for Deaf {
    type Stream = DuplexStream;

    async fn accept(&self) -> io::Result<(DuplexStream, SocketAddr)> {
        pending().await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Keeps every event.
#[derive(Clone, Default)]
pub(crate) struct Trace(pub(crate) Rc<RefCell<Vec<Event>>>);

impl Probe<Event> for Trace {
    fn emit(&self, event: Event) {
        self.0.borrow_mut().push(event);
    }
}

pub(crate) fn spec() -> JobSpec {
    JobSpec::new("127.0.0.1:1".parse().expect("literal"), "test")
}

/// Runs the whole job as one shard on a paused clock.
pub(crate) fn run(world: Virtual, spec: JobSpec) -> (Recording, Vec<Event>) {
    run_of(world, spec, 0, 1)
}

pub(crate) fn run_of(world: Virtual, spec: JobSpec, index: usize, of: usize) -> (Recording, Vec<Event>) {
    let job: Job = spec.build().expect("valid job");
    let mut runtime = Builder::new_current_thread();
    let runtime = runtime
        .enable_all()
        .start_paused(true)
        .build_local(LocalOptions::default());
    runtime.expect("runtime").block_on(async {
        let trace = Trace::default();
        let recording = run_shard(world, trace.clone(), &job, index, of, Instant::now()).await;
        let events = trace.0.borrow().clone();
        (recording, events)
    })
}

/// Reads one request head; none at the end of the connection.
pub(crate) async fn head(stream: &mut DuplexStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

pub(crate) async fn write(stream: &mut DuplexStream, bytes: &str) {
    // the client may have gone: that is its right
    let _ = stream.write_all(bytes.as_bytes()).await;
}

/// Answers every request with the same bytes.
pub(crate) async fn answer(mut stream: DuplexStream, bytes: &'static str) {
    while head(&mut stream).await.is_some() {
        write(&mut stream, bytes).await;
    }
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
