//! What either side of a tunnel or stream does: it reads heads, lines and events, and tells of what it says and hears.

use crate::trace::Kind;
use crate::world::{SimStream, Tap};
use crc32fast::Hasher;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};

/// Of a head, and of a line: far more than either side says.
const BYTES_MAX: usize = 256 * 1024;

/// How a side learnt that a tunnel has ended.
const ENDED: u64 = 0;
const BROKEN: u64 = 1;

/// One way of one tunnel, as one side tells of it.
struct Told {
    tap: Tap,
    id: u64,
    kind: Kind,
    bytes: u64,
    sum: Hasher,
}

impl Told {
    fn new(tap: &Tap, id: u64, kind: Kind) -> Self {
        Self {
            tap: tap.clone(),
            id,
            kind,
            bytes: 0,
            sum: Hasher::new(),
        }
    }

    fn tell(&mut self, line: &[u8]) {
        self.bytes += line.len() as u64;
        self.sum.update(line);
        let sum = self.sum.clone().finalize();
        self.tap.emit(self.kind, &[self.id, self.bytes, sum.into()]);
    }
}

/// What is heard.
pub(super) struct Hears {
    stream: ReadHalf<SimStream>,
    /// Read and not yet taken.
    received: Vec<u8>,
    /// Of what comes in chunks.
    chunks: Option<Chunks>,
    told: Option<Told>,
}

/// A body in chunks.
#[derive(Default)]
struct Chunks {
    /// What has come and is no whole chunk yet.
    raw: Vec<u8>,
    is_over: bool,
}

impl Chunks {
    /// Takes the contents of those that have come whole.
    fn take_into(&mut self, received: &mut Vec<u8>) -> io::Result<()> {
        while let Some(line) = self.raw.windows(2).position(|window| window == b"\r\n") {
            let size = std::str::from_utf8(&self.raw[..line]).ok();
            let size = size.and_then(|size| usize::from_str_radix(size, 16).ok());
            let size = size.filter(|size| *size <= BYTES_MAX);
            let (begin, size) = (line + 2, size.ok_or(io::ErrorKind::InvalidData)?);
            let end = begin + size;
            if self.raw.len() < end + 2 {
                break;
            }
            received.extend_from_slice(&self.raw[begin..end]);
            self.raw.drain(..end + 2);
            self.is_over |= size == 0;
        }
        Ok(())
    }
}

impl Hears {
    pub(super) fn new(stream: ReadHalf<SimStream>) -> Self {
        Self {
            stream,
            received: Vec::new(),
            chunks: None,
            told: None,
        }
    }

    /// The head of a message, in lower case; `None` if none comes.
    pub(super) async fn head(&mut self) -> Option<String> {
        let head = self.until(b"\r\n\r\n").await.ok()??;
        Some(String::from_utf8_lossy(&head).to_ascii_lowercase())
    }

    /// From here on it is a tunnel.
    pub(super) fn open(&mut self, tap: &Tap, id: u64) {
        self.told = Some(Told::new(tap, id, Kind::TunnelHeard));
    }

    /// From here on it is a stream of events, in chunks.
    pub(super) fn open_stream(&mut self, tap: &Tap, id: u64) {
        self.open(tap, id);
        self.chunks = Some(Chunks {
            raw: std::mem::take(&mut self.received),
            is_over: false,
        });
    }

    /// The next line, or event; `None` at the end, which is told.
    pub(super) async fn line(&mut self) -> Option<Vec<u8>> {
        let mark: &[u8] = if self.chunks.is_some() { b"\n\n" } else { b"\n" };
        let line = self.until(mark).await;
        let told = self.told.as_mut()?;
        match line {
            Ok(Some(line)) => {
                told.tell(&line);
                Some(line)
            }
            end => {
                let how = if end.is_ok() { ENDED } else { BROKEN };
                told.tap.emit(Kind::TunnelEnded, &[told.id, how]);
                None
            }
        }
    }

    async fn until(&mut self, mark: &[u8]) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(chunks) = &mut self.chunks {
                chunks.take_into(&mut self.received)?;
            }
            let place = self
                .received
                .windows(mark.len())
                .position(|window| window == mark);
            if let Some(place) = place {
                let rest = self.received.split_off(place + mark.len());
                return Ok(Some(std::mem::replace(&mut self.received, rest)));
            }
            let is_over = self.received.len() > BYTES_MAX;
            if is_over || self.chunks.as_ref().is_some_and(|chunks| chunks.is_over) {
                return Ok(None);
            }
            let to = self.chunks.as_mut().map(|chunks| &mut chunks.raw);
            let in_chunks = to.is_some();
            if self.stream.read_buf(to.unwrap_or(&mut self.received)).await? == 0 {
                // what comes in chunks ends with the last of them
                return if in_chunks {
                    Err(io::ErrorKind::UnexpectedEof.into())
                } else {
                    Ok(None)
                };
            }
        }
    }
}

/// What is said.
pub(super) struct Says {
    stream: WriteHalf<SimStream>,
    told: Told,
}

impl Says {
    pub(super) fn new(stream: WriteHalf<SimStream>, tap: &Tap, id: u64) -> Self {
        Self {
            stream,
            told: Told::new(tap, id, Kind::TunnelSaid),
        }
    }

    /// A head, and a line in the same breath.
    pub(super) async fn begin(&mut self, head: String, line: &[u8]) -> io::Result<()> {
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(line);
        if !line.is_empty() {
            self.told.tell(line);
        }
        self.stream.write_all(&bytes).await
    }

    /// Told before it is written: nobody hears it sooner.
    pub(super) async fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.told.tell(line);
        self.stream.write_all(line).await
    }

    /// The same of an event, as a chunk of its own.
    pub(super) async fn event(&mut self, event: &str) -> io::Result<()> {
        self.told.tell(event.as_bytes());
        let chunk = format!("{:x}\r\n{event}\r\n", event.len());
        self.stream.write_all(chunk.as_bytes()).await
    }

    /// All events are said.
    pub(super) async fn end_stream(&mut self) {
        self.told.tap.emit(Kind::TunnelDone, &[self.told.id]);
        // whoever is gone does not hear this
        let _ = self.stream.write_all(b"0\r\n\r\n").await;
        let _ = self.stream.shutdown().await;
    }

    /// All is said.
    pub(super) async fn end(&mut self) {
        self.told.tap.emit(Kind::TunnelDone, &[self.told.id]);
        // whoever is gone does not hear this either
        let _ = self.stream.shutdown().await;
    }
}
