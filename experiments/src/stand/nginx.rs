//! nginx as a reference.

use super::boot::Wrapper;
use super::foreign::{self, Foreign, Program, free_port};
use crate::failure::Failure;
use std::net::SocketAddr;
use std::path::Path;

/// What nginx is to do with every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NginxTask {
    /// Pass it to this upstream.
    Proxy(SocketAddr),
    /// Answer it with 200 and this body: plain letters, at most a few KiB (nginx reads it from its config).
    Answer(String),
}

/// One process, keep-alive on both sides without a limit in requests, no log, no added header.
fn config_of(listen: SocketAddr, task: &NginxTask) -> String {
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
) -> Result<Foreign, Failure> {
    let http = free_port("nginx")?;
    let mut prefix = directory.as_os_str().to_owned();
    prefix.push("/");
    let arguments = ["-e", "nginx.log", "-c", "nginx.conf", "-p"].map(Into::into);
    let program = Program {
        name: "nginx",
        path: program,
        arguments: arguments.into_iter().chain([prefix]).collect(),
        config_name: "nginx.conf",
        config: config_of(http, task),
        http,
    };
    foreign::boot(program, directory, core, wrapper).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn a_task_is_all_that_differs() {
        let addr = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let check = |task: NginxTask, there: &[&str], not_there: &str| {
            let config = config_of(addr(8_080), &task);
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
