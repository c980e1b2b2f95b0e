//! Times, faults and ends in words.

use crate::trace::Outcome;
use humantime::format_duration;
use loadgen::Failure;
use scenarios::{Ask, NamesFail, What};

/// `3.412 s`, as a moment of the run.
pub fn moment(us: u64) -> String {
    format!("{:.3} s", us as f64 / 1e6)
}

/// A stretch of time with the two or three figures that count.
pub fn span(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..10_000 => format!("{:.1} ms", us as f64 / 1e3),
        10_000..1_000_000 => format!("{:.0} ms", us as f64 / 1e3),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}

/// `1 retry`, `3 retries`.
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `POST /orders (40 bytes, no key)`.
pub fn ask(ask: &Ask) -> String {
    let mut notes = Vec::new();
    if ask.bytes > 0 {
        notes.push(format!("{} bytes", ask.bytes));
    }
    if ask.keyed {
        notes.push("with an idempotency key".into());
    } else if !matches!(ask.method.as_str(), "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS") {
        notes.push("without an idempotency key".into());
    }
    let notes = match notes.is_empty() {
        true => String::new(),
        false => format!(" ({})", notes.join(", ")),
    };
    format!("{} {}{notes}", ask.method, ask.path)
}

/// How a client's request ended.
pub fn request_end(outcome: Outcome) -> String {
    let failure = match outcome {
        Outcome::Status(status) => return status.to_string(),
        Outcome::Unknown(number) => return format!("failed in a way unknown here ({number})"),
        Outcome::Failed(failure) => failure,
    };
    let words = match failure {
        Failure::Connect => "no connection could be made",
        Failure::Local => "its own machine could not make the connection",
        Failure::Timeout => "no complete answer in time",
        Failure::Reset => "the connection ended before the answer was complete",
        Failure::Protocol => "the answer was not HTTP",
        Failure::Overflow => "too many requests waited for a connection",
        Failure::Unfinished => "still open when the run was over",
        Failure::Tls => "the TLS handshake failed",
    };
    words.into()
}

/// How an attempt of the gateway ended.
pub fn attempt_end(outcome: u64, status: u64) -> String {
    match outcome {
        0 => format!("answered {status}"),
        1 => "got no connection".into(),
        2 => "was not sent".into(),
        3 => "broke: the connection ended after the request had been written".into(),
        4 => "took too long".into(),
        5 => "was given up: another had its answer first".into(),
        other => format!("ended in a way unknown here ({other})"),
    }
}

/// How a fault begins, as a sentence.
pub fn begins(what: &What) -> String {
    let percent = |share: &f64| format!("{}%", (share * 1e4).round() / 1e2);
    match what {
        What::Crash { host } => format!("{host} is killed"),
        What::Bounce { host } => format!("{host} is killed and started again at once"),
        What::PowerLoss { host } => format!("{host} loses power: it is gone without a word"),
        What::Partition { a, b } => format!("{a} and {b} lose everything they send each other"),
        What::Cut { from, to } => format!("everything that {from} sends to {to} is lost"),
        What::Hold { a, b } => format!("what {a} and {b} send each other is held back"),
        What::Latency { a, b, min, max } => format!(
            "segments between {a} and {b} travel {} to {}",
            format_duration(*min),
            format_duration(*max)
        ),
        What::Slow { host, goes, stands } => format!(
            "{host} stands still for {} after every {} of work",
            format_duration(*stands),
            format_duration(*goes)
        ),
        What::Clock { host, offset_ms } => format!("the wall clock of {host} is off by {offset_ms} ms"),
        What::Fragment => "all reads and writes are cut at random places".into(),
        What::UpstreamSlow { host, latency } => format!("{host} takes {latency} to answer"),
        What::UpstreamErrors { host, share } => {
            format!("{host} answers {} of requests with 503", percent(share))
        }
        What::UpstreamTruncates { host, share } => {
            format!("{host} breaks off {} of its answers half-way", percent(share))
        }
        What::UpstreamResets { host, share } => {
            format!(
                "{host} closes the connection in place of {} of its answers",
                percent(share)
            )
        }
        What::UpstreamSick { host, status } => format!("{host} answers everything with {status}"),
        What::Reload { config } => format!("the gateway is given the config `{config}`"),
        What::Stop { lead, deadline, host } => format!(
            "{} is told to stop within {}",
            host.as_deref().unwrap_or("the gateway"),
            format_duration(*lead + *deadline)
        ),
        What::NamesFail { upstream, how } => format!(
            "lookups of the name of {upstream} {}",
            match how {
                NamesFail::Error => "fail",
                NamesFail::Empty => "bring no address",
                NamesFail::Nowhere => "bring 0.0.0.0",
            }
        ),
        What::NamesChange { upstream, replicas } => {
            format!("the name of {upstream} stands for {}", replicas.join(", "))
        }
    }
}

/// How it ends; `None` for one that is over as soon as it has begun.
pub fn ends(what: &What) -> Option<String> {
    Some(match what {
        What::Crash { host } => format!("{host} is started again"),
        What::Bounce { .. } => return None,
        What::PowerLoss { host } => format!("{host} has power again, and starts"),
        What::Partition { a, b } => format!("{a} and {b} hear each other again"),
        What::Cut { from, to } => format!("what {from} sends to {to} arrives again"),
        What::Hold { a, b } => format!("what {a} and {b} sent each other is delivered"),
        What::Latency { a, b, .. } => format!("segments between {a} and {b} travel as before"),
        What::Slow { host, .. } => format!("{host} goes on without pauses"),
        What::Clock { host, .. } => format!("the wall clock of {host} is right again"),
        What::Fragment => "reads and writes are no longer cut".into(),
        What::UpstreamSlow { host, .. } => format!("{host} is as quick as before"),
        What::UpstreamErrors { host, .. } | What::UpstreamSick { host, .. } => {
            format!("{host} answers as before")
        }
        What::UpstreamTruncates { host, .. } => format!("{host} completes its answers again"),
        What::UpstreamResets { host, .. } => format!("{host} answers everything again"),
        What::Reload { .. } => "the gateway is given back the config it had".into(),
        What::Stop { host, .. } => format!(
            "a new {} takes the place of the one that was stopped",
            host.as_deref().unwrap_or("gateway")
        ),
        What::NamesFail { upstream, .. } => format!("lookups of the name of {upstream} succeed again"),
        What::NamesChange { upstream, .. } => format!("the name of {upstream} stands for what it stood for"),
    })
}

/// A few words for a label: the kind, and whom it lies on as seen from `host`.
pub fn label(what: &What, host: Option<&str>) -> String {
    let kind = what.kind().name();
    match what {
        What::Cut { from, to } if host == Some(from) => format!("{kind} → {to}"),
        What::Cut { from, .. } => format!("{kind} ← {from}"),
        What::Reload { config } => format!("{kind} {config}"),
        What::NamesFail { upstream, .. } | What::NamesChange { upstream, .. } => format!("{kind} {upstream}"),
        _ => match what.hosts() {
            (Some(a), Some(b)) if host == Some(a) => format!("{kind} ↔ {b}"),
            (Some(a), Some(_)) => format!("{kind} ↔ {a}"),
            _ => kind.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times_have_two_or_three_figures() {
        let check = |us, expected: &str| assert_eq!(span(us), expected);
        check(0, "0 µs");
        check(999, "999 µs");
        check(1_250, "1.2 ms");
        check(12_400, "12 ms");
        check(3_450_000, "3.45 s");
        assert_eq!(moment(1_727_000), "1.727 s");
    }

    #[test]
    fn an_end_without_an_answer_is_said_in_words() {
        let of = |failure| request_end(Outcome::Failed(failure));
        assert_eq!(
            of(Failure::Local),
            "its own machine could not make the connection"
        );
        assert_eq!(of(Failure::Tls), "the TLS handshake failed");
        assert_eq!(
            request_end(Outcome::Unknown(8)),
            "failed in a way unknown here (8)"
        );
        assert_eq!(request_end(Outcome::Status(503)), "503");
    }

    #[test]
    fn asks_say_whether_they_may_be_sent_twice() {
        let post = Ask {
            method: "POST".into(),
            bytes: 40,
            ..Ask::get("/orders")
        };
        assert_eq!(ask(&Ask::get("/orders")), "GET /orders");
        assert_eq!(ask(&post), "POST /orders (40 bytes, without an idempotency key)");
    }

    #[test]
    fn labels_are_seen_from_the_host() {
        let cut = What::Cut {
            from: "r0".into(),
            to: "gateway".into(),
        };
        assert_eq!(label(&cut, Some("r0")), "cut → gateway");
        assert_eq!(label(&cut, Some("gateway")), "cut ← r0");
        let hold = What::Latency {
            a: "r0".into(),
            b: "gateway".into(),
            min: Duration::ZERO,
            max: Duration::ZERO,
        };
        assert_eq!(label(&hold, Some("gateway")), "latency ↔ r0");
        assert_eq!(label(&What::Fragment, None), "fragment");
    }
}
