//! The ways of balancing that a config can name, as one table that parsing, printing and errors share.

use std::fmt;
use std::str::FromStr;

/// How an upstream's replicas are picked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Each in turn: even by count, and needs to know nothing of the replicas. The default for that reason.
    #[default]
    RoundRobin,
}

impl Kind {
    /// Every kind with the name that a config gives it.
    pub const KNOWN: [(&'static str, Kind); 1] = [("round-robin", Kind::RoundRobin)];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Kind::KNOWN
            .iter()
            .find(|(_, kind)| kind == self)
            .map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Kind, UnknownKind> {
        let known = Kind::KNOWN.iter().find(|(name, _)| *name == text);
        known.map(|(_, kind)| *kind).ok_or_else(|| UnknownKind {
            text: text.to_owned(),
        })
    }
}

/// A name that is no [`Kind`]; says which there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKind {
    text: String,
}

impl fmt::Display for UnknownKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown way of balancing `{}`: known are", self.text)?;
        for (index, (name, _)) in Kind::KNOWN.iter().enumerate() {
            write!(f, "{} `{name}`", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownKind {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_round_trips_through_its_name() {
        for (name, kind) in Kind::KNOWN {
            assert_eq!(kind.to_string(), name);
            assert_eq!(name.parse(), Ok(kind));
        }
    }

    #[test]
    fn an_unknown_kind_lists_the_known_ones() {
        let error = "roundrobin".parse::<Kind>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown way of balancing `roundrobin`: known are `round-robin`"
        );
    }
}
