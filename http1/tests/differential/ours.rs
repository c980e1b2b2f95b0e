//! Our reading of some bytes.

use super::compare::{Message, Reading, sorted};
use super::driver::{Event, Feed, Run, answered, serve};
use http1::head::{Method, Version};

pub(crate) fn server(bytes: &[u8]) -> Reading {
    reading(serve(&[bytes], &Feed::default()))
}

pub(crate) fn client(method: Method, bytes: &[u8]) -> Reading {
    reading(answered(method, false, &[bytes], &Feed::default()))
}

fn text(version: Version) -> &'static str {
    match version {
        Version::Http10 => "HTTP/1.0",
        Version::Http11 => "HTTP/1.1",
    }
}

fn reading(run: Run) -> Reading {
    let mut reading = Reading {
        close: run.close,
        whole: !run.failed(),
        ..Reading::default()
    };
    for event in run.events {
        match event {
            Event::Request {
                method,
                target,
                version,
                fields,
                ..
            } => {
                // their targets come out of `http::Uri`
                let target = target.parse::<http::Uri>().map_or(target, |uri| uri.to_string());
                let start = format!("{method} {target} {}", text(version));
                reading.messages.push(Message {
                    start,
                    fields: sorted(fields),
                    ..Message::default()
                });
            }
            Event::Response { interim: true, .. } => {}
            Event::Response {
                status,
                version,
                fields,
                ..
            } => {
                let start = format!("{status} {}", text(version));
                reading.messages.push(Message {
                    start,
                    fields: sorted(fields),
                    ..Message::default()
                });
            }
            Event::Refused(refusal) => reading.refusal = Some(refusal),
            Event::Cut => {}
            Event::Body(_) | Event::Trailers(_) | Event::End => {
                let Some(message) = reading.messages.last_mut() else {
                    continue;
                };
                match event {
                    Event::Body(body) => message.body = body,
                    Event::Trailers(fields) => message.trailers = sorted(fields),
                    _ => message.complete = true,
                }
            }
        }
    }
    reading
}
