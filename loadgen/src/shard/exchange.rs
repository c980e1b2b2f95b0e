//! One request over one connection: the one there is, or a new one.
//!
//! A kept connection that proves dead before a byte was written is replaced, and so is one that ends without a byte of an
//! answer where the request may be sent twice: the end of a kept connection crosses requests on their way (RFC 9112
//! §9.3.1). A new one that does the same is a reset.

use super::dial::{Fault, Own, dial};
use super::line::Line;
use super::places::place;
use super::requests::keep;
use super::sending::Sending;
use super::state::State;
use crate::event::{Event, Failure};
use crate::http::{Answer, Broken, FramedRequest, Keep, Kept};
use crate::request::Step;
use crate::transport::http2::{Broken2, Keep as Keep2};
use bytes::Bytes;
use http::uri::PathAndQuery;
use std::cell::Cell;
use tokio::time::Instant;
use world::{Probe, World};

/// Connections that may turn a request away unseen before it is given up: a server that is going away, and one more.
const PLACES_MAX: usize = 3;

/// Methods of requests that may be sent again (RFC 9110 §9.2.2; QUERY is as safe as GET).
const IDEMPOTENT: [&str; 7] = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY"];

/// Over HTTP/1.1.
pub(super) async fn exchange<W: World, P: Probe<Event>>(
    state: &State<W, P>,
    line: &mut Option<Own<W>>,
    head: &FramedRequest,
    body: &Bytes,
    step: &Step,
    sending: &mut Sending,
) -> Result<Answer, Fault> {
    let carried_max = state.job.spec().requests_per_connection.unwrap_or(u64::MAX);
    let mut dialled = None;
    loop {
        // what the peer has closed still takes bytes: only reading tells
        line.take_if(|open| open.used && open.connection.has_ended());
        let open = match line.take() {
            Some(open) => open,
            None => {
                let (open, took) = dial(state).await?;
                dialled = Some(took);
                sending.dialled();
                open
            }
        };
        let Line {
            connection,
            number,
            used,
            carried,
        } = open;
        let asked = |id| Event::asked(id, step.method(), head.target(), body);
        let sent = || sending.sent(state, number, dialled, asked);
        match connection.exchange::<P>(head, body, keep(step), sent).await {
            Ok((answer, connection)) => {
                let carried = carried + 1;
                let connection = connection.filter(|_| carried < carried_max && !step.closes());
                *line = connection.map(|connection| Line {
                    connection,
                    number,
                    used: true,
                    carried,
                });
                return Ok(answer);
            }
            Err(Broken::Failed(kind, detail)) => return Err((kind, detail)),
            Err(Broken::Unsent(..)) if used => {}
            Err(Broken::Unanswered(..)) if used && IDEMPOTENT.contains(&step.method()) => {}
            Err(Broken::Unanswered(kind, detail)) => return Err((kind, detail)),
            Err(Broken::Unsent(kind, detail)) => return Err((kind, detail)),
        }
    }
}

/// Over HTTP/2.
pub(super) async fn exchange_http2<W: World, P: Probe<Event>>(
    state: &State<W, P>,
    request: &http::Request<()>,
    body: &Bytes,
    step: &Step,
    sending: &mut Sending,
) -> Result<Answer, Fault> {
    let keep = match keep(step) {
        Keep::Nothing => Keep2::Nothing,
        Keep::UpTo(most) => Keep2::UpTo(most),
    };
    for _ in 0..PLACES_MAX {
        let (place, dialled) = place(state).await?;
        if dialled.is_some() {
            sending.dialled();
        }
        let asked = Instant::now();
        let handed = Cell::new(None);
        let sent = || {
            let now = Instant::now();
            let wait = now.saturating_duration_since(asked);
            let mut on_stream = Sending {
                ready: sending.ready + wait,
                handed: sending.handed.max(now),
                stream_wait: wait,
                ..*sending
            };
            let target = request.uri().path_and_query().map_or("", PathAndQuery::as_str);
            on_stream.sent(state, place.number(), dialled, |id| {
                Event::asked(id, step.method(), target.as_bytes(), body)
            });
            handed.set(Some(on_stream));
        };
        let answer = place
            .http2()
            .exchange(request, Bytes::clone(body), keep, sent)
            .await;
        match answer {
            Ok(answer) => {
                *sending = handed.get().unwrap_or(*sending);
                let kept = answer.kept;
                return Ok(Answer {
                    status: answer.status,
                    first_byte: answer.first_byte,
                    body_bytes: answer.body_bytes,
                    body_crc32: 0,
                    points_crc32: None,
                    served_crc32: None,
                    kept: kept.map(|kept| Box::new(Kept::of_map(&kept.headers, kept.body))),
                });
            }
            Err(Broken2::Failed(kind, detail)) => return Err((kind, detail)),
            // it may have been handed over all the same: then the next time is not the first
            Err(Broken2::Unsent) => sending.again |= handed.get().is_some(),
        }
    }
    Err((
        Failure::Reset,
        format!("{PLACES_MAX} connections turned the request away"),
    ))
}
