//! WebSockets and streams of events (SSE) that are held over a hundred reloads, by file, by signal and by request, while
//! something is said on all of them.
//!
//! Half of them are at an upstream that the first reload removes, so that nothing but the connections themselves keeps it. The
//! config has many routes, so that a snapshot that is never freed is seen in the process's memory.

use crate::listeners::free;
use crate::part::{ANYWHERE, Home, Part, any, body, connect, get, status};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use tokio_tungstenite::tungstenite::{Message, WebSocket, accept, client};

/// Of each kind at each upstream.
const HELD: usize = 4;

/// On each socket in the time of a reload.
const SAID: usize = 10;

/// A snapshot of so many takes half a megabyte.
const ROUTES: usize = 500;

/// What the process may grow by in 80 reloads: 8 MB, which is a fifth of what it grows by where no snapshot is ever freed.
const PAGES_MAX: usize = 8 * 256;

/// Says back what it hears on a WebSocket, numbers on every stream of events what it has said back, and answers
/// everything else with `ok`.
#[derive(Clone, Default)]
struct Chat {
    echoes: Arc<(Mutex<usize>, Condvar)>,
    /// Connections that the gateway has closed, of those on which `ok` was answered, and all others.
    closed: Arc<[AtomicUsize; 2]>,
}

impl Chat {
    fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind(any()).expect("a free port");
        let addr = listener.local_addr().expect("bound");
        let chat = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let chat = chat.clone();
                std::thread::spawn(move || {
                    let held = chat.converse(stream);
                    chat.closed[usize::from(held)].fetch_add(1, Ordering::AcqRel);
                });
            }
        });
        addr
    }

    /// To the connection's end, and whether it was held.
    fn converse(&self, mut stream: TcpStream) -> bool {
        let mut request = [0; 4_096];
        let read = stream.peek(&mut request).expect("a request");
        if request[..read].windows(5).any(|part| part == b"/chat") {
            self.echo(accept(stream).expect("a handshake"));
            return true;
        }
        while let Ok(read @ 1..) = stream.read(&mut request) {
            if request[..read].windows(5).any(|part| part == b"/feed") {
                // its end is the client's
                let _ = self.feed(&mut stream);
                return true;
            }
            if stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                .is_err()
            {
                break;
            }
        }
        false
    }

    fn echo(&self, mut socket: WebSocket<TcpStream>) {
        while let Ok(message) = socket.read() {
            if message.is_text() && socket.send(message).is_ok() {
                self.count(1);
            }
        }
    }

    fn feed(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        stream.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
        )?;
        let (count, told) = &*self.echoes;
        for number in 0.. {
            let unless = |count: &mut usize| *count < number;
            drop(
                told.wait_while(count.lock().expect("no panic"), unless)
                    .expect("no panic"),
            );
            let event = format!("data: {number}\n\n");
            write!(stream, "{:x}\r\n{event}\r\n", event.len())?;
        }
        Ok(())
    }

    fn echoed(&self) -> usize {
        *self.echoes.0.lock().expect("no panic")
    }

    /// Waits until the gateway has closed so many. Whoever tells numbers finds that out by telling more of them.
    fn closed(&self, held: bool, count: usize, more: usize) {
        while self.closed[usize::from(held)].load(Ordering::Acquire) < count {
            self.count(more);
            std::thread::yield_now();
        }
    }

    fn count(&self, more: usize) {
        *self.echoes.0.lock().expect("no panic") += more;
        self.echoes.1.notify_all();
    }
}

/// An upstream that only the first version has, one that all have, and one that is each version's own.
fn config(listen: &str, chat: SocketAddr, version: usize) -> String {
    let (first, own) = (if version == 1 { "old" } else { "new" }, format!("v{version}"));
    let upstreams = [first, "kept", &own].map(|name| format!("  {name}: {{ replicas: [\"{chat}\"] }}\n"));
    let route = |n: usize| format!("- {{ name: r{n}, match: {{ path: /r{n} }}, upstream: {own} }}\n");
    let routes: String = (0..ROUTES).map(route).collect();
    let held = [("first", first), ("kept", "kept")].map(|(name, upstream)| {
        format!(
            "- {{ name: {name}, match: {{ path: /{name} }}, upstream: {upstream}, upgrade: [websocket] }}\n"
        )
    });
    format!(
        "listen: {{ {listen} }}\nupstreams:\n{}routes:\n{routes}{}",
        upstreams.concat(),
        held.concat()
    )
}

/// With each turn says some things and hears each again, until there are no more turns: how many.
fn talk(mut socket: WebSocket<TcpStream>, turns: &Receiver<()>) -> usize {
    let mut said = 0;
    for () in turns {
        for _ in 0..SAID {
            // frames of every size up to some that come in several pieces
            let message = Message::text(format!("{said} {}", "x".repeat(said * 37 % 20_000)));
            socket.send(message.clone()).expect("the tunnel is open");
            assert!(socket.read().expect("the tunnel is open") == message, "{said}");
            said += 1;
        }
    }
    said
}

/// What the next chunk holds. Its ends are the gateway's, and not those of events.
fn piece(events: &mut BufReader<TcpStream>) -> String {
    let mut size = String::new();
    events.read_line(&mut size).expect("the stream goes on");
    let size = usize::from_str_radix(size.trim_end(), 16).expect("the size of a chunk");
    let mut piece = vec![0; size + 2];
    events.read_exact(&mut piece).expect("the stream goes on");
    piece.truncate(size);
    String::from_utf8(piece).expect("text")
}

/// Hears every number once, in order, until `last` has come.
fn hear(mut events: BufReader<TcpStream>, last: &AtomicUsize) {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        events.read_line(&mut head).expect("a head");
    }
    assert!(head.contains("text/event-stream"), "{head}");
    let (mut text, mut expected) = (String::new(), 0);
    while expected <= last.load(Ordering::Acquire) {
        text += &piece(&mut events);
        while let Some((event, rest)) = text.split_once("\n\n") {
            assert_eq!(event, format!("data: {expected}"));
            (text, expected) = (rest.to_owned(), expected + 1);
        }
    }
}

fn chat(http: SocketAddr, at: &str) -> WebSocket<TcpStream> {
    let opened = client(format!("ws://a/{at}/chat"), connect(http));
    opened.expect("a handshake").0
}

fn feed(http: SocketAddr, at: &str) -> BufReader<TcpStream> {
    let mut stream = connect(http);
    write!(stream, "GET /{at}/feed HTTP/1.1\r\nHost: a\r\n\r\n").expect("written");
    BufReader::new(stream)
}

/// Open files and pages of memory.
fn held_by(part: &Part) -> (usize, usize) {
    let proc = |what: &str| format!("/proc/{}/{what}", part.pid());
    let files = std::fs::read_dir(proc("fd")).expect("Linux").count();
    let pages = std::fs::read_to_string(proc("statm")).expect("Linux");
    let resident = pages.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    (files, resident.expect("a number"))
}

/// Puts this version in force, in one of the three ways.
fn reload(home: &Home, part: &mut Part, yaml: &str, version: usize) {
    home.write(yaml);
    match version % 10 {
        0 => {} // the watch finds it
        1..5 => part.signal("-HUP"),
        _ => assert_eq!(body(&part.reload())["version"], version),
    }
    part.says(&format!("is in force as version {version}"));
}

#[test]
fn sockets_and_events_live_on_over_a_hundred_reloads() {
    let (home, upstream) = (Home::new(), Chat::default());
    let addr = upstream.start();
    home.write(&config(ANYWHERE, addr, 1));
    let mut part = home.start(&[]);
    let last = &AtomicUsize::new(usize::MAX);
    let places = || (0..HELD).flat_map(|_| ["first", "kept"]);
    let feeds: Vec<_> = places().map(|at| feed(part.http, at)).collect();
    let chats: Vec<_> = places().map(|at| chat(part.http, at)).collect();
    std::thread::scope(|scope| {
        for feed in feeds {
            scope.spawn(move || hear(feed, last));
        }
        let talk = |chat| {
            let (turn, turns) = channel();
            (turn, scope.spawn(move || talk(chat, &turns)))
        };
        let (turns, talking): (Vec<_>, Vec<_>) = chats.into_iter().map(talk).unzip();
        let (mut listen, mut http) = (ANYWHERE.to_owned(), part.http);
        let mut before = (0, 0);
        for version in 2..=101 {
            if version == 50 {
                http = free();
                listen = format!("http: \"{http}\", admin: \"127.0.0.1:0\"");
            }
            turns.iter().for_each(|turn| turn.send(()).expect("it lives on"));
            reload(&home, &mut part, &config(&listen, addr, version), version);
            // a connection of this version's own upstream, which the next one removes
            assert_eq!(status(&get(http, "/r7")), "200");
            if version == 21 {
                before = held_by(&part);
            }
        }
        let after = held_by(&part);
        println!("open files and pages: {before:?} after 20 reloads, {after:?} after 100");
        assert!(
            after.0 <= before.0 + 8 && after.1 <= before.1 + PAGES_MAX,
            "{before:?} {after:?}"
        );
        upstream.closed(false, 99, 0);
        for name in ["first", "kept"] {
            let open = format!("tollgate_tunnels_open{{route=\"{name}\"}}");
            assert_eq!(part.metric(&open), HELD as u64, "{name}");
        }
        drop(turns);
        let said = talking
            .into_iter()
            .map(|talking| talking.join().expect("it lived on"));
        let said: usize = said.sum();
        assert_eq!((said, upstream.echoed()), (2 * HELD * SAID * 100, said));
        last.store(said, Ordering::Release);
        // whoever has heard it waits for one more
        upstream.count(1);
    });
    // the upstream that was removed lets go of them as the other does
    upstream.closed(true, 4 * HELD, 1);
}
