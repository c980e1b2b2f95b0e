//! A gateway as a process whose memory is looked at, for tests with more connections than a process may usually have.

use rustix::process::{Resource, getrlimit, setrlimit};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

/// For the upstream, the pools, and what a process has open anyway.
const DESCRIPTORS_MORE: u64 = 200;

/// Whether so many connections may be open, here and in the gateway, which inherits the limit. It says so if not.
pub(crate) fn may_open(connections: usize) -> bool {
    let wanted = connections as u64 + DESCRIPTORS_MORE;
    let mut limit = getrlimit(Resource::Nofile);
    let short_of = |limit: Option<u64>| limit.is_some_and(|limit| limit < wanted);
    if short_of(limit.current) && !short_of(limit.maximum) {
        limit.current = limit.maximum;
        // refused: what is there is what counts
        let _ = setrlimit(Resource::Nofile, limit);
    }
    let short = short_of(getrlimit(Resource::Nofile).current);
    if short {
        println!("skipped 1 test: {connections} connections want a higher descriptor limit");
    }
    !short
}

/// Ends with the test.
pub(crate) struct Running {
    child: Child,
    pub(crate) http: SocketAddr,
    pub(crate) admin: SocketAddr,
}

impl Running {
    /// With what the config says besides where to listen.
    pub(crate) fn start(rest: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("gateway.yaml");
        let yaml = format!("listen: {{ http: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\n{rest}");
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
        let addr = |key: &str| ready[key].as_str().and_then(|addr| addr.parse().ok());
        let (http, admin) = (addr("http"), addr("admin"));
        Self {
            child,
            http: http.expect("an address"),
            admin: admin.expect("an address"),
        }
    }

    /// Resident memory in KB.
    pub(crate) fn resident(&self) -> f64 {
        self.memory("VmRSS:")
    }

    /// What the system says of its memory under this key, in KB.
    pub(crate) fn memory(&self, key: &str) -> f64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("a Linux that tells");
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.expect("a number of kB")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
