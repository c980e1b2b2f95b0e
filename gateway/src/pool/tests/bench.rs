//! Two workers' pools of one upstream, and requests that stay where they are until they are told to go on.
//!
//! Replicas answer at once. A request that has its answer holds its connection until the test finishes it, so a test
//! decides what is in use. Time is tokio's, and stands still but for [`Bench::pass`].

use crate::config;
use crate::pool::{Chance, Failure, Lease, Outgoing, Upstream};
use crate::state::{States, UpstreamState};
use http1::io::Buffers;
use http1::write::RequestHead;
use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use world::{ListenAddr, Listener, Resolved, SECRET_BYTES, Seed, World};

pub(super) const WORKERS: usize = 2;
pub(super) const REPLICAS: usize = 3;

/// Turns in which all that can go on has gone on: a request takes a few, and each may free something for the next.
const TURNS: usize = 100;

/// What becomes of a dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dial {
    Connects,
    /// A moment later.
    ConnectsLate,
    Fails,
    Hangs,
}

pub(super) struct Net {
    pub(super) dial: Cell<Dial>,
    /// Connections and dials under way.
    pub(super) open: Cell<usize>,
    pub(super) dials: RefCell<Vec<SocketAddr>>,
    hang_up: Notify,
}

/// One of [`Net::open`].
struct Open(Rc<Net>);

impl Open {
    fn new(net: &Rc<Net>) -> Self {
        net.open.set(net.open.get() + 1);
        Self(Rc::clone(net))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get() - 1);
    }
}

pub(super) struct Wire {
    stream: DuplexStream,
    _open: Open,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[derive(Clone)]
struct Memory(Rc<Net>);

impl World for Memory {
    type Stream = Wire;
    type Listener = Nobody;

    async fn listen(&self, _: &ListenAddr) -> io::Result<Nobody> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn connect(&self, to: SocketAddr) -> io::Result<Wire> {
        let open = Open::new(&self.0);
        self.0.dials.borrow_mut().push(to);
        match self.0.dial.get() {
            Dial::Connects => {}
            Dial::ConnectsLate => tokio::time::sleep(Duration::from_millis(1)).await,
            Dial::Fails => return Err(io::ErrorKind::ConnectionRefused.into()),
            Dial::Hangs => std::future::pending().await,
        }
        let (stream, other) = tokio::io::duplex(1024);
        tokio::task::spawn_local(replica(other, Rc::clone(&self.0)));
        Ok(Wire { stream, _open: open })
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
        Seed(1)
    }

    fn secret(&self) -> [u8; SECRET_BYTES] {
        [0; SECRET_BYTES]
    }
}

struct Nobody;

impl Listener for Nobody {
    type Stream = Wire;

    async fn accept(&self) -> io::Result<(Wire, SocketAddr)> {
        std::future::pending().await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Answers until it hangs up.
async fn replica(mut stream: DuplexStream, net: Rc<Net>) {
    let mut request = Vec::new();
    loop {
        tokio::select! {
            read = stream.read_buf(&mut request) => if !read.is_ok_and(|len| len > 0) { return },
            () = net.hang_up.notified() => return,
        }
        if request.ends_with(b"\r\n\r\n") {
            request.clear();
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            if stream.write_all(answer).await.is_err() {
                return;
            }
        }
    }
}

type Sent = Result<Lease<Wire>, Failure>;

/// A request, from its start on.
pub(super) struct Asked {
    task: JoinHandle<()>,
    sent: Rc<RefCell<Option<Sent>>>,
}

impl Asked {
    /// `None` while it waits for its answer, or for a connection.
    pub(super) fn answered(&self) -> Option<bool> {
        self.sent.borrow().as_ref().map(Result::is_ok)
    }

    pub(super) fn is_full(&self) -> bool {
        matches!(*self.sent.borrow(), Some(Err(Failure::Full)))
    }

    /// The whole answer was read.
    pub(super) fn finish(self) {
        if let Some(Ok(lease)) = self.sent.take() {
            lease.give_back(Instant::now());
        }
    }
}

/// Its client went away.
impl Drop for Asked {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(super) struct Bench {
    pub(super) net: Rc<Net>,
    pub(super) state: Arc<UpstreamState>,
    pub(super) pools: Vec<Rc<Upstream<Wire>>>,
}

impl Bench {
    /// Runs a test with these settings of the pool.
    pub(super) fn run<F: Future<Output = ()>>(pool: &str, test: impl FnOnce(Bench) -> F) {
        let mut runtime = Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true);
        let runtime = runtime.build_local(LocalOptions::default()).expect("runtime");
        runtime.block_on(async {
            let states = States::new(WORKERS);
            let net = Net {
                dial: Cell::new(Dial::Connects),
                open: Cell::new(0),
                dials: RefCell::default(),
                hang_up: Notify::new(),
            };
            let state = states.upstreams(["u"].into_iter());
            let mut bench = Bench {
                net: Rc::new(net),
                state: Arc::clone(&state[0]),
                pools: Vec::new(),
            };
            bench.reload(pool);
            test(bench).await;
        });
    }

    /// Both workers see another config.
    pub(super) fn reload(&mut self, pool: &str) {
        let addr = |replica: usize| format!("\"10.0.0.{}:80\"", replica + 1);
        let replicas: Vec<_> = (0..REPLICAS).map(addr).collect();
        let yaml = format!(
            "listen: {{ http: \"127.0.0.1:1\" }}\n\
             upstreams: {{ u: {{ replicas: [{}], pool: {{ {pool} }} }} }}\n\
             routes: [ {{ name: all, match: {{ path: / }}, upstream: u }} ]\n",
            replicas.join(", ")
        );
        let plan = config::load(yaml.as_bytes()).unwrap_or_else(|errors| panic!("{errors}"));
        let plan = &plan.upstreams[0];
        for pool in std::mem::take(&mut self.pools) {
            pool.retire();
        }
        for worker in 0..WORKERS {
            let addrs: Vec<_> = plan
                .replicas
                .iter()
                .filter_map(|replica| Some((replica.addr?, 1)))
                .collect();
            let replicas = self.state.replicas(&addrs, &plan.health);
            let state = Arc::clone(&self.state);
            let chance = Chance {
                seed: Seed(1),
                sticky_key: &[],
            };
            let buffers = Buffers::default();
            let pool = Upstream::new(plan, state, replicas, worker, WORKERS, buffers, &chance);
            self.pools.push(Rc::new(pool));
        }
    }

    /// A request on a worker to a replica, with all that can happen at once.
    pub(super) async fn ask(&self, worker: usize, replica: usize) -> Asked {
        let asked = self.start(worker, replica);
        self.settle().await;
        asked
    }

    /// The same before anything has happened.
    pub(super) fn start(&self, worker: usize, replica: usize) -> Asked {
        let sent: Rc<RefCell<Option<Sent>>> = Rc::default();
        let (pool, world, told) = (
            Rc::clone(&self.pools[worker]),
            Memory(Rc::clone(&self.net)),
            Rc::clone(&sent),
        );
        let task = tokio::task::spawn_local(async move {
            let head = RequestHead::new(Vec::new(), "GET", "/").expect("a target");
            let mut outgoing = Outgoing {
                request: head.finish(Some(0)),
                upload: None,
                begun: Cell::new(false),
                pending: Cell::new(false),
                waited: Cell::new(false),
                dialling: Cell::new(false),
            };
            let never = |_, _: &mut Context<'_>| Poll::Pending;
            let sent = pool.send(&world, replica, &mut outgoing, |_| {}, never).await;
            told.replace(Some(sent));
        });
        Asked { task, sent }
    }

    /// Lets all go on that can, the workers' giving up for each other included.
    pub(super) async fn settle(&self) {
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
        for pool in &self.pools {
            pool.give_up();
        }
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
    }

    pub(super) async fn finish(&self, asked: Asked) {
        asked.finish();
        self.settle().await;
    }

    pub(super) async fn cancel(&self, asked: Asked) {
        drop(asked);
        self.settle().await;
    }

    pub(super) async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
        self.settle().await;
    }

    /// All replicas close what they have.
    pub(super) async fn hang_up(&self) {
        self.net.hang_up.notify_waiters();
        self.settle().await;
    }

    pub(super) fn idle(&self) -> usize {
        self.pools.iter().map(|pool| pool.shelf.kept.get()).sum()
    }

    pub(super) fn dials(&self) -> usize {
        self.net.dials.borrow().len()
    }

    /// The replica that was dialled last.
    pub(super) fn dialled(&self) -> usize {
        let dials = self.net.dials.borrow();
        let addr = *dials.last().expect("a dial");
        let at = |replica: &usize| self.pools[0].replicas[*replica].addr == addr;
        (0..REPLICAS).find(at).expect("one of the replicas")
    }
}
