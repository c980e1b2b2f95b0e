//! Text to behaviour and back, with every error at once.

use super::Behaviour;
use super::words::{WORDS, Word};
use std::fmt;
use std::str::FromStr;

/// More words than there are is nonsense; this is where reading stops.
const WORDS_MAX: usize = 64;

/// Words to lay over a behaviour, already checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patch {
    words: Vec<(&'static str, String)>,
}

impl Patch {
    /// Reads words that one request asks for; those that concern the whole replica are refused.
    pub fn for_request(text: &str) -> Result<Self, String> {
        let patch: Self = text.parse()?;
        let not_mine = |(name, _): &&(&str, String)| !Word::named(name).is_some_and(Word::per_request);
        match patch.words.iter().find(not_mine) {
            Some((name, _)) => Err(format!(
                "{name:?} concerns the whole replica; a request cannot ask for it"
            )),
            None => Ok(patch),
        }
    }

    /// `base` with the named words replaced.
    pub fn over(&self, base: &Behaviour) -> Behaviour {
        let mut behaviour = *base;
        for (name, value) in &self.words {
            // the value was read once already, so it cannot fail now
            let _ = Word::named(name).map(|word| (word.set)(&mut behaviour, value));
        }
        behaviour
    }
}

impl FromStr for Patch {
    type Err = String;

    /// An error has one line per wrong word, each with the word's position.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut patch = Self::default();
        let mut errors = Vec::new();
        for (at, part) in text.split_whitespace().enumerate() {
            if at == WORDS_MAX {
                errors.push(format!("word {}: there are more than {WORDS_MAX} words", at + 1));
                break;
            }
            if let Err(e) = patch.add(part) {
                errors.push(format!("word {} ({part:?}): {e}", at + 1));
            }
        }
        if errors.is_empty() {
            Ok(patch)
        } else {
            Err(errors.join("\n"))
        }
    }
}

impl Patch {
    fn add(&mut self, part: &str) -> Result<(), String> {
        if part == "normal" {
            return Ok(());
        }
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let Some(word) = Word::named(name) else {
            let names: Vec<_> = WORDS.iter().map(|word| word.name).collect();
            return Err(format!("no such word; there are normal, {}", names.join(", ")));
        };
        let before = |(name, _): &&(&str, String)| Word::named(name).is_some_and(|w| w.sets() == word.sets());
        if let Some((earlier, _)) = self.words.iter().find(before) {
            return Err(format!(
                "{} was already set by {earlier:?}; leave one of them out",
                word.sets()
            ));
        }
        (word.set)(&mut Behaviour::default(), value)
            .map_err(|e| format!("{e}; for example {}", word.example))?;
        self.words.push((word.name, value.to_owned()));
        Ok(())
    }
}

impl FromStr for Behaviour {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<Patch>().map(|patch| patch.over(&Self::default()))
    }
}

impl TryFrom<String> for Behaviour {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Behaviour> for String {
    fn from(behaviour: Behaviour) -> Self {
        behaviour.to_string()
    }
}

fn join(f: &mut fmt::Formatter<'_>, words: impl Iterator<Item = (&'static str, String)>) -> fmt::Result {
    let mut any = false;
    for (name, value) in words {
        let space = if any { " " } else { "" };
        let equals = if value.is_empty() { "" } else { "=" };
        write!(f, "{space}{name}{equals}{value}")?;
        any = true;
    }
    if any { Ok(()) } else { f.write_str("normal") }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        join(
            f,
            WORDS
                .iter()
                .filter_map(|word| Some((word.name, (word.show)(self)?))),
        )
    }
}

impl fmt::Display for Patch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        join(f, self.words.iter().map(|(name, value)| (*name, value.clone())))
    }
}
