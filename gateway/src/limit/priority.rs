//! Classes of requests: who is turned away first.

use crate::planted::{Bug, planted};

/// Of the requests that a class's share refuses each twentieth may use the whole limit: 5 % is felt by nobody else, and seen by those
/// who would get nothing.
pub const TRICKLE: u64 = 20;

/// How much a request matters, the most important class first: Google's and Envoy's criticality, in the words of most queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Priority {
    Critical,
    High,
    #[default]
    Normal,
    Low,
}

impl Priority {
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Normal, Self::Low];

    /// In order; for configs, headers and metrics.
    pub const NAMES: [&'static str; 4] = ["critical", "high", "normal", "low"];

    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    pub fn read(name: &[u8]) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|class| class.name().as_bytes().eq_ignore_ascii_case(name))
    }

    /// Requests of all classes under way up to which one of this class is let through: so the lower classes go first while there is
    /// still room, and the rest is for those above them.
    pub fn slots(self, limit: u32) -> u32 {
        // in percent; the steps are far enough apart that a limit of ten tells them apart
        const SHARES: [u64; 4] = [100, 90, 80, 60];
        let place = self as usize;
        let place = if planted(Bug::ShedHighFirst) {
            3 - place
        } else {
            place
        };
        let slots = u64::from(limit) * SHARES[place] / 100;
        // no more than the limit
        (slots as u32).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_classes_have_less_and_all_have_something() {
        for limit in (1..200).chain([1 << 24, u32::MAX]) {
            let slots = Priority::ALL.map(|class| class.slots(limit));
            assert!(slots.is_sorted_by(|a, b| a >= b), "{limit}: {slots:?}");
            assert!(slots[0] == limit && slots[3] >= 1, "{limit}: {slots:?}");
        }
        assert_eq!(Priority::ALL.map(|class| class.slots(10)), [10, 9, 8, 6]);
    }

    #[test]
    fn names_are_read_back() {
        for class in Priority::ALL {
            assert_eq!(Priority::read(class.name().as_bytes()), Some(class));
        }
        assert_eq!(Priority::read(b"LOW"), Some(Priority::Low));
        for none in ["", "lowest", " low", "3"] {
            assert_eq!(Priority::read(none.as_bytes()), None);
        }
    }
}
