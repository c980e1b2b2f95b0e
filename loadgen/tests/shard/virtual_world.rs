//! A world of in-memory connections and tokio's paused clock, so that tests judge exact times without waiting
//! and without noise. Servers are closures that are given the far end of each connection.

use loadgen::{Event, Finished, Job, JobSpec, Recording, Shard, Tick};
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

/// Of virtual time: no run here takes as long unless it hangs.
const HUNG: Duration = Duration::from_secs(48 * 3_600);
/// No run here makes as many unless it spins.
const DIALS_MAX: u64 = 100_000;

type Server = Rc<dyn Fn(u64, DuplexStream) -> io::Result<()>>;

#[derive(Clone)]
pub(crate) struct Virtual {
    server: Server,
    pub(crate) dialled: Rc<Cell<u64>>,
    /// What making a connection takes.
    pub(crate) dial: Duration,
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
            dial: Duration::ZERO,
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
        assert!(number < DIALS_MAX, "it dials without end");
        if !self.dial.is_zero() {
            tokio::time::sleep(self.dial).await;
        }
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

    fn secret(&self) -> [u8; world::SECRET_BYTES] {
        [0; world::SECRET_BYTES]
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

/// How a shard is run, but for what the job says.
pub(crate) struct Course {
    pub(crate) index: usize,
    pub(crate) of: usize,
    /// From the call to the start.
    pub(crate) lead: Duration,
    /// Since the start.
    pub(crate) stop: Duration,
    pub(crate) watcher: Option<Box<dyn FnMut(Tick)>>,
}

impl Default for Course {
    fn default() -> Self {
        Self {
            index: 0,
            of: 1,
            lead: Duration::ZERO,
            stop: HUNG,
            watcher: None,
        }
    }
}

/// Runs the whole job as one shard on a paused clock.
pub(crate) fn run(world: Virtual, spec: JobSpec) -> (Recording, Vec<Event>) {
    run_by(world, spec, Course::default())
}

pub(crate) fn run_of(world: Virtual, spec: JobSpec, index: usize, of: usize) -> (Recording, Vec<Event>) {
    let course = Course::default();
    run_by(world, spec, Course { index, of, ..course })
}

pub(crate) fn run_by(world: Virtual, spec: JobSpec, course: Course) -> (Recording, Vec<Event>) {
    let job: Job = spec.build().expect("valid job");
    let mut runtime = Builder::new_current_thread();
    let runtime = runtime
        .enable_all()
        .start_paused(true)
        .build_local(LocalOptions::default());
    runtime.expect("runtime").block_on(async {
        let trace = Trace::default();
        let start = Instant::now() + course.lead;
        let mut shard = Shard::prepare(world, trace.clone(), &job, course.index, course.of).await;
        if let Some(watcher) = course.watcher {
            shard = shard.watched(watcher);
        }
        let run = shard.run(start, tokio::time::sleep_until(start + course.stop));
        let outcome = tokio::time::timeout_at(start + HUNG / 2, run).await;
        let Finished { recording, .. } = outcome.expect("it hangs");
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
