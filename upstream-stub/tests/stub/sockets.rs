//! The same on real sockets, and the binary as a user meets it. Nothing here judges how long something takes.

use crate::support::Client;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

/// A stub of its own process, ended with this value.
struct Process {
    child: Child,
    ready: Value,
}

impl Process {
    fn start(args: &[&str]) -> Self {
        let mut child = command(args).stdout(Stdio::piped()).spawn().expect("starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("piped"))
            .read_line(&mut line)
            .expect("a line");
        Self {
            child,
            ready: serde_json::from_str(&line).expect("JSON"),
        }
    }

    fn addr(&self, replica: usize) -> SocketAddr {
        parse(&self.ready["replicas"][replica]["addr"])
    }

    fn control(&self) -> SocketAddr {
        parse(&self.ready["control"])
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn parse(value: &Value) -> SocketAddr {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .expect("an address")
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upstream-stub"));
    command.args(args).stdin(Stdio::null());
    command
}

fn on_runtime<F: Future>(test: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("runtime");
    runtime.block_on(test)
}

async fn connect(addr: SocketAddr) -> Client<tokio::net::TcpStream> {
    Client::on(tokio::net::TcpStream::connect(addr).await.expect("connects"))
}

async fn json(addr: SocketAddr, method: &str, path: &str) -> (u16, Value) {
    let raw = connect(addr)
        .await
        .request(method, path, &[], b"")
        .await
        .expect("an answer");
    (raw.status, serde_json::from_slice(&raw.body).expect("JSON"))
}

/// Looks at a ledger that is about to settle: seconds, where it takes microseconds.
const LOOKS_MAX: usize = 10_000;

#[test]
fn replicas_serve_on_all_threads_and_the_control_port_adds_up() {
    let stub = Process::start(&[
        "--replicas",
        "2",
        "--threads",
        "3",
        "--seed",
        "11",
        "--behaviour",
        "body=1KiB",
    ]);
    assert_eq!(
        (&stub.ready["ready"], &stub.ready["seed"]),
        (&Value::Bool(true), &Value::from(11))
    );
    assert_eq!(stub.ready["replicas"][1]["name"], "r1");
    on_runtime(async {
        let mut numbers = std::collections::BTreeSet::new();
        for _ in 0..20 {
            let mut client = connect(stub.addr(1)).await;
            for _ in 0..5 {
                let raw = client
                    .request("GET", "/", &[("X-Request-Id", "x")], b"")
                    .await
                    .expect("an answer");
                assert_eq!((raw.status, raw.body.len()), (200, 1_024));
                numbers.insert(raw.headers["x-request-number"].parse::<u64>().expect("a number"));
            }
        }
        assert_eq!(numbers, (0..100).collect(), "threads share one count");
        assert_eq!(json(stub.control(), "GET", "/healthz").await.0, 200);
        let (_, mut page) = json(stub.control(), "GET", "/ledger").await;
        // an answer is counted as complete by its own thread, once the socket has taken it: its client may know sooner
        for _ in 0..LOOKS_MAX {
            if page["replicas"][1]["in_flight"] == 0 {
                break;
            }
            page = json(stub.control(), "GET", "/ledger").await.1;
        }
        let ledger = &page["replicas"][1];
        assert_eq!(ledger["name"], "r1");
        assert_eq!(
            (&ledger["requests"], &ledger["completed"]),
            (&Value::from(100), &Value::from(100))
        );
        assert_eq!(ledger["answers"]["200"], 100);
        assert_eq!(ledger["request_ids"]["repeats"]["x"], 100);
        assert_eq!(page["replicas"][0]["requests"], 0);
        assert_eq!(json(stub.control(), "GET", "/reset").await.0, 405);
        assert_eq!(json(stub.control(), "GET", "/nothing").await.0, 404);
        assert_eq!(json(stub.control(), "POST", "/reset").await.0, 200);
        assert_eq!(
            json(stub.control(), "GET", "/ledger").await.1["replicas"][1]["requests"],
            0
        );
    });
}

#[test]
fn a_reset_is_a_tcp_reset() {
    let stub = Process::start(&["--behaviour", "reset=1"]);
    let mut stream = TcpStream::connect(stub.addr(0)).expect("connects");
    std::io::Write::write_all(&mut stream, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").expect("sent");
    let error = stream.read(&mut [0; 16]).expect_err("not a proper end");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn a_truncated_answer_ends_properly_but_short() {
    let stub = Process::start(&["--behaviour", "truncate=1 body=100kB"]);
    on_runtime(async {
        let raw = connect(stub.addr(0))
            .await
            .request("GET", "/", &[], b"")
            .await
            .expect("a head");
        assert_eq!((raw.complete, raw.body.len()), (false, 50_000));
    });
}

#[test]
fn a_replica_that_is_down_refuses() {
    let stub = Process::start(&["--replicas", "2", "--replica-behaviour", "1:down"]);
    TcpStream::connect(stub.addr(0)).expect("up");
    let kind = TcpStream::connect(stub.addr(1)).expect_err("down").kind();
    assert_eq!(kind, std::io::ErrorKind::ConnectionRefused);
}

#[test]
fn a_taken_port_is_one_clear_line_and_exit_1() {
    let holder = TcpListener::bind("127.0.0.1:0").expect("free port");
    let addr = holder.local_addr().expect("bound").to_string();
    for flag in ["--listen", "--control"] {
        let output = command(&[flag, &addr]).output().expect("runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains(&addr) && text.contains("taken"), "{text}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn all_mistakes_are_told_at_once_and_exit_2() {
    let output = command(&[
        "--behaviour",
        "latency=soon colour=red",
        "--script",
        "5s; x down",
        "--replica-behaviour",
        "1:down",
        "--replica-script",
        "0:1s error=2",
    ])
    .output()
    .expect("runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    for part in [
        "--behaviour: word 1 (\"latency=soon\")",
        "--behaviour: word 2 (\"colour=red\")",
        "--script: phase 1 (\"5s\")",
        "--script: phase 2 (\"x down\")",
        "--replica-behaviour \"1:down\": there is no replica \"1\"",
        "--replica-script \"0:1s error=2\": phase 1",
    ] {
        assert!(text.contains(part), "{text}\nlacks {part}");
    }
    assert_eq!(
        command(&["--no-such-flag"]).output().expect("runs").status.code(),
        Some(2)
    );
}

#[test]
fn help_explains_every_word() {
    let output = command(&["--help"]).output().expect("runs");
    let text = String::from_utf8_lossy(&output.stdout);
    for word in upstream_stub::behaviour::words::WORDS {
        assert!(text.contains(word.example), "{} is not explained", word.name);
    }
    assert!(text.contains("Exit codes"));
}

#[test]
fn sigterm_ends_it_well() {
    let mut stub = Process::start(&["--threads", "2"]);
    let pid = i32::try_from(stub.child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
        .expect("a pid");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("signalled");
    assert_eq!(stub.child.wait().expect("ended").code(), Some(0));
}
