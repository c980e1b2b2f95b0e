//! The command line of `loadgen compare` checked: every error at once.

use super::super::child::reserved;
use super::super::exit::Refusal;
use super::super::form;
use super::args::Args;
use loadgen::{Band, Figure, Of, Question};
use std::path::{Path, PathBuf};
use world::{RealWorld, Seed};

/// A night of half-minute runs.
const ROUNDS_MAX: usize = 1_000;

/// The command line, checked.
pub(super) struct Plan {
    pub(super) subjects: [Subject; 2],
    pub(super) rounds: usize,
    pub(super) question: Question,
    pub(super) gate: Option<Figure>,
    pub(super) unit: Option<loadgen::Unit>,
}

/// What A or B is.
#[derive(Debug, PartialEq)]
pub(super) enum Subject {
    File(PathBuf),
    /// The words of a command line after `loadgen run`.
    Run(Vec<String>),
}

impl Plan {
    pub(super) fn new(args: &Args) -> Result<Self, Refusal> {
        let mut errors = Vec::new();
        let mut subject = |name: &str, text: &str| {
            Subject::of(text).unwrap_or_else(|error| {
                errors.push(format!("{name}: {error}"));
                Subject::Run(Vec::new())
            })
        };
        let subjects = [subject("A", &args.a), subject("B", &args.b)];
        let rounds = args.rounds.parse().unwrap_or(0);
        if !(1..=ROUNDS_MAX).contains(&rounds) {
            errors.push(format!(
                "--rounds: must be 1 to {ROUNDS_MAX}, not {:?}",
                args.rounds
            ));
        }
        let of = args.of.parse();
        let of = of.unwrap_or_else(|error| {
            errors.push(format!("--of: {error}"));
            Of::Response
        });
        let equivalent = args.equivalent.as_deref().map(str::parse::<Band>).transpose();
        let equivalent = equivalent.unwrap_or_else(|error| {
            errors.push(format!("--equivalent: {error}"));
            None
        });
        let gate = args.fail_on_difference.as_deref().map(str::parse::<Figure>);
        let gate = gate.transpose().unwrap_or_else(|error| {
            errors.push(format!("--fail-on-difference: {error}"));
            None
        });
        let seed = seed(args.seed.as_deref(), &mut errors)?;
        let unit = form::unit(args.unit.as_deref(), &mut errors);
        reserved(&args.shared, "after --", &mut errors);
        for (name, subject) in ["A", "B"].into_iter().zip(&subjects) {
            match subject {
                Subject::Run(words) => reserved(words, name, &mut errors),
                Subject::File(path) if !args.shared.is_empty() => errors.push(format!(
                    "{name}: {} is a result, and the flags after -- are for runs",
                    path.display()
                )),
                Subject::File(_) => {}
            }
        }
        if !errors.is_empty() {
            return Err(Refusal::usage(&errors));
        }
        let question = Question { of, equivalent, seed };
        Ok(Self {
            subjects,
            rounds,
            question,
            gate,
            unit,
        })
    }
}

/// `--seed` as typed, or one from the system.
pub(in crate::cli) fn seed(text: Option<&str>, errors: &mut Vec<String>) -> Result<Seed, Refusal> {
    match text {
        Some(text) => Ok(Seed(text.parse().unwrap_or_else(|_| {
            errors.push(format!("--seed: {text:?} is not a whole number"));
            0
        }))),
        None => RealWorld::fresh_seed().map_err(|e| Refusal::failed("get a seed from the system", e)),
    }
}

impl Subject {
    fn of(text: &str) -> Result<Self, String> {
        if Path::new(text).exists() {
            return Ok(Self::File(text.into()));
        }
        let words = shlex::split(text)
            .ok_or_else(|| format!("{text:?} has a quote that is not closed, or a \\ at its end"))?;
        let words = words.strip_prefix(&["loadgen".to_owned()]).unwrap_or(&words);
        let words = words.strip_prefix(&["run".to_owned()]).unwrap_or(words);
        match words.iter().any(|word| word.contains("://")) {
            true => Ok(Self::Run(words.to_vec())),
            false => Err(format!(
                "{text:?} is neither a file that exists nor a URL or command with one"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_told_apart() {
        let words = |words: &[&str]| Subject::Run(words.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(Subject::of("http://h/"), Ok(words(&["http://h/"])));
        assert_eq!(
            Subject::of("loadgen run http://h/ -H 'X: y z' -R 5"),
            Ok(words(&["http://h/", "-H", "X: y z", "-R", "5"]))
        );
        assert_eq!(Subject::of("/dev/null"), Ok(Subject::File("/dev/null".into())));
        for (text, hint) in [
            ("gone.json", "neither a file"),
            ("http://h/ 'x", "quote"),
            ("", "neither"),
        ] {
            let error = Subject::of(text).expect_err(text);
            assert!(error.contains(hint), "{error}");
        }
    }
}
