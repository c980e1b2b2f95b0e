//! The server's side of a connection.

use super::Close;
use super::options::{KnownHost, Options, check_host, expects_continue};
use super::search::Search;
use crate::framing::{Decoder, Length, Piece, declared};
use crate::head::{self, Fields, Limits, Method, Name, Refusal, RequestLine, Slot, Version};
use crate::write::{Delimit, Persistence};

/// Empty lines before a request line that are skipped, because clients of old sent one behind a body (RFC 9112
/// §2.2).
const EMPTY_LINES_MAX: u8 = 1;

/// What the bytes that were received turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerEvent {
    /// Framing of `skip` bytes; what comes next has not been received yet.
    More { skip: usize },
    /// `skip` bytes of nothing, and behind them a head. It has to be used up whole.
    Head { skip: usize, line: RequestLine },
    /// Framing of `skip` bytes, and behind it `len` bytes of content: see [`Server::consume`].
    Data { skip: usize, len: usize },
    /// Framing of `skip` bytes, and behind it `len` bytes of trailers: see [`Piece::Trailers`].
    Trailers { skip: usize, len: usize },
    /// Framing of `skip` bytes, and the request is complete. The next one waits for [`Server::restart`].
    End { skip: usize },
}

/// How an answer has to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub delimit: Delimit,
    pub persistence: Persistence,
    /// Whether the body follows the head: never after HEAD, 1xx, 204, 304 and a CONNECT that succeeded.
    pub body: bool,
}

/// One connection; a request at a time, later ones wait in the caller's buffer.
#[derive(Debug)]
pub struct Server {
    limits: Limits,
    stage: Stage,
    decoder: Decoder,
    empty_lines: u8,
    search: Search,
    known_host: KnownHost,
    method: Method,
    version: Version,
    asks_upgrade: bool,
    expects_continue: bool,
    close: Option<Close>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    Body,
}

impl Server {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            stage: Stage::Head,
            decoder: Decoder::new(Length::Known(0)),
            empty_lines: 0,
            search: Search::default(),
            known_host: KnownHost::default(),
            method: Method::Get,
            version: Version::Http11,
            asks_upgrade: false,
            expects_continue: false,
            close: None,
        }
    }

    /// Looks at what was received and not yet used up. After a refusal nothing more can be made of the connection.
    pub fn receive(&mut self, received: &[u8], slots: &mut Vec<Slot>) -> Result<ServerEvent, Refusal> {
        if self.stage == Stage::Body {
            return Ok(match self.decoder.next(received)? {
                Piece::More { skip } => ServerEvent::More { skip },
                Piece::Data { skip, len } => ServerEvent::Data { skip, len },
                Piece::Trailers { skip, len } => ServerEvent::Trailers { skip, len },
                Piece::End { skip } => ServerEvent::End { skip },
            });
        }
        let mut skip = 0;
        while received[skip..].starts_with(b"\r\n") && self.empty_lines < EMPTY_LINES_MAX {
            self.empty_lines += 1;
            skip += 2;
        }
        let received = &received[skip..];
        let waits = received.is_empty() || (received == b"\r" && self.empty_lines < EMPTY_LINES_MAX);
        if waits || !self.search.is_worth_it(received, &self.limits) {
            return Ok(ServerEvent::More { skip });
        }
        match head::request(received, &self.limits, slots)? {
            None => Ok(ServerEvent::More { skip }),
            Some(line) => {
                self.begin(&line, line.fields(received, slots))?;
                Ok(ServerEvent::Head { skip, line })
            }
        }
    }

    fn begin(&mut self, head: &RequestLine, fields: Fields<'_>) -> Result<(), Refusal> {
        // first of all, because a refusal is answered by them too
        self.method = head.method;
        self.version = head.version;
        check_host(fields, head.version, &mut self.known_host)?;
        self.stage = Stage::Body;
        if fields.is_plain() && head.version == Version::Http11 {
            // what most requests are
            self.decoder = Decoder::new(Length::Known(0));
            (self.asks_upgrade, self.expects_continue) = (false, false);
            return Ok(());
        }
        let length = declared(fields, head.version)?.unwrap_or(Length::Known(0));
        let options = Options::of(fields)?;
        self.asks_upgrade = options.upgrade && fields.has(Name::Upgrade) && head.version == Version::Http11;
        self.expects_continue = expects_continue(fields, head.version)? && length != Length::Known(0);
        self.decoder = Decoder::new(length);
        if !options.persists(head.version) {
            self.close = Some(Close::Asked);
        }
        Ok(())
    }

    /// Content was used up, at most what the last [`ServerEvent::Data`] had.
    pub fn consume(&mut self, len: usize) {
        self.decoder.consume(len);
    }

    /// The walk over the body of the request at hand.
    pub fn body(&mut self) -> &mut Decoder {
        &mut self.decoder
    }

    /// Bytes of content still to come, where that is known.
    pub fn left(&self) -> Option<u64> {
        self.decoder.left()
    }

    /// Whether a head was begun, so that a peer that closes now breaks a message off. `received` is what is left.
    pub fn is_inside(&self, received: &[u8]) -> bool {
        self.stage == Stage::Body || !received.is_empty()
    }

    /// Whether the client waits for `100 Continue` before it sends its body; asked, it is owed no longer.
    pub fn take_continue(&mut self) -> bool {
        std::mem::take(&mut self.expects_continue)
    }

    /// Whether a 101 would be an answer to what was asked.
    pub fn asks_upgrade(&self) -> bool {
        self.asks_upgrade
    }

    /// How to send an answer with this status and a body of this length; `announced` is the length that an answer
    /// without a body speaks of, and `close` whether the answer wants the connection closed.
    pub fn answer(&mut self, status: u16, length: Option<u64>, announced: Option<u64>, close: bool) -> Plan {
        if close {
            self.close.get_or_insert(Close::Answered);
        }
        if self.expects_continue {
            self.close.get_or_insert(Close::Unexpected);
        }
        let to_head = self.method == Method::Head;
        // RFC 9110 §9.3.6: what follows is the tunnel
        let tunnel = self.method == Method::Connect && matches!(status, 200..300);
        if tunnel {
            self.close.get_or_insert(Close::Upgraded);
        }
        let body = !to_head && !tunnel && !matches!(status, 100..200 | 204 | 304);
        let delimit = match (body, length) {
            (true, Some(length)) => Delimit::Length(length),
            (true, None) if self.version == Version::Http11 => Delimit::Chunked,
            (true, None) => {
                self.close.get_or_insert(Close::Delimited);
                Delimit::Close
            }
            (false, _) if status == 304 => announced.map_or(Delimit::Nothing, Delimit::Length),
            (false, _) if to_head && !matches!(status, 100..200 | 204) => {
                announced.or(length).map_or(Delimit::Nothing, Delimit::Length)
            }
            (false, _) => Delimit::Nothing,
        };
        let persistence = match (status, self.close, self.version) {
            (101, _, _) => Persistence::Upgrade,
            (_, Some(_), _) => Persistence::Close,
            (_, None, Version::Http11) => Persistence::Implied,
            (_, None, Version::Http10) => Persistence::KeepAlive,
        };
        Plan {
            delimit,
            persistence,
            body,
        }
    }

    /// The connection has to be closed, for this reason if there is no earlier one.
    pub fn set_close(&mut self, reason: Close) {
        self.close.get_or_insert(reason);
    }

    /// Why it has to be closed, if it has to.
    pub fn close(&self) -> Option<Close> {
        self.close
    }

    /// The answer has been sent and the request is complete: what was received next is the next one.
    pub fn restart(&mut self) {
        self.stage = Stage::Head;
        self.search = Search::default();
        self.empty_lines = 0;
        // what is refused before its head is read is answered as if it were this
        (self.method, self.version) = (Method::Get, Version::Http11);
    }
}
