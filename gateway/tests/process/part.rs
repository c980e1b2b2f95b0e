//! A gateway as a process, an upstream, and clients that wait for what they are told.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// Ends a test that would hang; never the measure of success.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where its config lies, for it and its successors.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Under another name first, so that nobody reads half of it.
    pub(crate) fn write(&self, yaml: &str) {
        std::fs::write(self.path("new"), yaml).expect("written");
        std::fs::rename(self.path("new"), self.path("gateway.yaml")).expect("renamed");
    }

    pub(crate) fn start(&self, args: &[&str]) -> Part {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .arg("--config")
            .arg(self.path("gateway.yaml"))
            .args(args)
            .args((!args.contains(&"--workers")).then_some("--workers=2"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("a ready line");
        let said = BufReader::new(child.stderr.take().expect("piped")).lines();
        if line.is_empty() {
            let said: Vec<_> = said.map_while(Result::ok).collect();
            panic!("it is not ready: {said:?}");
        }
        let ready: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let addr = |key: &str| ready[key].as_str().and_then(|addr| addr.parse().ok());
        let (http, admin) = (addr("http"), addr("admin"));
        Part {
            child,
            said,
            http: http.expect("an address"),
            admin: admin.expect("an address"),
        }
    }
}

/// Ends with the test.
pub(crate) struct Part {
    child: Child,
    said: Lines<BufReader<ChildStderr>>,
    pub(crate) http: SocketAddr,
    pub(crate) admin: SocketAddr,
}

impl Part {
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &pid]).status();
        assert!(sent.expect("kill is there").success());
    }

    /// Waits until it says something with this in it.
    pub(crate) fn says(&mut self, what: &str) -> String {
        let line = self
            .said
            .by_ref()
            .map_while(Result::ok)
            .find(|line| line.contains(what));
        line.unwrap_or_else(|| panic!("it has ended and never said {what:?}"))
    }

    /// Its exit code, when it has one.
    pub(crate) fn ends(&mut self) -> Option<i32> {
        self.child.wait().expect("ended").code()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn metric(&self, name: &str) -> u64 {
        let page = get(self.admin, "/metrics");
        let line = page
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let value = line.and_then(|value| value.parse().ok());
        value.unwrap_or_else(|| panic!("no {name} in\n{page}"))
    }

    pub(crate) fn reload(&self) -> String {
        ask(
            self.admin,
            "POST /config/reload HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        )
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn any() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// A route `all` to an upstream, at this path.
pub(crate) fn yaml(listen: &str, upstream: SocketAddr, path: &str, top: &str) -> String {
    format!(
        "listen: {{ {listen} }}\n{top}\n\
         upstreams: {{ u: {{ replicas: [\"{upstream}\"] }} }}\n\
         routes: [ {{ name: all, match: {{ path: {path} }}, upstream: u }} ]\n"
    )
}

pub(crate) const ANYWHERE: &str = "http: \"127.0.0.1:0\", admin: \"127.0.0.1:0\"";

/// Answers everything with `ok`, but what is for `/never`; its threads end with the test's process.
#[derive(Clone)]
pub(crate) struct Upstream {
    pub(crate) addr: SocketAddr,
    requests: Arc<AtomicUsize>,
    /// Connections that the gateway has closed.
    closed: Arc<AtomicUsize>,
}

impl Upstream {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(any()).expect("a free port");
        let upstream = Self {
            addr: listener.local_addr().expect("bound"),
            requests: Arc::default(),
            closed: Arc::default(),
        };
        let serving = upstream.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.converse(stream));
            }
        });
        upstream
    }

    fn converse(&self, mut stream: TcpStream) {
        let mut request = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut request) {
            self.requests.fetch_add(1, Ordering::AcqRel);
            let never = request[..read].starts_with(b"GET /never");
            if !never
                && stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                    .is_err()
            {
                break;
            }
        }
        self.closed.fetch_add(1, Ordering::AcqRel);
    }

    /// Waits until there were so many.
    pub(crate) fn requests(&self, count: usize) {
        while self.requests.load(Ordering::Acquire) < count {
            std::thread::yield_now();
        }
    }

    /// Waits until the gateway has closed so many connections.
    pub(crate) fn closed(&self, count: usize) {
        while self.closed.load(Ordering::Acquire) < count {
            std::thread::yield_now();
        }
    }
}

pub(crate) fn connect(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).expect("it accepts");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    stream
}

pub(crate) fn ask(addr: SocketAddr, request: &str) -> String {
    let mut stream = connect(addr);
    stream.write_all(request.as_bytes()).expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

pub(crate) fn get(addr: SocketAddr, path: &str) -> String {
    ask(
        addr,
        &format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
    )
}

pub(crate) fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

pub(crate) fn body(answer: &str) -> serde_json::Value {
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

/// A connection that is kept.
pub(crate) struct Kept(TcpStream);

impl Kept {
    pub(crate) fn to(addr: SocketAddr) -> Self {
        Self(connect(addr))
    }

    pub(crate) fn send(&mut self, path: &str) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        self.0.write_all(request.as_bytes()).expect("written");
    }

    /// An answer whose body is `ok`, and whether it is the last.
    pub(crate) fn answer(&mut self) -> bool {
        let mut answer = Vec::new();
        let mut byte = [0; 512];
        while !answer.ends_with(b"\r\n\r\nok") {
            let read = self.0.read(&mut byte).expect("an answer");
            assert_ne!(read, 0, "{}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&byte[..read]);
        }
        let answer = String::from_utf8(answer).expect("text");
        assert_eq!(status(&answer), "200");
        answer.to_ascii_lowercase().contains("\r\nconnection: close\r\n")
    }

    /// Waits until it is closed, and not reset; nothing more comes.
    pub(crate) fn ends(mut self) {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).expect("no reset");
        assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
    }
}
