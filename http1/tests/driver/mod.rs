//! Turns bytes into owned events, through [`Server`] or [`Client`], however the bytes are cut.
//!
//! Shared by the test binaries of this crate; each uses a part of it.

use http1::connection::{Answered, Client, Close, Server, ServerEvent};
use http1::framing::Piece;
use http1::head::{self, Fields, Limits, Method, Refusal, Slot, Version};

/// Names and values, as they were sent.
pub(crate) type Pairs = Vec<(String, Vec<u8>)>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Request {
        method: String,
        target: String,
        version: Version,
        fields: Pairs,
        expects: bool,
    },
    Response {
        status: u16,
        version: Version,
        fields: Pairs,
        interim: bool,
    },
    /// All of a body, however many pieces it came in.
    Body(Vec<u8>),
    Trailers(Pairs),
    End,
    Refused(Refusal),
    /// The stream ended in the middle of a message.
    Cut,
}

/// What came of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Run {
    pub(crate) events: Vec<Event>,
    /// Bytes that were used up.
    pub(crate) consumed: usize,
    pub(crate) close: Option<Close>,
}

impl Run {
    fn body(&mut self, bytes: &[u8]) {
        if let Some(Event::Body(body)) = self.events.last_mut() {
            body.extend_from_slice(bytes);
        } else {
            self.events.push(Event::Body(bytes.to_vec()));
        }
    }

    /// Whether the last message was refused or cut.
    pub(crate) fn failed(&self) -> bool {
        matches!(self.events.last(), Some(Event::Refused(_) | Event::Cut))
    }
}

/// How bytes are offered and taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Feed {
    pub(crate) limits: Limits,
    /// Content that is used up at a time.
    pub(crate) bite: usize,
    /// Stop behind so many messages.
    pub(crate) messages: usize,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            bite: usize::MAX,
            messages: usize::MAX,
        }
    }
}

pub(crate) fn pairs(fields: Fields<'_>) -> Pairs {
    let text = |name: &[u8]| String::from_utf8(name.to_vec()).expect("a name is ASCII");
    fields
        .iter()
        .map(|field| (text(field.name.text()), field.value.bytes().to_vec()))
        .collect()
}

fn trailers(bytes: &[u8], limits: &Limits) -> Result<Event, Refusal> {
    head::trailers(bytes, limits, &mut Vec::new()).map(|fields| Event::Trailers(pairs(fields)))
}

/// A server that answers everything at once and is then told that the peer closed.
pub(crate) fn serve(pieces: &[&[u8]], feed: &Feed) -> Run {
    let mut server = Server::new(feed.limits);
    let (mut run, mut slots, mut buffer) = (Run::default(), Vec::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        match serve_received(&mut server, &buffer, &mut slots, &mut run, feed) {
            Ok(true) => {}
            Ok(false) => return run,
            Err(refusal) => {
                run.events.push(Event::Refused(refusal));
                return run;
            }
        }
    }
    if server.is_inside(&buffer[run.consumed..]) {
        run.events.push(Event::Cut);
    }
    run
}

/// False when no more is to be read.
fn serve_received(
    server: &mut Server,
    buffer: &[u8],
    slots: &mut Vec<Slot>,
    run: &mut Run,
    feed: &Feed,
) -> Result<bool, Refusal> {
    loop {
        let received = &buffer[run.consumed..];
        match server.receive(received, slots)? {
            ServerEvent::More { skip } => {
                run.consumed += skip;
                return Ok(true);
            }
            ServerEvent::Head { skip, line } => {
                let head = line.head(&received[skip..], slots);
                run.events.push(Event::Request {
                    method: head.method_text.to_owned(),
                    target: head.target.to_owned(),
                    version: head.version,
                    fields: pairs(head.fields),
                    expects: server.take_continue(),
                });
                run.consumed += skip + line.len;
            }
            ServerEvent::Data { skip, len } => {
                assert!(len > 0, "no content is no data");
                let len = len.min(feed.bite);
                run.body(&received[skip..skip + len]);
                server.consume(len);
                run.consumed += skip + len;
            }
            ServerEvent::Trailers { skip, len } => {
                run.events
                    .push(trailers(&received[skip..skip + len], &feed.limits)?);
                run.consumed += skip + len;
            }
            ServerEvent::End { skip } => {
                run.consumed += skip;
                run.events.push(Event::End);
                run.close = server.close();
                let ended = run.events.iter().filter(|event| **event == Event::End).count();
                if run.close.is_some() || ended == feed.messages {
                    return Ok(false);
                }
                server.restart();
            }
        }
    }
}

/// A client that sent one request, reads the answer to it, and is then told that the peer closed.
pub(crate) fn answered(method: Method, upgrade: bool, pieces: &[&[u8]], feed: &Feed) -> Run {
    let mut client = Client::new(feed.limits);
    client.begin(method, upgrade);
    let (mut run, mut slots, mut buffer, mut headed) = (Run::default(), Vec::new(), Vec::new(), false);
    for piece in pieces {
        buffer.extend_from_slice(piece);
        match answer_received(&mut client, &buffer, &mut slots, &mut run, feed, &mut headed) {
            Ok(true) => {}
            Ok(false) => {
                run.close = client.close();
                return run;
            }
            Err(refusal) => {
                run.events.push(Event::Refused(refusal));
                return run;
            }
        }
    }
    run.close = client.close();
    if !headed || client.body().close().is_err() {
        run.events.push(Event::Cut);
    } else {
        run.events.push(Event::End);
    }
    run
}

/// False when the answer is complete.
fn answer_received(
    client: &mut Client,
    buffer: &[u8],
    slots: &mut Vec<Slot>,
    run: &mut Run,
    feed: &Feed,
    headed: &mut bool,
) -> Result<bool, Refusal> {
    while !*headed {
        let received = &buffer[run.consumed..];
        let Some(answered) = client.receive(received, slots)? else {
            return Ok(true);
        };
        let (line, interim) = match answered {
            Answered::Interim(line) => (line, true),
            Answered::Final(line) => (line, false),
        };
        let head = line.head(received, slots);
        run.events.push(Event::Response {
            status: head.status,
            version: head.version,
            fields: pairs(head.fields),
            interim,
        });
        run.consumed += line.len;
        *headed = !interim;
    }
    loop {
        let received = &buffer[run.consumed..];
        match client.body().next(received)? {
            Piece::More { skip } => {
                run.consumed += skip;
                return Ok(true);
            }
            Piece::Data { skip, len } => {
                let len = len.min(feed.bite);
                run.body(&received[skip..skip + len]);
                client.body().consume(len);
                run.consumed += skip + len;
            }
            Piece::Trailers { skip, len } => {
                run.events
                    .push(trailers(&received[skip..skip + len], &feed.limits)?);
                run.consumed += skip + len;
            }
            Piece::End { skip } => {
                run.consumed += skip;
                run.events.push(Event::End);
                return Ok(false);
            }
        }
    }
}
