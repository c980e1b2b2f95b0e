//! How a client's request ended, in the load generator's words.

use super::{Kind, Record};
use loadgen::Failure;
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Answered with this status.
    Status(u64),
    Failed(Failure),
    /// By a number that this version does not know.
    Unknown(u64),
}

impl Outcome {
    /// Of a record of the kinds `ClientDone` and `ClientFailed`.
    pub fn of(record: &Record) -> Self {
        let [_, number, ..] = record.args();
        if record.kind == Kind::ClientDone {
            return Self::Status(number);
        }
        let place = usize::try_from(number).ok();
        let failure = place.and_then(|place| Failure::ALL.get(place));
        failure.map_or(Self::Unknown(number), |failure| Self::Failed(*failure))
    }

    pub fn is_ok(self) -> bool {
        matches!(self, Self::Status(200..=299))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{status}"),
            Self::Failed(failure) => failure.fmt(f),
            Self::Unknown(number) => write!(f, "failure {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_in_words() {
        let of = |kind, number| {
            let values = [7, number, 0, 0];
            Outcome::of(&Record::new(0, 0, 5, kind, &values[..kind.fields().len()]))
        };
        assert_eq!(of(Kind::ClientDone, 503).to_string(), "503");
        assert_eq!(of(Kind::ClientFailed, 2), Outcome::Failed(Failure::Timeout));
        assert_eq!(of(Kind::ClientFailed, 2).to_string(), "timeout");
        assert_eq!(of(Kind::ClientFailed, 99).to_string(), "failure 99");
        assert!(of(Kind::ClientDone, 204).is_ok());
        assert!(
            ![of(Kind::ClientDone, 304), of(Kind::ClientFailed, 3)]
                .iter()
                .any(|outcome| outcome.is_ok())
        );
    }
}
