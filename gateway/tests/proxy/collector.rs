//! A collector of spans for tests: a thread that takes exports and keeps them.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};

/// What it does with an export.
#[derive(Clone, Copy)]
pub(crate) enum Manner {
    Takes,
    /// Says so many times that it has no time, and then takes them.
    BusyFor(usize),
    Refuses,
    /// Never answers, and keeps the connection.
    Hangs,
}

pub(crate) struct Collector {
    pub(crate) addr: SocketAddr,
    /// The heads and bodies of what came.
    received: Receiver<(String, Value)>,
}

impl Collector {
    /// Its thread ends with the test's process.
    pub(crate) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("bound");
        let (tell, received) = channel();
        std::thread::spawn(move || collect(&listener, manner, &tell));
        Self { addr, received }
    }

    /// A section of a config that sends everything here, with more keys.
    pub(crate) fn config(&self, keys: &str) -> String {
        format!("trace: {{ endpoint: \"http://{}\"{keys} }}", self.addr)
    }

    /// The head of the next export and the spans in it.
    pub(crate) async fn next(&self) -> (String, Vec<Value>) {
        let (head, body) = loop {
            match self.received.try_recv() {
                Ok(export) => break export,
                // the gateway is on this thread too
                Err(_) => tokio::task::yield_now().await,
            }
        };
        let spans = &body["resourceSpans"][0]["scopeSpans"][0]["spans"];
        (head, spans.as_array().expect("spans").clone())
    }

    /// All spans that have come.
    pub(crate) fn spans(&self) -> Vec<Value> {
        let mut all = Vec::new();
        while let Ok((_, body)) = self.received.try_recv() {
            let spans = &body["resourceSpans"][0]["scopeSpans"][0]["spans"];
            all.extend(spans.as_array().expect("spans").iter().cloned());
        }
        all
    }
}

fn collect(listener: &TcpListener, manner: Manner, tell: &Sender<(String, Value)>) {
    let mut held = Vec::new();
    for (number, stream) in listener.incoming().enumerate() {
        let mut stream = stream.expect("a connection");
        let (head, body) = read(&mut stream);
        let body = serde_json::from_slice(&body).expect("JSON");
        // the test may have ended
        let _ = tell.send((head, body));
        let answer: &[u8] = match manner {
            Manner::BusyFor(times) if number < times => {
                b"HTTP/1.1 503 No\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
            }
            Manner::Takes | Manner::BusyFor(_) => b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            Manner::Refuses => b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n",
            Manner::Hangs => {
                held.push(stream);
                continue;
            }
        };
        let _ = stream.write_all(answer);
    }
}

fn read(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8(bytes[..end].to_vec()).expect("text");
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|length| length.parse().ok()).expect("a length");
            if bytes.len() >= end + 4 + length {
                return (head, bytes.split_off(end + 4));
            }
        }
        let read = stream.read(&mut piece).expect("an export");
        assert!(read > 0, "an export that is cut off");
        bytes.extend_from_slice(&piece[..read]);
    }
}

/// The value of an attribute, of whatever kind.
pub(crate) fn attribute(span: &Value, key: &str) -> Option<String> {
    let all = span["attributes"].as_array().expect("attributes");
    let found = all.iter().find(|attribute| attribute["key"] == key)?;
    let value = &found["value"];
    let value = value["stringValue"].as_str().or(value["intValue"].as_str());
    value.map(str::to_owned)
}
