//! What a record says of a request, in words.

use crate::story::words::{attempt_end, moment, request_end, span};
use crate::story::{Request, Scene, words};
use crate::trace::{Kind, Outcome, Record};

/// A record that is about a request; `None` for kinds that add nothing to its story.
pub(super) fn hop(scene: &Scene, request: Option<Request>, record: &Record) -> Option<String> {
    let host = scene.name(record.host);
    let [first, second, third, fourth, fifth, ..] = record.args();
    Some(match record.kind {
        Kind::ClientPlanned => {
            let ask = scene.ask(third).map_or("a request".into(), words::ask);
            format!("{host} has it to send, due at {}: {ask}", moment(second))
        }
        Kind::ClientSent => format!("{host} sends it, on its connection {second}"),
        Kind::ClientResent => format!(
            "{host} sends it again by itself, on its connection {second}: the one before ended without a byte of an answer"
        ),
        Kind::ClientDone => format!("{host} has the whole answer: {second}{}", after(request, record)),
        Kind::ClientFailed => format!(
            "{host} has no answer: {}{}",
            request_end(Outcome::of(record)),
            after(request, record)
        ),
        Kind::GatewayRequest => format!("{host} reads it (request {first} of its own count)"),
        Kind::GatewayAttempt => {
            let replica = scene.tried(first).unwrap_or("a replica".into());
            format!("{host} tries {replica}, attempt {second}")
        }
        Kind::GatewayAttemptDone => {
            let at = scene
                .tried(first)
                .map_or(String::new(), |replica| format!(" at {replica}"));
            format!("{host}: attempt {second}{at} {}", attempt_end(third, fourth))
        }
        Kind::GatewayAnswered => format!("{host} answers {second}"),
        Kind::StubRequest => {
            let key = if fifth == 0 {
                "no idempotency key"
            } else {
                "an idempotency key"
            };
            format!("{host} gets it, on its connection {second}, with {key}")
        }
        Kind::StubBody => format!("{host} has read its body, {third} bytes"),
        Kind::StubAnswer => format!("{host} begins to answer {third}"),
        Kind::StubFinished => format!("{host} has sent its whole answer"),
        Kind::StubInjected if third == 0 => {
            format!("{host} closes the connection on purpose, before an answer")
        }
        Kind::StubInjected => format!("{host} breaks its answer off half-way, on purpose"),
        Kind::StubAborted if third == 0 => {
            format!("{host} cannot complete its answer: the other side has closed the connection")
        }
        Kind::StubAborted => format!("{host} cannot complete its answer: its script takes it down"),
        _ => return None,
    })
}

fn after(request: Option<Request>, record: &Record) -> String {
    request.map_or(String::new(), |request| {
        let took = record.at_us.saturating_sub(request.intended_us);
        format!(", {} after it was due", span(took))
    })
}

/// What a request is called in passing: `request 812 (POST /orders)`.
pub(super) fn short(scene: &Scene, id: u64, request: Option<Request>) -> String {
    match request.and_then(|request| scene.ask(request.ask)) {
        Some(ask) => format!("request {id} ({} {})", ask.method, ask.path),
        None => format!("request {id}"),
    }
}
