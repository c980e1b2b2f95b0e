//! What is known of one request so far: for the metrics, and what only the log wants to know.
//!
//! Accounts are used again and again, with the room that their texts have grown to, so that none is allocated for a request.

use super::blame::Attempted;
use super::breaking::Counted;
use super::mirrored::Mirrored;
use super::traced::Traced;
use crate::error::Error;
use crate::ids::RequestId;
use crate::state::Fired;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::Instant;

pub(super) struct Account {
    pub(super) start: Instant,
    pub(super) route: usize,
    /// Where the request goes, once that is decided.
    pub(super) upstream: usize,
    /// Of that upstream, the one that was asked last.
    pub(super) replica: Option<u8>,
    pub(super) status: u16,
    pub(super) bytes: u64,
    /// Its client wants the answer's trailers.
    pub(super) trailers: bool,
    /// From the client, once the request has become a tunnel.
    pub(super) bytes_up: Option<u64>,
    pub(super) attempts: u8,
    /// The attempt whose answer streams back, where its replica answers for the rest of it too.
    pub(super) watched: Option<Attempted>,
    /// The breaker that took its answer for good, and hears of it if the rest breaks off.
    pub(super) counted: Option<Counted>,
    /// Of a request that was copied.
    pub(super) mirrored: Option<Box<Mirrored>>,
    /// Of a route that is traced.
    pub(super) traced: Option<Box<Traced>>,
    /// Whom a trusted peer asks for.
    pub(super) behind: Option<IpAddr>,
    /// How long its attempts took, where somebody wants to know.
    pub(super) asked: Duration,
    /// What was last waited for in vain.
    pub(super) timeout: Option<Fired>,
    /// Its answer is what its route falls back on.
    pub(super) fell_back: bool,
    pub(super) error: Option<&'static str>,
    pub(super) detail: Option<&'static str>,
    /// The wall clock at the request's head.
    pub(super) at: Duration,
    /// Method, target, id, one behind the other, the id as JSON has it; empty where nobody logs.
    text: Vec<u8>,
    method_len: usize,
    target_len: usize,
}

impl Account {
    pub(super) fn new(start: Instant, route: usize) -> Self {
        Self {
            start,
            route,
            upstream: 0,
            replica: None,
            status: 0,
            bytes: 0,
            trailers: false,
            bytes_up: None,
            attempts: 0,
            watched: None,
            counted: None,
            mirrored: None,
            traced: None,
            behind: None,
            asked: Duration::ZERO,
            timeout: None,
            fell_back: false,
            error: None,
            detail: None,
            at: Duration::ZERO,
            text: Vec::new(),
            method_len: 0,
            target_len: 0,
        }
    }

    /// The next request's.
    pub(super) fn begin(&mut self, start: Instant, route: usize) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        *self = Self {
            text,
            ..Self::new(start, route)
        };
    }

    /// Takes down what the log will say; `at` is the wall clock.
    pub(super) fn describe(&mut self, at: Duration, method: &str, target: &str) {
        self.at = at;
        self.text.extend_from_slice(method.as_bytes());
        self.text.extend_from_slice(target.as_bytes());
        (self.method_len, self.target_len) = (method.len(), target.len());
    }

    /// Behind [`Account::describe`], if anybody logs.
    fn set_id(&mut self, id: Option<&RequestId>) {
        match id {
            Some(id) if !self.text.is_empty() => id.write_json(&mut self.text),
            _ => {}
        }
    }

    /// Its id, and whom a trusted peer asks for.
    #[inline(always)]
    pub(super) fn introduce(&mut self, id: Option<&RequestId>, behind: Option<IpAddr>) {
        self.set_id(id);
        self.behind = behind;
    }

    pub(super) fn set_error(&mut self, error: &Error) {
        (self.error, self.detail) = (Some(error.answer().1), error.detail());
    }

    /// The head of the upstream's answer came.
    pub(super) fn answered(&mut self, status: u16) {
        self.status = status;
        if let Some(mirrored) = &mut self.mirrored {
            mirrored.answered(status, self.start);
        }
    }

    /// Bytes of text that there is room for.
    pub(super) fn text_room(&self) -> usize {
        self.text.capacity()
    }

    /// Method, target, id.
    pub(super) fn texts(&self) -> (&[u8], &[u8], &[u8]) {
        let (method, rest) = self.text.split_at(self.method_len);
        let (target, id) = rest.split_at(self.target_len);
        (method, target, id)
    }
}
