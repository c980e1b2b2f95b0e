//! The knobs of a scenario: what its seed decides, by name, all printed, each open to `--set`.
//!
//! Every knob draws from its own child seed, so a new knob does not reshuffle those of old seeds, and one that
//! is set by hand leaves the others as they were. A knob can have several values, one for each of several things; then
//! each draws from a child of the knob's, and whoever sets it gives one value for all or one for each.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
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
        let (read, wanted) = (read_integer(&range), integer_wanted(&range));
        self.decide(name, drawn, read, &wanted, u64::to_string)
    }

    /// An integer for each of so many things.
    pub(super) fn integers(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
        count: usize,
    ) -> Vec<u64> {
        let (read, wanted) = (read_integer(&range), integer_wanted(&range));
        let draw = |rng: &mut ChaCha8Rng| rng.random_range(range.clone());
        self.each(name, count, draw, read, &wanted, u64::to_string)
    }

    /// A time in whole milliseconds.
    pub(super) fn time(&mut self, name: &'static str, range: RangeInclusive<Duration>) -> Duration {
        let [low, high] = [range.start(), range.end()].map(|end| end.as_millis() as u64);
        let drawn = Duration::from_millis(self.seed.child(name).rng().random_range(low..=high));
        let [low, high] = [range.start(), range.end()].map(|end| humantime::format_duration(*end));
        let wanted = format!("a time from {low} to {high}");
        let read = |text: &str| {
            humantime::parse_duration(text)
                .ok()
                .filter(|time| range.contains(time))
        };
        self.decide(name, drawn, read, &wanted, |time| {
            humantime::format_duration(*time).to_string()
        })
    }

    /// One of several words, the first unless the user says otherwise: a mode, not a matter of chance.
    pub(super) fn mode(&mut self, name: &'static str, words: &[&'static str]) -> &'static str {
        self.decide(name, words[0], read_word(words), &words_wanted(words), |word| {
            (*word).to_owned()
        })
    }

    /// Which of these is played: all, unless the user names one. A scenario's rows are the only list of their names.
    pub(super) fn which(
        &mut self,
        name: &'static str,
        names: &[&'static str],
    ) -> impl Fn(&str) -> bool + use<> {
        let words = [&["all"], names].concat();
        let chosen = self.mode(name, &words);
        move |name| chosen == "all" || chosen == name
    }

    /// One of several words for each of so many things. A word that is there twice is twice as likely.
    pub(super) fn words(
        &mut self,
        name: &'static str,
        words: &[&'static str],
        count: usize,
    ) -> Vec<&'static str> {
        let draw = |rng: &mut ChaCha8Rng| words[rng.random_range(0..words.len())];
        let (read, wanted) = (read_word(words), words_wanted(words));
        self.each(name, count, draw, read, &wanted, |word| (*word).to_owned())
    }

    /// Some of several words, each as likely in as out, each by a child of its own.
    pub(super) fn some(&mut self, name: &'static str, words: &[&'static str]) -> Vec<&'static str> {
        let seed = self.seed.child(name);
        let is_in = |word: &&&str| seed.child(word).rng().random_bool(0.5);
        let drawn = words.iter().filter(is_in).copied().collect();
        let known = read_word(words);
        let read = |text: &str| match text {
            "none" => Some(Vec::new()),
            "all" => Some(words.to_vec()),
            _ => text.split(',').map(|part| known(part.trim())).collect(),
        };
        let wanted = format!("all, none, or some of {}", words.join(","));
        self.decide(name, drawn, read, &wanted, |some| match some.as_slice() {
            [] => "none".into(),
            some => some.join(","),
        })
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

    /// What the user says, if it can be read, or else what was drawn.
    fn decide<T>(
        &mut self,
        name: &'static str,
        drawn: T,
        read: impl Fn(&str) -> Option<T>,
        wanted: &str,
        show: impl Fn(&T) -> String,
    ) -> T {
        let value = match self.set_by_user(name).map(read) {
            None => drawn,
            Some(Some(value)) => value,
            Some(None) => {
                let value = self.set_by_user(name).unwrap_or_default();
                self.errors.push(format!("set {name}={value}: it takes {wanted}"));
                drawn
            }
        };
        self.decided.push((name, show(&value)));
        value
    }

    /// The same for each of `count` things.
    fn each<T: Clone>(
        &mut self,
        name: &'static str,
        count: usize,
        draw: impl Fn(&mut ChaCha8Rng) -> T,
        read: impl Fn(&str) -> Option<T>,
        wanted: &str,
        show: impl Fn(&T) -> String,
    ) -> Vec<T> {
        let seed = self.seed.child(name);
        let drawn = (0..count as u64).map(|i| draw(&mut seed.nth(i).rng()));
        let drawn: Vec<T> = drawn.collect();
        let read_all = |text: &str| {
            let values = text.split(SEPARATOR).map(|part| read(part.trim()));
            let values = values.collect::<Option<Vec<T>>>()?;
            match values.as_slice() {
                [one] => Some(vec![one.clone(); count]),
                several => (several.len() == count).then(|| several.to_vec()),
            }
        };
        let wanted = format!("{wanted}; one for all, or {count} with {SEPARATOR} between them");
        let show_all = |values: &Vec<T>| {
            let texts: Vec<_> = values.iter().map(&show).collect();
            texts.join(&SEPARATOR.to_string())
        };
        self.decide(name, drawn, read_all, &wanted, show_all)
    }

    fn set_by_user(&self, name: &str) -> Option<&str> {
        self.set
            .iter()
            .rev()
            .find(|(set, _)| set == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Between the values of a knob that has several. Not a comma: a distribution has those.
const SEPARATOR: char = '/';

fn read_integer(range: &RangeInclusive<u64>) -> impl Fn(&str) -> Option<u64> + use<> {
    let range = range.clone();
    move |text| text.parse().ok().filter(|value| range.contains(value))
}

fn integer_wanted(range: &RangeInclusive<u64>) -> String {
    format!("an integer from {} to {}", range.start(), range.end())
}

fn read_word<'a>(words: &'a [&'static str]) -> impl Fn(&str) -> Option<&'static str> + use<'a> {
    move |text| words.iter().find(|word| **word == text).copied()
}

fn words_wanted(words: &[&'static str]) -> String {
    let mut known: Vec<&str> = Vec::new();
    for word in words {
        if !known.contains(word) {
            known.push(word);
        }
    }
    format!("one of {}", known.join(", "))
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
        knobs.integers("sizes", 1..=9, 3);
        knobs.words("shapes", &["whole", "whole", "echo"], 2);
        knobs.some("faults", &["crash", "hold", "cut"]);
        knobs.finish()
    }

    #[test]
    fn knobs_are_a_function_of_the_seed_and_stay_put_when_another_is_set() {
        let drawn = decide(7, &[]).expect("nothing set");
        assert_eq!(drawn, decide(7, &[]).expect("nothing set"));
        assert!((8..20).any(|seed| decide(seed, &[]).expect("nothing set") != drawn));
        let set = [
            "rate=150",
            "retries=off",
            "sizes=1/2/3",
            "shapes=echo",
            "faults=cut,crash",
        ];
        let set = decide(7, &set).expect("good values");
        let values: Vec<_> = set.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(
            values,
            ["150", &drawn[1].1, "off", "1/2/3", "echo/echo", "cut,crash"]
        );
        let none = decide(7, &["faults=none", "sizes=4"]).expect("good values");
        assert_eq!((none[5].1.as_str(), none[3].1.as_str()), ("none", "4/4/4"));
    }

    #[test]
    fn every_bad_knob_is_told_of_at_once() {
        let errors = decide(
            7,
            &[
                "rate=900",
                "down=1h",
                "retries=maybe",
                "sizes=1/2",
                "shapes=round",
                "faults=cut,burn",
                "speed=9",
                "nonsense",
            ],
        );
        let errors = errors.expect_err("all bad").0;
        assert_eq!(
            errors,
            [
                "set \"nonsense\": write NAME=VALUE",
                "set rate=900: it takes an integer from 100 to 200",
                "set down=1h: it takes a time from 1s to 2s",
                "set retries=maybe: it takes one of both, off",
                "set sizes=1/2: it takes an integer from 1 to 9; one for all, or 3 with / between them",
                "set shapes=round: it takes one of whole, echo; one for all, or 2 with / between them",
                "set faults=cut,burn: it takes all, none, or some of crash,hold,cut",
                "set speed: no such knob; there are rate, down, retries, sizes, shapes, faults",
            ]
        );
    }
}
