//! nginx as a reference: the same work, one process, so that our figures stand beside known ones.
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

/// What nginx is to do with every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NginxTask {
    /// Pass it to this upstream.
    Proxy(SocketAddr),
    /// Answer it with 200 and this body: plain letters, at most a few KiB (nginx reads it from its config).
    Answer(String),
}

/// One process, keep-alive on both sides without a limit in requests, no log, no added header.
pub fn nginx_config(listen: SocketAddr, task: &NginxTask) -> String {
    let (upstream, location) = match task {
        NginxTask::Proxy(upstream) => (
            format!(
                "\n  upstream stub {{ server {upstream}; keepalive 256; keepalive_timeout 1h; keepalive_requests 100000000; }}"
            ),
            "proxy_pass http://stub; proxy_http_version 1.1; proxy_set_header Connection \"\";".to_owned(),
        ),
        NginxTask::Answer(body) => (String::new(), format!("return 200 \"{body}\";")),
    };
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
  keepalive_timeout 1h; keepalive_requests 100000000;{upstream}
  server {{
    listen {listen} backlog=4096;
    location / {{ {location} }}
  }}
}}
"
    )
}

/// Boots nginx for `task`; its files live in `directory`.
pub async fn boot_nginx(
    program: &Path,
    task: &NginxTask,
    directory: &Path,
    core: Option<usize>,
    wrapper: Option<&Wrapper>,
) -> Result<Nginx, Failure> {
    let http = free_port().map_err(|e| Failure::run(format!("find a free port for nginx: {e}")))?;
    let file = directory.join("nginx.conf");
    std::fs::write(&file, nginx_config(http, task)).map_err(|e| Failure::io("write", &file, e))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_all_that_differs() {
        let addr = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let check = |task: NginxTask, there: &[&str], not_there: &str| {
            let config = nginx_config(addr(8_080), &task);
            for part in [
                &["listen 127.0.0.1:8080 ", "keepalive_requests 100000000;"],
                there,
            ]
            .concat()
            {
                assert!(config.contains(part), "{part:?} is not in\n{config}");
            }
            assert!(!config.contains(not_there), "{not_there:?} is in\n{config}");
            assert_eq!(config.matches('{').count(), config.matches('}').count());
        };
        let proxied = [
            "upstream stub { server 127.0.0.1:9090;",
            "proxy_pass http://stub;",
        ];
        check(NginxTask::Proxy(addr(9_090)), &proxied, "return 200");
        check(
            NginxTask::Answer("aaa".into()),
            &["return 200 \"aaa\";"],
            "upstream",
        );
    }
}
