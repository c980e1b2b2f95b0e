//! The client's side of a connection.

use super::Close;
use super::options::Options;
use super::search::Search;
use crate::framing::{Decoder, Length, declared, response_length};
use crate::head::{self, Limits, Method, Refusal, Slot, StatusLine};

/// Interim answers to one request. One is usual; an upstream that sends more than a few feeds us for nothing.
const INTERIM_MAX: u8 = 8;

/// A head that was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// 1xx: use it up and go on.
    Interim(StatusLine),
    Final(StatusLine),
}

/// One connection; a request at a time.
#[derive(Debug)]
pub struct Client {
    limits: Limits,
    decoder: Decoder,
    method: Method,
    upgrade: bool,
    interim: u8,
    search: Search,
    close: Option<Close>,
}

impl Client {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            decoder: Decoder::new(Length::Known(0)),
            method: Method::Get,
            upgrade: false,
            interim: 0,
            search: Search::default(),
            close: None,
        }
    }

    /// A request goes out.
    pub fn begin(&mut self, method: Method, upgrade: bool) {
        self.method = method;
        self.upgrade = upgrade;
        self.interim = 0;
        self.search = Search::default();
    }

    /// Looks for a head in what was received and not yet used up; `None` while its end is missing. Final heads set
    /// up [`Client::body`].
    #[inline(always)]
    pub fn receive(&mut self, received: &[u8], slots: &mut Vec<Slot>) -> Result<Option<Answered>, Refusal> {
        if received.is_empty() || !self.search.is_worth_it(received, &self.limits) {
            return Ok(None);
        }
        let Some(line) = head::response(received, &self.limits, slots)? else {
            return Ok(None);
        };
        self.search = Search::default();
        let head = line.head(received, slots);
        // RFC 9112 §6.1, RFC 9110 §8.6: none has a body, and whoever announces one may send it as the next answer
        if matches!(head.status, 100..200 | 204)
            && declared(head.fields, head.version)?.is_some_and(|length| length != Length::Known(0))
        {
            self.close.get_or_insert(Close::Unsolicited);
        }
        match head.status {
            101 if self.upgrade => self.close = Some(Close::Upgraded),
            101 => return Err(Refusal::UpgradeUnasked),
            100..200 if self.interim == INTERIM_MAX => return Err(Refusal::InterimTooMany),
            100..200 => {
                self.interim += 1;
                return Ok(Some(Answered::Interim(line)));
            }
            _ => {}
        }
        let length = response_length(self.method, &head)?;
        let persists = Options::of(head.fields)?.persists(head.version);
        if self.method == Method::Connect && matches!(head.status, 200..300) {
            self.close.get_or_insert(Close::Upgraded);
        }
        if length == Length::UntilClose {
            self.close.get_or_insert(Close::Delimited);
        } else if !persists {
            self.close.get_or_insert(Close::Asked);
        }
        self.decoder = Decoder::new(length);
        Ok(Some(Answered::Final(line)))
    }

    /// The walk over the body of the answer at hand.
    pub fn body(&mut self) -> &mut Decoder {
        &mut self.decoder
    }

    /// Bytes of content still to come, where that is known.
    pub fn left(&self) -> Option<u64> {
        self.decoder.left()
    }

    pub fn is_done(&self) -> bool {
        self.decoder.is_done()
    }

    /// The connection cannot be used again, for this reason if there is no earlier one.
    pub fn set_close(&mut self, reason: Close) {
        self.close.get_or_insert(reason);
    }

    /// Why it cannot be used again, if it cannot.
    pub fn close(&self) -> Option<Close> {
        self.close
    }
}
