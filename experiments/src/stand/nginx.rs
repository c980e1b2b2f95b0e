//! nginx as a reference: the same bare passthrough, one process, so that our figures stand beside known ones.
//!
//! nginx cannot listen on port 0, so a free port is looked up and given to it; should somebody take the port in
//! between, nginx ends and says so. It prints nothing when ready, so it is asked until it accepts.

use super::boot::Wrapper;
use super::launch::Launch;
use super::part::Part;
use crate::failure::Failure;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

/// As for our own parts: valgrind makes seconds of milliseconds.
const READY_WITHIN: Duration = Duration::from_secs(60);
const ASK_EVERY: Duration = Duration::from_millis(10);

/// A running nginx.
#[derive(Debug)]
pub struct Nginx {
    pub part: Part,
    pub http: SocketAddr,
}

/// One process, keep-alive on both sides without a limit in requests, no log, no added header.
pub fn nginx_config(listen: SocketAddr, upstream: SocketAddr) -> String {
    format!(
        "daemon off;
master_process off;
worker_processes 1;
pid nginx.pid;
error_log nginx.log warn;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  keepalive_timeout 1h; keepalive_requests 100000000;
  upstream stub {{ server {upstream}; keepalive 256; keepalive_timeout 1h; keepalive_requests 100000000; }}
  server {{
    listen {listen} backlog=4096;
    location / {{ proxy_pass http://stub; proxy_http_version 1.1; proxy_set_header Connection \"\"; }}
  }}
}}
"
    )
}

/// Boots nginx as a proxy before `upstream`; its files live in `directory`.
pub async fn boot_nginx(
    program: &Path,
    upstream: SocketAddr,
    directory: &Path,
    core: Option<usize>,
    wrapper: Option<&Wrapper>,
) -> Result<Nginx, Failure> {
    let http = free_port().map_err(|e| Failure::run(format!("find a free port for nginx: {e}")))?;
    let file = directory.join("nginx.conf");
    std::fs::write(&file, nginx_config(http, upstream)).map_err(|e| Failure::io("write", &file, e))?;
    let mut prefix = directory.as_os_str().to_owned();
    prefix.push("/");
    let launch = match wrapper {
        None => Launch::new("nginx", program, directory),
        Some(wrapper) => Launch::new("nginx", &wrapper.program, directory)
            .with(wrapper.arguments.clone())
            .with([program]),
    };
    let launch = launch
        .with(["-e", "nginx.log", "-c", "nginx.conf", "-p"])
        .with([prefix]);
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
            Err(Failure::run(format!("boot nginx: it ended at once ({status}){}", part.quoted_stderr())))
        }
        () = accepting => Ok(Nginx { part, http }),
    }
}

fn free_port() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
