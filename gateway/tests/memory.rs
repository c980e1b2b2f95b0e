//! What an idle client connection costs in memory, measured on the running binary.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use rustix::process::{Resource, getrlimit, setrlimit};

const CONNECTIONS: usize = 10_000;

/// For the upstream, the pools, and what a process has open anyway.
const DESCRIPTORS_MORE: u64 = 200;

/// KB of resident memory that an idle connection may take: 60 MB for ten thousand. Its task, its places in tables and
/// its socket's registration are about half of that, in debug builds too.
const KB_MAX: f64 = 6.0;

/// Whether so many descriptors may be open, here and in the gateway, which inherits the limit.
fn has_descriptors() -> bool {
    let wanted = CONNECTIONS as u64 + DESCRIPTORS_MORE;
    let mut limit = getrlimit(Resource::Nofile);
    let short_of = |limit: Option<u64>| limit.is_some_and(|limit| limit < wanted);
    if short_of(limit.current) && !short_of(limit.maximum) {
        limit.current = limit.maximum;
        // refused: what is there is what counts
        let _ = setrlimit(Resource::Nofile, limit);
    }
    !short_of(getrlimit(Resource::Nofile).current)
}

/// Answers everything with `ok`; its threads end with the test's process.
fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
                let mut request = [0; 4096];
                while stream.read(&mut request).is_ok_and(|read| read > 0) && stream.write_all(answer).is_ok()
                {
                }
            });
        }
    });
    addr
}

struct Gateway {
    child: Child,
    http: SocketAddr,
}

impl Gateway {
    fn start(upstream: SocketAddr) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("gateway.yaml");
        let yaml = format!(
            "listen: {{ http: \"127.0.0.1:0\" }}\nserver: {{ connections_max: 20000, idle_timeout: 1h }}\n\
             upstreams: {{ u: {{ replicas: [\"{upstream}\"] }} }}\n\
             routes: [ {{ name: all, match: {{ path: / }}, upstream: u }} ]\n"
        );
        std::fs::write(&file, yaml).expect("written");
        let mut child = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .args(["--workers", "2", "--config"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("a ready line");
        let ready: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let http = ready["http"].as_str().and_then(|addr| addr.parse().ok());
        let http = http.expect("an address");
        Self { child, http }
    }

    /// A connection that has had one answer.
    fn idle(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.http).expect("the gateway accepts");
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            .expect("written");
        let mut answer = Vec::new();
        let mut piece = [0; 1024];
        while !answer.ends_with(b"\r\n\r\nok") {
            let len = stream.read(&mut piece).expect("an answer");
            assert_ne!(len, 0, "the gateway hung up");
            answer.extend_from_slice(&piece[..len]);
        }
        stream
    }

    /// Resident memory in KB.
    fn resident(&self) -> f64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("a Linux that tells");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.expect("a number of kB")
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn ten_thousand_idle_connections_stay_within_6_kb_each() {
    if !has_descriptors() {
        println!("skipped 1 test: {CONNECTIONS} connections want a higher descriptor limit");
        return;
    }
    let gateway = Gateway::start(upstream());
    // code, pools and arenas that any traffic brings in are no connection's
    (0..100).for_each(|_| drop(gateway.idle()));
    let before = gateway.resident();
    let held: Vec<_> = (0..CONNECTIONS).map(|_| gateway.idle()).collect();
    let after = gateway.resident();
    let each = (after - before) / held.len() as f64;
    let shown =
        format!("{each:.2} KB per idle connection ({before} KB before {CONNECTIONS}, {after} KB after)");
    println!("{shown}");
    assert!(each <= KB_MAX, "{shown}");
}
