//! The rows of the table: a kind of fault, and where it strikes. That a replica is killed is another thing than that
//! the gateway is.

use scenarios::FaultKind;
use std::fmt;

/// Whom a fault strikes. Of a link, which of its ends is not the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Everywhere,
    Gateway,
    Replica,
    Client,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Gateway => "gateway",
            Self::Replica => "replica",
            Self::Client => "client",
        }
    }
}

/// Where a kind can strike. Clients are witnesses and never killed, and no client talks to a replica.
fn places(kind: FaultKind) -> &'static [Place] {
    use FaultKind as K;
    use Place::{Client, Everywhere, Gateway, Replica};
    match kind {
        K::Crash | K::Bounce | K::PowerLoss => &[Gateway, Replica],
        K::Partition | K::Cut | K::Hold | K::Latency => &[Replica, Client],
        K::Slow | K::Clock => &[Gateway, Replica, Client],
        K::Fragment | K::NamesFail | K::NamesChange => &[Everywhere],
        K::UpstreamSlow | K::UpstreamErrors | K::UpstreamTruncates | K::UpstreamResets | K::UpstreamSick => {
            &[Replica]
        }
        K::Reload | K::Stop => &[Gateway],
    }
}

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    kind: FaultKind,
    place: Place,
}

impl Row {
    /// Of a fault; `None` where such a fault touches nothing that the gateway could notice.
    pub(super) fn of(kind: FaultKind, place: Place) -> Option<Self> {
        places(kind).contains(&place).then_some(Self { kind, place })
    }

    /// Every row, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        FaultKind::ALL
            .iter()
            .flat_map(|&kind| places(kind).iter().map(move |&place| Self { kind, place }))
    }

    pub fn kind(self) -> FaultKind {
        self.kind
    }

    pub fn place(self) -> Place {
        self.place
    }

    /// The row that prints like this.
    pub fn find(name: &str) -> Option<Self> {
        Self::all().find(|row| row.to_string() == name)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match places(self.kind) {
            [_] => f.pad(self.kind.name()),
            _ => f.pad(&format!("{} {}", self.kind.name(), self.place.name())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_what_it_prints() {
        for row in Row::all() {
            assert_eq!(Row::find(&row.to_string()), Some(row));
        }
        assert_eq!(Row::of(FaultKind::Crash, Place::Client), None);
        assert!(
            FaultKind::ALL
                .iter()
                .all(|kind| Row::all().any(|row| row.kind == *kind))
        );
    }
}
