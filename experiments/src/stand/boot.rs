//! Booting our own parts: start, wait for the one JSON line that says where they listen.

use super::launch::Launch;
use super::part::Part;
use crate::failure::Failure;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::unix::pipe;

/// A part that has not said "ready" by then never will. Booting takes milliseconds; under valgrind, seconds.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A ready line names a few addresses.
const READY_LINE_BYTES_MAX: u64 = 64 * 1024;

/// A program that runs another one and watches it: valgrind, strace.
#[derive(Debug, Clone)]
pub struct Wrapper {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
}

/// A running gateway.
#[derive(Debug)]
pub struct Gateway {
    pub part: Part,
    pub http: SocketAddr,
    pub admin: SocketAddr,
    _stdout: BufReader<pipe::Receiver>,
}

/// A running stub.
#[derive(Debug)]
pub struct Stub {
    pub part: Part,
    /// One at least.
    pub replicas: Vec<SocketAddr>,
    pub control: SocketAddr,
    _stdout: BufReader<pipe::Receiver>,
}

impl Stub {
    /// The first of them.
    pub fn replica(&self) -> SocketAddr {
        self.replicas[0]
    }
}

#[derive(Debug, Deserialize)]
struct GatewayReady {
    http: SocketAddr,
    admin: SocketAddr,
}

#[derive(Debug, Deserialize)]
struct StubReady {
    replicas: Vec<ReplicaReady>,
    control: SocketAddr,
}

#[derive(Debug, Deserialize)]
struct ReplicaReady {
    addr: SocketAddr,
}

/// Boots the gateway at `binary` with one worker and `config`, which is written into `directory`.
pub async fn boot_gateway(
    binary: &Path,
    config: &str,
    directory: &Path,
    core: Option<usize>,
    seed: u64,
    wrapper: Option<&Wrapper>,
) -> Result<Gateway, Failure> {
    boot_workers(1, binary, config, directory, core, seed, wrapper).await
}

/// The same with so many workers.
pub async fn boot_workers(
    workers: u16,
    binary: &Path,
    config: &str,
    directory: &Path,
    core: Option<usize>,
    seed: u64,
    wrapper: Option<&Wrapper>,
) -> Result<Gateway, Failure> {
    let file = directory.join("gateway.yaml");
    std::fs::write(&file, config).map_err(|e| Failure::io("write", &file, e))?;
    let (workers, seed) = (workers.to_string(), seed.to_string());
    let arguments = ["--config", "gateway.yaml", "--workers", &workers, "--seed", &seed];
    let launch = wrapped("gateway", binary, directory, wrapper).with(arguments);
    boot_gateway_by(Launch { core, ..launch }).await
}

/// Boots a gateway as `launch` says.
pub async fn boot_gateway_by(launch: Launch) -> Result<Gateway, Failure> {
    let (part, ready, stdout) = boot::<GatewayReady>(&Launch {
        stdout_piped: true,
        ..launch
    })
    .await?;
    Ok(Gateway {
        part,
        http: ready.http,
        admin: ready.admin,
        _stdout: stdout,
    })
}

/// Boots a stub of so many replicas on one thread that behave as `behaviour` says.
pub async fn boot_stub(
    binary: &Path,
    replicas: usize,
    behaviour: &str,
    directory: &Path,
    core: Option<usize>,
    seed: u64,
    wrapper: Option<&Wrapper>,
) -> Result<Stub, Failure> {
    let (seed, count) = (seed.to_string(), replicas.to_string());
    let mut arguments = vec!["--replicas", &count, "--threads", "1", "--seed", &seed];
    arguments.extend([
        "--listen",
        "127.0.0.1:0",
        "--control",
        "127.0.0.1:0",
        "--behaviour",
        behaviour,
    ]);
    let launch = wrapped("upstream-stub", binary, directory, wrapper).with(arguments);
    boot_stub_by(Launch { core, ..launch }, replicas).await
}

/// Boots a stub of so many replicas as `launch` says.
pub async fn boot_stub_by(launch: Launch, replicas: usize) -> Result<Stub, Failure> {
    let (part, ready, stdout) = boot::<StubReady>(&Launch {
        stdout_piped: true,
        ..launch
    })
    .await?;
    let ready_replicas: Vec<_> = ready.replicas.iter().map(|replica| replica.addr).collect();
    if ready_replicas.is_empty() || ready_replicas.len() != replicas {
        let is = ready_replicas.len();
        return Err(Failure::run(format!(
            "boot upstream-stub: it is ready with {is} replicas, not {replicas}"
        )));
    }
    Ok(Stub {
        part,
        replicas: ready_replicas,
        control: ready.control,
        _stdout: stdout,
    })
}

/// Starts `binary`, or the wrapper that is to run it; its arguments are still to come.
fn wrapped(name: &str, binary: &Path, directory: &Path, wrapper: Option<&Wrapper>) -> Launch {
    match wrapper {
        None => Launch::new(name, binary, directory),
        Some(wrapper) => Launch::new(name, &wrapper.program, directory)
            .with(wrapper.arguments.clone())
            .with([binary]),
    }
}

/// The rest of stdout is kept open, so that a part that goes on printing does not die of it.
async fn boot<Ready: DeserializeOwned>(
    launch: &Launch,
) -> Result<(Part, Ready, BufReader<pipe::Receiver>), Failure> {
    let mut part = Part::start(launch)?;
    let stdout = part
        .take_stdout()
        .ok_or_else(|| Failure::run(format!("read stdout of {}", launch.name)))?;
    let mut stdout = BufReader::new(stdout);
    let mut line = String::new();
    let reading = async {
        (&mut stdout)
            .take(READY_LINE_BYTES_MAX)
            .read_line(&mut line)
            .await
    };
    let why = match tokio::time::timeout(READY_WITHIN, reading).await {
        Err(_) => format!(
            "no ready line within {}",
            humantime::format_duration(READY_WITHIN)
        ),
        Ok(Err(error)) => format!("its stdout broke: {error}"),
        Ok(Ok(0)) => match part.wait(READY_WITHIN).await {
            Ok(status) => format!("it ended before it was ready ({status})"),
            Err(_) => "it closed stdout before it was ready".to_owned(),
        },
        Ok(Ok(_)) => match serde_json::from_str(&line) {
            Ok(ready) => return Ok((part, ready, stdout)),
            Err(error) => format!("its ready line makes no sense ({error}): {}", line.trim_end()),
        },
    };
    Err(Failure::run(format!(
        "boot {}: {why}{}",
        launch.name,
        part.quoted_stderr()
    )))
}
