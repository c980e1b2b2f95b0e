//! One export: a POST over a connection of its own, within a deadline, and what the answer comes to (OTLP/HTTP, "response").
//!
//! A connection for each: there is one export a second at most, and a connection that is kept would have to be found dead. The
//! answer's head is read by the engine's parser; of its body only the number of rejected spans is wanted, where its length is told.

use http1::head::{self, FieldName, FieldValue, Limits, Name};
use http1::write::{FramedRequest, RequestHead};
use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;
use tokio::time::Instant;

/// From the dial to the end of the answer. What a collector beside the gateway takes is milliseconds.
const EXCHANGE_MOST: Duration = Duration::from_secs(5);

/// Of a name with many addresses these are tried, so that an export ends.
const ADDRS_MAX: usize = 4;

/// Of an answer: it says one thing or two.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A collector may ask for this much patience; more than that would be said by being away.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);

const HOST: FieldName<'_> = FieldName::constant("host");
const CONTENT_TYPE: FieldName<'_> = FieldName::constant("content-type");
const JSON: FieldValue<'_> = FieldValue::constant("application/json");

/// Where spans go, and what is said there.
#[derive(Debug)]
pub(crate) struct Collector {
    /// `host:port`, as a resolver takes it.
    pub(crate) authority: String,
    pub(crate) path: String,
    /// Names and values that the config adds.
    pub(crate) fields: Vec<(String, Box<[u8]>)>,
    /// Whose spans they are.
    pub(crate) service: String,
}

/// What has become of an export.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Exported {
    /// But for so many spans, which the collector did not want.
    Done {
        rejected: usize,
    },
    /// It may be tried again, not before so long.
    Later(Option<Duration>),
    Refused,
}

impl Collector {
    pub(super) fn export(&self, body: &[u8], most: Duration) -> Exported {
        let end = Instant::now() + most.min(EXCHANGE_MOST);
        // what went wrong is counted; nothing here could mend it
        self.exchange(body, end).unwrap_or(Exported::Later(None))
    }

    fn exchange(&self, body: &[u8], end: Instant) -> io::Result<Exported> {
        let head = self.head(body.len() as u64).ok_or(io::ErrorKind::InvalidInput)?;
        let mut stream = self.connect(end)?;
        stream.set_write_timeout(Some(left(end)?))?;
        stream.write_all(head.bytes())?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        loop {
            if let Some(exported) = judge(&answer)? {
                return Ok(exported);
            }
            let mut piece = [0; 4096];
            stream.set_read_timeout(Some(left(end)?))?;
            match stream.read(&mut piece)? {
                0 => return judge_whole(&answer),
                read => answer.extend_from_slice(&piece[..read]),
            }
            if answer.len() > ANSWER_BYTES_MAX {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }

    /// `None` for a config that could not have been read.
    fn head(&self, length: u64) -> Option<FramedRequest> {
        let mut head = RequestHead::new(Vec::new(), "POST", &self.path)?;
        head.add(HOST, FieldValue::new(self.authority.as_bytes())?);
        head.add(CONTENT_TYPE, JSON);
        for (name, value) in &self.fields {
            head.add(FieldName::new(name.as_bytes())?, FieldValue::new(value)?);
        }
        Some(head.finish(Some(length)))
    }

    fn connect(&self, end: Instant) -> io::Result<TcpStream> {
        let mut failed = io::Error::from(io::ErrorKind::NotFound);
        let addrs: Vec<SocketAddr> = self.authority.to_socket_addrs()?.take(ADDRS_MAX).collect();
        for addr in addrs {
            match TcpStream::connect_timeout(&addr, left(end)?) {
                Ok(stream) => return Ok(stream),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }
}

/// Until the deadline, which is an error when it is over.
fn left(end: Instant) -> io::Result<Duration> {
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(left)
}

/// What an answer says so far; `None` if more is needed.
fn judge(answer: &[u8]) -> io::Result<Option<Exported>> {
    let Some((verdict, length, body)) = read(answer)? else {
        return Ok(None);
    };
    let is_whole = length.is_some_and(|length| body.len() >= length);
    Ok(match verdict {
        Exported::Done { .. } if length != Some(0) && !is_whole => None,
        Exported::Done { .. } => Some(Exported::Done {
            rejected: rejected(body),
        }),
        verdict => Some(verdict),
    })
}

/// What it says when nothing more comes.
fn judge_whole(answer: &[u8]) -> io::Result<Exported> {
    let (verdict, _, body) = read(answer)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(match verdict {
        Exported::Done { .. } => Exported::Done {
            rejected: rejected(body),
        },
        verdict => verdict,
    })
}

type Said<'a> = (Exported, Option<usize>, &'a [u8]);

/// The status' verdict, the body's length if it is told, and what there is of the body.
fn read(mut answer: &[u8]) -> io::Result<Option<Said<'_>>> {
    loop {
        let mut slots = Vec::new();
        let line = head::response(answer, &Limits::default(), &mut slots);
        let Some(line) = line.map_err(|_| io::ErrorKind::InvalidData)? else {
            return Ok(None);
        };
        let head = line.head(answer, &slots);
        let length = head
            .fields
            .get(Name::ContentLength)
            .and_then(|value| value.text());
        let length = length.and_then(|length| length.parse().ok());
        let verdict = match head.status {
            // the real one follows
            100..=199 => {
                answer = &answer[line.len..];
                continue;
            }
            200..=299 => Exported::Done { rejected: 0 },
            // the four that OTLP names
            429 | 502 | 503 | 504 => {
                let after = head.fields.find("retry-after").and_then(|value| value.text());
                let after = after
                    .and_then(|after| after.parse().ok())
                    .map(Duration::from_secs);
                Exported::Later(after.map(|after| after.min(RETRY_AFTER_MAX)))
            }
            _ => Exported::Refused,
        };
        return Ok(Some((verdict, length, &answer[line.len..])));
    }
}

/// Spans that the collector took the request without (`partialSuccess`).
fn rejected(body: &[u8]) -> usize {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let rejected = &answer["partialSuccess"]["rejectedSpans"];
    // 64-bit numbers are strings, and some write numbers all the same
    let number = rejected.as_str().and_then(|text| text.parse().ok());
    number
        .or(rejected.as_u64())
        .map_or(0, |count| usize::try_from(count).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_what_otlp_makes_of_them() {
        let done = |rejected| Some(Exported::Done { rejected });
        let later = |s: Option<u64>| Some(Exported::Later(s.map(Duration::from_secs)));
        let partial = "{\"partialSuccess\":{\"rejectedSpans\":\"3\",\"errorMessage\":\"no\"}}";
        let partial = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{partial}",
            partial.len()
        );
        for (answer, expected) in [
            ("", None),
            ("HTTP/1.1 200 OK\r\n", None),
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", done(0)),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", None),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", done(0)),
            ("HTTP/1.1 200 OK\r\n\r\n{}", None),
            (&partial, done(3)),
            ("HTTP/1.1 100 Continue\r\n\r\n", None),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
                done(0),
            ),
            ("HTTP/1.1 503 No\r\n\r\n", later(None)),
            ("HTTP/1.1 429 No\r\nRetry-After: 7\r\n\r\n", later(Some(7))),
            ("HTTP/1.1 429 No\r\nRetry-After: 99999\r\n\r\n", later(Some(60))),
            ("HTTP/1.1 429 No\r\nRetry-After: soon\r\n\r\n", later(None)),
            ("HTTP/1.1 500 No\r\n\r\n", Some(Exported::Refused)),
            ("HTTP/1.1 301 No\r\nLocation: /\r\n\r\n", Some(Exported::Refused)),
        ] {
            assert_eq!(judge(answer.as_bytes()).expect("an answer"), expected, "{answer}");
        }
        assert!(judge(b"SSH-2.0-OpenSSH\r\n\r\n").is_err());
        let closed = judge_whole(b"HTTP/1.1 200 OK\r\n\r\n{}").expect("an answer");
        assert_eq!(Some(closed), done(0));
        assert!(judge_whole(b"HTTP/1.1 200").is_err());
    }
}
