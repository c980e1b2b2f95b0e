//! What probes say of one replica, by what the config asks of them: down after so many failures in a row, up again after
//! so many good ones.

use scenarios::Probes;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) is_up: bool,
    /// The last time that it changed.
    pub(super) since_us: u64,
    /// Probes in a row that speak against it.
    against: u32,
}

impl Verdict {
    /// Of one that was not probed yet.
    pub(super) fn new(at_us: u64) -> Self {
        Self {
            is_up: true,
            since_us: at_us,
            against: 0,
        }
    }

    /// One more probe; whether that changes it.
    pub(super) fn probed(&mut self, is_good: bool, at_us: u64, probes: &Probes) -> bool {
        if is_good == self.is_up {
            self.against = 0;
            return false;
        }
        self.against += 1;
        let enough = match self.is_up {
            true => probes.unhealthy_after,
            false => probes.healthy_after,
        };
        let changes = self.against >= enough;
        if changes {
            *self = Self {
                is_up: is_good,
                ..Self::new(at_us)
            };
        }
        changes
    }

    /// In a row.
    pub(super) fn against(&self) -> u32 {
        self.against
    }
}

#[cfg(test)]
mod tests {
    use super::super::probes::tests::probed;
    use super::*;

    #[test]
    fn it_takes_two_in_a_row_both_ways() {
        let scenario = probed();
        let probes = scenario.configs[0].upstreams[0].probes.as_ref().expect("told");
        let mut verdict = Verdict::new(0);
        let mut is_up = String::new();
        for (at_us, good) in "bgbb bggbgg".chars().filter(|c| *c != ' ').enumerate() {
            verdict.probed(good == 'g', at_us as u64, probes);
            is_up.push(if verdict.is_up { 'u' } else { 'd' });
        }
        assert_eq!(is_up, "uuuddduuuu");
        assert_eq!((verdict.since_us, verdict.against()), (6, 0));
    }
}
