//! HAProxy as a reference.

use super::boot::Wrapper;
use super::foreign::{self, Foreign, Program, free_port};
use crate::failure::Failure;
use std::net::SocketAddr;
use std::path::Path;

/// One process and thread, keep-alive on both sides, connections to the upstream shared by all clients, no log, no check, no
/// added header.
fn config_of(listen: SocketAddr, upstream: SocketAddr) -> String {
    format!(
        "global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  timeout http-keep-alive 1h
  http-reuse always
frontend clients
  bind {listen} backlog 4096
  default_backend stub
backend stub
  server stub {upstream} pool-max-conn 256 pool-purge-delay 1h
"
    )
}

/// Boots HAProxy before `upstream`; its files live in `directory`.
pub async fn boot_haproxy(
    program: &Path,
    upstream: SocketAddr,
    directory: &Path,
    core: Option<usize>,
    wrapper: Option<&Wrapper>,
) -> Result<Foreign, Failure> {
    let http = free_port("haproxy")?;
    let program = Program {
        name: "haproxy",
        path: program,
        // -db: one process in the foreground
        arguments: ["-db", "-f", "haproxy.cfg"].map(Into::into).into(),
        config_name: "haproxy.cfg",
        config: config_of(http, upstream),
        http,
    };
    foreign::boot(program, directory, core, wrapper).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_config_says_where_from_and_where_to() {
        let addr = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let config = config_of(addr(8_080), addr(9_090));
        assert!(config.contains("bind 127.0.0.1:8080 ") && config.contains("server stub 127.0.0.1:9090 "));
        assert!(!config.contains("\n  log "), "{config}");
    }
}
