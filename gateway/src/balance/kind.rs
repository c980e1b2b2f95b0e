//! The ways of balancing that a config can name, as one table that parsing, printing and errors share.

use std::fmt;
use std::str::FromStr;

/// How an upstream's replicas are picked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Kind {
    /// Each in turn: even by count, and needs to know nothing of the replicas. The default for that reason.
    #[default]
    RoundRobin,
    /// In turn by weight, smoothly.
    Weighted,
    /// The fewest requests in flight for its weight.
    LeastConn,
    /// The better of two drawn at random; with `ewma` by latency too.
    P2c { ewma: bool },
    /// The same replica for the same key, as far as there is room.
    RingHash {
        key: HashKey,
        load_factor: Option<LoadFactor>,
    },
    /// [`Kind::RingHash`] by the client's address.
    IpHash,
    /// At random by weight.
    Random,
}

impl Kind {
    /// Every kind with the name that a config gives it, as the name alone means it.
    pub const KNOWN: [(&'static str, Kind); 7] = [
        ("round-robin", Kind::RoundRobin),
        ("weighted", Kind::Weighted),
        ("least-conn", Kind::LeastConn),
        ("p2c", Kind::P2c { ewma: false }),
        (
            "ring-hash",
            Kind::RingHash {
                key: HashKey::Ip,
                load_factor: None,
            },
        ),
        ("ip-hash", Kind::IpHash),
        ("random", Kind::Random),
    ];

    /// What of a request decides.
    pub fn hash_key(&self) -> Option<&HashKey> {
        match self {
            Kind::RingHash { key, .. } => Some(key),
            Kind::IpHash => Some(&HashKey::Ip),
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    /// The name alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_same = |kind: &Kind| std::mem::discriminant(kind) == std::mem::discriminant(self);
        let known = Kind::KNOWN.iter().find(|(_, kind)| is_same(kind));
        f.write_str(known.map_or("", |(name, _)| name))
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Kind, UnknownKind> {
        let known = Kind::KNOWN.into_iter().find(|(name, _)| *name == text);
        known.map(|(_, kind)| kind).ok_or_else(|| UnknownKind {
            text: text.to_owned(),
        })
    }
}

/// What of a request is hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HashKey {
    /// The first field of this name.
    Header(Box<str>),
    /// The first cookie of this name.
    Cookie(Box<str>),
    /// The client's address, without its port.
    Ip,
    /// The path in normal form, without the query.
    Path,
}

/// How much more than the average a replica may have in flight, in thousandths: 1 250 is a quarter more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadFactor(u32);

impl LoadFactor {
    /// Below it a key hardly ever stays with its replica: with factor 1 + ε some 1/ε² replicas are walked past.
    pub const LEAST: LoadFactor = LoadFactor(1_050);
    /// Above it there is hardly a bound.
    pub const MOST: LoadFactor = LoadFactor(100_000);

    /// Within [`LoadFactor::LEAST`] and [`LoadFactor::MOST`], to the thousandth.
    pub fn new(factor: f64) -> Option<LoadFactor> {
        let thousandths = libm::round(factor * 1_000.0);
        let range = f64::from(Self::LEAST.0)..=f64::from(Self::MOST.0);
        range
            .contains(&thousandths)
            .then_some(LoadFactor(thousandths as u32))
    }

    pub fn thousandths(self) -> u32 {
        self.0
    }
}

impl fmt::Display for LoadFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", f64::from(self.0) / 1_000.0)
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
            "unknown way of balancing `roundrobin`: known are `round-robin`, `weighted`, `least-conn`, `p2c`, \
             `ring-hash`, `ip-hash`, `random`"
        );
    }

    #[test]
    fn load_factors_are_thousandths_within_bounds() {
        for (factor, text) in [
            (1.05, "1.05"),
            (1.25, "1.25"),
            (1.2344, "1.234"),
            (2.0, "2"),
            (100.0, "100"),
        ] {
            assert_eq!(LoadFactor::new(factor).unwrap().to_string(), text);
        }
        for bad in [1.0, 1.049, 100.001, -1.0, 0.0, f64::NAN, f64::INFINITY] {
            assert_eq!(LoadFactor::new(bad), None, "{bad}");
        }
    }
}
