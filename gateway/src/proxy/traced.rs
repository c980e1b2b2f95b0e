//! The trace that one request belongs to, from its head to the end of its answer.
//!
//! A request of a route that is traced has a context, the caller's or a new one, whether it is recorded or not: upstreams are told of
//! it either way. What is recorded is decided once, at the head, and the caller's decision goes before ours. The request is one
//! span and each attempt another; upstreams are told the attempt's, so that a replica's own spans hang on the attempt that it
//! answered. The head is written once and only the span's digits change from attempt to attempt.
//!
//! What is kept of a request is used again for later ones, so that one that is not recorded allocates nothing.

use crate::config::Sample;
use crate::error::Kind;
use crate::observe::{Outcome, Recorded, RecordedAttempt, Tracer, cut};
use crate::planted::{Bug, planted};
use crate::retry;
use crate::snapshot::Snapshot;
use crate::trace::{Context, SpanId, TraceIds, parent_text};
use crate::transform::RequestEdits;
use http1::head::{FieldName, FieldValue, Fields};
use http1::write::{FramedRequest, RequestHead};
use std::cell::RefCell;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::Instant;

const TRACEPARENT: FieldName<'_> = FieldName::constant("traceparent");
const TRACESTATE: FieldName<'_> = FieldName::constant("tracestate");

/// Kept for later requests, as accounts are.
const KEPT_MAX: usize = 256;

/// Bytes of text that one is kept with: a `tracestate` of any reasonable length, a target and a host.
const TEXT_BYTES_KEPT_MAX: usize = 16 * 1024;

/// Bytes of `tracestate` that are exported; what the recommendation asks everybody to pass on. More is passed on.
const STATE_BYTES_MAX: usize = 512;

/// Attempts of one request that are recorded: more than retries and hedges make.
const ATTEMPTS_MAX: usize = 32;

/// One worker's.
pub(super) struct Tracing {
    pub(super) tracer: Tracer,
    #[expect(
        clippy::vec_box,
        reason = "it moves between here and its account: a pointer is what should move"
    )]
    kept: RefCell<Vec<Box<Traced>>>,
}

/// One request's.
pub(super) struct Traced {
    context: Context,
    span: SpanId,
    is_recorded: bool,
    /// The wall clock at the head.
    at: Duration,
    /// `tracestate`, and of what is recorded method, target and host, one behind the other.
    text: Vec<u8>,
    lens: [usize; 3],
    attempts: Vec<Attempt>,
}

struct Attempt {
    span: SpanId,
    start: Instant,
    /// `None`: given up in its middle.
    end: Option<Instant>,
    upstream: usize,
    replica: usize,
    status: Option<u16>,
    error: Option<&'static str>,
}

/// What is said of a request when it begins.
pub(super) struct Begun<'a> {
    pub(super) fields: Fields<'a>,
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    pub(super) host: &'a [u8],
    /// The wall clock, asked for what is recorded.
    pub(super) unix_now: &'a dyn Fn() -> Duration,
}

/// And when it has ended.
pub(super) struct Ended<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) start: Instant,
    pub(super) taken: Duration,
    pub(super) route: usize,
    /// Whom a trusted peer asks for, or the peer.
    pub(super) client: IpAddr,
    pub(super) peer: IpAddr,
    pub(super) status: u16,
    pub(super) bytes: u64,
    pub(super) error: Option<&'static str>,
    pub(super) outcome: Outcome,
}

impl Tracing {
    pub(super) fn new(tracer: Tracer) -> Self {
        Self {
            tracer,
            kept: RefCell::default(),
        }
    }

    pub(super) fn begin(&self, sample: Sample, begun: &Begun<'_>) -> Box<Traced> {
        let ids = &self.tracer.ids;
        let (text, attempts, kept) = match self.kept.borrow_mut().pop() {
            Some(mut kept) => (
                std::mem::take(&mut kept.text),
                std::mem::take(&mut kept.attempts),
                Some(kept),
            ),
            None => (Vec::new(), Vec::new(), None),
        };
        let traced = Traced::new(ids, sample, begun, text, attempts);
        match kept {
            Some(mut kept) => {
                *kept = traced;
                kept
            }
            None => Box::new(traced),
        }
    }

    pub(super) fn end(&self, mut traced: Box<Traced>, ended: &Ended<'_>) {
        if traced.is_recorded {
            self.tracer.push(traced.record(ended));
        }
        let mut kept = self.kept.borrow_mut();
        if kept.len() < KEPT_MAX && traced.text.capacity() <= TEXT_BYTES_KEPT_MAX {
            traced.text.clear();
            traced.attempts.clear();
            kept.push(traced);
        }
    }
}

impl Traced {
    fn new(
        ids: &TraceIds,
        sample: Sample,
        begun: &Begun<'_>,
        mut text: Vec<u8>,
        attempts: Vec<Attempt>,
    ) -> Self {
        let told = Context::of(begun.fields);
        // without a parent there is nothing that it could be the state of
        if told.is_some() {
            Context::write_state(begun.fields, &mut text);
        }
        let context = told.unwrap_or_else(|| Context::begin(ids, |chance| sample.takes(chance)));
        let is_recorded = context.is_sampled();
        let (mut lens, mut at) = ([text.len(), 0, 0], Duration::ZERO);
        if is_recorded {
            at = (begun.unix_now)();
            text.extend_from_slice(begun.method.as_bytes());
            // never the query: it is where secrets are
            let path = begun.target.split('?').next().unwrap_or_default();
            text.extend_from_slice(path.as_bytes());
            text.extend_from_slice(begun.host);
            lens[1..].copy_from_slice(&[begun.method.len(), path.len()]);
        }
        Self {
            context,
            span: ids.span(),
            is_recorded,
            at,
            text,
            lens,
            attempts,
        }
    }

    /// For the log.
    pub(super) fn id(&self) -> &[u8] {
        &self.context.trace
    }

    /// Tells an upstream of it. The parent is the request's own span until an attempt is made.
    pub(super) fn write(&self, out: &mut RequestHead, edits: Option<&RequestEdits>) {
        let keeps = |name| edits.is_none_or(|edits| edits.keeps(name));
        let text = parent_text(&self.context.trace, &self.span, self.context.flags);
        if let Some(value) = FieldValue::new(&text).filter(|_| keeps(TRACEPARENT)) {
            out.add_changing(TRACEPARENT, value);
        }
        let state = &self.text[..self.lens[0]];
        if let Some(value) = FieldValue::new(state).filter(|_| !state.is_empty() && keeps(TRACESTATE)) {
            out.add(TRACESTATE, value);
        }
    }

    /// An attempt begins, with a span of its own.
    pub(super) fn attempt(
        &mut self,
        ids: &TraceIds,
        request: &mut FramedRequest,
        (upstream, replica): (usize, usize),
        start: Instant,
    ) {
        let span = if planted(Bug::TraceOneSpanForRetries) {
            self.span
        } else {
            ids.span()
        };
        let text = parent_text(&self.context.trace, &span, self.context.flags);
        if let Some(value) = FieldValue::new(&text) {
            request.change(value);
        }
        if self.is_recorded && self.attempts.len() < ATTEMPTS_MAX {
            self.attempts.push(Attempt {
                span,
                start,
                end: None,
                upstream,
                replica,
                status: None,
                error: None,
            });
        }
    }

    /// The last attempt has ended; `why` it brought no answer.
    pub(super) fn attempted(&mut self, outcome: retry::Outcome, why: Option<Kind>) {
        self.ended(self.attempts.len(), said(outcome, why));
    }

    /// One of several that are under way has ended, by its number from 1.
    pub(super) fn attempted_beside(&mut self, number: u8, outcome: retry::Outcome, why: Option<Kind>) {
        self.ended(number.into(), said(outcome, why));
    }

    /// It was given up, because another had its answer.
    pub(super) fn cancelled(&mut self, number: u8) {
        self.ended(number.into(), (None, Some("cancelled")));
    }

    fn ended(&mut self, number: usize, (status, error): (Option<u16>, Option<&'static str>)) {
        let attempt = number
            .checked_sub(1)
            .and_then(|place| self.attempts.get_mut(place));
        if let Some(attempt) = attempt.filter(|attempt| attempt.end.is_none()) {
            (attempt.end, attempt.status, attempt.error) = (Some(Instant::now()), status, error);
        }
    }

    fn record(&self, ended: &Ended<'_>) -> Recorded {
        let snapshot = ended.snapshot;
        let wall = |at: Instant| self.at + at.saturating_duration_since(ended.start);
        let end = self.at + ended.taken;
        let attempts = self.attempts.iter().map(|attempt| RecordedAttempt {
            span: attempt.span,
            start: wall(attempt.start),
            end: attempt.end.map_or(end, wall),
            upstream: snapshot.plan.upstreams[attempt.upstream].name.clone(),
            replica: snapshot.replicas[attempt.upstream][attempt.replica].name.clone(),
            status: attempt.status,
            error: attempt.error.or(attempt.end.is_none().then_some("given_up")),
        });
        let attempts = attempts.collect();
        let (state, rest) = self.text.split_at(self.lens[0]);
        let (method, rest) = rest.split_at(self.lens[1]);
        let (path, host) = rest.split_at(self.lens[2]);
        let route = snapshot.plan.routes.get(ended.route);
        let error = match ended.outcome {
            Outcome::Aborted => Some("aborted"),
            Outcome::Broken => Some("broken"),
            Outcome::Complete => ended.error.filter(|_| ended.status >= 500),
        };
        Recorded {
            trace: self.context.trace,
            span: self.span,
            parent: self.context.parent,
            flags: self.context.flags,
            // half a list is none
            state: if state.len() <= STATE_BYTES_MAX {
                cut(state)
            } else {
                String::new()
            },
            start: self.at,
            end,
            method: cut(method),
            path: cut(path),
            host: cut(host),
            route: route.map(|route| (route.name.clone(), route.rule.path.text())),
            client: ended.client,
            peer: ended.peer,
            status: ended.status,
            bytes: ended.bytes,
            error,
            attempts,
        }
    }
}

/// How an attempt has ended, as its span says it: the status, or why there is none.
fn said(outcome: retry::Outcome, why: Option<Kind>) -> (Option<u16>, Option<&'static str>) {
    match (outcome, why) {
        (retry::Outcome::Status(status), _) => (Some(status), None),
        (_, Some(Kind::Full)) => (None, Some("full")),
        (_, Some(Kind::ClientAborted | Kind::BodyTooLarge | Kind::Refused(_))) => (None, Some("upload")),
        (retry::Outcome::ConnectFailed, _) => (None, Some("not_connected")),
        (retry::Outcome::Reset, _) => (None, Some("broken")),
        (retry::Outcome::Timeout, _) => (None, Some("timeout")),
    }
}
