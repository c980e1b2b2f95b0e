//! Events in one line, for tables that can be read.

use crate::driver::{Event, Pairs, Run};
use http1::head::Version;
use std::fmt::Write;

/// `POST /a {host=a} expects <abc> {x=1} end stays`, one message behind the other.
pub(crate) fn render(run: &Run) -> String {
    let mut line = String::new();
    for event in &run.events {
        if !line.is_empty() {
            line.push(' ');
        }
        match event {
            Event::Request {
                method,
                target,
                version,
                fields,
                expects,
            } => {
                let expects = if *expects { " expects" } else { "" };
                let _ = write!(
                    line,
                    "{method} {target}{} {}{expects}",
                    old(*version),
                    list(fields)
                );
            }
            Event::Response {
                status,
                version,
                fields,
                interim,
            } => {
                let interim = if *interim { " interim" } else { "" };
                let _ = write!(line, "{status}{} {}{interim}", old(*version), list(fields));
            }
            Event::Body(bytes) => {
                let _ = write!(line, "<{}>", bytes.escape_ascii());
            }
            Event::Trailers(fields) => line.push_str(&list(fields)),
            Event::End => line.push_str("end"),
            Event::Refused(refusal) => {
                let _ = write!(line, "refused: {refusal:?}");
            }
            Event::Cut => line.push_str("cut"),
        }
    }
    if let Some(close) = run.close {
        let _ = write!(line, " closes: {close:?}");
    }
    line
}

fn old(version: Version) -> &'static str {
    match version {
        Version::Http10 => " 1.0",
        Version::Http11 => "",
    }
}

fn list(fields: &Pairs) -> String {
    let field = |(name, value): &(String, Vec<u8>)| format!("{name}={}", value.escape_ascii());
    format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(" "))
}
