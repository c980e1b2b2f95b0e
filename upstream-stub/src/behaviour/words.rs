//! The words a behaviour is made of: the one table from which parsing, printing, errors and `--help` come.

use super::{Behaviour, RetryAfter, Shape};
use crate::units::{
    BYTES_MAX, parse_bytes, parse_count, parse_share, parse_status, parse_time, show_bytes, show_time,
};
use std::time::Duration;
use workload::Dist;
use workload::queue::SERVERS_MAX;

/// A day of one-millisecond gaps has fewer chunks or events.
const FRAMES_MAX: u64 = 100_000_000;

/// Before the time of a `Retry-After` that is said as a date.
const DATE: &str = "date:";

/// One word: how to explain, read and show it.
pub struct Word {
    pub name: &'static str,
    pub example: &'static str,
    pub meaning: &'static str,
    /// Takes what is after the `=`; nothing, if there is none.
    pub(super) set: fn(&mut Behaviour, &str) -> Result<(), String>,
    /// The value to print, if it isn't the default.
    pub(super) show: fn(&Behaviour) -> Option<String>,
}

impl Word {
    pub(crate) fn named(name: &str) -> Option<&'static Word> {
        WORDS.iter().find(|word| word.name == name)
    }

    /// Two words that set the same thing exclude each other in one text.
    pub(super) fn sets(&self) -> &'static str {
        match self.name {
            "whole" | "pace" | "stream" | "sse" | "echo" => "the shape of the body",
            "down" | "up" => "whether it is down",
            name => name,
        }
    }

    /// Whether a single request may ask for it; the others concern the replica as a whole.
    pub(super) fn per_request(&self) -> bool {
        !matches!(self.name, "servers" | "down" | "up")
    }
}

/// Every word there is, in the order in which they are printed.
pub const WORDS: &[Word] = &[
    Word {
        name: "latency",
        example: "latency=exp:5ms",
        meaning: "time from a request's head to its answer: 5ms, uniform:1ms..5ms, exp:5ms, \
                  lognormal:p50=5ms,p99=50ms or pareto:min=1ms,alpha=1.5[,max=10s]; with servers= the service time",
        set: |b, v| put(&mut b.latency, v.parse()),
        show: |b| (b.latency != Dist::Fixed(Duration::ZERO)).then(|| b.latency.to_string()),
    },
    Word {
        name: "work",
        example: "work=50us",
        meaning: "CPU work per request, in calibrated loops; the latency runs meanwhile",
        set: |b, v| put(&mut b.work, parse_time(v)),
        show: |b| (!b.work.is_zero()).then(|| show_time(b.work)),
    },
    Word {
        name: "status",
        example: "status=200",
        meaning: "status of an answer",
        set: |b, v| put(&mut b.status, parse_status(v)),
        show: |b| (b.status != 200).then(|| b.status.to_string()),
    },
    Word {
        name: "error",
        example: "error=0.3",
        meaning: "share of requests answered by error_status with a short body",
        set: |b, v| put(&mut b.error, parse_share(v)),
        show: |b| (b.error != 0.0).then(|| b.error.to_string()),
    },
    Word {
        name: "error_status",
        example: "error_status=503",
        meaning: "status of those",
        set: |b, v| put(&mut b.error_status, parse_status(v)),
        show: |b| (b.error_status != 503).then(|| b.error_status.to_string()),
    },
    Word {
        name: "retry_after",
        example: "retry_after=2s",
        meaning: "what an answer of 429 or 503 says in Retry-After: so many whole seconds; date:2s says it as a date, \
                  never too soon",
        set: |b, v| put(&mut b.retry_after, retry_after(v).map(Some)),
        show: |b| b.retry_after.map(show_retry_after),
    },
    Word {
        name: "body",
        example: "body=1KiB",
        meaning: "size of an answer's body: numbered lines of 64 bytes, of which a request with X-Load-Id: N gets those \
                  from line N mod 1024 on, so that bodies of different requests differ",
        set: |b, v| put(&mut b.body_bytes, parse_bytes(v)),
        show: |b| (b.body_bytes != 0).then(|| show_bytes(b.body_bytes)),
    },
    Word {
        name: "whole",
        example: "whole",
        meaning: "the body goes out at once, its length announced (the default)",
        set: |b, v| put(&mut b.shape, bare(v, Shape::Whole)),
        show: |_| None,
    },
    Word {
        name: "pace",
        example: "pace=64KiB",
        meaning: "the body goes out at so many bytes per second, its length announced",
        set: |b, v| put(&mut b.shape, paced(v)),
        show: |b| match b.shape {
            Shape::Pace { bytes_per_second } => Some(show_bytes(bytes_per_second)),
            _ => None,
        },
    },
    Word {
        name: "stream",
        example: "stream=8x10ms",
        meaning: "the body goes out in 8 chunks, 10 ms apart, its length not announced; without body= each \
                  chunk is one line of 64 bytes",
        set: |b, v| {
            put(
                &mut b.shape,
                times(v).map(|(chunks, gap)| Shape::Stream { chunks, gap }),
            )
        },
        show: |b| match b.shape {
            Shape::Stream { chunks, gap } => Some(format!("{chunks}x{}", show_time(gap))),
            _ => None,
        },
    },
    Word {
        name: "sse",
        example: "sse=5x100ms",
        meaning: "5 server-sent events, 100 ms apart, with the request's X-Load-Id in their data",
        set: |b, v| {
            put(
                &mut b.shape,
                times(v).map(|(events, gap)| Shape::Sse { events, gap }),
            )
        },
        show: |b| match b.shape {
            Shape::Sse { events, gap } => Some(format!("{events}x{}", show_time(gap))),
            _ => None,
        },
    },
    Word {
        name: "echo",
        example: "echo",
        meaning: "the request's body comes back as it arrives",
        set: |b, v| put(&mut b.shape, bare(v, Shape::Echo)),
        show: |b| matches!(b.shape, Shape::Echo).then(String::new),
    },
    Word {
        name: "reset",
        example: "reset=0.01",
        meaning: "share of requests whose connection is reset in place of an answer",
        set: |b, v| put(&mut b.reset, parse_share(v)),
        show: |b| (b.reset != 0.0).then(|| b.reset.to_string()),
    },
    Word {
        name: "truncate",
        example: "truncate=0.01",
        meaning: "share of answers of which half is sent, and then the connection closed",
        set: |b, v| put(&mut b.truncate, parse_share(v)),
        show: |b| (b.truncate != 0.0).then(|| b.truncate.to_string()),
    },
    Word {
        name: "servers",
        example: "servers=4",
        meaning: "queueing mode: so many requests are served at once and the others wait in line; one that is \
                  abandoned still takes its service time. 0, the default, is no queue",
        set: |b, v| {
            put(
                &mut b.servers,
                parse_count(v, SERVERS_MAX as u64).map(|n| n as usize),
            )
        },
        show: |b| (b.servers != 0).then(|| b.servers.to_string()),
    },
    Word {
        name: "down",
        example: "down",
        meaning: "does not listen; what is connected is reset",
        set: |b, v| put(&mut b.down, bare(v, true)),
        show: |b| b.down.then(String::new),
    },
    Word {
        name: "up",
        example: "up",
        meaning: "listens (the default)",
        set: |b, v| put(&mut b.down, bare(v, false)),
        show: |_| None,
    },
];

fn put<T>(field: &mut T, value: Result<T, String>) -> Result<(), String> {
    value.map(|value| *field = value)
}

fn bare<T>(value: &str, meaning: T) -> Result<T, String> {
    if value.is_empty() {
        Ok(meaning)
    } else {
        Err(format!("takes no value, but {value:?} is given"))
    }
}

/// `2s` or `date:2s`
fn retry_after(value: &str) -> Result<RetryAfter, String> {
    let date = value.strip_prefix(DATE);
    let time = parse_time(date.unwrap_or(value))?;
    // a day has fewer seconds than fit
    match u32::try_from(time.as_secs()) {
        Ok(seconds) if time.subsec_nanos() == 0 => Ok(RetryAfter {
            seconds,
            as_date: date.is_some(),
        }),
        _ => Err(format!("{value:?} is finer than a second")),
    }
}

fn show_retry_after(retry_after: RetryAfter) -> String {
    let date = if retry_after.as_date { DATE } else { "" };
    format!("{date}{}s", retry_after.seconds)
}

fn paced(value: &str) -> Result<Shape, String> {
    match parse_bytes(value)? {
        0 => Err(format!(
            "a pace of zero never ends; write 1B to {}",
            show_bytes(BYTES_MAX)
        )),
        bytes_per_second => Ok(Shape::Pace { bytes_per_second }),
    }
}

/// `8x10ms`
fn times(value: &str) -> Result<(u64, Duration), String> {
    let (count, gap) = value
        .split_once('x')
        .ok_or_else(|| format!("{value:?} is not a count and a gap; write it like 8x10ms"))?;
    let count = parse_count(count, FRAMES_MAX)?;
    if count == 0 {
        return Err("a count of zero is no stream; write whole".to_owned());
    }
    Ok((count, parse_time(gap)?))
}
