//! The corpus against nginx and HAProxy beside the gateway, in one run: which of what we refuse do they pass on?
//!
//! `cargo test -p gateway --test proxy beside -- --nocapture` prints the table, where both are installed. They run as they are usually configured, with
//! the corpus' rule for `/admin`. Nothing is judged: what they do is theirs to decide.

use crate::corpus::{Case, NEXT, NEXT_SEEN, cases, yaml};
use crate::harness::{Gateway, run};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const NGINX: &str = "/usr/sbin/nginx";
const HAPROXY: &str = "/usr/sbin/haproxy";

/// Who still waits for more after so long is taken to wait for ever: answers here take a millisecond.
const SILENCE: Duration = Duration::from_millis(400);

struct Other(Child);

impl Drop for Other {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn nginx(dir: &Path, listen: SocketAddr, upstream: SocketAddr) -> Command {
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|name| format!("{name}_temp_path {name};"));
    let config = format!(
        "daemon off; master_process off; pid pid; events {{}} http {{ access_log off; {}
         upstream u {{ server {upstream}; keepalive 16; }} server {{ listen {listen};
         location / {{ proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection \"\";
         proxy_set_header Host $http_host; proxy_request_buffering off; }} location /admin {{ return 403; }} }} }}",
        temporary.join(" ")
    );
    std::fs::write(dir.join("nginx.conf"), config).expect("written");
    let mut command = Command::new(NGINX);
    command
        .args(["-e", "nginx.log", "-c", "nginx.conf", "-p"])
        .arg(dir);
    command
}

fn haproxy(dir: &Path, listen: SocketAddr, upstream: SocketAddr) -> Command {
    let config = format!(
        "defaults\n mode http\n timeout connect 2s\n timeout client 10s\n timeout server 10s\n\
         frontend f\n bind {listen}\n default_backend b\n\
         http-request deny deny_status 403 if {{ path /admin }} || {{ path_beg /admin/ }}\n\
         backend b\n server s {upstream}\n"
    );
    std::fs::write(dir.join("haproxy.cfg"), config).expect("written");
    let mut command = Command::new(HAPROXY);
    command.args(["-db", "-q", "-f"]).arg(dir.join("haproxy.cfg"));
    command
}

/// Answers whatever looks like a request with its first line and the length of its content.
async fn lenient() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("bound");
    tokio::task::spawn_local(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::task::spawn_local(async move {
                let mut tape = Vec::new();
                while stream.read_buf(&mut tape).await.is_ok_and(|read| read > 0) {
                    while let Some((text, used)) = request(&tape) {
                        tape.drain(..used);
                        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", text.len());
                        let _ = stream.write_all((head + &text).as_bytes()).await;
                    }
                }
            });
        }
    });
    addr
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn request(tape: &[u8]) -> Option<(String, usize)> {
    let mut used = find(tape, b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&tape[..used]).to_lowercase();
    let line = String::from_utf8_lossy(&tape[..find(tape, b"\r\n")?]).into_owned();
    let (mut length, mut chunked) = (0, false);
    for (name, value) in head.lines().filter_map(|line| line.split_once(':')) {
        chunked |= name == "transfer-encoding";
        if name == "content-length" {
            length = value.trim().parse().ok()?;
        }
    }
    if !chunked {
        used += length;
    }
    while chunked {
        let end = used + find(tape.get(used..)?, b"\r\n")?;
        let size = std::str::from_utf8(&tape[used..end]).ok()?.split(';').next()?;
        let size = usize::from_str_radix(size, 16).ok()?;
        length += size;
        // behind the last chunk a blank line, perhaps with trailers before it
        used = if size > 0 {
            end + 2 + size + 2
        } else {
            end + find(tape.get(end..)?, b"\r\n\r\n")? + 4
        };
        chunked = size > 0;
    }
    let line = line.rsplit_once(' ').map_or(line.as_str(), |(line, _)| line);
    (tape.len() >= used).then(|| (format!("{line} {length}"), used))
}

/// What was passed on of a case, besides the innocent request behind it.
async fn passed(proxy: SocketAddr, case: &Case) -> Vec<String> {
    let mut stream = TcpStream::connect(proxy).await.expect("accepts");
    let _ = stream.write_all(&case.bytes).await;
    let _ = stream.write_all(NEXT).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(SILENCE, stream.read_to_end(&mut answer)).await;
    let text = String::from_utf8_lossy(&answer);
    let bodies = text
        .split("HTTP/1.")
        .filter_map(|answer| answer.split_once("\r\n\r\n"));
    bodies
        .filter(|(head, body)| head.contains(" 200 ") && *body != NEXT_SEEN)
        .map(|(_, body)| body.to_owned())
        .collect()
}

/// An address that another program may listen on.
async fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("bound")
}

#[test]
fn what_others_pass_on_of_what_is_refused() {
    if ![NGINX, HAPROXY].iter().all(|program| Path::new(program).exists()) {
        println!("skipped 1 test: nginx or HAProxy is not installed");
        return;
    }
    run(async {
        let dir = tempfile::tempdir().expect("a directory");
        let upstream = lenient().await;
        let gateway = Gateway::from_yaml(&yaml(upstream)).await;
        let mut columns = vec![("tollgate", gateway.http, None)];
        for (name, command) in [
            ("nginx", nginx as fn(&Path, SocketAddr, SocketAddr) -> Command),
            ("haproxy", haproxy),
        ] {
            let listen = free().await;
            let child = command(dir.path(), listen, upstream)
                .stderr(Stdio::null())
                .spawn();
            let mut other = Other(child.unwrap_or_else(|error| panic!("{name} does not start: {error}")));
            while TcpStream::connect(listen).await.is_err() {
                if let Some(status) = other.0.try_wait().expect("a child of this process") {
                    panic!("{name} ended before it listened: {status}");
                }
                tokio::task::yield_now().await;
            }
            columns.push((name, listen, Some(other)));
        }
        let mut counts = vec![0; columns.len()];
        let refused = |case: &Case| case.verdict.parse::<u16>().is_ok();
        let cases: Vec<_> = cases().into_iter().filter(refused).collect();
        for case in &cases {
            let mut row = format!("{:32} {}", case.name, case.verdict);
            for (column, (name, addr, _)) in columns.iter().enumerate() {
                let passed = passed(*addr, case).await;
                counts[column] += usize::from(!passed.is_empty());
                let shown: String = passed.join(", ").chars().take(50).collect();
                row += &format!(" | {name}: {shown}");
            }
            println!("{row}");
        }
        for (count, (name, _, _)) in counts.iter().zip(&columns) {
            println!("{name} passed on {count} of {}", cases.len());
        }
        assert_eq!(counts[0], 0, "what the table says is refused");
    });
}
