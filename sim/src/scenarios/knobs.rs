//! The knobs of a scenario: what its seed decides, by name, all printed, each open to `--set`.
//!
//! Every knob draws from its own child seed, so a new knob does not reshuffle those of old seeds, and one that
//! is set by hand leaves the others as they were.

use rand::RngExt;
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;
use world::Seed;

/// Decides knobs and remembers them.
pub(super) struct Knobs {
    seed: Seed,
    set: Vec<(String, String)>,
    decided: Vec<(&'static str, String)>,
    errors: Vec<String>,
}

impl Knobs {
    /// `set` are the knobs that the user decides, as `name=value`.
    pub(super) fn new(seed: Seed, set: &[String]) -> Self {
        let mut errors = Vec::new();
        let mut pairs = Vec::new();
        for text in set {
            match text.split_once('=') {
                Some((name, value)) => pairs.push((name.trim().to_owned(), value.trim().to_owned())),
                None => errors.push(format!("set {text:?}: write NAME=VALUE")),
            }
        }
        Self {
            seed: seed.child("knobs"),
            set: pairs,
            decided: Vec::new(),
            errors,
        }
    }

    /// An integer.
    pub(super) fn integer(&mut self, name: &'static str, range: RangeInclusive<u64>) -> u64 {
        let drawn = self.seed.child(name).rng().random_range(range.clone());
        let value = match self.set_by_user(name).map(|text| text.parse::<u64>()) {
            None => drawn,
            Some(Ok(value)) if range.contains(&value) => value,
            Some(_) => {
                self.wrong(
                    name,
                    &format!("an integer from {} to {}", range.start(), range.end()),
                );
                drawn
            }
        };
        self.decided.push((name, value.to_string()));
        value
    }

    /// A time in whole milliseconds.
    pub(super) fn time(&mut self, name: &'static str, range: RangeInclusive<Duration>) -> Duration {
        let [low, high] = [range.start(), range.end()].map(|end| end.as_millis() as u64);
        let drawn = Duration::from_millis(self.seed.child(name).rng().random_range(low..=high));
        let value = match self.set_by_user(name).map(humantime::parse_duration) {
            None => drawn,
            Some(Ok(value)) if range.contains(&value) => value,
            Some(_) => {
                let [low, high] = [range.start(), range.end()].map(|end| humantime::format_duration(*end));
                self.wrong(name, &format!("a time from {low} to {high}"));
                drawn
            }
        };
        self.decided
            .push((name, humantime::format_duration(value).to_string()));
        value
    }

    /// One of several words, the first unless the user says otherwise: a mode, not a matter of chance.
    pub(super) fn mode(&mut self, name: &'static str, words: &[&'static str]) -> &'static str {
        let value = match self.set_by_user(name) {
            None => words[0],
            Some(text) => match words.iter().find(|word| **word == text) {
                Some(word) => word,
                None => {
                    self.wrong(name, &format!("one of {}", words.join(", ")));
                    words[0]
                }
            },
        };
        self.decided.push((name, value.to_owned()));
        value
    }

    /// What was decided, in order; or everything that is wrong with what was set.
    pub(super) fn finish(mut self) -> Result<Vec<(&'static str, String)>, KnobErrors> {
        let known: Vec<_> = self.decided.iter().map(|(name, _)| *name).collect();
        for (name, _) in &self.set {
            if !known.contains(&name.as_str()) {
                self.errors.push(format!(
                    "set {name}: no such knob; there are {}",
                    known.join(", ")
                ));
            }
        }
        if self.errors.is_empty() {
            Ok(self.decided)
        } else {
            Err(KnobErrors(self.errors))
        }
    }

    fn set_by_user(&self, name: &str) -> Option<&str> {
        self.set
            .iter()
            .rev()
            .find(|(set, _)| set == name)
            .map(|(_, value)| value.as_str())
    }

    fn wrong(&mut self, name: &str, wanted: &str) {
        let value = self.set_by_user(name).unwrap_or_default();
        self.errors.push(format!("set {name}={value}: it takes {wanted}"));
    }
}

/// What is wrong with the knobs that were set, one error a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnobErrors(pub Vec<String>);

impl fmt::Display for KnobErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for KnobErrors {}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn decide(seed: u64, set: &[&str]) -> Result<Vec<(&'static str, String)>, KnobErrors> {
        let set: Vec<_> = set.iter().map(|&text| text.to_owned()).collect();
        let mut knobs = Knobs::new(Seed(seed), &set);
        knobs.integer("rate", 100..=200);
        knobs.time("down", ms(1_000)..=ms(2_000));
        knobs.mode("retries", &["both", "off"]);
        knobs.finish()
    }

    #[test]
    fn knobs_are_a_function_of_the_seed_and_stay_put_when_another_is_set() {
        let drawn = decide(7, &[]).expect("nothing set");
        assert_eq!(drawn, decide(7, &[]).expect("nothing set"));
        assert!((8..20).any(|seed| decide(seed, &[]).expect("nothing set") != drawn));
        let set = decide(7, &["rate=150", "retries=off"]).expect("good values");
        assert_eq!(set[0], ("rate", "150".into()));
        assert_eq!(set[1], drawn[1]);
        assert_eq!(set[2], ("retries", "off".into()));
    }

    #[test]
    fn every_bad_knob_is_told_of_at_once() {
        let errors = decide(
            7,
            &["rate=900", "down=1h", "retries=maybe", "speed=9", "nonsense"],
        );
        let errors = errors.expect_err("all bad").0;
        assert_eq!(
            errors,
            [
                "set \"nonsense\": write NAME=VALUE",
                "set rate=900: it takes an integer from 100 to 200",
                "set down=1h: it takes a time from 1s to 2s",
                "set retries=maybe: it takes one of both, off",
                "set speed: no such knob; there are rate, down, retries",
            ]
        );
    }
}
