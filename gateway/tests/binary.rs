//! The `gateway` binary as its users start it: exit codes, messages, the ready line, signals, the access log.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn gateway(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.args(args).stdin(Stdio::null());
    command
}

fn output(args: &[&str]) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = gateway(args).output().expect("the binary starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code(), text(stdout), text(stderr))
}

/// Writes a config into `dir`; `http` is where to listen.
fn config(dir: &Path, http: SocketAddr, upstream: SocketAddr, top: &str) -> String {
    let path = dir.join("gateway.yaml");
    let yaml = format!(
        "listen: {{ http: \"{http}\", admin: \"127.0.0.1:0\" }}\n{top}\n\
         upstreams: {{ u: {{ replicas: [\"{upstream}\"] }} }}\n\
         routes: [ {{ name: all, match: {{ path: / }}, upstream: u }} ]\n"
    );
    std::fs::write(&path, yaml).expect("written");
    path.to_str().expect("a path of text").to_owned()
}

fn any() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// A gateway that ends with the test.
struct Running {
    child: Child,
    ready: serde_json::Value,
}

impl Running {
    fn start(args: &[&str]) -> Self {
        Self::of(&mut gateway(args))
    }

    fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary starts");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("a ready line");
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Self { child, ready }
    }

    fn http(&self) -> SocketAddr {
        self.addr("http")
    }

    fn admin(&self) -> SocketAddr {
        self.addr("admin")
    }

    fn addr(&self, of: &str) -> SocketAddr {
        self.ready[of]
            .as_str()
            .and_then(|addr| addr.parse().ok())
            .expect("an address")
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([name, &self.child.id().to_string()])
            .status();
        assert!(sent.expect("kill is there").success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers everything with `ok`; its threads end with the test's process.
fn upstream() -> SocketAddr {
    let listener = TcpListener::bind(any()).expect("a free port");
    let addr = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                while stream.read(&mut request).is_ok_and(|read| read > 0) {
                    if stream
                        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                        .is_err()
                    {
                        break;
                    }
                }
            });
        }
    });
    addr
}

fn get(addr: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(addr).expect("the gateway accepts");
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn help_documents_the_exit_codes() {
    let (code, help, _) = output(&["--help"]);
    assert_eq!(code, Some(0));
    assert!(help.contains("Exit codes:") && help.contains("--check"), "{help}");
}

#[test]
fn usage_errors_are_2() {
    for args in [
        &[] as &[&str],
        &["--config"],
        &["--config", "x", "--workers", "0"],
        &["--confg", "x"],
    ] {
        assert_eq!(output(args).0, Some(2), "{args:?}");
    }
}

#[test]
fn check_judges_the_config_and_listens_nowhere() {
    let dir = tempfile::tempdir().expect("a directory");
    let good = config(dir.path(), any(), SocketAddr::from(([127, 0, 0, 1], 1)), "");
    let (code, out, err) = output(&["--config", &good, "--check"]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let text = std::fs::read_to_string(&good).expect("read");
    let bad = text.replace("upstream: u", "upstream: nobody, timeout: 800");
    std::fs::write(&good, bad).expect("written");
    let (code, _, err) = output(&["--config", &good, "--check"]);
    assert_eq!(code, Some(1));
    assert!(
        err.contains("routes[0].upstream") && err.contains("routes[0].timeout"),
        "every error at once: {err}"
    );
    let (code, _, err) = output(&["--config", "/nowhere/gateway.yaml"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("/nowhere/gateway.yaml"), "{err}");
}

#[test]
fn files_without_an_end_or_a_reader_are_errors_and_not_waited_for() {
    let dir = tempfile::tempdir().expect("a directory");
    let (code, _, err) = output(&["--config", "/dev/zero"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("at most 8388608"), "{err}");
    let pipe = dir.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo is there").success());
    let top = format!("access_log: {{ path: {} }}", pipe.display());
    let file = config(dir.path(), any(), any(), &top);
    let text = std::fs::read_to_string(&file).expect("read").replace(
        "127.0.0.1:0\"] }",
        &format!(
            "127.0.0.1:1\"], sticky: {{ cookie: c, key_file: {} }} }}",
            pipe.display()
        ),
    );
    std::fs::write(&file, text).expect("written");
    let (code, _, err) = output(&["--config", &file]);
    assert_eq!(code, Some(1), "{err}");
    assert!(
        err.contains("access_log.path: ") && err.contains("nobody reads this pipe"),
        "{err}"
    );
    assert!(
        err.contains("upstreams.u.sticky.key_file: ") && err.contains("is no regular file"),
        "both at once: {err}"
    );
}

#[test]
fn open_files_are_as_many_as_allowed_and_want_of_them_is_told() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = dir.path().join("access.log");
    let top = format!("access_log: {{ path: {} }}", log.display());
    let file = config(dir.path(), any(), upstream(), &top);
    let limited = |limits: &str| {
        let binary = env!("CARGO_BIN_EXE_gateway");
        let mut shell = Command::new("sh");
        let script = format!("ulimit {limits}; exec {binary} --config {file} --workers 1");
        Running::of(shell.args(["-c", &script]).stdin(Stdio::null()))
    };
    let connections = |running: &Running| -> Vec<TcpStream> {
        let connect = |_| TcpStream::connect(running.http()).expect("the listener's queue takes it");
        (0..100).map(connect).collect()
    };
    // the soft limit is below that number, the hard one is not
    let running = limited("-Sn 64");
    let held = connections(&running);
    assert!(get(running.http(), "/").ends_with("ok"));
    drop((held, running));
    let running = limited("-n 64");
    let mut held = connections(&running);
    // accepted before there were no more; a connection to the upstream is one too many
    held[0]
        .write_all(b"GET /lack HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .expect("written");
    let mut answer = String::new();
    held[0].read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    drop(held);
    while !get(running.http(), "/").ends_with("ok") {}
    let metrics = get(running.admin(), "/metrics");
    let counted = metrics
        .lines()
        .find(|line| line.contains("reason=\"not_accepted\""));
    assert!(counted.is_some_and(|line| !line.ends_with(" 0")), "{counted:?}");
    running.signal("-TERM");
    let mut running = running;
    running.child.wait().expect("ended");
    let log = std::fs::read_to_string(&log).expect("a log");
    let lack = log.lines().find(|line| line.contains("/lack")).expect("logged");
    assert!(
        lack.contains("\"detail\":\"this machine is out of file descriptors\""),
        "{lack}"
    );
}

#[test]
fn a_taken_port_is_one_clear_line_and_exit_1() {
    let dir = tempfile::tempdir().expect("a directory");
    let held = TcpListener::bind(any()).expect("a free port");
    let taken = held.local_addr().expect("bound");
    let other = SocketAddr::from(([127, 0, 0, 1], 1));
    let file = config(dir.path(), taken, other, "");
    let (code, out, err) = output(&["--config", &file]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert_eq!(
        err,
        format!("gateway: failed to listen on {taken}: another process has this port\n")
    );
}

#[test]
fn two_gateways_never_share_a_port_by_mistake() {
    let dir = tempfile::tempdir().expect("a directory");
    let other = SocketAddr::from(([127, 0, 0, 1], 1));
    let first = Running::start(&[
        "--config",
        &config(dir.path(), any(), other, ""),
        "--workers",
        "2",
    ]);
    let again = tempfile::tempdir().expect("a directory");
    let (code, _, err) = output(&["--config", &config(again.path(), first.http(), other, "")]);
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("another process has this port"), "{err}");
}

#[test]
fn serves_with_several_workers_logs_and_ends_on_sigterm() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = dir.path().join("access.log");
    let top = format!("access_log: {{ path: {} }}", log.display());
    let file = config(dir.path(), any(), upstream(), &top);
    let mut running = Running::start(&["--config", &file, "--workers", "2", "--seed", "7"]);
    assert_eq!(
        (running.ready["workers"].as_u64(), running.ready["seed"].as_u64()),
        (Some(2), Some(7))
    );
    for n in 0..20 {
        assert!(get(running.http(), &format!("/r{n}?q=1")).ends_with("ok"));
    }
    running.signal("-TERM");
    assert_eq!(running.child.wait().expect("ended").code(), Some(0));
    let lines = std::fs::read_to_string(&log).expect("a log");
    let lines: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON line"))
        .collect();
    assert_eq!(lines.len(), 20, "every request is logged");
    let mut uris: Vec<_> = lines
        .iter()
        .map(|line| line["uri"].as_str().expect("text").to_owned())
        .collect();
    uris.sort();
    let mut expected: Vec<_> = (0..20).map(|n| format!("/r{n}?q=1")).collect();
    expected.sort();
    assert_eq!(uris, expected);
    for line in &lines {
        assert_eq!(
            (line["status"].as_u64(), line["bytes"].as_u64()),
            (Some(200), Some(2)),
            "{line}"
        );
        assert_eq!(
            (line["route"].as_str(), line["outcome"].as_str()),
            (Some("all"), Some("complete"))
        );
        assert_eq!(line["request_id"].as_str().map(str::len), Some(32));
    }
}

#[test]
fn sigint_ends_it_too() {
    let dir = tempfile::tempdir().expect("a directory");
    let other = SocketAddr::from(([127, 0, 0, 1], 1));
    let mut running = Running::start(&["--config", &config(dir.path(), any(), other, "")]);
    running.signal("-INT");
    assert_eq!(running.child.wait().expect("ended").code(), Some(0));
}
