//! What is to be swept: scenarios, a range of seeds, and which share of them is ours.

use super::results::{Shards, Swept};
use loadgen::ShardOf;
use scenarios::Entry;
use std::str::FromStr;

/// The most seeds of one sweep: at a thousand a second, thirty years.
const SEEDS_MAX: u64 = 1 << 40;

/// Seeds from one up to another, which is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeds {
    pub from: u64,
    pub to: u64,
}

impl Seeds {
    pub fn count(self) -> u64 {
        self.to - self.from
    }
}

impl FromStr for Seeds {
    type Err = String;

    /// Reads `A..B`, without B, or `A..=B`, with it.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is no range of seeds: write A..B, as in 0..200, or A..=B, as in 0..=199");
        let (from, to) = text.split_once("..").ok_or_else(wrong)?;
        let from: u64 = from.trim().parse().map_err(|_| wrong())?;
        let to = match to.strip_prefix('=') {
            Some(last) => last
                .trim()
                .parse::<u64>()
                .ok()
                .and_then(|last| last.checked_add(1)),
            None => to.trim().parse().ok(),
        };
        let to = to.ok_or_else(wrong)?;
        match to.checked_sub(from) {
            None | Some(0) => Err(format!("{text:?} has no seed in it")),
            Some(count) if count > SEEDS_MAX => Err(format!("{text:?} has more than {SEEDS_MAX} seeds")),
            Some(_) => Ok(Self { from, to }),
        }
    }
}

/// A sweep, or a shard of one. Runs are numbered through, scenario after scenario, and dealt to the shards in turn.
pub struct Plan {
    pub entries: Vec<&'static Entry>,
    pub seeds: Seeds,
    /// Knobs that are set by hand, for all.
    pub set: Vec<String>,
    pub plant: Option<String>,
    pub shard: ShardOf,
    /// What tells this build of the program from others.
    pub build: String,
}

impl Plan {
    /// Every run of this shard: which scenario, from which seed.
    pub(super) fn runs(&self) -> impl Iterator<Item = (&'static Entry, u64)> + '_ {
        let (seeds, count) = (self.seeds, self.seeds.count());
        let all = count * self.entries.len() as u64;
        (self.shard.index as u64..all)
            .step_by(self.shard.of)
            .map(move |run| (self.entries[(run / count) as usize], seeds.from + run % count))
    }

    /// How many those are.
    pub fn count(&self) -> u64 {
        let all = self.seeds.count() * self.entries.len() as u64;
        let (index, of) = (self.shard.index as u64, self.shard.of as u64);
        all.saturating_sub(index).div_ceil(of)
    }

    /// What makes it this sweep and no other.
    pub fn swept(&self) -> Swept {
        Swept {
            scenarios: self.entries.iter().map(|entry| entry.name.to_owned()).collect(),
            seeds_from: self.seeds.from,
            seeds_to: self.seeds.to,
            set: self.set.clone(),
            plant: self.plant.clone(),
            build: self.build.clone(),
        }
    }

    pub(super) fn shards(&self) -> Shards {
        Shards {
            of: self.shard.of,
            have: vec![self.shard.index],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scenarios::SCENARIOS;

    fn check(text: &str, wanted: Result<(u64, u64), &str>) {
        match (text.parse::<Seeds>(), wanted) {
            (Ok(seeds), wanted) => assert_eq!(Ok((seeds.from, seeds.to)), wanted, "{text}"),
            (Err(error), Err(hint)) => assert!(error.contains(hint), "{text}: {error}"),
            (Err(error), Ok(_)) => panic!("{text}: {error}"),
        }
    }

    #[test]
    fn ranges_of_seeds() {
        check("0..200", Ok((0, 200)));
        check("7..=7", Ok((7, 8)));
        check(" 1 .. 3 ", Ok((1, 3)));
        check(
            "18446744073709551000..18446744073709551615",
            Ok((u64::MAX - 615, u64::MAX)),
        );
        for text in [
            "",
            "5",
            "..",
            "a..b",
            "0..=18446744073709551615",
            "-1..3",
            "0...3",
            "1..=x",
        ] {
            check(text, Err("write A..B"));
        }
        check("3..3", Err("no seed"));
        check("3..2", Err("no seed"));
        check("0..1099511627777", Err("more than"));
    }

    #[test]
    fn shards_have_every_run_once() {
        let plan = |index, of| Plan {
            entries: vec![&SCENARIOS[0], &SCENARIOS[0]],
            seeds: Seeds { from: 10, to: 17 },
            set: Vec::new(),
            plant: None,
            shard: ShardOf { index, of },
            build: String::new(),
        };
        let runs = |index, of| -> Vec<u64> { plan(index, of).runs().map(|(_, seed)| seed).collect() };
        let seeds: Vec<u64> = (10..17).collect();
        assert_eq!(runs(0, 1), [&seeds[..], &seeds].concat());
        for of in [2, 3, 14, 20] {
            let mut all: Vec<u64> = (0..of).flat_map(|index| runs(index, of)).collect();
            all.sort_unstable();
            assert!(
                all.chunks(2).map(|pair| pair[0]).eq(10..17) && all.len() == 14,
                "{all:?}"
            );
            for index in 0..of {
                assert_eq!(
                    plan(index, of).count(),
                    runs(index, of).len() as u64,
                    "{index}/{of}"
                );
            }
        }
        assert_eq!(runs(1, 3), [11, 14, 10, 13, 16]);
    }
}
