//! What follows from a fault, by sort: counted, with the time of the first and the last, and the first case in words.

use crate::story::words::{attempt_end, count, moment, request_end};
use crate::trace::Outcome;

/// A sort of thing. Cases of one sort are told in one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    /// A client got an answer that is no 2xx, or none.
    Ended(Outcome),
    /// Dials of a host to another were refused.
    Refused { from: String, to: String },
    /// Attempts of the gateway at a replica ended in this way; with a status where they were answered.
    Attempt {
        replica: String,
        outcome: u64,
        status: u64,
    },
    /// The gateway tried again.
    Retried,
    /// A client sent it again by itself.
    Resent { client: String },
    /// A replica answered so.
    Answered { replica: String, status: u64 },
    /// A replica spoilt its answer on purpose.
    Spoilt { replica: String, fault: u64 },
    /// A replica could not complete it.
    Aborted { replica: String, by: u64 },
    /// Connections of a host were reset.
    Reset { host: String },
    /// Nothing failed after this.
    LastFailure,
}

/// Cases of one sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) first_us: u64,
    pub(super) last_us: u64,
    pub(super) count: u64,
    /// The first of them.
    pub(super) example: String,
}

impl Note {
    /// The line, with its time.
    pub(super) fn line(&self, sort: &Sort) -> String {
        let times = match self.count {
            1 => moment(self.first_us),
            _ if self.first_us == self.last_us => moment(self.first_us),
            _ => format!("{} to {}", moment(self.first_us), moment(self.last_us)),
        };
        let what = what(sort, self.count);
        let example = match (self.example.is_empty(), self.count) {
            (true, _) => String::new(),
            (false, 1) => format!("; {}", self.example),
            (false, _) => format!("; first {}", self.example),
        };
        format!("{times:<20}  {what}{example}")
    }
}

fn what(sort: &Sort, number: u64) -> String {
    match sort {
        Sort::Ended(Outcome::Status(status)) => format!(
            "{} with {status}",
            count(
                number,
                "client's request is answered",
                "clients' requests are answered"
            )
        ),
        Sort::Ended(outcome) => format!(
            "{} without an answer ({}: {})",
            count(number, "client's request ends", "clients' requests end"),
            outcome,
            request_end(*outcome)
        ),
        Sort::Refused { from, to } => {
            format!(
                "{from} → {to}: {} refused",
                count(number, "connection is", "connections are")
            )
        }
        Sort::Attempt {
            replica,
            outcome,
            status,
        } => format!(
            "gateway → {replica}: {} {}",
            count(number, "attempt", "attempts"),
            attempt_end(*outcome, *status)
        ),
        Sort::Retried => format!("the gateway tries again, {}", count(number, "time", "times")),
        Sort::Resent { client } => format!(
            "{client} sends again by itself what ended without a byte of an answer, {}",
            count(number, "time", "times")
        ),
        Sort::Answered { replica, status } => {
            format!(
                "{replica} answers {} with {status}",
                count(number, "request", "requests")
            )
        }
        Sort::Spoilt { replica, fault: 0 } => format!(
            "{replica} closes the connection in place of {}, on purpose",
            count(number, "answer", "answers")
        ),
        Sort::Spoilt { replica, .. } => format!(
            "{replica} breaks off {} half-way, on purpose",
            count(number, "answer", "answers")
        ),
        Sort::Aborted { replica, by: 0 } => format!(
            "{replica} cannot complete {}: the other side has closed the connection",
            count(number, "answer", "answers")
        ),
        Sort::Aborted { replica, .. } => format!(
            "{replica} cannot complete {}: its script takes it down",
            count(number, "answer", "answers")
        ),
        Sort::Reset { host } => {
            format!(
                "{host} learns that {} reset",
                count(number, "connection was", "connections were")
            )
        }
        Sort::LastFailure => "the last failure; everything that ends later ends well".into(),
    }
}
