//! Exit codes, and errors that carry one.

use std::fmt::Display;

/// Documented in `--help`; clap's own code for wrong usage is 2 too.
pub(super) const COULD_NOT_RUN: u8 = 1;
pub(super) const USAGE: u8 = 2;
/// A service level was broken, or two results differ where that was asked about.
pub(super) const BROKEN: u8 = 3;
/// The instrument was not good enough: nothing was shown. Beats [`BROKEN`].
pub(super) const INVALID: u8 = 4;
pub(super) const INTERRUPTED: u8 = 130;

/// Errors that fit "failed to {error}", and the exit code that goes with them.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: u8,
    pub(super) errors: Vec<String>,
}

impl Refusal {
    pub(super) fn new(code: u8, errors: Vec<String>) -> Self {
        Self { code, errors }
    }

    /// Could not run, for one reason.
    pub(super) fn failed(what: &str, error: impl Display) -> Self {
        Self::new(COULD_NOT_RUN, vec![format!("{what}: {error}")])
    }

    /// Wrong usage: everything that is wrong at once.
    pub(super) fn usage(errors: &[String]) -> Self {
        let list = errors.join("\n  ");
        Self::new(
            USAGE,
            vec![format!(
                "understand the command line:\n  {list}\nloadgen --help tells more"
            )],
        )
    }
}
