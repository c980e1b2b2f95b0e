//! Somebody else's proxy: the same work as ours, one process and one thread, so that our figures stand beside known ones.
//!
//! None of them can listen on port 0, so a free port is looked up and given to it; should somebody take the port in between,
//! it ends and says so. None prints when it is ready, so it is asked until it accepts.

use super::boot::Wrapper;
use super::launch::Launch;
use super::part::Part;
use crate::failure::Failure;
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

/// As for our own parts: valgrind makes seconds of milliseconds.
const READY_WITHIN: Duration = Duration::from_secs(60);
const ASK_EVERY: Duration = Duration::from_millis(10);

/// A running one.
#[derive(Debug)]
pub struct Foreign {
    pub part: Part,
    pub http: SocketAddr,
    /// The name of its config file, and what is in it.
    pub config_name: &'static str,
    pub config: String,
}

/// What is to be started.
pub(super) struct Program<'a> {
    pub name: &'static str,
    pub path: &'a Path,
    pub arguments: Vec<OsString>,
    pub config_name: &'static str,
    pub config: String,
    pub http: SocketAddr,
}

/// Boots a program; its files live in `directory`.
pub(super) async fn boot(
    program: Program<'_>,
    directory: &Path,
    core: Option<usize>,
    wrapper: Option<&Wrapper>,
) -> Result<Foreign, Failure> {
    let Program {
        name,
        path,
        arguments,
        config_name,
        config,
        http,
    } = program;
    let file = directory.join(config_name);
    std::fs::write(&file, &config).map_err(|e| Failure::io("write", &file, e))?;
    let launch = match wrapper {
        None => Launch::new(name, path, directory),
        Some(wrapper) => Launch::new(name, &wrapper.program, directory)
            .with(wrapper.arguments.clone())
            .with([path]),
    };
    let launch = launch.with(arguments);
    let mut part = Part::start(&Launch { core, ..launch })?;
    let accepting = async {
        while tokio::net::TcpStream::connect(http).await.is_err() {
            tokio::time::sleep(ASK_EVERY).await;
        }
    };
    tokio::select! {
        biased;
        ended = part.wait(READY_WITHIN) => {
            let status = ended?;
            Err(Failure::run(format!("boot {name}: it ended at once ({status}){}", part.quoted_stderr())))
        }
        () = accepting => Ok(Foreign { part, http, config_name, config }),
    }
}

/// A port that nobody listens on.
pub(super) fn free_port(name: &str) -> Result<SocketAddr, Failure> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    bound.map_err(|e| Failure::run(format!("find a free port for {name}: {e}")))
}
