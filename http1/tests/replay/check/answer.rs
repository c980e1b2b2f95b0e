//! The client's side: arbitrary bytes as answers, received whole and in pieces.
//!
//! Judged: as for requests. All requests on the connection are alike: their method comes from the first byte.

use super::message::{Message, Until, assert_within};
use super::pieces::pieces;
use super::{rewrite, tiny};
use http1::connection::{Answered, Client};
use http1::framing::Piece;
use http1::head::{Limits, Method, Refusal, Slot, StatusLine, Version};

const LIMITS: Limits = Limits {
    bytes_max: 2_048,
    fields_max: 24,
    target_max: 256,
};

/// Answers to look at: more than the longest input has.
const METHODS_MAX: usize = 1_000;

const METHODS: [&str; 4] = ["GET", "HEAD", "POST", "CONNECT"];

/// Of the first byte the lowest two bits are the method, the next says whether an upgrade was asked for, and the next
/// whether content is taken half by half; the second byte says how the others are cut.
pub(crate) fn check(data: &[u8]) {
    let [flags, seed, bytes @ ..] = data else {
        return;
    };
    let method = METHODS[usize::from(flags & 3)];
    let asked = (method, flags & 4 != 0);
    let whole = Connection::over(asked, &[bytes], false);
    let split = Connection::over(asked, &pieces(*seed, bytes), flags & 8 != 0);
    let until = match (whole.refusal, whole.client.close()) {
        (Some(_), _) => Until::Refusal,
        (None, Some(_)) => Until::Close,
        (None, None) => Until::End,
    };
    let methods = std::iter::repeat_n(method, METHODS_MAX);
    assert_within(&whole.messages, &tiny::answers(bytes, methods).0, until);
    assert_eq!(whole.messages, split.messages);
    assert_eq!(whole.client.close(), split.client.close());
    match (whole.refusal, split.refusal) {
        (Some(a), Some(b)) if a != Refusal::HeadTooLarge && b != Refusal::HeadTooLarge => assert_eq!(a, b),
        (None, Some(b)) => panic!("only the pieces are refused: {b}"),
        _ => {}
    }
}

/// One connection and what was made of it.
struct Connection {
    client: Client,
    asked: (Method, bool),
    slots: Vec<Slot>,
    buffer: Vec<u8>,
    halves: bool,
    /// Whether the head of the answer at hand is still to come.
    at_head: bool,
    messages: Vec<Message>,
    refusal: Option<Refusal>,
}

impl Connection {
    fn over((method, upgrade): (&str, bool), pieces: &[&[u8]], halves: bool) -> Self {
        let mut connection = Self {
            client: Client::new(LIMITS),
            asked: (Method::of(method.as_bytes()), upgrade),
            slots: Vec::new(),
            buffer: Vec::new(),
            halves,
            at_head: true,
            messages: Vec::new(),
            refusal: None,
        };
        connection.client.begin(connection.asked.0, connection.asked.1);
        for piece in pieces {
            connection.buffer.extend_from_slice(piece);
            match connection.advance() {
                Ok(true) => {}
                Ok(false) => return connection,
                Err(refusal) => {
                    connection.refusal = Some(refusal);
                    return connection;
                }
            }
        }
        connection.end();
        connection
    }

    /// Until more is needed; `false` if nothing more is of interest.
    fn advance(&mut self) -> Result<bool, Refusal> {
        for _ in 0..2 * self.buffer.len() + 2 {
            let more = if self.at_head { self.head()? } else { self.body()? };
            if let Some(more) = more {
                return Ok(more);
            }
        }
        panic!("the engine goes round in circles");
    }

    fn head(&mut self) -> Result<Option<bool>, Refusal> {
        match self.client.receive(&self.buffer, &mut self.slots)? {
            None => Ok(Some(true)),
            Some(Answered::Interim(line)) => {
                self.keep(&line, true);
                Ok(None)
            }
            Some(Answered::Final(line)) => {
                self.keep(&line, line.status == 101);
                self.at_head = false;
                // what follows a switch is not ours
                Ok((line.status == 101).then_some(false))
            }
        }
    }

    fn keep(&mut self, line: &StatusLine, complete: bool) {
        let head = line.head(&self.buffer, &self.slots);
        rewrite::check("GET", "/", head.fields, Some(0));
        self.messages.push(Message {
            start: vec![head.status.to_string().into_bytes()],
            minor: u8::from(head.version == Version::Http11),
            fields: rewrite::owned(head.fields),
            complete,
            ..Message::default()
        });
        self.used(line.len);
    }

    fn body(&mut self) -> Result<Option<bool>, Refusal> {
        match self.client.body().next(&self.buffer)? {
            Piece::More { skip } => {
                self.used(skip);
                return Ok(Some(true));
            }
            Piece::Data { skip, len } => {
                assert!(len > 0, "no data is no piece");
                self.used(skip);
                let len = if self.halves { len.div_ceil(2) } else { len };
                let message = self.messages.last_mut().expect("content follows a head");
                message.body.extend_from_slice(&self.buffer[..len]);
                self.client.body().consume(len);
                self.used(len);
            }
            Piece::Trailers { skip, len } => {
                self.used(skip);
                let message = self.messages.last_mut().expect("trailers follow a head");
                message.trailers = rewrite::trailers(&self.buffer[..len]);
                self.used(len);
            }
            Piece::End { skip } => {
                self.used(skip);
                assert!(self.client.is_done(), "the end is the end");
                let message = self.messages.last_mut().expect("an end follows a head");
                message.complete = true;
                if self.client.close().is_some() {
                    return Ok(Some(false));
                }
                self.at_head = true;
                self.client.begin(self.asked.0, self.asked.1);
            }
        }
        Ok(None)
    }

    /// The upstream closes: that ends a body that nothing else ends, and no other.
    fn end(&mut self) {
        let Some(message) = self.messages.last().filter(|_| !self.at_head) else {
            return;
        };
        let framed = |name| message.values(name).next().is_some();
        let delimited = !framed("content-length") && !framed("transfer-encoding");
        let complete = self.client.body().close().is_ok();
        assert_eq!(complete, delimited || message.complete);
    }

    fn used(&mut self, len: usize) {
        assert!(len <= self.buffer.len(), "more is used up than was received");
        self.buffer.drain(..len);
    }
}
