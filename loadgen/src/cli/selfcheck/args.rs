//! The command line of `selfcheck`, as typed and checked: every error at once.

use super::case::Scale;
use clap::ValueEnum;
use rustix::thread::{CpuSet, sched_getaffinity};

/// Names what is measured rather than proved.
pub(super) const FLOOR: &str = "floor";

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  every case OK
  1  could not run: no thread, no timer
  2  wrong usage; all that is wrong is listed
  3  WRONG: a run that was good enough contradicts mathematics; beats 4
  4  NOT SHOWN: the machine was too busy to tell, three times in a row";

#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(in crate::cli) struct Args {
    /// At most 3 s a case: fewer requests, shorter stalls
    #[arg(long)]
    quick: bool,
    /// Only this part, repeatable: floor, stall, m-m-1, d-m-1, m-d-1, m-m-4, delay, overload
    #[arg(long, value_name = "CASE")]
    only: Vec<String>,
    /// Core of the generator and core of the server, as in 1,0 [default: two that this process may use]
    #[arg(long, value_name = "LIST")]
    cores: Option<String>,
    /// Repeats the arrivals and service times of another check [default: from the system, printed]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<String>,
    /// What to print
    #[arg(long, value_enum, default_value = "text")]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    Text,
    Json,
}

/// What to check, and where.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) scale: Scale,
    /// Empty: all.
    pub(super) only: Vec<String>,
    /// Of the generator and of the server; none where there is but one.
    pub(super) cores: Option<(usize, usize)>,
    pub(super) seed: Option<u64>,
    pub(super) format: Form,
}

impl Settings {
    /// `known` are the names of the cases.
    pub(super) fn new(args: Args, known: &[&str]) -> Result<Self, Vec<String>> {
        let mut errors = Vec::new();
        for name in &args.only {
            if name != FLOOR && !known.contains(&name.as_str()) {
                let all = known.join(", ");
                errors.push(format!("--only: there is no {name:?}: use {FLOOR}, {all}"));
            }
        }
        let allowed = allowed();
        let cores = match &args.cores {
            Some(text) => pair(text, &allowed)
                .map_err(|error| errors.push(format!("--cores: {error}")))
                .ok(),
            None => apart(&allowed),
        };
        let seed = args.seed.and_then(|text| {
            let seed = text.parse().ok();
            if seed.is_none() {
                errors.push(format!("--seed: {text:?} is not a whole number"));
            }
            seed
        });
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            scale: if args.quick { Scale::Quick } else { Scale::Full },
            only: args.only,
            cores,
            seed,
            format: args.format,
        })
    }

    pub(super) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

/// Cores that this process may use; empty where the kernel does not tell.
fn allowed() -> Vec<usize> {
    let set = sched_getaffinity(None).unwrap_or_default();
    (0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect()
}

/// The last two: the first ones serve most interrupts.
fn apart(allowed: &[usize]) -> Option<(usize, usize)> {
    match allowed {
        [.., server, generator] => Some((*generator, *server)),
        _ => None,
    }
}

fn pair(text: &str, allowed: &[usize]) -> Result<(usize, usize), String> {
    let cores: Option<Vec<usize>> = text.split(',').map(|core| core.trim().parse().ok()).collect();
    match cores.as_deref() {
        Some([generator, server]) if generator != server => {
            match [generator, server]
                .into_iter()
                .find(|core| !allowed.contains(core))
            {
                Some(core) => Err(format!("this process may not use core {core}, only {allowed:?}")),
                None => Ok((*generator, *server)),
            }
        }
        _ => Err(format!(
            "{text:?} is not two different cores, the generator's and the server's, as in 1,0"
        )),
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn cores_are_two_that_may_be_used() {
        assert_eq!(pair("1, 0", &[0, 1]), Ok((1, 0)));
        for (text, hint) in [
            ("1", "two different"),
            ("1,1", "two different"),
            ("a,b", "two different"),
            ("0,1,2", "two different"),
            ("0,7", "may not use core 7"),
        ] {
            let error = pair(text, &[0, 1, 2]).expect_err(text);
            assert!(error.contains(hint), "{text}: {error}");
        }
        assert_eq!(apart(&[0, 2, 5]), Some((5, 2)));
        assert_eq!(apart(&[3]), None);
    }

    #[test]
    fn every_error_is_reported_at_once() {
        let args = Args {
            quick: true,
            only: vec!["stall".into(), "stal".into()],
            cores: Some("x".into()),
            seed: Some("y".into()),
            format: Form::Text,
        };
        let errors = Settings::new(args, &["stall"]).expect_err("three errors");
        let starts = ["--only: there is no \"stal\"", "--cores:", "--seed:"];
        assert_eq!(errors.len(), starts.len(), "{errors:?}");
        for (error, start) in errors.iter().zip(starts) {
            assert!(error.starts_with(start), "{error}");
        }
    }
}
