//! A gateway in the test's own thread, a raw upstream that follows a script, and a raw client.

use gateway::App;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::oneshot;
use world::{NoProbe, RealWorld, Seed, World};

/// Ends a test that would hang; never the measure of success.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs a test on a `LocalRuntime`.
pub(crate) fn run<F: Future<Output = ()>>(test: F) {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default());
    runtime.expect("runtime").block_on(async {
        tokio::time::timeout(PATIENCE, test)
            .await
            .expect("the test hangs");
    });
}

pub(crate) struct Gateway {
    pub(crate) app: App,
    pub(crate) http: SocketAddr,
    pub(crate) admin: SocketAddr,
    /// Of each worker, where it listens; the first is `http`.
    pub(crate) workers: Vec<SocketAddr>,
    pub(crate) served: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Gateway {
    /// Starts with routes `all` (`/`) and upstream `u` over the replicas; `extra` is more YAML for the route, and
    /// `top` more at the top level.
    pub(crate) async fn start(replicas: &[SocketAddr], extra: &str, top: &str) -> Self {
        Self::from_yaml(&yaml(replicas, extra, top)).await
    }

    pub(crate) async fn from_yaml(yaml: &str) -> Self {
        Self::with_workers(yaml, 1).await
    }

    /// With several workers, all on this thread.
    pub(crate) async fn with_workers(yaml: &str, workers: usize) -> Self {
        let world = || RealWorld::new(Seed(1), Duration::ZERO).expect("a timer");
        Self::in_world(yaml, workers, world).await
    }

    /// In a world of the test's own.
    pub(crate) async fn in_world<W: World>(yaml: &str, workers: usize, world: impl Fn() -> W) -> Self {
        let app = App::new(yaml.as_bytes(), workers).unwrap_or_else(|errors| panic!("{errors}\n{yaml}"));
        let (mut listens, mut served) = (Vec::new(), Vec::new());
        for worker in 0..workers {
            let (tell, told) = oneshot::channel();
            let (serving, world) = (app.clone(), world());
            served.push(tokio::task::spawn_local(async move {
                let ready = |listen| drop(tell.send(listen));
                serving
                    .serve(world, NoProbe, worker, serving.listen(), ready)
                    .await
            }));
            listens.push(told.await.expect("the gateway listens"));
        }
        Self {
            app,
            http: listens[0].http,
            admin: listens[0].admin.expect("an admin listener"),
            workers: listens.iter().map(|listen| listen.http).collect(),
            served: served.swap_remove(0),
        }
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::to(self.http).await
    }

    /// The whole answer to a request on a connection of its own.
    pub(crate) async fn ask(&self, request: &str) -> String {
        self.connect().await.ask_and_close(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> String {
        self.ask(&format!(
            "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        ))
        .await
    }

    /// The value of a metric, by its name and labels as they are written.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        let mut client = Client::to(self.admin).await;
        let page = client
            .ask_and_close("GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            .await;
        let line = page.lines().find(|line| line.starts_with(&format!("{name} ")));
        let line = line.unwrap_or_else(|| panic!("no {name} in\n{page}"));
        line.rsplit(' ')
            .next()
            .and_then(|value| value.parse().ok())
            .expect("a whole number")
    }
}

pub(crate) fn yaml(replicas: &[SocketAddr], extra: &str, top: &str) -> String {
    yaml_with(replicas, "", extra, top)
}

/// The same with more keys for the upstream.
pub(crate) fn yaml_with(replicas: &[SocketAddr], keys: &str, extra: &str, top: &str) -> String {
    let replicas: Vec<_> = replicas.iter().map(|addr| format!("\"{addr}\"")).collect();
    format!(
        "listen: {{ http: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\n{top}\n\
         upstreams: {{ u: {{ replicas: [{}]{keys} }} }}\n\
         routes: [ {{ name: all, match: {{ path: / }}, upstream: u{extra} }} ]\n",
        replicas.join(", ")
    )
}

/// An address on which nothing listens, and nobody else will: its socket stays bound for as long as the tests run.
pub(crate) async fn nowhere() -> SocketAddr {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let addr = socket.local_addr().expect("bound");
    std::mem::forget(socket);
    addr
}

pub(crate) struct Client(pub(crate) TcpStream);

impl Client {
    pub(crate) async fn to(addr: SocketAddr) -> Self {
        Self(TcpStream::connect(addr).await.expect("the gateway accepts"))
    }

    pub(crate) async fn send(&mut self, bytes: &str) {
        self.0.write_all(bytes.as_bytes()).await.expect("written");
    }

    pub(crate) async fn ask_and_close(&mut self, request: &str) -> String {
        self.send(request).await;
        self.rest().await
    }

    /// Everything until the gateway closes.
    pub(crate) async fn rest(&mut self) -> String {
        let mut answer = Vec::new();
        // a reset after the answer is a close as well
        let _ = self.0.read_to_end(&mut answer).await;
        String::from_utf8(answer).expect("text")
    }

    /// A head, and as many bytes of body as its Content-Length says.
    pub(crate) async fn answer(&mut self) -> String {
        read_message(&mut self.0).await.expect("an answer")
    }
}

pub(crate) async fn read_message(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = find(&bytes, b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let length = field(&String::from_utf8_lossy(&bytes[..head]), "content-length");
    let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    while bytes.len() < head + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    String::from_utf8(bytes).ok()
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// The value of a header field.
pub(crate) fn field(message: &str, name: &str) -> Option<String> {
    message
        .lines()
        .take_while(|line| !line.is_empty())
        .find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
}

pub(crate) fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

pub(crate) fn body(message: &str) -> &str {
    message.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// What an upstream does with one request.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    Answer(&'static str),
    /// Answers, then closes the connection.
    AnswerAndClose(&'static str),
    Close,
    /// Says nothing until the peer closes.
    Silence,
}

/// An upstream that gives its steps in order, over all its connections; the last one is repeated.
pub(crate) struct Upstream {
    pub(crate) addr: SocketAddr,
    pub(crate) seen: Rc<RefCell<Vec<String>>>,
    pub(crate) connections: Rc<Cell<usize>>,
    /// Connections that the gateway has closed.
    pub(crate) closed: Rc<Cell<usize>>,
}

impl Upstream {
    pub(crate) async fn start(steps: &'static [Step]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("bound");
        let (seen, connections, closed) = (Rc::default(), Rc::default(), Rc::default());
        let upstream = Self {
            addr,
            seen: Rc::clone(&seen),
            connections: Rc::clone(&connections),
            closed: Rc::clone(&closed),
        };
        tokio::task::spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.set(connections.get() + 1);
                tokio::task::spawn_local(converse(stream, steps, Rc::clone(&seen), Rc::clone(&closed)));
            }
        });
        upstream
    }

    pub(crate) fn requests(&self) -> usize {
        self.seen.borrow().len()
    }

    pub(crate) fn last(&self) -> String {
        self.seen.borrow().last().cloned().expect("a request")
    }

    /// Waits until the gateway has closed `count` connections.
    pub(crate) async fn wait_closed(&self, count: usize) {
        while self.closed.get() < count {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn wait_requests(&self, count: usize) {
        while self.requests() < count {
            tokio::task::yield_now().await;
        }
    }
}

async fn converse(
    mut stream: TcpStream,
    steps: &'static [Step],
    seen: Rc<RefCell<Vec<String>>>,
    closed: Rc<Cell<usize>>,
) {
    while let Some(request) = read_message(&mut stream).await {
        let number = seen.borrow().len();
        seen.borrow_mut().push(request);
        match steps[number.min(steps.len() - 1)] {
            Step::Answer(answer) => stream.write_all(answer.as_bytes()).await.expect("written"),
            Step::AnswerAndClose(answer) => {
                stream.write_all(answer.as_bytes()).await.expect("written");
                return;
            }
            Step::Close => return,
            Step::Silence => {}
        }
    }
    closed.set(closed.get() + 1);
}
