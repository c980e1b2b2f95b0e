//! Streams of server-sent events that are held open all the time, and whether every event came, once and in order.

use super::Scene;
use super::rows::Held;
use crate::failure::Failure;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

const EVENT_EVERY: Duration = Duration::from_millis(100);
/// Between the last event and the end of the load.
const MARGIN: Duration = Duration::from_millis(500);
/// Far longer than between two events.
const PATIENCE: Duration = Duration::from_secs(5);
/// A line is a few dozen bytes; one that is longer is none of an event.
const LINE_BYTES_MAX: usize = 4_096;

pub(super) async fn hold(scene: Scene<'_>) -> Result<Vec<Held>, Failure> {
    let Scene { stage, scenario, .. } = scene;
    let Some(ask) = scenario.load.asks.first().filter(|_| stage.streams > 0) else {
        return Ok(Vec::new());
    };
    tokio::time::sleep_until(scene.start).await;
    let lasts = scene.lasts().saturating_sub(MARGIN);
    let count = (lasts.as_millis() / EVENT_EVERY.as_millis()) as u64;
    let mut streams = JoinSet::new();
    for stream in 0..stage.streams as u64 {
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nX-Stub: sse={count}x{}ms\r\nAccept: text/event-stream\r\n\r\n",
            ask.path,
            scenario.load.host,
            EVENT_EVERY.as_millis()
        );
        let front = scene.cast.hosts.front();
        streams.spawn(async move { (stream, read(front, request, count).await) });
    }
    let mut held = Vec::new();
    while let Some(ended) = streams.join_next().await {
        let (stream, (events, broken)) = ended.map_err(|e| Failure::run(format!("hold a stream: {e}")))?;
        held.push(Held {
            seed: stage.seed,
            variant: scene.variant.to_owned(),
            stream,
            events,
            broken,
        });
    }
    held.sort_by_key(|of| of.stream);
    Ok(held)
}

/// Events in order, and what broke it.
async fn read(front: SocketAddr, request: String, count: u64) -> (u64, Option<String>) {
    let mut events = 0;
    let broken = match follow(front, &request, count, &mut events).await {
        Ok(()) if events == count => None,
        Ok(()) => Some(format!("it ended after {events} of {count} events")),
        Err(error) => Some(format!("after {events} of {count} events: {error}")),
    };
    (events, broken)
}

async fn follow(front: SocketAddr, request: &str, count: u64, events: &mut u64) -> io::Result<()> {
    let mut stream = TcpStream::connect(front).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut lines = BufReader::new(stream);
    let mut line = Vec::new();
    while *events < count {
        line.clear();
        let read = timeout(PATIENCE, lines.read_until(b'\n', &mut line)).await;
        let read = read.map_err(|_| io::Error::other("no event in time"))??;
        if read == 0 {
            return Ok(());
        }
        if line.len() > LINE_BYTES_MAX {
            return Err(io::Error::other("a line that is none of an event"));
        }
        let text = String::from_utf8_lossy(&line);
        let Some(id) = text.trim_end().strip_prefix("id:") else {
            continue;
        };
        // they are numbered from 1
        if id.trim().parse() != Ok(*events + 1) {
            return Err(io::Error::other(format!(
                "event {} behind {events} others",
                id.trim()
            )));
        }
        *events += 1;
    }
    Ok(())
}
