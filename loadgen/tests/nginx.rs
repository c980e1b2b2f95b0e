//! A real nginx that is stopped in the middle of a run: the test that tells generators which hide a stall from those
//! which do not. One that starts its clock at the send reports a p99 of a millisecond or two.
//!
//! Judged by bounds that no noise can break from the right side: the stop lasts at least as long as is said, so of the
//! requests due while it lasted a known share must have waited at least so long.

use loadgen::Document;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::time::Instant;

const RUN: Duration = Duration::from_secs(5);
const STOP: Duration = Duration::from_millis(500);
const RATE: u32 = 1_000;

/// Where nginx is, if it is. In CI it has to be.
fn nginx() -> Option<PathBuf> {
    let places = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"];
    let found = places.iter().map(PathBuf::from).find(|path| path.exists());
    assert!(
        found.is_some() || std::env::var_os("CI").is_none(),
        "nginx is not installed, and in CI it has to be"
    );
    found
}

struct Running(Child);

impl Running {
    fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).expect("ours");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // one that is stopped still dies of this
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One process that answers on a unix socket.
fn serve(binary: &Path, folder: &Path, socket: &Path) -> Running {
    let config = format!(
        "daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log nginx.log;\n\
         events {{ worker_connections 1024; }}\n\
         http {{ access_log off; keepalive_requests 100000000; keepalive_timeout 1h;\n\
         client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;\n\
         scgi_temp_path scgi; server {{ listen unix:{}; location / {{ return 200 \"ok\"; }} }} }}",
        socket.display()
    );
    std::fs::write(folder.join("nginx.conf"), config).expect("writable");
    let child = Command::new(binary)
        .args(["-p", folder.to_str().expect("UTF-8"), "-c", "nginx.conf"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut running = Running(child.expect("starts"));
    while std::os::unix::net::UnixStream::connect(socket).is_err() {
        let ended = running.0.try_wait().expect("ours");
        assert!(ended.is_none(), "nginx ended: {ended:?}");
        std::thread::yield_now();
    }
    running
}

#[test]
fn a_stop_of_the_server_is_seen_by_everybody_who_came_meanwhile() {
    let Some(binary) = nginx() else {
        println!("skipped 1 test: nginx is not installed");
        return;
    };
    let folder = tempfile::tempdir().expect("writable");
    let socket = folder.path().join("nginx.sock");
    let nginx = serve(&binary, folder.path(), &socket);
    let mut generator = Command::new(env!("CARGO_BIN_EXE_loadgen"))
        .args([
            "http://stopped/",
            "--unix-socket",
            socket.to_str().expect("UTF-8"),
        ])
        .args(["-R", &RATE.to_string(), "-d", &format!("{}s", RUN.as_secs())])
        .args([
            "--arrival",
            "constant",
            "--interval",
            "500ms",
            "--no-tui",
            "--format",
            "json",
        ])
        .args([
            "--max-send-lag",
            "1h",
            "--timeout",
            "1m",
            "--drain",
            "1m",
            "--seed",
            "4",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    // the heading, and the first two intervals: the run is on
    let mut lines = BufReader::new(generator.stderr.take().expect("piped")).lines();
    (0..3).for_each(|_| drop(lines.next().expect("a line").expect("UTF-8")));
    nginx.send(Signal::STOP);
    let stopped = Instant::now();
    while stopped.elapsed() < STOP {
        std::thread::yield_now();
    }
    nginx.send(Signal::CONT);
    let mut json = Vec::new();
    let mut output = generator.stdout.take().expect("piped");
    output.read_to_end(&mut json).expect("its result");
    assert_eq!(generator.wait().expect("ours").code(), Some(0));

    let document: Document = serde_json::from_slice(&json).expect("a result");
    let counts = &document.report.counts;
    let planned = u64::from(RATE) * RUN.as_secs();
    assert_eq!(
        (counts.planned, counts.done, counts.errors()),
        (planned, planned, 0)
    );
    // L(q) = P − (1 − q)·D for those who came while it stood still
    let least_us = |q: f64| (STOP.as_secs_f64() - (1.0 - q) * RUN.as_secs_f64()) * 1e6 * 0.99;
    let response = &document.report.response_us;
    for (q, seen) in [
        (0.95, response.p95),
        (0.99, response.p99),
        (0.999, response.p99_9),
    ] {
        assert!(
            seen >= least_us(q),
            "p{}: {seen} µs, and at least {} waited",
            q * 100.0,
            least_us(q)
        );
    }
}
