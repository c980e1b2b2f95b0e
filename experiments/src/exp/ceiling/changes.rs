//! What is changed of the gateway, one thing each, to see what it is worth at the ceiling before a stub that works.

use super::arms::Arm;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// A lower priority: who is woken by each answer waits until others have had their turn, and finds several.
    Nice,
    /// Fewer connections to the upstream.
    Few,
    /// This build instead of the one that was given to be compared with.
    Build,
}

impl Change {
    pub(super) const ALL: [Self; 3] = [Self::Nice, Self::Few, Self::Build];

    /// Those that can be measured, with a gateway before it or without.
    pub(super) fn there(has_before: bool) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |change| has_before || *change != Self::Build)
    }

    /// The arm that is run for it.
    pub(super) fn arm(self) -> Arm {
        match self {
            Self::Nice => Arm::NiceWork,
            Self::Few => Arm::FewWork,
            Self::Build => Arm::BeforeWork,
        }
    }

    /// Before it and after it.
    pub(super) fn sides(self) -> (Arm, Arm) {
        match self {
            Self::Build => (Arm::BeforeWork, Arm::ThroughWork),
            _ => (Arm::ThroughWork, self.arm()),
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Nice => "started by `nice -n 5`",
            Self::Few => "16 upstream connections",
            Self::Build => "this build, against the one given",
        }
    }
}
