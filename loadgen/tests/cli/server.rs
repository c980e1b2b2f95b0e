//! Servers for the binary: a thread a connection, answers by a closure, every request kept.

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Request {
    /// Method, path and version.
    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

pub(crate) fn plain(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}")
}

type Reply = Arc<dyn Fn(&Request) -> String + Send + Sync>;

/// On a free port.
pub(crate) fn tcp(
    reply: impl Fn(&Request) -> String + Send + Sync + 'static,
) -> (SocketAddr, Receiver<Request>) {
    over(reply, Some)
}

/// On a free port, each connection in the hands of a script.
pub(crate) fn raw(script: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let script = Arc::new(script);
    let listener = TcpListener::bind("127.0.0.1:0").expect("free port");
    let addr = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let script = Arc::clone(&script);
            std::thread::spawn(move || script(stream));
        }
    });
    addr
}

/// The same over TLS.
pub(crate) fn secured(
    config: Arc<ServerConfig>,
    reply: impl Fn(&Request) -> String + Send + Sync + 'static,
) -> (SocketAddr, Receiver<Request>) {
    over(reply, move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).ok()?;
        Some(StreamOwned::new(connection, stream))
    })
}

fn over<S: Read + Write>(
    reply: impl Fn(&Request) -> String + Send + Sync + 'static,
    open: impl Fn(TcpStream) -> Option<S> + Send + Sync + 'static,
) -> (SocketAddr, Receiver<Request>) {
    let (reply, open): (Reply, _) = (Arc::new(reply), Arc::new(open));
    let listener = TcpListener::bind("127.0.0.1:0").expect("free port");
    let addr = listener.local_addr().expect("bound");
    let (told, requests) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (told, reply, open) = (told.clone(), Arc::clone(&reply), Arc::clone(&open));
            std::thread::spawn(move || {
                if let Some(stream) = open(stream) {
                    serve(stream, &reply, &told);
                }
            });
        }
    });
    (addr, requests)
}

/// On a socket of the file system.
pub(crate) fn unix(
    path: &Path,
    reply: impl Fn(&Request) -> String + Send + Sync + 'static,
) -> Receiver<Request> {
    let reply: Reply = Arc::new(reply);
    let listener = UnixListener::bind(path).expect("a new socket");
    let (told, requests) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (told, reply) = (told.clone(), Arc::clone(&reply));
            std::thread::spawn(move || serve(stream, &reply, &told));
        }
    });
    requests
}

fn serve(mut stream: impl Read + Write, reply: &Reply, told: &Sender<Request>) {
    let mut buffer = Vec::new();
    while let Some(request) = next(&mut stream, &mut buffer) {
        let answer = reply(&request);
        // whoever does not want to know has dropped the receiver
        let _ = told.send(request);
        if stream.write_all(answer.as_bytes()).is_err() || stream.flush().is_err() {
            return;
        }
    }
}

/// A request with its body; none at the end of the connection.
fn next(stream: &mut impl Read, buffer: &mut Vec<u8>) -> Option<Request> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end + 2]).into_owned();
            let mut request = Request {
                head,
                body: String::new(),
            };
            let length = request.field("content-length").map_or(Ok(0), str::parse).ok()?;
            if buffer.len() >= end + 4 + length {
                let body = &buffer[end + 4..end + 4 + length];
                request.body = String::from_utf8_lossy(body).into_owned();
                buffer.drain(..end + 4 + length);
                return Some(request);
            }
        }
        let mut chunk = [0_u8; 4_096];
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(read) => buffer.extend_from_slice(&chunk[..read]),
        }
    }
}
